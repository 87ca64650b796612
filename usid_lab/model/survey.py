"""What one pass over an index table tells of its dimensions."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.raster import with_trivial
from usid_lab.model.table import Table, blocks

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """One dimension's indices, summed up.

    Attributes
    ----------
    low, high : int
        Smallest and largest index.
    changes : int
        How many neighbouring entries differ.
    """

    low: int
    high: int
    changes: int

    @property
    def span(self) -> int:
        """Number of indices between lowest and highest, both included."""
        return self.high - self.low + 1


@dataclass(frozen=True, slots=True)
class Survey:
    """An index table, summed up."""

    length: int
    columns: tuple[Column, ...]
    whole: bool
    """Every index is a whole number."""
    alike: bool
    """Every dimension has the same indices."""


def survey(table: Table) -> Survey:
    """Walk an index table once.

    Parameters
    ----------
    table : Table
        Indices, any number type.

    Returns
    -------
    Survey
        Extremes and changes of every dimension.
    """
    width, length = table.width, table.length
    low = np.full(width, np.iinfo(np.int64).max)
    high = np.full(width, np.iinfo(np.int64).min)
    changes = np.zeros(width, np.int64)
    last: IntArray | None = None
    whole = alike = True
    for _, raw in blocks(table):
        if not _whole(raw):
            return Survey(length, (), whole=False, alike=False)
        # Each dimension in one piece: numpy is slow along a table's rows.
        block = raw.astype(np.int64, order="C")
        low = np.minimum(low, block.min(axis=1))
        high = np.maximum(high, block.max(axis=1))
        alike = alike and bool((block == block[0]).all())
        changes += _changes(block, last)
        last = block[:, -1]
    columns = zip(low, high, changes, strict=True)
    return Survey(length, tuple(Column(*map(int, c)) for c in columns), whole, alike)


def _whole(block: NDArray[np.number]) -> bool:
    if block.dtype.kind in "iub":
        return True
    if block.dtype.kind != "f" or not np.isfinite(block).all():
        return False
    # Beyond 2**53 neighbouring whole numbers are one float.
    return bool((np.floor(block) == block).all() and (np.abs(block) < 2**53).all())


def _changes(block: IntArray, last: IntArray | None) -> IntArray:
    """Count the entries that differ from the one before, also over the edge."""
    differs = block[:, 1:] != block[:, :-1]
    changes: IntArray = differs.sum(axis=1, dtype=np.int64)
    if last is not None:
        changes += block[:, 0] != last
    return changes


def loose_order(seen: Survey, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Columns from slowest to fastest, where entries are not in raster order.

    What changes more often is faster. Where that is not clear (a random order), the
    specification's order of columns is taken: fastest first.
    """
    varying = [c for c, size in enumerate(sizes) if size > 1]
    by_change = sorted(varying, key=lambda c: seen.columns[c].changes)
    pairs = pairwise(by_change)
    if all(_clearly_slower(seen, sizes, slow, fast) for slow, fast in pairs):
        return with_trivial(by_change, len(sizes))
    return tuple(reversed(range(len(sizes))))


def _clearly_slower(seen: Survey, sizes: tuple[int, ...], slow: int, fast: int) -> bool:
    slowly, quickly = seen.columns[slow].changes, seen.columns[fast].changes
    return slowly < quickly and slowly * sizes[fast] <= 1.2 * seen.length
