"""A table of index or value data, read in blocks."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 18  # entries at a time


class Table(Protocol):
    """Rows of numbers, one for each dimension, that need not be in memory."""

    @property
    def length(self) -> int:
        """Number of entries: positions or spectroscopic steps."""
        ...

    @property
    def width(self) -> int:
        """Number of dimensions."""
        ...

    def block(self, start: int, stop: int) -> NDArray[np.number]:
        """Entries from `start` to `stop`, shape (width, stop - start)."""
        ...


class ArrayTable:
    """A table in memory.

    Parameters
    ----------
    array : ndarray, shape (width, length)
        One row for each dimension.
    """

    def __init__(self, array: NDArray[np.number]) -> None:
        self._array = array

    @property
    def length(self) -> int:
        """Number of entries."""
        return int(self._array.shape[1])

    @property
    def width(self) -> int:
        """Number of dimensions."""
        return int(self._array.shape[0])

    def block(self, start: int, stop: int) -> NDArray[np.number]:
        """Entries from `start` to `stop`, shape (width, stop - start)."""
        return self._array[:, start:stop]


def blocks(table: Table, size: int = BLOCK) -> Iterator[tuple[int, NDArray[np.number]]]:
    """Walk a table: (first entry, block) pairs."""
    for start in range(0, table.length, size):
        yield start, table.block(start, min(start + size, table.length))
