"""Unfolding the two axes of a dataset into their dimensions.

Where entries lie comes from the indices themselves, so a grid that was scanned in
serpentines is put in order. pyUSID's order of dimensions, "that of the file", is the
order of the columns of position tables and of the rows of spectroscopic tables.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.model.axis import Axis, LayoutKind
from usid_lab.model.dimension import Dimension, Side
from usid_lab.model.placing import Placing, place
from usid_lab.model.selection import Pick
from usid_lab.model.table import ArrayTable, Table
from usid_lab.pyusid.arguments import is_lazy
from usid_lab.reading.planning.arranging import arrange, blank, gap_dtype
from usid_lab.reading.planning.axis_plan import plan_axis
from usid_lab.reading.planning.pieces import boxes_of
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.storage.tables import StoredTable

Array: TypeAlias = NDArray[np.generic]
Entries: TypeAlias = NDArray[np.signedinteger] | None
_BLOCK = 1 << 21  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class Unfolding:
    """How one axis of a dataset unfolds into dimensions.

    Attributes
    ----------
    labels : tuple of str
        In the order of the file.
    sizes : tuple of int
        Number of different indices of each dimension, in the order of the file.
    length : int
        Number of entries.
    placing : Placing, optional
        Where the entries belong; None where there is no grid.
    """

    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    length: int
    placing: Placing | None

    @property
    def grid(self) -> Placing:
        """Where the entries belong; without a grid they are one dimension."""
        return self.placing or Placing((0,), (self.length,), None)

    @property
    def axis(self) -> Axis:
        """The same without labels and values, for planning what is read."""
        counted = tuple(Dimension("Index", "", size) for size in self.grid.sizes)
        kind = LayoutKind.SHUFFLED if self.grid.complete else LayoutKind.INCOMPLETE
        return Axis(self.length, kind, counted, self.grid.entries)

    @property
    def fastest_first(self) -> tuple[int, ...]:
        """Dimensions by how often their index changes, as pyUSID sorts them.

        Those of a single index come last, the later ones first.
        """
        count = len(self.sizes)
        order = self.placing.order if self.placing else range(count)
        varying = [number for number in order[::-1] if self.sizes[number] > 1]
        single = [n for n in reversed(range(count)) if self.sizes[n] == 1]
        return (*varying, *single)


def unfolding_of(
    indices: h5py.Dataset | NDArray[np.number], side: Side, labels: Sequence[str]
) -> Unfolding:
    """Return the unfolding that an index table describes.

    Parameters
    ----------
    indices : h5py.Dataset or ndarray, 2-D
        An entry in each row for positions, in each column for spectra. All of it is
        checked, in blocks.
    side : Side
        Positions or spectra.
    labels : sequence of str
        One for each dimension.

    Returns
    -------
    Unfolding
        Of that side.
    """
    table: Table
    if isinstance(indices, h5py.Dataset):
        table = StoredTable(indices, side)
    else:
        table = ArrayTable(indices.T if side is Side.POSITION else indices)
    return unfolding_in(table, labels)


def unfolding_in(table: Table, labels: Sequence[str]) -> Unfolding:
    """Return the unfolding that a table of indices describes."""
    placing = place(table)
    return Unfolding(tuple(labels), _sizes(table, placing), table.length, placing)


def plain_unfolding(length: int, label: str) -> Unfolding:
    """Return the unfolding of an axis without a table: one dimension."""
    return Unfolding((label,), (length,), length, Placing((0,), (length,), None))


def read_unfolded(main: h5py.Dataset | Array, sides: Sequence[Unfolding]) -> Array:
    """Read all of a dataset, each axis in the order of its grid.

    Parameters
    ----------
    main : h5py.Dataset or ndarray, 2-D
        What is read, once.
    sides : sequence of Unfolding
        Of its two axes.

    Returns
    -------
    ndarray
        Dimensions of the sides, slowest first. Gaps of a grid are NaN, and integers
        then become float64.
    """
    shape = [size for side in sides for size in side.grid.sizes]
    rows, columns = (side.grid.entries for side in sides)
    if rows is None and columns is None:
        values: Array = main[()]
        return values.reshape(shape)
    return _scattered(main, rows, columns).reshape(shape)


def read_picked(
    main: h5py.Dataset, sides: Sequence[Unfolding], chosen: Sequence[Sequence[Pick]]
) -> Array:
    """Read what is picked of each dimension.

    Parameters
    ----------
    main : h5py.Dataset
        What is read: the hyperslabs around what is picked, no more.
    sides : sequence of Unfolding
        Of its two axes.
    chosen : sequence of sequence of int, range or ndarray
        For each side, from the slowest dimension to the fastest.

    Returns
    -------
    ndarray
        One axis for each range or array that was picked.
    """
    axes = [side.axis for side in sides]
    plans = [plan_axis(axis, mine) for axis, mine in zip(axes, chosen, strict=True)]
    buffer: Array = np.empty([plan.size for plan in plans], main.dtype)
    source = SlabSource(main)
    for box in boxes_of([plan.runs for plan in plans]):
        source.read(box, buffer)
    return arrange(buffer, plans, gaps=any(axis.has_gaps for axis in axes))


def unfold_lazily(main: h5py.Dataset | Array, sides: Sequence[Unfolding]) -> Any:
    """Do as :func:`read_unfolded` does, once the dask array is computed."""
    dask = import_module("dask.array")
    flat = main if is_lazy(main) else dask.from_array(main)
    for axis, side in enumerate(sides):
        entries = side.grid.entries
        if entries is None:
            continue
        if not side.grid.complete:
            # Behind the last entry, where an index of -1 leads.
            shape = tuple(1 if a == axis else n for a, n in enumerate(flat.shape))
            flat = dask.concatenate([flat, _blanked(shape, flat.dtype)], axis)
        flat = dask.take(flat, entries, axis)
    return flat.reshape([size for side in sides for size in side.grid.sizes])


def fold(values: Array, sides: Sequence[Unfolding]) -> Array:
    """Put the N-D form back into two dimensions.

    Parameters
    ----------
    values : ndarray
        Dimensions of the sides, slowest first.
    sides : sequence of Unfolding
        Of the two axes.

    Returns
    -------
    ndarray, 2-D
        Rows and columns in the order of the tables; gaps of a grid are left out.
    """
    flat = values.reshape([math.prod(side.grid.sizes) for side in sides])
    for axis, side in enumerate(sides):
        if side.grid.entries is not None:
            flat = np.take(flat, _spots(side.grid.entries, side.length), axis=axis)
    return flat


def _sizes(table: Table, placing: Placing | None) -> tuple[int, ...]:
    if placing is None:
        whole = table.block(0, table.length)
        return tuple(len(np.unique(indices)) for indices in whole)
    by_column = dict(zip(placing.order, placing.sizes, strict=True))
    return tuple(by_column[column] for column in range(table.width))


def _scattered(main: h5py.Dataset | Array, rows: Entries, columns: Entries) -> Array:
    """Put blocks of rows where they belong, so that nothing is held twice."""
    height, width = main.shape
    result = _room(main, rows, columns)
    down = np.arange(height) if rows is None else _spots(rows, height)
    across = None if columns is None else _spots(columns, width)
    for start, block in _blocks(main):
        part = down[start : start + len(block)]
        where = part if across is None else np.ix_(part, across)
        result[where] = block
    return result


def _blocks(main: h5py.Dataset | Array) -> Iterator[tuple[int, Array]]:
    """Read rows by and by, into one buffer: its pages are fetched once."""
    height, width = main.shape
    step = min(height, _rows_at_a_time(main))
    buffer: Array = np.empty((step, width), main.dtype)
    for start in range(0, height, step):
        part = slice(start, min(start + step, height))
        if isinstance(main, np.ndarray):
            yield start, main[part]
        else:
            block = buffer[: part.stop - start]
            main.read_direct(block, part)
            yield start, block


def _room(main: h5py.Dataset | Array, rows: Entries, columns: Entries) -> Array:
    both = zip(main.shape, (rows, columns), strict=True)
    shape = tuple(size if found is None else len(found) for size, found in both)
    if any(found is not None and (found < 0).any() for found in (rows, columns)):
        return _blanked(shape, main.dtype)
    return np.empty(shape, main.dtype)


def _blanked(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Array:
    room: Array = np.empty(shape, gap_dtype(dtype))
    blank(room, ())
    return room


def _rows_at_a_time(main: h5py.Dataset | Array) -> int:
    chunks = main.chunks if isinstance(main, h5py.Dataset) else None
    once = int(chunks[0]) if chunks else 1
    wanted = _BLOCK // max(1, int(main.shape[1]) * int(main.dtype.itemsize))
    return max(once, wanted // once * once)


def _spots(entries: NDArray[np.signedinteger], length: int) -> NDArray[np.intp]:
    """Place in the grid of each entry."""
    spots = np.empty(length, np.intp)
    filled = np.flatnonzero(entries >= 0)
    spots[entries[filled]] = filled
    return spots
