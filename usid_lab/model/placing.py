"""Where each entry of a table belongs in the grid of its dimensions."""

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.raster import find_raster, strides
from usid_lab.model.survey import Column, IntArray, Survey, loose_order, survey
from usid_lab.model.table import Table, blocks

_SPARSE = 4  # a grid with fewer than one place in four filled is a set of points
_LOOKUP = 1 << 26


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """A grid, and which entry stands at each of its places.

    Attributes
    ----------
    order : tuple of int
        Columns of the table, slowest dimension first.
    sizes : tuple of int
        Sizes in that order.
    entries : ndarray of int, shape (prod(sizes),), optional
        Entry at each place in raster order, -1 where there is none; None where
        entries are in raster order themselves.
    """

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    entries: NDArray[np.signedinteger] | None

    @property
    def complete(self) -> bool:
        """Every place has its entry."""
        return self.entries is None or bool((self.entries >= 0).all())


def place(indices: Table) -> Placing | None:
    """Find the grid behind an index table; the whole table is checked.

    Parameters
    ----------
    indices : Table
        Index data, any number type, starting anywhere.

    Returns
    -------
    Placing or None
        None where there is no grid: points, or places visited twice.
    """
    raster = find_raster(indices)
    if raster is not None:
        return Placing(raster.order, raster.sizes, None)
    seen = survey(indices)
    if not seen.whole or not seen.length or not seen.columns:
        return None
    return _by_index(indices, seen)


def _weights(order: tuple[int, ...], sizes: tuple[int, ...]) -> list[int]:
    """Stride of each column of the table."""
    by_column = dict(zip(order, strides(sizes), strict=True))
    return [by_column[column] for column in range(len(order))]


def _by_index(indices: Table, seen: Survey) -> Placing | None:
    if seen.alike and len(seen.columns) > 1 and seen.columns[0].span > 1:
        return None
    ranks = [_ranks(indices, c, column) for c, column in enumerate(seen.columns)]
    sizes = tuple(len(levels) for levels in ranks)
    if math.prod(sizes) > _SPARSE * seen.length:
        return None
    order = loose_order(seen, sizes)
    placing = _scatter(indices, ranks, order)
    if placing is None or placing.complete or not _tied(placing):
        return placing
    return None


def _ranks(indices: Table, column: int, summary: Column) -> IntArray:
    """Return the different indices of a column, sorted."""
    if summary.span <= _LOOKUP:
        present = np.zeros(summary.span, bool)
        for _, raw in blocks(indices):
            present[raw[column].astype(np.int64) - summary.low] = True
        return np.flatnonzero(present) + summary.low
    levels = np.empty(0, np.int64)
    for _, raw in blocks(indices):
        levels = np.union1d(levels, raw[column].astype(np.int64))
    return levels


def _scatter(
    indices: Table, ranks: list[IntArray], order: tuple[int, ...]
) -> Placing | None:
    sizes = tuple(len(ranks[column]) for column in order)
    weights = _weights(order, sizes)
    total = math.prod(sizes)
    small = total < np.iinfo(np.int32).max
    kind: type[np.signedinteger] = np.int32 if small else np.int64
    entries: NDArray[np.signedinteger] = np.full(total, -1, kind)
    for start, raw in blocks(indices):
        spots = np.zeros(raw.shape[1], np.int64)
        for values, levels, weight in zip(raw, ranks, weights, strict=True):
            spots += _rank(values.astype(np.int64), levels) * weight
        entries[spots] = np.arange(start, start + len(spots), dtype=entries.dtype)
    if np.count_nonzero(entries >= 0) < indices.length:
        return None  # a place was visited twice
    in_order = total == indices.length and bool((np.diff(entries) == 1).all())
    return Placing(order, sizes, None if in_order else entries)


def _rank(values: IntArray, levels: IntArray) -> IntArray:
    unbroken = int(levels[-1] - levels[0]) == len(levels) - 1
    ranks: IntArray = (
        values - levels[0] if unbroken else np.searchsorted(levels, values)
    )
    return ranks


def _tied(placing: Placing) -> bool:
    """Whether the index of one dimension determines that of another.

    Then the dimensions do not span a grid: they count the same steps twice.
    """
    assert placing.entries is not None
    spots = np.flatnonzero(placing.entries >= 0)
    parts = [
        (size, (spots // stride) % size)
        for size, stride in zip(placing.sizes, strides(placing.sizes), strict=True)
        if size > 1
    ]
    return any(
        len(np.unique(mine * other_size + other)) == size
        for (size, mine), (other_size, other) in permutations(parts, 2)
    )
