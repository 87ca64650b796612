"""What was computed already: kept beside the file until all of it is there."""
