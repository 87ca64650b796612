"""Sides of Main datasets whose tables are in the file already."""

import h5py

from usid_lab.errors import LayoutError, ObjectNotFoundError
from usid_lab.model.axis import LayoutKind, derive_axis
from usid_lab.model.dimension import Side
from usid_lab.storage.ancillaries import Tables
from usid_lab.storage.links import resolve
from usid_lab.storage.mains import find_dataset
from usid_lab.storage.recipe import Fold
from usid_lab.storage.tables import StoredTable, descriptions, find_table
from usid_lab.storage.text import plain

_WHAT = ("Indices", "Values")


def stored_tables(file: h5py.File, path: str, side: Side) -> Tables:
    """Find the tables of a side.

    Parameters
    ----------
    file : h5py.File
        Where to look.
    path : str
        Of a Main dataset, or what stands before ``_Indices`` and ``_Values``.
    side : Side
        Positions or spectra.

    Returns
    -------
    indices, values : h5py.Dataset
        Screened. ObjectNotFoundError if there are none.
    """
    try:
        main = resolve(file, path)
    except ObjectNotFoundError:
        main = None
    if not isinstance(main, h5py.Dataset):
        indices, values = (find_dataset(file, f"{path}_{what}") for what in _WHAT)
        return indices, values
    found = []
    for what in _WHAT:
        table, problem = find_table(main, f"{side.capitalize()}_{what}")
        if table is None:
            text = f"'{side.capitalize()}_{what}' of '{plain(path)}' {problem}."
            raise ObjectNotFoundError(text)
        found.append(table)
    return found[0], found[1]


def stored_fold(indices: h5py.Dataset, values: h5py.Dataset, side: Side) -> Fold:
    """Say how data are laid out along tables that are stored.

    Parameters
    ----------
    indices, values : h5py.Dataset
        The two tables.
    side : Side
        Positions or spectra.

    Returns
    -------
    Fold
        With the shape of the grid where the entries are in its raster order, else
        with one axis.
    """
    shapes = (indices.shape, values.shape)
    if shapes[0] != shapes[1] or len(shapes[0]) != 2:
        text = "Index and value table of a side have one shape, of two dimensions."
        raise LayoutError(text, f"got {shapes[0]} and {shapes[1]}")
    table = StoredTable(indices, side)
    labels, units = descriptions(indices, values, side, table.width)
    axis = derive_axis(table, StoredTable(values, side), labels, units, side)
    shape = axis.sizes if axis.kind is LayoutKind.RASTER else (axis.length,)
    names = tuple(dimension.label for dimension in axis.dimensions)
    return Fold(shape, names, axis.length)
