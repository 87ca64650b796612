"""What a selection asks of a stored array: runs, pieces, parts, and their places.

No file is touched here.
"""
