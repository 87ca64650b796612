"""Which stored entries are reduced, and into which place of the result."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.axis import Axis
from usid_lab.model.raster import strides
from usid_lab.reading.planning.runs import IntArray

Array = NDArray[np.generic]
_WIDE = 1024  # values of a row that is long enough


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Neighbouring entries of one axis.

    Attributes
    ----------
    entries : ndarray of int
        Where they stand in the file, strictly increasing.
    groups : ndarray of int
        The place of the result into which each one goes.
    indices : ndarray of int
        Index of each one in the dimension that is searched; 0 where it is another
        axis that has this dimension.
    """

    entries: IntArray
    groups: IntArray
    indices: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Measured entries of one axis, in the order of the file; gaps are not among them.

    Attributes
    ----------
    picked : tuple of ndarray of int
        Indices of each dimension of the axis, sorted, slowest dimension first.
    steps : tuple of int
        Entries between neighbours of each dimension, in raster order.
    group_steps : tuple of int
        The same in the result; 0 for a dimension that is reduced.
    searched : int, optional
        Which of the dimensions is searched for an extreme value.
    listed : tuple of (ndarray, ndarray), optional
        Entries in increasing order and the place of each one in the selection; None
        where that is the order of the selection itself.
    """

    picked: tuple[IntArray, ...]
    steps: tuple[int, ...]
    group_steps: tuple[int, ...]
    searched: int | None = None
    listed: tuple[IntArray, IntArray] | None = None

    @property
    def count(self) -> int:
        """Number of entries."""
        if self.listed is not None:
            return len(self.listed[0])
        return int(np.prod([len(pick) for pick in self.picked], dtype=np.int64))

    @property
    def group_count(self) -> int:
        """Number of places of the result."""
        kept = zip(self.picked, self.group_steps, strict=True)
        sizes = [len(pick) for pick, step in kept if step]
        return int(np.prod(sizes, dtype=np.int64))

    @property
    def depth(self) -> int:
        """Most entries that go into one place of the result."""
        if self.listed is None:
            return self.count // max(1, self.group_count)
        groups = self.window(0, self.count).groups
        return int(np.bincount(groups).max(initial=0))

    def entry(self, number: int) -> int:
        """Where the entry of that number stands in the file."""
        if self.listed is not None:
            return int(self.listed[0][number])
        return int(self.at(np.array([number]))[0])

    def number(self, entry: int) -> int:
        """How many of the entries stand before a place of the file."""
        if self.listed is not None:
            return int(np.searchsorted(self.listed[0], entry))
        first = self.entry(0)
        if self.entry(self.count - 1) - first == self.count - 1:
            return min(max(entry - first, 0), self.count)
        return bisect_left(range(self.count), entry, key=self.entry)

    def chunks_met(self, chunk: int) -> int:
        """About how many chunks of a length they lie in."""
        if not self.count:
            return 0
        last, start = self.entry(self.count - 1), self.entry(0)
        return min(self.count, last // chunk - start // chunk + 1)

    def window(self, start: int, stop: int) -> Window:
        """Take the entries of the numbers from `start` to `stop`."""
        if self.listed is None:
            places = np.arange(start, stop)
            entries = self.at(places)
        else:
            entries, places = (array[start:stop] for array in self.listed)
        groups = self._decoded(places, self.group_steps, indexed=False)
        searched = [int(axis == self.searched) for axis in range(len(self.picked))]
        return Window(entries, groups, self._decoded(places, searched, indexed=True))

    def at(self, places: IntArray) -> IntArray:
        """Where places of the selection stand in the grid."""
        return self._decoded(places, self.steps, indexed=True)

    def _decoded(
        self, places: IntArray, weights: Sequence[int], *, indexed: bool
    ) -> IntArray:
        """Sum of index times weight over the dimensions, at places of the selection."""
        total = np.zeros(len(places), np.int64)
        inner = strides(tuple(len(pick) for pick in self.picked))
        for pick, step, weight in zip(self.picked, inner, weights, strict=True):
            if weight:
                ranks = (places // step) % len(pick)
                total += (pick[ranks] if indexed else ranks) * weight
        return total


def entries_of(
    axis: Axis,
    picked: Sequence[IntArray],
    kept: Sequence[bool],
    searched: int | None = None,
    inside: NDArray[np.bool_] | None = None,
) -> Entries:
    """Find what a reduction reads along one axis.

    Parameters
    ----------
    axis : Axis
        The axis with its dimensions.
    picked : sequence of ndarray of int
        Indices of each dimension, sorted, without repetitions.
    kept : sequence of bool
        Which of the dimensions stay in the result.
    searched : int, optional
        Which of the dimensions is searched for an extreme value.
    inside : ndarray of bool, shape axis.sizes, optional
        Which places of the grid count; all if None.

    Returns
    -------
    Entries
        In the order of the file.
    """
    sizes = [len(pick) if keep else 1 for pick, keep in zip(picked, kept, strict=True)]
    weights = strides(tuple(sizes))
    group_steps = tuple(w if k else 0 for w, k in zip(weights, kept, strict=True))
    grid = Entries(tuple(picked), strides(axis.sizes), group_steps, searched)
    if axis.entries is None and inside is None:
        return grid
    places, stored = _stored(axis, grid, inside)
    order = np.argsort(stored, kind="stable")
    return replace(grid, listed=(stored[order], places[order]))


def _stored(
    axis: Axis, grid: Entries, inside: NDArray[np.bool_] | None
) -> tuple[IntArray, IntArray]:
    """Measured places of a selection, and the entries that hold them."""
    if inside is None:
        places = np.arange(grid.count)
    else:
        places = np.flatnonzero(inside[np.ix_(*grid.picked)])
    stored = grid.at(places)
    if axis.entries is None:
        return places, stored
    stored = axis.entries[stored].astype(np.int64, copy=False)
    measured = stored >= 0
    return places[measured], stored[measured]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Entries of one axis of a block, gathered by their place in the result.

    Attributes
    ----------
    places : ndarray of int
        The places that are met, increasing.
    counts : ndarray of int
        How many entries go into each of them.
    inverse : ndarray of int
        For each entry, which of `places` it goes into.
    firsts : ndarray of int
        Which entry is the first of each place.
    turns : bool
        Whether neighbours go into one place after the other, again and again.
    """

    places: IntArray
    counts: IntArray
    inverse: IntArray
    firsts: IntArray
    turns: bool

    @property
    def single(self) -> bool:
        """Whether each entry is a place of its own, in their order."""
        return self.turns and len(self.places) == len(self.inverse)

    @property
    def span(self) -> slice | None:
        """The places as a slice; None where some between them are not met."""
        first, last = int(self.places[0]), int(self.places[-1])
        return slice(first, last + 1) if last - first < len(self.places) else None

    def fold(
        self,
        function: np.ufunc,
        values: Array,
        axis: int,
        dtype: np.dtype[np.generic],
    ) -> Array:
        """Reduce the entries of each place to one; values of `dtype` if any are."""
        if self.single:
            return values
        grid = self.grid(values, axis)
        if grid is not None:
            return _reduced(function, *grid, dtype)
        ordered = np.take(values, np.argsort(self.inverse, kind="stable"), axis=axis)
        starts = np.concatenate(([0], np.cumsum(self.counts)[:-1]))
        folded: Array = function.reduceat(ordered, starts, axis=axis, dtype=dtype)
        return folded

    def grid(self, values: Array, axis: int) -> tuple[Array, int] | None:
        """Values unfolded without a copy, and the axis that is to be reduced.

        That is possible where entries go round or stand in rows of equal length.
        """
        several, count = len(self.places), int(self.counts[0])
        before, after = values.shape[:axis], values.shape[axis + 1 :]
        if several > 1 and (self.counts != count).any():
            return None
        if self.turns:
            return values.reshape(*before, count, several, *after), axis
        if (np.diff(self.inverse) >= 0).all():
            return values.reshape(*before, several, count, *after), axis + 1
        return None

    def spread(self, values: Array, axis: int) -> Array:
        """Give each entry the value of its place, in a form that broadcasts to them."""
        if len(self.places) == 1 or self.single:
            return values
        return np.take(values, self.inverse, axis=axis)


