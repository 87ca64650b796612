"""How results enter a file that holds raw data: all of them, or none."""
