"""Values as labelled arrays of xarray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.selection import indices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.model.axis import Grid
    from usid_lab.model.dimension import Dimension
    from usid_lab.model.layout import Layout
    from usid_lab.model.selection import Pick
    from usid_lab.reading.reducing.reductions import Reduction


def labelled(
    dataset: PlainArray, values: NDArray[np.generic], chosen: tuple[Pick, ...]
) -> xr.DataArray:
    """Give values their dimensions, coordinates and units.

    Parameters
    ----------
    dataset : PlainArray
        Where the values come from.
    values : ndarray
        What was read.
    chosen : tuple of int, range or ndarray
        What was picked of each dimension.

    Returns
    -------
    xarray.DataArray
        Coordinates have an attribute ``units``.
    """
    facts = {"quantity": dataset.quantity, "units": dataset.units}
    facts["long_name"] = dataset.quantity or dataset.name
    return _array(dataset, values, chosen, frozenset(), facts)


def labelled_reduction(
    dataset: PlainArray, values: NDArray[np.generic], asked: Reduction
) -> xr.DataArray:
    """Give the result of a reduction its dimensions, coordinates and units.

    Parameters
    ----------
    dataset : PlainArray
        What was reduced.
    values : ndarray
        What came out.
    asked : Reduction
        What was asked for.

    Returns
    -------
    xarray.DataArray
        With the attribute ``cell_methods`` of the CF conventions.
    """
    what = dataset.quantity or dataset.name
    over = [name for name in dataset.layout.dims if name in asked.dims]
    facts = {
        "quantity": dataset.quantity,
        "units": dataset.units,
        "long_name": f"{asked.how} of {what}",
        "cell_methods": f"{': '.join(over)}: {asked.how}" if over else "",
    }
    if asked.how.startswith("arg"):
        facts |= {"quantity": "Index", "units": ""}
    return _array(dataset, values, asked.chosen, asked.dims, facts)


def _array(
    dataset: PlainArray,
    values: NDArray[np.generic],
    chosen: tuple[Pick, ...],
    dropped: frozenset[str],
    facts: dict[str, str],
) -> xr.DataArray:
    import xarray as xr

    layout = dataset.layout
    dims = [
        name
        for name, pick in zip(layout.dims, chosen, strict=True)
        if not isinstance(pick, int) and name not in dropped
    ]
    coords = _coords(layout, chosen, dropped)
    return xr.DataArray(values, coords, dims, dataset.name, facts)


def _coords(
    layout: Layout, chosen: tuple[Pick, ...], dropped: frozenset[str]
) -> dict[str, xr.Variable]:
    import xarray as xr

    coords: dict[str, xr.Variable] = {}
    picked = dict(zip(layout.dims, chosen, strict=True))
    for dimension, over, values in _coordinates(layout):
        if dropped.isdisjoint(over):
            picks = [picked[name] for name in over]
            names = [n for n, p in zip(over, picks, strict=True) if _is_many(p)]
            attrs = {"units": dimension.units, "side": str(dimension.side)}
            coords[dimension.name] = xr.Variable(names, _outer(values, picks), attrs)
    return coords


def _coordinates(
    layout: Layout,
) -> Iterator[tuple[Dimension, tuple[str, ...], Grid]]:
    """Each coordinate, the dimensions over which it runs, and its values."""
    for axis in layout.axes:
        for dimension in axis.dimensions:
            yield (
                dimension,
                *layout.grids.get(
                    dimension.name, ((dimension.name,), dimension.values)
                ),
            )
        for dimension in axis.along:
            # What lies along points goes with the dimension that counts them.
            yield dimension, (axis.dimensions[0].name,), dimension.values


def _is_many(pick: Pick) -> bool:
    return not isinstance(pick, int)


def _outer(values: Grid, picks: list[Pick]) -> Grid:
    """Index every axis on its own."""
    for axis in reversed(range(values.ndim)):
        values = np.take(values, indices_of(picks[axis]), axis=axis)
    return values