def _reduced(
    function: np.ufunc, values: Array, axis: int, dtype: np.dtype[np.generic]
) -> Array:
    """Reduce an axis; short rows, several at a time, for each row is a loop."""
    rows = len(values)
    width = values.size // max(1, rows)
    several = math.gcd(rows, _WIDE // width) if axis == 0 and 0 < width < _WIDE else 1
    if several > 1 and values.flags.c_contiguous:
        long = function.reduce(values.reshape(rows // several, -1), axis=0, dtype=dtype)
        values = long.reshape(several, *values.shape[1:])
    result: Array = function.reduce(values, axis=axis, dtype=dtype)
    return result


def groups_of(places: IntArray) -> Groups:
    """Gather entries by their place in the result; there is at least one."""
    count, first = len(places), places[0]
    # Most blocks are one of these two, which need no sorting.
    if places[-1] == first and (places == first).all():
        return replace(together(count), places=places[:1])
    if places[-1] - first == count - 1 and (np.diff(places) == 1).all():
        return replace(apart_of(count), places=places)
    return _sorted(places)


def _sorted(places: IntArray) -> Groups:
    found, firsts, inverse, counts = np.unique(
        places, return_index=True, return_inverse=True, return_counts=True
    )
    inverse = inverse.reshape(len(places))
    return Groups(found, counts, inverse, firsts, _turns(inverse, len(found)))


def together(count: int) -> Groups:
    """Give the groups of entries that all go into one place."""
    zero = np.zeros(1, np.int64)
    return Groups(zero, np.array([count]), np.zeros(count, np.int64), zero, turns=True)


def apart_of(count: int) -> Groups:
    """Give the groups of entries each of which has a place of its own."""
    places = np.arange(count)
    return Groups(places, np.ones(count, np.int64), places, places, turns=True)


def _turns(inverse: IntArray, several: int) -> bool:
    if len(inverse) % several:
        return False
    return bool((inverse.reshape(-1, several) == np.arange(several)).all())
