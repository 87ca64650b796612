"""Transposed copies of datasets in the user's cache folder: a map is one read.

A sidecar is built in the background while somebody scrubs through a dataset. It is used
for as long as its file is in a state in which all values were compared, and dropped
otherwise; the dataset itself is then read, as if there had never been one.
"""
