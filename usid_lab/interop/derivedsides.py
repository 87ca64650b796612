"""What is left of one side of a dataset in a slice or a reduction of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import SelectionError
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.model.selection import indices_of
from usid_lab.storage.recipe import SideRecipe, side_recipe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from usid_lab.model.axis import Axis, Grid
    from usid_lab.model.selection import Pick


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of the new dataset.

    Attributes
    ----------
    recipe : SideRecipe
        Its tables, with an entry for each place that was measured.
    entries : ndarray of int, shape (entries,)
        Which entry of the source stands there; where dimensions of the side are
        reduced, none.
    places : ndarray of int, shape (entries,), optional
        Where these stand in the grid of what is picked; None where they fill it.
    """

    recipe: SideRecipe
    entries: NDArray[np.signedinteger]
    places: NDArray[np.intp] | None = None

    def within(self, run: slice) -> tuple[slice, slice | NDArray[np.intp]]:
        """Entries in a run of places of the grid, and where in the run they stand."""
        if self.places is None:
            return run, slice(None)
        start, stop = np.searchsorted(self.places, (run.start, run.stop))
        return slice(int(start), int(stop)), self.places[start:stop] - run.start


def side_of(axis: Axis, picks: Sequence[Pick], dropped: frozenset[str]) -> Side:
    """Say what is left of a side. Gaps stay gaps: nothing is written for them.

    Parameters
    ----------
    axis : Axis
        The side of the source.
    picks : sequence of int, range or ndarray
        What is picked of each of its dimensions.
    dropped : frozenset of str
        Names of dimensions that are reduced.

    Returns
    -------
    Side
        SelectionError if nothing was measured there.
    """
    recipe = side_recipe(dimensions_left(axis, picks, dropped))
    if not dropped.isdisjoint([d.name for d in axis.dimensions]):
        return Side(recipe, np.empty(0, np.int64))
    entries = _entries(axis, picks)
    places = np.flatnonzero(entries >= 0)
    if len(places) == len(entries):
        return Side(recipe, entries)
    if not len(places):
        raise SelectionError("Nothing was measured at the places that are selected.")
    cut = replace(
        recipe,
        shape=(len(places),),
        indices=_counted(recipe.indices[places]),
        values=recipe.values[places],
    )
    return Side(cut, entries[places], places)


def sides_of_array(
    dimensions: Sequence[Dimension],
    picks: Sequence[Pick],
    dropped: Collection[str],
    across: Collection[str],
) -> list[Side]:
    """Say what is left of a plain array, whose dimensions belong to no side.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Of the array, in its order.
    picks : sequence of int, range or ndarray
        What is picked of each of them.
    dropped : collection of str
        Names of dimensions that are reduced.
    across : collection of str
        Names of those that become spectroscopic; all others become positions.

    Returns
    -------
    list of Side
        Positions, then spectra; each in the order of the array.
    """
    sides: tuple[list[Dimension], list[Dimension]] = ([], [])
    for dimension, pick in zip(dimensions, picks, strict=True):
        if not isinstance(pick, int) and dimension.name not in dropped:
            values = dimension.values[indexer(pick)]
            named = Dimension(dimension.name, _units(dimension), values)
            sides[dimension.name in across].append(named)
    return [Side(side_recipe(left), np.empty(0, np.int64)) for left in sides]


def _units(dimension: Dimension) -> str:
    """Units of an array's dimension; of one of which nothing is known, "index"."""
    counted = np.array_equal(dimension.values, np.arange(dimension.size))
    unknown = not dimension.label and not dimension.units and counted
    return "index" if unknown else dimension.units


def _counted(indices: NDArray[np.number]) -> NDArray[np.number]:
    """Count from 0, without the indices at which nothing was measured."""
    columns = [np.unique(column, return_inverse=True)[1] for column in indices.T]
    return np.stack(columns, axis=1).astype(indices.dtype)


def _entries(axis: Axis, picks: Sequence[Pick]) -> NDArray[np.signedinteger]:
    """Find the stored entry of each place that is picked; -1 for a gap."""
    lists = [np.atleast_1d(indexer(pick)) for pick in picks]
    places = np.ravel_multi_index(np.ix_(*lists), axis.sizes).ravel()
    return places if axis.entries is None else axis.entries[places]


def dimensions_left(
    axis: Axis, picks: Sequence[Pick], dropped: Collection[str]
) -> list[Dimension]:
    """Dimensions that are left, with the values that are left."""
    kept = [
        dimension.name not in dropped and not isinstance(pick, int)
        for dimension, pick in zip(axis.dimensions, picks, strict=True)
    ]
    if axis.along:
        return [_taken(d, d.values[indexer(picks[0])]) for d in axis.along if kept[0]]
    return [
        _left(dimension, number, axis, picks, kept)
        for number, dimension in enumerate(axis.dimensions)
        if kept[number]
    ]


def _left(
    dimension: Dimension,
    number: int,
    axis: Axis,
    picks: Sequence[Pick],
    kept: Sequence[bool],
) -> Dimension:
    grid = axis.grids[number] if axis.grids else None
    if grid is None:
        return _taken(dimension, dimension.values[indexer(picks[number])])
    for place, (pick, keep) in reversed(list(enumerate(zip(picks, kept, strict=True)))):
        grid = np.take(grid, indexer(pick), axis=place)
        if not keep and not isinstance(pick, int):
            if not _alike(grid, place):
                # They differ along what is reduced: no value stands for all.
                count = len(np.atleast_1d(indexer(picks[number])))
                return Dimension(dimension.label or dimension.name, "", count)
            grid = np.take(grid, 0, axis=place)
    return _taken(dimension, grid)


def _alike(grid: Grid, axis: int) -> bool:
    first = np.take(grid, [0], axis=axis)
    return bool(((grid == first) | np.isnan(grid)).all())


def _taken(dimension: Dimension, values: Grid) -> Dimension:
    mode = dimension.mode
    if mode is Mode.DEPENDENT and values.ndim == 1:
        mode = Mode.DEFAULT
    label = dimension.label or dimension.name
    return Dimension(label, dimension.units, values, mode, side=dimension.side)


def indexer(pick: Pick) -> int | NDArray[np.int64]:
    """Return what is picked as numpy takes it."""
    return pick if isinstance(pick, int) else indices_of(pick)
