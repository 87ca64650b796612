"""Memory of arrays that is used again: the system gives fresh pages slowly.

To be given 4 MB anew, page by page, takes as long as to copy them. So the memory of a
block goes to the next one, once nothing refers to it any more.
"""

import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.routes.rawfile import Bytes

_KEPT = 32 << 20  # bytes: a few threads work on one block each, and have one waiting
_IDLE = 8 << 20  # bytes that are kept while there is nothing to do
_SPARE = 2  # times as much memory as is needed
_SMALLEST = 256 << 10  # below, the system has pages at hand


class _Room:
    """Memory that goes back when the last view of it is gone."""

    __slots__ = ("__array_interface__", "_free", "_memory")

    def __init__(self, memory: Bytes, free: deque[Bytes]) -> None:
        self.__array_interface__: dict[str, Any] = memory.__array_interface__
        self._memory = memory
        self._free = free

    def __del__(self) -> None:
        if sum(map(len, self._free)) + len(self._memory) <= _KEPT:
            self._free.append(self._memory)


class Rooms:
    """Gives arrays, in memory that others let go of; any thread may ask."""

    def __init__(self) -> None:
        self._free: deque[Bytes] = deque()

    def empty(
        self, shape: Sequence[int], dtype: np.dtype[np.generic]
    ) -> NDArray[np.generic]:
        """Return an array of any values, the caller's own as long as it is used.

        Parameters
        ----------
        shape : sequence of int
        dtype : numpy.dtype

        Returns
        -------
        ndarray
        """
        nbytes = math.prod(shape) * dtype.itemsize
        if not _SMALLEST <= nbytes <= _KEPT:
            return np.empty(shape, dtype)
        flat = np.asarray(_Room(self._memory(nbytes), self._free))
        return flat[:nbytes].view(dtype).reshape(shape)

    def tidy(self) -> None:
        """Give back to the system what nobody uses, but for a little."""
        with suppress(IndexError):
            while sum(map(len, self._free)) > _IDLE:
                self._free.popleft()

    def _memory(self, nbytes: int) -> Bytes:
        try:
            found = self._free.pop()
        except IndexError:
            found = None
        if found is None or not nbytes <= len(found) <= _SPARE * nbytes:
            return np.empty(nbytes, np.uint8)
        return found


rooms = Rooms()
"""Those of all blocks that this process works on."""
