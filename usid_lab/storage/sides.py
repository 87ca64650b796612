"""The sides of Main datasets that are written: tables of their own, or shared ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import h5py
from numpy.typing import ArrayLike

from usid_lab.errors import ArgumentError
from usid_lab.model.dimension import Side
from usid_lab.storage.ancillaries import Tables, place_tables, write_tables
from usid_lab.storage.links import address
from usid_lab.storage.recipe import Fold, SideRecipe, Vectors, side_recipe
from usid_lab.storage.stored_sides import stored_fold, stored_tables
from usid_lab.storage.text import plain

_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)
Given = Vectors | SideRecipe | str | None


@dataclass(frozen=True, slots=True, eq=False)
class StoredSide:
    """A side whose tables are in the file already.

    Attributes
    ----------
    tables : tuple of h5py.Dataset
        Indices and values.
    fold : Fold
        How data are folded along it.
    """

    tables: Tables
    fold: Fold


class Sides:
    """The sides that one writer makes: it knows how the axes of each are folded."""

    def __init__(self) -> None:
        self._folds: dict[int, Fold] = {}

    def write(
        self, group: h5py.Group, base: str, side: Side, recipe: SideRecipe
    ) -> None:
        """Write tables that several Main datasets are to share.

        Parameters
        ----------
        group : h5py.Group
            Where.
        base : str
            Beginning of their names.
        side : Side
        recipe : SideRecipe
            What they hold.
        """
        written = write_tables(group, side, recipe, base)
        self._folds[address(written[0])] = recipe.fold

    def found(
        self,
        file: h5py.File,
        position: Given,
        spectroscopic: Given,
        *,
        row_order: ArrayLike | None = None,
        points: bool = False,
    ) -> tuple[SideRecipe | StoredSide, SideRecipe | StoredSide]:
        """Take both sides of a Main dataset, as they were given; writes nothing.

        Parameters
        ----------
        file : h5py.File
            In which tables are looked for.
        position, spectroscopic : dimensions, SideRecipe, str or None
            As given to :meth:`usid_lab.storage.FileWriter.main`.
        row_order : array_like of int, optional
            Place (in raster order) of each stored row.
        points : bool, optional
            Positions are scattered points.

        Returns
        -------
        tuple of SideRecipe or StoredSide
            Positions and spectra.
        """
        rows = self._found(file, Side.POSITION, position, row_order, points=points)
        return rows, self._found(file, Side.SPECTROSCOPIC, spectroscopic)

    def _found(
        self,
        file: h5py.File,
        side: Side,
        given: Given,
        order: ArrayLike | None = None,
        *,
        points: bool = False,
    ) -> SideRecipe | StoredSide:
        if not isinstance(given, str | SideRecipe):
            vectors = {} if given is None else given
            return side_recipe(vectors, order, points=points)
        if points or order is not None:
            text = "A row order, and points, go with dimensions that are given here."
            raise ArgumentError(text, f"the {side} tables are made already")
        if isinstance(given, SideRecipe):
            return given
        tables = stored_tables(file, given, side)
        known = self._folds.get(address(tables[0]))
        return StoredSide(tables, known or stored_fold(*tables, side))

    def placed(
        self, group: h5py.Group, name: str, sides: Sequence[SideRecipe | StoredSide]
    ) -> list[Tables]:
        """Give the tables of both sides; those that are not stored yet are written.

        Parameters
        ----------
        group : h5py.Group
            Of the Main dataset.
        name : str
            Of the Main dataset.
        sides : sequence of SideRecipe or StoredSide
            Positions and spectra.

        Returns
        -------
        list of (indices, values)
        """
        pairs = zip(_SIDES, sides, strict=True)
        return [self._placed(group, name, side, found) for side, found in pairs]

    def _placed(
        self, group: h5py.Group, name: str, side: Side, found: SideRecipe | StoredSide
    ) -> Tables:
        if isinstance(found, StoredSide):
            return found.tables
        tables = place_tables(group, side, found, name)
        self._folds[address(tables[0])] = found.fold
        return tables


def checked_side(side: Side | str) -> Side:
    """Return the side of a name.

    Parameters
    ----------
    side : {"position", "spectroscopic"}

    Returns
    -------
    Side
        ArgumentError if there is none of that name.
    """
    if side not in _SIDES:
        text = "Tables are those of the side 'position' or 'spectroscopic'."
        raise ArgumentError(text, f"got {plain(repr(side))}")
    return Side(side)
