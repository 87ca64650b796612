"""Slices and reductions of Main datasets, written as new Main datasets in place."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError, DimensionError
from usid_lab.model.dimension import Side, unique_names
from usid_lab.pyusid.arguments import texts_of
from usid_lab.pyusid.io.dimension import Dimension
from usid_lab.pyusid.io.groups import create_results_group
from usid_lab.pyusid.io.main_datasets import write_main_dataset
from usid_lab.pyusid.io.unfolding import Unfolding, unfold_lazily
from usid_lab.storage.ancillaries import write_tables
from usid_lab.storage.attributes import text_attribute
from usid_lab.storage.recipe import SideRecipe
from usid_lab.storage.tables import StoredTable
from usid_lab.storage.text import plain

Array: TypeAlias = NDArray[np.generic]
Tables: TypeAlias = tuple[h5py.Dataset, h5py.Dataset]
_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)
_NOTHING_LEFT = ("Single_Step", "a. u.", 1)


@dataclass(frozen=True, slots=True, eq=False)
class SideFacts:
    """One side of the Main dataset from which something is derived.

    Attributes
    ----------
    unfolding : Unfolding
        How its axis unfolds.
    tables : tuple of h5py.Dataset
        Its indices and values.
    labels, units : sequence of str
        In the order of the file.
    values : sequence of ndarray
        The value at each index of its dimensions, in the order of the file.
    """

    unfolding: Unfolding
    tables: Tables
    labels: Sequence[str]
    units: Sequence[str]
    values: Sequence[NDArray[np.number]]


def write_slice(
    main: h5py.Dataset,
    sides: Sequence[SideFacts],
    values: Array,
    entries: Sequence[NDArray[np.int64]],
    wanted: Mapping[str, object],
    name: str | None,
    **storage: Any,
) -> h5py.Dataset:
    """Write rows and columns of a Main dataset into a results group beside it.

    Parameters
    ----------
    main : h5py.Dataset
        The source, in a file that is open for writing.
    sides : sequence of SideFacts
        Its positions and spectra.
    values : ndarray, 2-D
        What was read of it.
    entries : sequence of ndarray of int
        Which rows and columns they are.
    wanted : mapping
        What was asked for; written as an attribute of the group.
    name : str, optional
        Of the new dataset; that of the source by default.
    **storage
        For ``h5py.Group.create_dataset``.

    Returns
    -------
    USIDataset
        ``<source>-slice_NNN/<name>``. A side that is whole shares the tables of the
        source; indices of the other one begin at 0.
    """
    group = create_results_group(main, "slice")
    group.attrs["slice"] = repr(dict(wanted))
    tables = [
        _part_of(group, side, facts, kept)
        for side, facts, kept in zip(_SIDES, sides, entries, strict=True)
    ]
    return _written(group, main, values, name, tables, **storage)


def reduced(
    main: h5py.Dataset,
    sides: Sequence[SideFacts],
    dims: str | Iterable[str],
    ufunc: Any,
    order: Sequence[int],
) -> tuple[Any, Any, tuple[list[Dimension], list[Dimension]]]:
    """Reduce dimensions with dask; nothing is computed yet.

    Parameters
    ----------
    main : h5py.Dataset
        A Main dataset, both sides on a grid.
    sides : sequence of SideFacts
        Its positions and spectra.
    dims : str or list of str
        Labels of the dimensions that vanish.
    ufunc : callable
        Takes an array and its `axis`, such as ``dask.array.mean``.
    order : sequence of int
        The axes in the order in which they are handed out.

    Returns
    -------
    values : dask array
        The dimensions that are left, in that order.
    folded : dask array, 2-D
        The same, to be written.
    left : tuple of list of Dimension
        Dimensions of positions and spectra that are left, fastest first.
    """
    if not callable(ufunc):
        raise ArgumentTypeError("'ufunc' must be a function of dask.", repr(ufunc))
    named = _dimensions(sides)
    names = [name for dimensions in named for name, _ in dimensions]
    gone = texts_of(dims, "dims")
    for name in gone:
        if name not in names:
            known = plain(", ".join(names))
            text = f"There is no dimension '{plain(name)}'; there are: {known}."
            raise DimensionError(text)
    axes = tuple(sorted({names.index(name) for name in gone}))
    values = ufunc(unfold_lazily(main, [s.unfolding for s in sides]), axis=axes)
    left = [[d for name, d in dims if name not in gone] for dims in named]
    rows, columns = (math.prod(len(d.values) for d in dims) for dims in left)
    kept = [axis for axis in range(len(names)) if axis not in axes]
    shown = values.transpose([kept.index(axis) for axis in order if axis in kept])
    return shown, values.reshape((rows, columns)), (left[0][::-1], left[1][::-1])


def write_reduction(
    main: h5py.Dataset,
    folded: Any,
    left: Sequence[list[Dimension]],
    facts: Mapping[str, object],
    name: str | None,
) -> h5py.Dataset:
    """Write what :func:`reduced` gave into a results group beside the source.

    Parameters
    ----------
    main : h5py.Dataset
        The source, in a file that is open for writing.
    folded : dask array, 2-D
        The values.
    left : sequence of list of Dimension
        Of positions and spectra, fastest first; none make a single step.
    facts : mapping
        Attributes of the group.
    name : str, optional
        Of the new dataset; that of the source by default.

    Returns
    -------
    USIDataset
        ``<source>-Reduce_NNN/<name>``.
    """
    values = folded.compute()
    group = create_results_group(main, "Reduce")
    group.attrs.update(facts)
    dims = [side or [Dimension(*_NOTHING_LEFT)] for side in left]
    return _written(group, main, values, name, [None, None], dims)


def _written(
    group: h5py.Group,
    main: h5py.Dataset,
    values: Array,
    name: str | None,
    tables: Sequence[Tables | None],
    dims: Sequence[list[Dimension] | None] = (None, None),
    **storage: Any,
) -> h5py.Dataset:
    rows, columns = (found or (None, None) for found in tables)
    quantity = text_attribute(main, "quantity") or "unknown quantity"
    return write_main_dataset(
        group,
        np.asarray(values),
        name or str(main.name).rsplit("/", 1)[-1],
        quantity,
        text_attribute(main, "units") or "",
        dims[0],
        dims[1],
        h5_pos_inds=rows[0],
        h5_pos_vals=rows[1],
        h5_spec_inds=columns[0],
        h5_spec_vals=columns[1],
        **storage,
    )


def _part_of(
    group: h5py.Group, side: Side, facts: SideFacts, kept: NDArray[np.int64]
) -> Tables:
    if not len(kept):
        raise ArgumentError("Nothing is left of the dataset.", f"no {side} is selected")
    if len(kept) == facts.unfolding.length:
        return facts.tables
    indices, values = (
        stored.block(0, stored.length)[:, kept]
        for stored in (StoredTable(table, side) for table in facts.tables)
    )
    ranks = [np.unique(row, return_inverse=True)[1].reshape(-1) for row in indices]
    recipe = SideRecipe(
        shape=(len(kept),),
        labels=tuple(facts.labels),
        units=tuple(facts.units),
        indices=np.stack(ranks, axis=1).astype(np.uint32),
        values=values.T,
    )
    return write_tables(group, side, recipe)


def _dimensions(
    sides: Sequence[SideFacts],
) -> list[list[tuple[str, Dimension]]]:
    """Name the dimensions of each side, slowest first."""
    both = zip(_SIDES, sides, strict=True)
    labelled = [(label, side) for side, facts in both for label in facts.labels]
    names = iter(unique_names(labelled))
    found = []
    for facts in sides:
        own = [next(names) for _ in facts.labels]
        found.append(
            [
                (
                    own[at],
                    Dimension(facts.labels[at], facts.units[at], facts.values[at]),
                )
                for at in facts.unfolding.grid.order
            ]
        )
    return found
