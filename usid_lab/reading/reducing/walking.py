"""A walk through the entries that are reduced, block by block, in stored order."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from functools import partial as bound
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.ahead import HANDS, in_order, one_by_one
from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.grouping import Entries, Groups, groups_of
from usid_lab.reading.reducing.tiles import Spans, tiles
from usid_lab.reading.stopping import Progress, Stop, Stopped
from usid_lab.reading.threads import cores

Array = NDArray[np.generic]
T = TypeVar("T")

Sweep = Callable[[Iterator[Array], tuple[Groups, ...]], T | None]

_SWEPT = 4  # blocks that are swept together
_TALL = 16  # rows
_FEW = 8  # blocks that are reduced sooner than threads are started


class Entered(Protocol):
    """What gives entries of a stored array, crosswise: a reader."""

    def entries(self, wanted: Sequence[IntArray], stop: Stop | None = None) -> Array:
        """Read entries, for each axis strictly increasing."""

    def sweep(
        self,
        wanted: Sequence[IntArray],
        work: Callable[[Iterator[Array]], T],
        stop: Stop | None = None,
    ) -> T | None:
        """Work on entries some rows at a time; None where a block is better."""

    def is_in_any_order(self, stop: Stop | None = None) -> bool:
        """Whether chunks are read as quickly in any order: they are in memory."""

    def is_serial(self) -> bool:
        """Whether several threads read no sooner than one."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Values that were read, and where they go.

    Attributes
    ----------
    values : ndarray
        One axis for each of the stored array.
    groups : tuple of Groups
        For each axis, into which place of the result each entry goes.
    indices : tuple of ndarray of int
        For each axis, the index of each entry in the dimension that is searched.
    """

    values: Array
    groups: tuple[Groups, ...]
    indices: tuple[IntArray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    entries: IntArray
    groups: Groups
    indices: IntArray


@dataclass(frozen=True, slots=True)
class _Tile:
    """Entries that are read together."""

    parts: tuple[_Part, ...]

    @property
    def wanted(self) -> list[IntArray]:
        """Which entries, for each axis."""
        return [part.entries for part in self.parts]

    @property
    def groups(self) -> tuple[Groups, ...]:
        """Into which place each entry goes, for each axis."""
        return tuple(part.groups for part in self.parts)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(len(part.entries) for part in self.parts)


class Walk:
    """The way through an array.

    Parameters
    ----------
    reader : Reader
        Reads the dataset.
    axes : sequence of Entries
        What is read along each axis.
    chunks : tuple of int, optional
        Shape of the chunks, each of which is read once; None where it is contiguous.
    most : int
        How many values a block holds.
    stop : callable, optional
        True ends the walk.
    hands : int, optional
        How many blocks are in work at a time.
    """

    def __init__(
        self,
        reader: Entered,
        axes: Sequence[Entries],
        chunks: tuple[int, ...] | None,
        most: int,
        stop: Stop | None,
        hands: int = HANDS,
    ) -> None:
        self.axes = tuple(axes)
        self.most = most
        self.stop = stop
        self._reader = reader
        self._chunks = chunks
        self._hands = hands
        # Along most axes, a block meets the same entries as the one before.
        self._part = lru_cache(maxsize=8 * len(self.axes))(_part)

    def along(self, axes: Sequence[Entries], part: int = 1) -> "Walk":
        """Make a walk through other entries, or in blocks of a part of the size."""
        most = max(1, self.most // part)
        return Walk(self._reader, axes, self._chunks, most, self.stop, self._hands)

    def with_hands(self, hands: int) -> "Walk":
        """Make a walk with another number of blocks in work at a time."""
        about = self._reader, self.axes, self._chunks, self.most, self.stop
        return Walk(*about, hands)

    def chunks_of(self, axis: int) -> int:
        """About how many chunks, or single values, the walk meets along an axis."""
        chunk = 1 if self._chunks is None else self._chunks[axis]
        return self.axes[axis].chunks_met(chunk)

    def whole(self, stop: Stop) -> Block:
        """Read all of it at once."""
        return self._read(self._whole(), stop)

    def blocks(
        self,
        work: Callable[[Block], T],
        progress: Progress | None = None,
        sweep: Sweep[T] | None = None,
    ) -> Iterator[tuple[T, tuple[Groups, ...]]]:
        """Read and work on all blocks, several at a time where there are many.

        Parameters
        ----------
        work : callable
            Called with each :class:`Block`, in threads where there are many.
        progress : callable, optional
            Told the fraction that is done, after each of them.
        sweep : callable, optional
            Called instead where rows of a block come some at a time: with them, and
            with the groups of the whole block. If it gives None, `work` is called.

        Yields
        ------
        object, tuple of Groups
            What `work` gave, and the places that it is about; in stored order.
        """
        done, total = 0, math.prod(axis.count for axis in self.axes)
        for result, tile in self._results(work, sweep):
            yield result, tile.groups
            done += tile.size
            if progress is not None:
                progress(done / total)

    def _results(
        self, work: Callable[[Block], T], sweep: Sweep[T] | None
    ) -> Iterator[tuple[T, _Tile]]:
        size = math.prod(axis.count for axis in self.axes)
        few = size <= _FEW * self.most
        if few and size and sweep is not None:
            whole = self._whole()
            found = self._swept(whole, sweep, self.stop)
            if found is not None:
                yield found, whole
                return
            sweep = None
        if not few and self._reader.is_serial():
            yield from self._read_here(work)
            return
        # Whole chunks, one behind the other, need not be put in their places.
        stacked = not few and self._reader.is_in_any_order(self.stop)
        cut = bound(tiles, self.axes, self._chunks, stacked=stacked)

        def worked(spans: Spans, stop: Stop) -> list[tuple[T, _Tile]]:
            whole = self._tile(spans)
            found = None if sweep is None else self._swept(whole, sweep, stop)
            if found is not None:
                return [(found, whole)]
            parts = map(self._tile, cut(self.most, within=spans))
            return [(work(self._read(part, stop)), part) for part in parts]

        # What is swept takes no memory: more of it at a time takes fewer steps.
        in_rows = stacked or self._chunks is None
        many = _SWEPT if sweep is not None and in_rows and self._is_tall() else 1
        order = cut(many * self.most)
        ahead = one_by_one if few else bound(in_order, most=self._hands)
        for results in ahead(worked, order, self.stop):
            yield from results

    def _read_here(self, work: Callable[[Block], T]) -> Iterator[tuple[T, _Tile]]:
        """Read in the thread that asks, while others work on what was read.

        Threads that took turns would leave HDF5 idle while the next one wakes up.
        """
        stop = self.stop or _never
        order = map(self._tile, tiles(self.axes, self._chunks, self.most))
        read = ((self._read(tile, stop), tile) for tile in order)

        def worked(item: tuple[Block, _Tile], _: Stop) -> tuple[T, _Tile]:
            return work(item[0]), item[1]

        yield from in_order(worked, read, self.stop, min(cores() - 1 or 1, self._hands))

    def _is_tall(self) -> bool:
        """Whether a block is folded to little: many of its rows go into one."""
        row = math.prod(axis.count for axis in self.axes[1:])
        return self.axes[0].group_count == 1 and _TALL * row <= self.most

    def _whole(self) -> _Tile:
        return self._tile(tuple((0, axis.count) for axis in self.axes))

    def _tile(self, spans: Spans) -> _Tile:
        return _Tile(tuple(map(self._part, self.axes, spans)))

    def _swept(self, tile: _Tile, sweep: Sweep[T], stop: Stop | None) -> T | None:
        groups = tile.groups

        def swept(rows: Iterator[Array]) -> T | None:
            return sweep(_until(stop, rows), groups)

        return self._reader.sweep(tile.wanted, swept, stop)

    def _read(self, tile: _Tile, stop: Stop) -> Block:
        values = self._reader.entries(tile.wanted, stop)
        if stop():
            raise Stopped("reduction")  # what is made of them cannot be stopped
        return Block(values, tile.groups, tuple(part.indices for part in tile.parts))


def _never() -> bool:
    return False


def _until(stop: Stop | None, rows: Iterator[Array]) -> Iterator[Array]:
    """Give rows as long as somebody waits; ask while none of them are in use."""
    for some in rows:
        yield some
        if stop is not None and stop():
            raise Stopped("reduction")


def _part(axis: Entries, span: tuple[int, int]) -> _Part:
    window = axis.window(*span)
    return _Part(window.entries, groups_of(window.groups), window.indices)
