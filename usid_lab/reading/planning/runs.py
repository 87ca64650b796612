"""Regular selections along one axis, as HDF5 can read them at once."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
_FEW = 16  # runs that are cheaper one by one than with the gaps between them
_WASTE = 4  # values read for each one that is wanted


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks of neighbours at equal distances: HDF5's hyperslab in one dimension.

    Attributes
    ----------
    start : int
        First entry.
    stride : int
        Distance between the beginnings of blocks.
    count : int
        Number of blocks.
    block : int
        Entries of a block.
    """

    start: int
    stride: int = 1
    count: int = 1
    block: int = 1

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.count * self.block

    @property
    def last(self) -> int:
        """Last entry."""
        return self.start + (self.count - 1) * self.stride + self.block - 1

    def halves(self, chunk: int) -> tuple[Self, Self] | None:
        """Split in two of about equal size, where two chunks meet.

        Parameters
        ----------
        chunk : int
            Length of a chunk; 1 where the array is not chunked.

        Returns
        -------
        tuple of Run or None
            None where all of the run lies in one chunk.
        """
        if self.count > 1:
            return self._between_blocks(chunk)
        middle = self.start + self.block // 2
        cut = _meeting(self.start, middle, self.last, chunk)
        if cut is None:
            return None
        size = cut - self.start
        return (
            replace(self, block=size),
            replace(self, start=cut, block=self.block - size),
        )

    def _between_blocks(self, chunk: int) -> tuple[Self, Self] | None:
        middle = self.start + (self.count // 2) * self.stride
        cut = _meeting(self.start, middle, self.last, chunk)
        if cut is None:
            return None
        # A block across the cut stays whole, on the first side.
        first = min(max(1, -(-(cut - self.start) // self.stride)), self.count - 1)
        rest = self.start + first * self.stride
        return (
            replace(self, count=first),
            replace(self, start=rest, count=self.count - first),
        )


def _meeting(start: int, middle: int, last: int, chunk: int) -> int | None:
    """First entry of the chunk nearest to the middle, within (start, last]."""
    below = middle // chunk * chunk
    inside = [cut for cut in (below, below + chunk) if start < cut <= last]
    return min(inside, key=lambda cut: abs(cut - middle), default=None)


def are_bridged(run: Run) -> bool:
    """Whether the gaps of a run are read as well, where it is one of many."""
    return run.count == 1 or run.stride - run.block < _WASTE


def runs_of(entries: IntArray) -> tuple[tuple[Run, ...], IntArray | None]:
    """Cover sorted entries with few runs.

    Parameters
    ----------
    entries : ndarray of int
        Strictly increasing.

    Returns
    -------
    runs : tuple of Run
        In increasing order.
    wanted : ndarray of int, optional
        Which of the entries read are wanted, where gaps are read as well; None
        where all of them are.
    """
    if not entries.size:
        return (), None
    regular = _regular(entries)
    if regular is not None:
        return (regular,), None
    breaks = np.flatnonzero(np.diff(entries) != 1) + 1
    lines = _lines(entries, breaks)
    if lines is not None:
        return (lines,), None
    if len(breaks) < _FEW:
        return _pieces(entries, breaks), None
    return _bridged(entries)


def _regular(entries: IntArray) -> Run | None:
    start = int(entries[0])
    if len(entries) == 1:
        return Run(start)
    if int(entries[-1]) - start == len(entries) - 1:
        return Run(start, 1, 1, len(entries))
    stride = int(entries[1]) - start
    if (np.diff(entries) != stride).any():
        return None
    return Run(start, stride, len(entries))


def _lines(entries: IntArray, breaks: IntArray) -> Run | None:
    """Find blocks of one length, far apart at one distance: lines of a rectangle."""
    count, length = len(breaks) + 1, int(breaks[0])
    if len(entries) != count * length:
        return None
    start, stride = int(entries[0]), int(entries[length] - entries[0])
    if stride - length < _WASTE:
        return None
    grid = start + np.arange(count)[:, None] * stride + np.arange(length)
    same = (entries == grid.ravel()).all()
    return Run(start, stride, count, length) if same else None


def _pieces(entries: IntArray, breaks: IntArray) -> tuple[Run, ...]:
    firsts = entries[np.concatenate(([0], breaks))]
    lengths = np.diff(np.concatenate(([0], breaks, [len(entries)])))
    return tuple(
        Run(int(first), 1, 1, int(length))
        for first, length in zip(firsts, lengths, strict=True)
    )


def _bridged(entries: IntArray) -> tuple[tuple[Run, ...], IntArray | None]:
    """Read across small gaps, so that many scattered entries take few reads."""
    wide = np.flatnonzero(np.diff(entries) > _WASTE) + 1
    firsts = entries[np.concatenate(([0], wide))]
    lasts = entries[np.concatenate((wide - 1, [len(entries) - 1]))]
    lengths = lasts - firsts + 1
    runs = tuple(
        Run(int(first), 1, 1, int(length))
        for first, length in zip(firsts, lengths, strict=True)
    )
    offsets = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    which = np.searchsorted(firsts, entries, side="right") - 1
    return runs, entries - firsts[which] + offsets[which]
