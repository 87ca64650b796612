"""Cutting a read into pieces that take at most about 30 ms."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from usid_lab.reading.planning.runs import Run
from usid_lab.reading.stopwatch import Stopwatch

T = TypeVar("T")

_TARGET = 0.012  # halving leaves pieces between half of a target and the target
_SEEK = 2e-6
_PER_BYTE = 1 / 1.5e9
_TRIFLE = 1 << 20  # bytes
_DECODING = 5.0  # times as long as to read, until it is known better
_NEAR = 4 << 10  # bytes between values that are read with what is between them
MOST_SEGMENTS = 4096  # cold, each may cost a disk access
_FIRST_SEGMENTS = 64  # before it is known what one costs
_ELSEWHERE = 20.0  # times as long, where HDF5 goes to other datasets or files
FEW_SEGMENTS = 512  # of chunks that HDF5 finds, one after the other, in one call

Weight = tuple[int, int, float]  # bytes, places of the file, seconds


@dataclass(frozen=True, slots=True)
class Box:
    """A hyperslab and its place in the buffer.

    Attributes
    ----------
    runs : tuple of Run
        One for each axis of the array.
    offsets : tuple of int
        Where it begins in the buffer.
    """

    runs: tuple[Run, ...]
    offsets: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of its values."""
        return tuple([run.size for run in self.runs])

    @property
    def size(self) -> int:
        """Number of its values."""
        return math.prod([run.size for run in self.runs])

    @property
    def place(self) -> tuple[slice, ...]:
        """Where its values are in the buffer."""
        ends = zip(self.offsets, self.shape, strict=True)
        return tuple([slice(first, first + size) for first, size in ends])


@dataclass(frozen=True, slots=True)
class Storage:
    """How an array lies in its file: what a read costs.

    Attributes
    ----------
    shape : tuple of int
        Of the array.
    itemsize : int
        Bytes of a value.
    chunk : tuple of int, optional
        Shape of its chunks; None where it is contiguous.
    decoded : bool, optional
        Whether all of a chunk is decoded for any of its values.
    placed : bool, optional
        Whether its bytes are read at their places, past HDF5.
    elsewhere : bool, optional
        Whether HDF5 goes to other datasets or files for them: none comes with its
        neighbours.
    most : int, optional
        Places of the file that a piece goes to.
    """

    shape: tuple[int, ...]
    itemsize: int
    chunk: tuple[int, ...] | None
    decoded: bool = False
    placed: bool = False
    elsewhere: bool = False
    most: int = MOST_SEGMENTS

    def stands_alone(self, box: Box) -> bool:
        """Whether nothing is decoded with a box that might be wanted next."""
        if self.chunk is None:
            return True
        pairs = zip(box.runs, self.chunk, self.shape, strict=True)
        return all(
            run.size == 1 == length or (run.size == size <= length)
            for run, length, size in pairs
        )

    def weight(self, box: Box) -> Weight:
        """Bytes of the values of a box, and what :meth:`estimate` gives."""
        return (box.size * self.itemsize, *self.estimate(box))

    def estimate(self, box: Box) -> tuple[int, float]:
        """Places of the file that a read goes to, and seconds that it takes.

        The seconds are those of a warm file on a usual machine.
        """
        segments, nbytes = self._weight(box)
        return segments, segments * _SEEK + nbytes * _PER_BYTE

    def _weight(self, box: Box) -> tuple[int, int]:
        if self.chunk is None:
            return self._contiguous(box)
        touched = math.prod(map(_chunks_touched, box.runs, self.chunk))
        return touched, touched * math.prod(self.chunk) * self.itemsize

    def _contiguous(self, box: Box) -> tuple[int, int]:
        last = box.runs[-1] if box.runs else Run(0)
        near = last.stride * self.itemsize <= _NEAR and not self.elsewhere
        if last.count > 1 and near:
            rows = math.prod(run.size for run in box.runs[:-1])
            return rows, rows * (last.last - last.start + 1) * self.itemsize
        whole = 1
        pieces = 1
        for axis in reversed(range(len(self.shape))):
            run = box.runs[axis]
            if pieces == 1 and run.count == 1:
                whole *= run.block
                if run.block != self.shape[axis]:
                    pieces = math.prod(r.size for r in box.runs[:axis])
                    break
            else:
                pieces = run.count * math.prod(r.size for r in box.runs[:axis])
                whole *= run.block
                break
        return pieces, box.size * self.itemsize


