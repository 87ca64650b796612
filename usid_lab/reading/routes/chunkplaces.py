"""Which bytes of a file a hyperslab takes of uncompressed chunks.

Along each axis the entries of a run fall into chunks, and what they take of a chunk is
mostly the same for many of them: all of those between the first and the last. Such
chunks are an :class:`Along`. One Along for each axis is a block: a grid of stretches of
one length, each with the same values inside at the same distances. An axis may also be
taken apart, every entry for itself: then stretches are shorter and more.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from usid_lab.model.raster import strides
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import IntArray, Run
from usid_lab.reading.routes.chunkindex import ChunkIndex
from usid_lab.reading.routes.positioned import Cost
from usid_lab.reading.routes.segments import Segments

_MOST_CUTS = 4096  # chunks along an axis that are looked at one by one
_MOST_BLOCKS = 256
_MOST_STRETCHES = 1 << 20
_SHORT = 1 << 16
_LONGEST = 2 << 20  # bytes of a stretch, for which memory is taken


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """Chunks along one axis of which the same is taken.

    Attributes
    ----------
    numbers : ndarray of int, shape (items,)
        Of the chunks.
    firsts : ndarray of int, shape (items,)
        First entry that is taken of each.
    count, step : int
        How many entries, and their distance.
    inside : ndarray of int, optional
        Which of them are wanted; None where all are.
    start : int
        Where they begin among the entries of the run.
    """

    numbers: IntArray
    firsts: IntArray
    count: int
    step: int
    inside: IntArray | None
    start: int

    @property
    def width(self) -> int:
        """Entries that are wanted of each chunk."""
        return self.count if self.inside is None else len(self.inside)

    @property
    def place(self) -> slice:
        """Where they are among the entries of the run."""
        return slice(self.start, self.start + len(self.numbers) * self.width)

    def part(self, first: int, last: int) -> "Along":
        """Return some of the chunks."""
        return replace(
            self,
            numbers=self.numbers[first:last],
            firsts=self.firsts[first:last],
            start=self.start + first * self.width,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A grid of stretches of which the same is wanted.

    Attributes
    ----------
    alongs : tuple of Along
        For each axis.
    starts : ndarray of int, one axis for each
        Where the stretches begin in the file.
    length : int
        Bytes of each.
    """

    alongs: tuple[Along, ...]
    starts: IntArray
    length: int

    @property
    def place(self) -> tuple[slice, ...]:
        """Where its values are in the hyperslab."""
        return tuple(along.place for along in self.alongs)

    @property
    def is_in_order(self) -> bool:
        """Whether values come, stretch by stretch, in the order of the array."""
        wide = [axis for axis, along in enumerate(self.alongs) if along.width > 1]
        inner = self.starts.shape[wide[0] + 1 :] if wide else ()
        return math.prod(inner) == 1

    def parts(self, most: int) -> Iterator["Block"]:
        """Cut it into blocks of at most `most` stretches."""
        if self.starts.size <= most:
            yield self
            return
        axis = next(n for n, size in enumerate(self.starts.shape) if size > 1)
        rest = math.prod(self.starts.shape[axis + 1 :])
        size = max(1, most // rest)
        for first in range(0, self.starts.shape[axis], size):
            yield from self._part(axis, first, first + size).parts(most)

    def _part(self, axis: int, first: int, last: int) -> "Block":
        alongs = list(self.alongs)
        alongs[axis] = alongs[axis].part(first, last)
        cut = (slice(None),) * axis + (slice(first, last),)
        return replace(self, alongs=tuple(alongs), starts=self.starts[cut])


class ChunkPlaces:
    """The places of the values of an array in uncompressed chunks.

    Parameters
    ----------
    index : ChunkIndex
        Of the array; without filters.
    itemsize : int
        Bytes of a value.
    """

    def __init__(self, index: ChunkIndex, itemsize: int) -> None:
        self._index = index
        self._itemsize = itemsize
        self.steps = tuple(size * itemsize for size in strides(index.chunk))
        """Bytes between neighbours in a chunk, along each axis."""

    def whole(self) -> Segments | None:
        """Return all chunks; None where some were never written."""
        starts = self._index.offsets.ravel()
        if not len(starts) or (starts < 0).any():
            return None
        return Segments(starts, math.prod(self._index.chunk) * self._itemsize)

    def blocks(self, box: Box, cost: Cost) -> list[Block] | None:
        """Find the bytes of a hyperslab.

        Parameters
        ----------
        box : Box
            Of the array; not empty.
        cost : Cost
            What it takes to fetch them.

        Returns
        -------
        list of Block or None
            None where chunks are missing, or HDF5 is as quick.
        """
        apart = self._cheapest(box, cost)
        if apart is None:
            return None
        axes = [
            _alongs(run, length, axis < apart)
            for axis, (run, length) in enumerate(
                zip(box.runs, self._index.chunk, strict=True)
            )
        ]
        if math.prod(map(len, axes)) > _MOST_BLOCKS:
            return None
        blocks = [self._block(alongs) for alongs in itertools.product(*axes)]
        found = [block for block in blocks if block is not None]
        return found if len(found) == len(blocks) else None

    def _block(self, alongs: tuple[Along, ...]) -> Block | None:
        starts = self._index.offsets[np.ix_(*[along.numbers for along in alongs])]
        if (starts < 0).any():
            return None
        length = self._itemsize
        for axis, (along, step) in enumerate(zip(alongs, self.steps, strict=True)):
            shape = [1] * len(alongs)
            shape[axis] = -1
            starts = starts + (along.firsts * step).reshape(shape)
            length += (along.count - 1) * along.step * step
        return Block(alongs, starts, length)

    def _cheapest(self, box: Box, cost: Cost) -> int | None:
        """How many axes, the slowest ones, are best taken apart."""
        times = {}
        for apart in range(len(box.runs) + 1):
            stretches, length = self._weight(box.runs, apart)
            if stretches <= _MOST_STRETCHES and length <= _LONGEST:
                times[apart] = cost.of(stretches, length)
        return min(times, key=times.__getitem__, default=None)

    def _weight(self, runs: Sequence[Run], apart: int) -> tuple[int, int]:
        """Count stretches, and the bytes of each at most."""
        stretches, length = 1, self._itemsize
        for axis, (run, size) in enumerate(zip(runs, self._index.chunk, strict=True)):
            if axis < apart:
                stretches *= run.size
                continue
            stretches *= run.last // size - run.start // size + 1
            length += (_extent(run, size) - 1) * self.steps[axis]
        return stretches, length


def _extent(run: Run, length: int) -> int:
    """Entries from the first to the last in a chunk, at most."""
    whole = run.block if run.stride >= length else run.last - run.start + 1
    return min(length, whole)


def _alongs(run: Run, length: int, apart: bool) -> tuple[Along, ...]:
    """Cut a run where chunks of `length` entries meet."""
    cut = _short if run.size <= _SHORT else _cut
    return cut(run, length, apart)


def _cut(run: Run, length: int, apart: bool) -> tuple[Along, ...]:
    touched = run.last // length - run.start // length + 1
    if run.count == 1 and not apart:
        return tuple(_of_neighbours(run.start, run.size, length))
    entries = _entries(run)
    if apart or length == 1 or touched > _MOST_CUTS:
        numbers, firsts = np.divmod(entries, length)
        return (Along(numbers, firsts, 1, 1, None, 0),)
    return tuple(_joined(_cuts(entries, length)))


_short = lru_cache(maxsize=8)(_cut)  # a hand that moves cuts the others alike


def _of_neighbours(start: int, size: int, length: int) -> Iterator[Along]:
    """Cut neighbours: a part of a chunk, whole ones, a part of a chunk."""
    end = start + size
    head = min(-(-start // length) * length, end)
    tail = max(end // length * length, head)
    for first, last in ((start, head), (head, tail), (tail, end)):
        if first < last:
            count = min(length, last - first)
            numbers = np.arange(first // length, -(-last // length), dtype=np.int64)
            firsts = np.full(len(numbers), first % length)
            yield Along(numbers, firsts, count, 1, None, first - start)


def _cuts(entries: IntArray, length: int) -> Iterator[Along]:
    """Cut sorted entries into those of each chunk."""
    numbers, inside = np.divmod(entries, length)
    edges = np.flatnonzero(np.diff(numbers)) + 1
    for first, last in pairwise([0, *edges.tolist(), len(entries)]):
        mine = inside[first:last]
        start = mine[:1]
        steps = np.diff(mine)
        step = int(steps[0]) if len(steps) else 1
        number = numbers[first : first + 1]
        if (steps == step).all():
            yield Along(number, start, len(mine), step, None, first)
        else:
            count = int(mine[-1] - mine[0]) + 1
            yield Along(number, start, count, 1, mine - mine[0], first)


def _joined(cuts: Iterator[Along]) -> Iterator[Along]:
    """Join chunks of which the same is taken."""
    for _, group in itertools.groupby(cuts, _likeness):
        same = list(group)
        numbers = np.concatenate([cut.numbers for cut in same])
        firsts = np.concatenate([cut.firsts for cut in same])
        yield replace(same[0], numbers=numbers, firsts=firsts)


def _likeness(cut: Along) -> tuple[int, int, bytes]:
    inside = b"" if cut.inside is None else cut.inside.tobytes()
    return cut.count, cut.step, inside


def _entries(run: Run) -> IntArray:
    blocks = run.start + np.arange(run.count, dtype=np.int64) * run.stride
    return np.add.outer(blocks, np.arange(run.block, dtype=np.int64)).ravel()
