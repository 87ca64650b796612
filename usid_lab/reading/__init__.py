"""Numbers out of a file: as runs of hyperslabs, in pieces that can be stopped."""

from usid_lab.reading.reader import Reader
from usid_lab.reading.stopping import Stopped

__all__ = ["Reader", "Stopped"]