def _chunks_touched(run: Run, chunk: int) -> int:
    spanned = run.last // chunk - run.start // chunk + 1
    if run.stride <= chunk:
        return spanned
    return min(spanned, run.count * (-(-run.block // chunk) + 1))


class Pacer:
    """Learns how long reads take and cuts them accordingly.

    Parameters
    ----------
    storage : Storage
        How the array lies in its file.
    target : float, optional
        Seconds that a piece should take at most.
    """

    def __init__(self, storage: Storage, target: float = _TARGET) -> None:
        self._storage = storage
        self._target = target
        self._slowness = _DECODING if storage.decoded else 1.0
        if storage.elsewhere:
            self._slowness = _ELSEWHERE
        self._places = min(_FIRST_SEGMENTS, storage.most)

    def pieces(self, boxes: Sequence[Box]) -> Iterator[Box]:
        """Cut boxes into pieces; the rest is cut anew after each of them."""
        chunk = self._storage.chunk
        stack = list(reversed(boxes))
        while stack:
            box = stack.pop()
            parts = halves(box, chunk) if self._too_long(box) else None
            if parts is None:
                yield box
            else:
                stack += reversed(parts)

    def is_trifle(self, box: Box) -> bool:
        """Whether a box needs no cutting, and is too small to learn from."""
        return self.is_light(self._storage.weight(box))

    def is_light(self, weight: Weight) -> bool:
        """Whether what weighs that much is a trifle."""
        nbytes, segments, seconds = weight
        return nbytes <= _TRIFLE and not self._is_long(segments, seconds)

    def timed(self, box: Box, read: Callable[[], T]) -> T:
        """Read a piece and remember how long it took."""
        watch = Stopwatch()
        found = read()
        factor = watch.seconds / self._storage.estimate(box)[1]
        # Slower at once, quicker by and by: an interrupted reader must not wait.
        blend = 1.0 if factor > self._slowness else 0.5
        self._slowness += blend * (factor - self._slowness)
        self._slowness = min(max(self._slowness, 0.05), 1e4)
        self._places = self._storage.most
        return found

    def _too_long(self, box: Box) -> bool:
        return self._is_long(*self._storage.estimate(box))

    def _is_long(self, segments: int, seconds: float) -> bool:
        return seconds * self._slowness > self._target or segments > self._places


def halves(box: Box, chunk: tuple[int, ...] | None) -> tuple[Box, Box] | None:
    """Split a box along the first axis where that does not open a chunk twice.

    Parameters
    ----------
    box : Box
        Of several chunks, or of several values where there are none.
    chunk : tuple of int, optional
        Shape of the chunks; None where the array is contiguous.

    Returns
    -------
    tuple of Box or None
        None where it cannot be split.
    """
    for axis, run in enumerate(box.runs):
        parts = run.halves(1 if chunk is None else chunk[axis])
        if parts is not None:
            return _halved(box, axis, parts)
    return None


def _halved(box: Box, axis: int, halves: tuple[Run, Run]) -> tuple[Box, Box]:
    first, second = halves
    before, after = box.runs[:axis], box.runs[axis + 1 :]
    moved = list(box.offsets)
    moved[axis] += first.size
    return (
        Box((*before, first, *after), box.offsets),
        Box((*before, second, *after), tuple(moved)),
    )


def boxes_of(runs: Sequence[Sequence[Run]]) -> list[Box]:
    """Hyperslabs of the runs of each axis, and their places in the buffer.

    Parameters
    ----------
    runs : sequence of sequence of Run
        For each axis.

    Returns
    -------
    list of Box
        Their product.
    """
    if all(len(along) == 1 for along in runs):
        return [Box(tuple(along[0] for along in runs), (0,) * len(runs))]
    placed = []
    for along in runs:
        ends = itertools.accumulate((run.size for run in along), initial=0)
        placed.append(list(zip(along, ends, strict=False)))
    return [
        Box(tuple(run for run, _ in corner), tuple(offset for _, offset in corner))
        for corner in itertools.product(*placed)
    ]
