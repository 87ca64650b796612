"""Tables in raster order, checked whole against what they should hold.

Almost every table is the one of a plain grid. A few entries tell which; then each
block is compared with the pattern at the speed of memory, in its own number type.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.table import BLOCK, Table

Numbers = NDArray[np.number]


@lru_cache(maxsize=256)
def strides(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Distance in entries between neighbours along each dimension.

    Examples
    --------
    >>> strides((4, 3, 2))
    (6, 2, 1)
    """
    return tuple(math.prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


@dataclass(frozen=True, slots=True)
class Raster:
    """A grid whose entries are in raster order.

    Attributes
    ----------
    order : tuple of int
        Columns of the table, slowest dimension first.
    sizes, lows : tuple of int
        Size and lowest index of each dimension, in that order.
    """

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    lows: tuple[int, ...]


def find_raster(indices: Table) -> Raster | None:
    """Find the grid of which an index table lists all places in raster order.

    Parameters
    ----------
    indices : Table
        Index data, any number type, starting anywhere; the whole table is checked.

    Returns
    -------
    Raster or None
        None where the entries are in another order, or of no grid.
    """
    guess = _guess(indices)
    if guess is None:
        return None
    dtype = indices.block(0, 1).dtype
    vectors = [
        np.arange(low, low + size).astype(dtype)
        for low, size in zip(guess.lows, guess.sizes, strict=True)
    ]
    pattern = Pattern(guess.order, guess.sizes, vectors)
    for window in windows(guess.sizes):
        found = indices.block(window.start, window.stop)
        if not (found == pattern.at(window, found)).all():
            return None
    return guess


def _guess(indices: Table) -> Raster | None:
    """Take the grid from the first entry, the last one, and where columns change."""
    if not indices.length or not indices.width:
        return None
    lows, highs = _entry(indices, 0), _entry(indices, indices.length - 1)
    if lows is None or highs is None:
        return None
    spans = [high - low + 1 for low, high in zip(lows, highs, strict=True)]
    if min(spans) < 1 or math.prod(spans) != indices.length:
        return None
    varying = _by_first_change(indices, lows, spans)
    if varying is None:
        return None
    order = with_trivial(varying, len(spans))
    return Raster(order, tuple(spans[c] for c in order), tuple(lows[c] for c in order))


def _entry(indices: Table, number: int) -> list[int] | None:
    """Read the indices of one entry; None unless they are whole numbers."""
    found = indices.block(number, number + 1)[:, 0].tolist()
    # Beyond 2**53 neighbouring whole numbers are one float.
    if any(index % 1 != 0 or abs(index) >= 2**53 for index in found):
        return None
    return [int(index) for index in found]


def _by_first_change(
    indices: Table, lows: list[int], spans: list[int]
) -> list[int] | None:
    """Columns of more than one index, slowest first.

    In raster order the first entry at which one column, and only that, differs from
    the beginning is one stride away.
    """
    varying: list[int] = []
    stride = 1
    while stride < indices.length:
        entry = indices.block(stride, stride + 1)[:, 0].tolist()
        moved = [c for c, low in enumerate(lows) if entry[c] != low]
        if len(moved) != 1 or moved[0] in varying:
            return None
        varying.insert(0, moved[0])
        stride *= spans[moved[0]]
    return varying


def with_trivial(varying: Sequence[int], width: int) -> tuple[int, ...]:
    """Put dimensions of size 1 where the file's own order of columns has them.

    Parameters
    ----------
    varying : sequence of int
        Columns of more than one index, slowest first.
    width : int
        Number of all columns.

    Returns
    -------
    tuple of int
        All columns, slowest first.
    """
    if list(varying) == sorted(varying, reverse=True):
        return tuple(reversed(range(width)))
    if list(varying) == sorted(varying):
        return tuple(range(width))
    trivial = [c for c in reversed(range(width)) if c not in varying]
    return (*trivial, *varying)


@dataclass(frozen=True, slots=True)
class Window:
    """A block of a table in raster order.

    Attributes
    ----------
    firsts : tuple of int
        Index at its first entry, of the dimensions down to the one that is cut.
    count : int
        Steps of the dimension that is cut.
    period : int
        Entries of such a step: all places of the faster dimensions.
    start : int
        Its first entry.
    """

    firsts: tuple[int, ...]
    count: int
    period: int
    start: int

    @property
    def stop(self) -> int:
        """Entry after its last one."""
        return self.start + self.count * self.period


def windows(sizes: tuple[int, ...], most: int = BLOCK) -> Iterator[Window]:
    """Cut a grid into blocks that hold whole runs of the faster dimensions.

    Parameters
    ----------
    sizes : tuple of int
        Slowest dimension first.
    most : int, optional
        Entries of a block at most.

    Yields
    ------
    Window
        In the order of the table.
    """
    cut = len(sizes) - 1
    period = 1
    while cut > 0 and period * sizes[cut] <= most:
        period *= sizes[cut]
        cut -= 1
    count = max(1, most // period)
    start = 0
    for outer in np.ndindex(sizes[:cut]):
        for first in range(0, sizes[cut], count):
            window = Window(
                (*outer, first), min(count, sizes[cut] - first), period, start
            )
            yield window
            start = window.stop


class Pattern:
    """What a table holds if it is that of a grid in raster order.

    Parameters
    ----------
    order, sizes : tuple of int
        Columns of the table and sizes of the grid, slowest dimension first.
    vectors : list of ndarray, shape (size,)
        What stands at each index, slowest dimension first; may be filled while one
        goes through the windows, before it is asked for.
    """

    def __init__(
        self,
        order: tuple[int, ...],
        sizes: tuple[int, ...],
        vectors: Sequence[Numbers],
    ) -> None:
        self._order = order
        self._sizes = sizes
        self._vectors = vectors
        self._block: Numbers | None = None

    def at(self, window: Window, like: Numbers) -> Numbers:
        """Return the pattern of one window.

        Parameters
        ----------
        window : Window
            In the order of :func:`windows`.
        like : ndarray, shape (width, window.stop - window.start)
            The type and the layout in memory that it shall have.

        Returns
        -------
        ndarray
            Valid until the next call.
        """
        cut = len(window.firsts) - 1
        if self._block is None:
            self._block = np.empty_like(like)
            self._fill_faster(window, cut)
        block = self._block[:, : like.shape[1]]
        for axis, first in enumerate(window.firsts[:-1]):
            block[self._order[axis]] = self._vectors[axis][first]
        steps = block[self._order[cut]].reshape(window.count, window.period)
        first = window.firsts[-1]
        steps[...] = self._vectors[cut][first : first + window.count, None]
        return block

    def _fill_faster(self, window: Window, cut: int) -> None:
        """Fill in the dimensions that are the same in every window."""
        assert self._block is not None
        sizes = self._sizes[cut + 1 :]
        for number, size in enumerate(sizes):
            column = self._block[self._order[cut + 1 + number]]
            shape = [1] * (len(sizes) + 1)
            shape[number + 1] = size
            grid = column.reshape(window.count, *sizes)
            grid[...] = self._vectors[cut + 1 + number].reshape(shape)
