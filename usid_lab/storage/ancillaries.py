"""Ancillary datasets, written: index and value tables with labels and units."""

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import NameTakenError
from usid_lab.model.dimension import Mode, Side
from usid_lab.model.table import BLOCK
from usid_lab.storage.groups import checked_name, entry, free_name
from usid_lab.storage.links import read_link
from usid_lab.storage.recipe import SideRecipe
from usid_lab.storage.text import plain
from usid_lab.storage.writing import fixed_text, place, refusals, write_attributes

Tables = tuple[h5py.Dataset, h5py.Dataset]
_WHAT = ("Indices", "Values")
_TYPES = {Mode.DEFAULT: 0, Mode.INCOMPLETE: 1, Mode.DEPENDENT: 2}


def write_tables(
    group: h5py.Group, side: Side, recipe: SideRecipe, base_name: str | None = None
) -> Tables:
    """Write the two tables of a side.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    side : Side
        Position tables get an entry in each row, spectroscopic ones in each column.
    recipe : SideRecipe
        Tables, labels and units, in the order in which they are to be stored; the
        specification wants the fastest dimension first.
    base_name : str, optional
        Beginning of their names, with or without ``_``; that of the side by default.

    Returns
    -------
    indices, values : h5py.Dataset
        ``<base_name>_Indices`` and ``<base_name>_Values``.
    """
    base = checked_name(base_name or side.capitalize(), "table").removesuffix("_")
    names = [free_name(group, f"{base}_{what}", "table") for what in _WHAT]
    indices, values = (
        _write(group, name, table, side, recipe)
        for name, table in zip(names, (recipe.indices, recipe.values), strict=True)
    )
    return indices, values


def _write(
    group: h5py.Group,
    name: str,
    table: NDArray[np.generic],
    side: Side,
    recipe: SideRecipe,
) -> h5py.Dataset:
    stored = table if side is Side.POSITION else table.T
    with refusals(f"The table '{plain(name)}'", group):
        made = group.create_dataset(name, data=stored)
    write_attributes(made, _descriptions(recipe))
    return made


def _descriptions(recipe: SideRecipe) -> dict[str, NDArray[np.generic]]:
    found: dict[str, NDArray[np.generic]] = {
        "labels": fixed_text(recipe.labels),
        "units": fixed_text(recipe.units),
    }
    # Later releases of pyUSID say so for each dimension; a plain grid needs no word.
    if any(mode is not Mode.DEFAULT for mode in recipe.modes):
        found["type"] = np.array([_TYPES[mode] for mode in recipe.modes])
    return found


def place_tables(
    group: h5py.Group, side: Side, recipe: SideRecipe, owner_name: str
) -> Tables:
    """Find equal tables that lie in a group already, or write them.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    side : Side
        Positions or spectra.
    recipe : SideRecipe
        What the tables hold.
    owner_name : str
        Name of the Main dataset, for tables that need another name than the
        customary one because that is taken.

    Returns
    -------
    indices, values : h5py.Dataset
        Of the customary name, or with ``<owner_name>_`` before it.
    """
    customary = str(side.capitalize())
    for base in (customary, f"{owner_name}_{customary}"):
        names = [f"{base}_{what}" for what in _WHAT]
        if all(read_link(group, name.encode()) is None for name in names):
            return write_tables(group, side, recipe, base)
        found = [entry(group, name) for name in names]
        tables = (recipe.indices, recipe.values)
        if all(map(_equal, found, tables, (side,) * 2, (recipe,) * 2)):
            return found[0], found[1]
    text = f"{place(group)} already has other tables '{plain(base)}'."
    raise NameTakenError(text)


def _equal(
    found: h5py.HLObject | None,
    table: NDArray[np.generic],
    side: Side,
    recipe: SideRecipe,
) -> bool:
    stored = table if side is Side.POSITION else table.T
    return (
        isinstance(found, h5py.Dataset)
        and (found.shape, found.dtype) == (stored.shape, stored.dtype)
        and all(
            np.array_equal(found.attrs.get(name, ()), wanted)
            for name, wanted in _descriptions(recipe).items()
        )
        and _holds(found, table, side)
    )


def _holds(found: h5py.Dataset, table: NDArray[np.generic], side: Side) -> bool:
    """Compare in blocks: tables of a large scan are many, and differ early."""
    for start in range(0, len(table), BLOCK):
        wanted = table[start : start + BLOCK]
        part = slice(start, start + len(wanted))
        held = found[part] if side is Side.POSITION else found[:, part].T
        # NaN, which makes the comparison slow, is rare.
        if not (np.array_equal(held, wanted) or _same_with_nan(held, wanted)):
            return False
    return True


def _same_with_nan(one: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    return one.dtype.kind == "f" and np.array_equal(one, other, equal_nan=True)
