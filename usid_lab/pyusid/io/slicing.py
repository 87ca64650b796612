"""Reading a part of a Main dataset, chosen by the labels of its dimensions."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentTypeError, DimensionError, OutOfRangeError
from usid_lab.model.dimension import Dimension, Side, unique_names
from usid_lab.model.selection import Pick
from usid_lab.model.table import ArrayTable
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.ndform import Success, flat_form, nd_form
from usid_lab.pyusid.io.unfolding import (
    Unfolding,
    read_picked,
    unfold_lazily,
    unfolding_in,
)
from usid_lab.storage.tables import StoredTable, find_table
from usid_lab.storage.text import plain

Array: TypeAlias = NDArray[np.generic]
IntArray: TypeAlias = NDArray[np.int64]
_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)


def sliced(
    dataset: h5py.Dataset,
    sides: tuple[Unfolding, Unfolding],
    wanted: Mapping[str, object] | None,
    *,
    sort_dims: bool,
    lazy: bool = False,
) -> tuple[Array, Success]:
    """Read what is asked for by label.

    Parameters
    ----------
    dataset : h5py.Dataset
        A Main dataset.
    sides : tuple of Unfolding
        Its positions and spectra.
    wanted : mapping of str to int, slice or list of int, optional
        Indices by label.
    sort_dims : bool
        Dimensions from fastest to slowest; else in the order of the file.
    lazy : bool, optional
        Whether a dask array is returned.

    Returns
    -------
    values : ndarray
        Dimensions of which one index is left are dropped. Where a side has no grid,
        what is left of it may have one; without, there are rows and columns.
    success : bool or str
        How far the values are unfolded: see :class:`NDForm`.
    """
    if any(side.placing is None for side in sides):
        return _left(dataset, sides, wanted, sort_dims=sort_dims, lazy=lazy)
    asked = _asked(sides, wanted)
    chosen = [_by_grid(*both) for both in zip(sides, asked, strict=True)]
    values = _picked(dataset, sides, chosen, lazy=lazy)
    return values.transpose(nd_form(*sides, sort_dims=sort_dims).axes).squeeze(), True


def sliced_flat(
    dataset: h5py.Dataset,
    sides: tuple[Unfolding, Unfolding],
    wanted: Mapping[str, object] | None,
    *,
    lazy: bool = False,
) -> tuple[Array, tuple[IntArray, IntArray]]:
    """Read the rows and columns that are asked for, in the order of the file.

    Parameters
    ----------
    dataset : h5py.Dataset
        A Main dataset.
    sides : tuple of Unfolding
        Its positions and spectra.
    wanted : mapping of str to int, slice or list of int, optional
        Indices by label.
    lazy : bool, optional
        Whether a dask array is returned.

    Returns
    -------
    values : ndarray, 2-D
        Rows and columns.
    entries : tuple of ndarray
        Which ones of the dataset they are.
    """
    asked = _asked(sides, wanted)
    rows, columns = (
        _by_entry(_indices(dataset, side), indices)
        for side, indices in zip(_SIDES, asked, strict=True)
    )
    flat = flat_form(*sides).sides
    return _picked(dataset, flat, [[rows], [columns]], lazy=lazy), (rows, columns)


def _left(
    dataset: h5py.Dataset,
    sides: tuple[Unfolding, Unfolding],
    wanted: Mapping[str, object] | None,
    *,
    sort_dims: bool,
    lazy: bool,
) -> tuple[Array, Success]:
    """Unfold what is left, which may be a grid although the whole is none."""
    values, entries = sliced_flat(dataset, sides, wanted, lazy=lazy)
    rows, columns = (
        unfolding_in(ArrayTable(_indices(dataset, side)[:, kept]), whole.labels)
        for side, kept, whole in zip(_SIDES, entries, sides, strict=True)
    )
    form = nd_form(rows, columns, sort_dims=sort_dims)
    shaped = form.lazy(values) if lazy else form.read(values)
    return shaped if form.success is False else shaped.squeeze(), form.success


def labelled(
    dataset: h5py.Dataset,
    sides: tuple[Unfolding, Unfolding],
    wanted: Mapping[str, object] | None,
    values: Sequence[Sequence[NDArray[np.number]]],
    units: Sequence[Sequence[str]],
) -> tuple[Array, list[Dimension]]:
    """Read what is asked for by label, with the dimensions along which it lies.

    Parameters
    ----------
    dataset : h5py.Dataset
        A Main dataset.
    sides : tuple of Unfolding
        Its positions and spectra, both on a grid.
    wanted : mapping of str to int, slice or list of int, optional
        Indices by label.
    values, units : sequence of sequence
        Of each side's dimensions, in the order of the file.

    Returns
    -------
    values : ndarray
        One axis for each dimension.
    dimensions : list of Dimension
        Positions, then spectra, slowest first; a single index makes one of size 1.
    """
    asked = _asked(sides, wanted)
    names = iter(unique_names(_labelled(sides)))
    chosen, dimensions = [], []
    for number, side in enumerate(_SIDES):
        picked = _by_grid(sides[number], asked[number])
        named = [next(names) for _ in sides[number].labels]
        chosen.append(picked)
        for column, pick in zip(sides[number].grid.order, picked, strict=True):
            kept = values[number][column][np.asarray(pick, np.int64)]
            name, unit = named[column], units[number][column]
            dimensions.append(Dimension.found(name, unit, kept.astype(float), side))
    return read_picked(dataset, sides, chosen), dimensions


def _labelled(sides: Sequence[Unfolding]) -> list[tuple[str, Side]]:
    both = zip(_SIDES, sides, strict=True)
    return [(label, side) for side, unfolded in both for label in unfolded.labels]


def _asked(
    sides: Sequence[Unfolding], wanted: Mapping[str, object] | None
) -> tuple[dict[int, Pick], dict[int, Pick]]:
    """Return the indices of each side's dimensions, by their number in the file."""
    names = unique_names(_labelled(sides))
    width = len(sides[0].labels)
    found: tuple[dict[int, Pick], dict[int, Pick]] = ({}, {})
    for name, indexer in of_type(wanted or {}, Mapping, "slice_dict").items():
        if name not in names:
            known = plain(", ".join(names))
            text = f"There is no dimension '{plain(str(name))}'; there are: {known}."
            raise DimensionError(text)
        number = names.index(name)
        side, column = (1, number - width) if number >= width else (0, number)
        found[side][column] = _pick(indexer, name, sides[side].sizes[column])
    return found


