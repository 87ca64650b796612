"""Figures, colour maps and the documented plot functions."""
