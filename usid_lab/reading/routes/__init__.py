"""Ways to the stored bytes; which one is taken is said by `sources`."""
