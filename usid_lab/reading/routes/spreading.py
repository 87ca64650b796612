"""From stretches of a file to values in their places."""

import itertools
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.raster import strides
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.routes.chunkplaces import Block, ChunkPlaces
from usid_lab.reading.routes.positioned import FileBytes
from usid_lab.reading.routes.rawfile import Bytes
from usid_lab.reading.routes.segments import Segments
from usid_lab.reading.routes.sweeping import swept
from usid_lab.reading.threads import is_busy, team

Array = NDArray[np.generic]
_Place = tuple[tuple[int, ...], int]

_BATCH = 1 << 20  # bytes that are fetched before they are put in their places
LONG = 16 << 10
"""Bytes of a stretch that is fetched and put in its place alone."""
_SHARED = 4 << 20  # bytes that are worth a second thread
_TURN = 4  # stretches that a thread takes at a time


class Spreader:
    """Reads hyperslabs whose values lie in stretches, and puts them into their places.

    Parameters
    ----------
    places : ChunkPlaces
        Where the values are.
    dtype : numpy.dtype
        Of the values, as they are stored.
    """

    def __init__(self, places: ChunkPlaces, dtype: np.dtype[np.generic]) -> None:
        self._places = places
        self._dtype = dtype
        self._steps = places.steps

    def is_warm(self, fetch: FileBytes) -> bool:
        """Whether the file has all chunks, and these are in memory."""
        chunks = self._places.whole()
        return chunks is not None and fetch.is_warm(chunks)

    def read(self, box: Box, fetch: FileBytes, place: Array) -> bool:
        """Read a hyperslab.

        Parameters
        ----------
        box : Box
            Not empty.
        fetch : FileBytes
            The way to fetch bytes that are in memory.
        place : ndarray
            Of the shape of the hyperslab; any byte order.

        Returns
        -------
        bool
            False where HDF5 should read it.
        """
        found = self._planned(box, fetch)
        if found is None:
            return False
        blocks, fetch = found
        fetch.check(max(int(block.starts.max()) + block.length for block in blocks))
        for block in blocks:
            self._put(block, fetch, place)
        return True

    def sweep(
        self, box: Box, fetch: FileBytes, dtype: np.dtype[np.generic]
    ) -> Iterator[Array] | None:
        """Read rows of a hyperslab of `dtype`, as :func:`swept` does."""
        blocks = self._places.blocks(box, fetch.cost)
        if blocks is None or len(blocks) != 1 or dtype != self._dtype:
            return None
        block = blocks[0]
        if not _is_in_order(block, box.size * dtype.itemsize):
            return None
        segments = Segments(block.starts.ravel(), block.length)
        fetch.check(int(segments.starts[-1]) + segments.length)
        return swept(fetch, segments, box.shape, dtype)

    def _planned(
        self, box: Box, fetch: FileBytes
    ) -> tuple[list[Block], FileBytes] | None:
        """Choose stretches, and the way to fetch them."""
        blocks = self._places.blocks(box, fetch.cost)
        if blocks is None:
            return None
        largest = max(blocks, key=lambda block: block.starts.size)
        suited = fetch.suited(Segments(largest.starts.ravel(), largest.length))
        if suited.cost != fetch.cost:
            blocks = self._places.blocks(box, suited.cost)
        return None if blocks is None else (blocks, suited)

    def _put(self, block: Block, fetch: FileBytes, place: Array) -> None:
        target = place[block.place]
        if self._is_straight(block, target):
            whole: Bytes = target.reshape(-1).view(np.uint8)
            fetch.fill(Segments(block.starts.ravel(), block.length), whole)
        elif block.length < LONG:
            self._together(block, fetch, place)
        else:
            self._one_by_one(block, fetch, target)

    def _is_straight(self, block: Block, target: Array) -> bool:
        """Whether stretches, one behind the other, are the values in their order."""
        return (
            target.dtype == self._dtype
            and target.flags.c_contiguous
            and _is_in_order(block, target.nbytes)
        )

    def _together(self, block: Block, fetch: FileBytes, place: Array) -> None:
        """Fetch many short stretches at a time."""
        for part in block.parts(max(1, _BATCH // block.length)):
            rows = _rows(part, fetch)
            grid = part.starts.shape
            outer = [size * part.length for size in strides(grid)]
            seen = self._seen(part, rows, grid, outer)
            _split(place[part.place], part)[...] = _picked(seen, part)

    def _one_by_one(self, block: Block, fetch: FileBytes, target: Array) -> None:
        """Fetch long stretches, in several threads where that helps."""
        numbers = itertools.product(*map(range, block.starts.shape))
        places = list(zip(numbers, block.starts.ravel().tolist(), strict=True))
        work = partial(self._take_turn, block, fetch, _split(target, block))
        is_much = block.starts.size * block.length >= _SHARED
        if fetch.is_parallel and is_much and not is_busy():
            team.share(list(_turns(places)), work)
        else:
            work(places)

    def _take_turn(
        self, block: Block, fetch: FileBytes, split: Array, turn: list[_Place]
    ) -> None:
        starts = [start for _, start in turn]
        last: Bytes | None = None
        stretches = fetch.stretches(starts, block.length)
        for (at, _), memory in zip(turn, stretches, strict=True):
            # Where all come into the same memory, one view of it does for all.
            if memory is not last:
                last, seen = memory, self._seen(block, memory)
            split[at] = _picked(seen, block)

    def _seen(
        self,
        block: Block,
        memory: Bytes,
        grid: tuple[int, ...] = (),
        outer: Iterable[int] = (),
    ) -> Array:
        """View what is wanted in the bytes of stretches, as entries between others."""
        shape = (*grid, *[along.count for along in block.alongs])
        pairs = zip(block.alongs, self._steps, strict=True)
        apart = (*outer, *[along.step * step for along, step in pairs])
        return np.ndarray(shape, self._dtype, memory.data, 0, apart)


def _picked(seen: Array, block: Block) -> Array:
    """Take the entries that are wanted out of those of stretches."""
    first = seen.ndim - len(block.alongs)
    for axis, along in enumerate(block.alongs, first):
        if along.inside is not None:
            seen = seen.take(along.inside, axis=axis)
    return seen


def _turns(places: list[_Place]) -> Iterator[list[_Place]]:
    for first in range(0, len(places), _TURN):
        yield places[first : first + _TURN]


def _is_in_order(block: Block, nbytes: int) -> bool:
    """Whether its stretches are as many bytes as wanted, in their order."""
    return (
        block.is_in_order
        and block.length * block.starts.size == nbytes
        and _is_rising(block.starts.ravel())
    )


def _is_rising(starts: NDArray[np.int64]) -> bool:
    return bool((np.diff(starts) > 0).all())


def _rows(block: Block, fetch: FileBytes) -> Bytes:
    """Fetch stretches, whatever their order in the file."""
    starts = block.starts.ravel()
    if _is_rising(starts):
        return fetch.rows(Segments(starts, block.length))
    order = np.argsort(starts)
    found = fetch.rows(Segments(starts[order], block.length))
    rows = np.empty_like(found)
    rows[order] = found
    return rows


def _split(target: Array, block: Block) -> Array:
    """View a place as a grid of stretches, and the values of each."""
    pairs = [(len(along.numbers), along.width) for along in block.alongs]
    split = target.reshape([size for pair in pairs for size in pair])
    axes = range(2 * len(pairs))
    return split.transpose(*axes[::2], *axes[1::2])
