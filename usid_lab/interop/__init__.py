"""Datasets as labelled arrays, lazy arrays and tables of text."""
