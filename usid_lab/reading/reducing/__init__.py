"""Reductions of what need not fit into memory."""
