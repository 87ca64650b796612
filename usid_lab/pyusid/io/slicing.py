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
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.ndform import NDForm, Success
from usid_lab.pyusid.io.unfolding import Unfolding, read_picked, unfold_lazily
from usid_lab.storage.tables import StoredTable, find_table
from usid_lab.storage.text import plain

Array: TypeAlias = NDArray[np.generic]
_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)
_NAME = "slice_dict"


def sliced(
    dataset: h5py.Dataset,
    sides: tuple[Unfolding, Unfolding],
    form: NDForm,
    wanted: Mapping[str, object] | None,
    *,
    lazy: bool = False,
) -> tuple[Array, Success]:
    """Read what is asked for by label.

    Parameters
    ----------
    dataset : h5py.Dataset
        A Main dataset.
    sides : tuple of Unfolding
        Its positions and spectra.
    form : NDForm
        Into what they are unfolded.
    wanted : mapping of str to int, slice or list of int, optional
        Indices by label.
    lazy : bool, optional
        Whether a dask array is returned.

    Returns
    -------
    values : ndarray
        Dimensions in the order of `form`, those with one index dropped. Without any
        grid: rows and columns.
    success : bool or str
        That of `form`.
    """
    asked = _asked(sides, {} if wanted is None else of_type(wanted, Mapping, _NAME))
    chosen = []
    for number, side in enumerate(_SIDES):
        if form.sides[number] is sides[number]:
            chosen.append(_by_grid(sides[number], asked[number]))
        else:
            chosen.append([_by_entry(dataset, side, asked[number])])
    if lazy:
        values = _picked_lazily(dataset, form, chosen)
    else:
        values = read_picked(dataset, form.sides, chosen)
    values = values.transpose(form.axes)
    return values if form.success is False else values.squeeze(), form.success


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
    asked = _asked(sides, {} if wanted is None else of_type(wanted, Mapping, _NAME))
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
    sides: Sequence[Unfolding], wanted: Mapping[str, object]
) -> tuple[dict[int, Pick], dict[int, Pick]]:
    """Return the indices of each side's dimensions, by their number in the file."""
    names = unique_names(_labelled(sides))
    width = len(sides[0].labels)
    found: tuple[dict[int, Pick], dict[int, Pick]] = ({}, {})
    for name, indexer in wanted.items():
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
    if not isinstance(indexer, Integral | list | tuple | np.ndarray):
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


def _by_entry(dataset: h5py.Dataset, side: Side, asked: Mapping[int, Pick]) -> Pick:
    """Entries of an axis whose indices are among those that are asked for."""
    table, problem = find_table(dataset, f"{side.capitalize()}_Indices")
    assert table is not None, problem
    stored = StoredTable(table, side)
    indices = stored.block(0, stored.length)
    kept = np.ones(stored.length, bool)
    for column, pick in asked.items():
        levels = np.unique(indices[column])
        kept &= np.isin(indices[column], levels[np.asarray(pick, np.int64)])
    return np.flatnonzero(kept)


def _picked_lazily(
    dataset: h5py.Dataset, form: NDForm, chosen: Sequence[Sequence[Pick]]
) -> Any:
    values = unfold_lazily(dataset, form.sides)
    for axis, pick in enumerate(pick for picks in chosen for pick in picks):
        values = values[(slice(None),) * axis + (np.asarray(pick, np.int64),)]
    return values
