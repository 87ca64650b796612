"""Which bytes of a file a hyperslab of a contiguous array takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import IntArray

_JOINED = 8  # segments in a row, for each place where something is between them


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Stretches of bytes, all of one length.

    Attributes
    ----------
    starts : ndarray of int
        Where they begin, increasing.
    length : int
        Bytes of each.
    """

    starts: IntArray
    length: int

    @property
    def nbytes(self) -> int:
        """Bytes of all of them."""
        return len(self.starts) * self.length

    @property
    def step(self) -> int | None:
        """Bytes between neighbours, where these are the same for all of them."""
        if len(self.starts) == 1:
            return self.length
        step = int(self.starts[1] - self.starts[0])
        return step if (np.diff(self.starts) == step).all() else None

    def parts(self, row: int, most: int) -> "list[Segments] | None":
        """Cut into parts of whole rows.

        Parameters
        ----------
        row : int
            Bytes of a row.
        most : int
            Bytes of a part at most, unless a single row has more.

        Returns
        -------
        list of Segments or None
            In order; None where rows do not begin where segments do.
        """
        if self.length % row and row % self.length:
            return None
        size = max(row, most // row * row)
        if self.length > size:
            return list(self._cut(size))
        several = size // self.length
        firsts = range(0, len(self.starts), several)
        return [Segments(self.starts[n : n + several], self.length) for n in firsts]

    def _cut(self, size: int) -> "Iterator[Segments]":
        for start in self.starts.tolist():
            for first in range(0, self.length, size):
                length = min(size, self.length - first)
                yield Segments(np.array([start + first], np.int64), length)

    def is_dense(self, gap: int) -> bool:
        """Whether most neighbours have at most as many bytes between them."""
        near = np.diff(self.starts) <= gap + self.length
        return 2 * int(np.count_nonzero(near)) >= len(self.starts)

    @property
    def is_mostly_joined(self) -> bool:
        """Whether few have anything between them and the next one."""
        apart = int(np.count_nonzero(np.diff(self.starts) != self.length))
        return _JOINED * apart <= len(self.starts)

    def spans(self, gap: int, most: int) -> Iterator[tuple[int, int]]:
        """Join neighbours, to be read with the bytes between them.

        Parameters
        ----------
        gap : int
            How many bytes are read across.
        most : int
            Bytes of a span at most, the one apart that is a single segment.

        Yields
        ------
        tuple of (int, int)
            Numbers of the first segment and of the one after the last.
        """
        step = self.step
        if step is not None and step <= gap + self.length:
            yield from self._even_spans(step, most)
            return
        breaks = np.flatnonzero(np.diff(self.starts) > gap + self.length) + 1
        edges = [0, *breaks.tolist(), len(self.starts)]
        for first, last in pairwise(edges):
            while first < last:
                limit = self.starts[first] + max(most - self.length, 0)
                inside = self.starts[first:last]
                stop = first + int(np.searchsorted(inside, limit, side="right"))
                yield first, stop
                first = stop

    def _even_spans(self, step: int, most: int) -> Iterator[tuple[int, int]]:
        """Join neighbours at equal distances."""
        total, count = len(self.starts), max(most - self.length, 0) // step + 1
        for first in range(0, total, count):
            yield first, min(first + count, total)


def segments_of(box: Box, steps: Sequence[int], itemsize: int, offset: int) -> Segments:
    """Find the bytes of a hyperslab.

    Parameters
    ----------
    box : Box
        Of an array in C order.
    steps : sequence of int
        Bytes between neighbours along each axis of the array.
    itemsize : int
        Bytes of a value.
    offset : int
        Where the array begins in the file.

    Returns
    -------
    Segments
        As few as possible; in the order of the values.
    """
    levels: list[tuple[int, int]] = []
    for run, step in zip(box.runs, steps, strict=True):
        offset += run.start * step
        if run.count > 1:
            levels.append((run.count, run.stride * step))
        if run.block > 1:
            levels.append((run.block, step))
    length = itemsize
    while levels and levels[-1][1] == length:
        length *= levels.pop()[0]
    starts = np.array([offset], np.int64)
    for count, step in levels:
        along = np.arange(count, dtype=np.int64) * step
        starts = np.add.outer(starts, along).ravel()
    return Segments(starts, length)
