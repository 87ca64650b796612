"""Benchmarks: each figure is a ratio against a peer or a floor of the same run.

``python -m benchmarks`` runs all of them, ``python -m benchmarks open`` one.
"""
