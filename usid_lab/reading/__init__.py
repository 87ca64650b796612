"""Numbers out of a file: as runs of hyperslabs, in pieces that can be stopped."""

from usid_lab.reading.reader import Reader, Stopped

__all__ = ["Reader", "Stopped"]
