"""A file with a descriptor of its own, read at any place on every system."""

import os
import threading

import numpy as np

from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.routes.rawfile import Bytes, RawFile


class OwnFile(RawFile):
    """A file of which nobody else moves the place of the descriptor.

    Parameters
    ----------
    descriptor : int
        Open as long as this is used.
    path : str
        For words.
    """

    def __init__(self, descriptor: int, path: str) -> None:
        super().__init__(descriptor, path)
        self._lock = threading.Lock()

    def read(self, target: Bytes, start: int) -> None:
        """Fill an array with the bytes from `start`."""
        if hasattr(os, "preadv"):
            super().read(target, start)
            return
        with self._lock:
            os.lseek(self._descriptor, start, os.SEEK_SET)
            done = 0
            while done < len(target):
                found = os.read(self._descriptor, len(target) - done)
                if not found:
                    raise self._too_short()
                target[done : done + len(found)] = np.frombuffer(found, np.uint8)
                done += len(found)

    def pieces(self, starts: IntArray, length: int) -> Bytes:
        """Read many small pieces of one length, one behind the other."""
        if hasattr(os, "preadv"):
            return super().pieces(starts, length)
        joined = np.empty(len(starts) * length, np.uint8)
        for number, start in enumerate(starts.tolist()):
            self.read(joined[number * length : (number + 1) * length], start)
        return joined
