"""Assertions and hypothesis strategies for people who write processes."""