def _pick(indexer: object, name: str, size: int) -> Pick:
    if isinstance(indexer, slice):
        return range(size)[indexer]
    if not isinstance(indexer, Integral | list | tuple | range | np.ndarray):
        text = (
            f"Dimension '{plain(name)}' takes an index, a slice or a list of indices."
        )
        raise ArgumentTypeError(text, f"got {type(indexer).__name__}")
    given = np.ravel(np.asarray(indexer))
    if given.dtype == bool and len(given) == size:
        return np.flatnonzero(given)
    if given.size and (given.dtype.kind not in "iuf" or (given % 1 != 0).any()):
        text = f"Indices of dimension '{plain(name)}' must be whole numbers."
        raise OutOfRangeError(text, f"got {indexer!r}")
    if given.size and not 0 <= given.min() <= given.max() < size:
        text = f"Dimension '{plain(name)}' has the indices 0 to {size - 1}."
        raise OutOfRangeError(text, f"got {indexer!r}")
    return given.astype(np.int64)


def _by_grid(side: Unfolding, asked: Mapping[int, Pick]) -> list[Pick]:
    """Order picks from the slowest dimension to the fastest."""
    return [asked.get(column, range(side.sizes[column])) for column in side.grid.order]


def _by_entry(indices: NDArray[np.number], asked: Mapping[int, Pick]) -> IntArray:
    """Find the entries whose indices are among those that are asked for."""
    kept = np.ones(indices.shape[1], bool)
    for column, pick in asked.items():
        levels = np.unique(indices[column])
        kept &= np.isin(indices[column], levels[np.asarray(pick, np.int64)])
    return np.flatnonzero(kept)


def _indices(dataset: h5py.Dataset, side: Side) -> NDArray[np.number]:
    """Index table of a side, one row for each dimension."""
    table, problem = find_table(dataset, f"{side.capitalize()}_Indices")
    assert table is not None, problem
    stored = StoredTable(table, side)
    return stored.block(0, stored.length)


def _picked(
    dataset: h5py.Dataset,
    sides: Sequence[Unfolding],
    chosen: Sequence[Sequence[Pick]],
    *,
    lazy: bool,
) -> Any:
    if not lazy:
        return read_picked(dataset, sides, chosen)
    values = unfold_lazily(dataset, sides)
    for axis, pick in enumerate(pick for picks in chosen for pick in picks):
        values = values[(slice(None),) * axis + (np.asarray(pick, np.int64),)]
    return values
