"""Which places of a dataset lie in a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import DimensionError, SelectionError
from usid_lab.model.region import Coordinates, Mask, Region, widened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from usid_lab.model.axis import Axis
    from usid_lab.model.layout import Layout

_BLOCK = 1 << 18  # places that are looked at together


def inside(region: Region, layout: Layout) -> tuple[int, Mask]:
    """Find the places of a dataset that lie in a region.

    A figure is asked about columns of places: ``contains(u, v)`` takes `v` of shape
    (n, 1), and `u` of shape (1, m) for a grid or (n, 1) for single places.

    Parameters
    ----------
    region : Rectangle, Ellipse, Polygon or Line
        Its dimensions are two of one side, or two along which points lie.
    layout : Layout
        N-D form of the dataset.

    Returns
    -------
    axis : int
        The axis of the stored array that has the two dimensions.
    mask : ndarray of bool
        Of the shape of that axis' grid; read-only.

    Raises
    ------
    DimensionError
        The dataset has no such dimensions, or not on one side.
    SelectionError
        Nothing lies inside, or places that have no index are asked for by index.
    """
    for number, axis in enumerate(layout.axes):
        mask = _inside(region, axis)
        if mask is None:
            continue
        if not mask.any():
            raise empty(region)
        return number, mask
    known = ", ".join(d.name for d in (*layout.dimensions, *layout.along))
    text = "A region lies in two dimensions of one side: of positions, or of spectra."
    reason = f"got {region.dims[0]!r} and {region.dims[1]!r}; there are: {known}"
    raise DimensionError(text, reason)


def empty(region: Region) -> SelectionError:
    """Give the error of a region without a measured place."""
    (left, right), (low, high) = region.bounds
    kind = type(region).__name__.lower()
    text = f"Nothing was measured inside the {kind}; move it or make it larger."
    across, along = region.dims
    span = f"{across!r} from {left:g} to {right:g}, {along!r} from {low:g} to {high:g}"
    return SelectionError(text, f"{span}, by {region.by}")


def _inside(region: Region, axis: Axis) -> Mask | None:
    """Mask of the grid of one axis; None where it has not both dimensions."""
    names = [dimension.name for dimension in axis.dimensions]
    if set(region.dims) <= set(names):
        across, along = (names.index(name) for name in region.dims)
        return _on_grid(region, axis, across, along)
    values = {dimension.name: dimension.values for dimension in axis.along}
    if not set(region.dims) <= set(values):
        return None
    if region.by == "index":
        text = (
            "Points have no indices along their dimensions; give the region by value."
        )
        raise SelectionError(text, f"points along {', '.join(values)}: by='value'")
    mask = _evaluated(region, *(values[name] for name in region.dims), crosswise=False)
    return mask.reshape(axis.sizes)


def _on_grid(region: Region, axis: Axis, across: int, along: int) -> Mask:
    order = across, along
    grids = dict(enumerate(axis.grids))
    if region.by == "value" and any(grids.get(n) is not None for n in order):
        u, v = (_everywhere(axis, number).ravel() for number in order)
        return _evaluated(region, u, v, crosswise=False).reshape(axis.sizes)
    if region.by == "index":
        u, v = (np.arange(axis.sizes[number], dtype=np.float64) for number in order)
    else:
        u, v = (axis.dimensions[number].values for number in order)
    plane = _evaluated(region, u, v, crosswise=True)
    shape = [1] * len(axis.sizes)
    shape[across], shape[along] = len(u), len(v)
    turned = plane if along < across else plane.T
    return np.broadcast_to(turned.reshape(shape), axis.sizes)


def _everywhere(axis: Axis, number: int) -> Coordinates:
    """Value of a dimension at every place of the grid."""
    grid = dict(enumerate(axis.grids)).get(number)
    if grid is not None:
        return grid.astype(np.float64, copy=False)
    shape = [1] * len(axis.sizes)
    shape[number] = axis.sizes[number]
    values = axis.dimensions[number].values.reshape(shape)
    return np.broadcast_to(values, axis.sizes)


def _evaluated(
    region: Region, u: Coordinates, v: Coordinates, *, crosswise: bool
) -> Mask:
    """Ask a figure about all places, block by block, where it can be at all."""
    mask = np.zeros((len(v), len(u)) if crosswise else (len(v), 1), np.bool_)
    beside, above = widened(region.bounds)
    columns = np.flatnonzero((u >= beside[0]) & (u <= beside[1]))
    rows = np.flatnonzero((v >= above[0]) & (v <= above[1]))
    if not crosswise:
        rows = np.intersect1d(rows, columns, assume_unique=True)
    for part in _parts(rows, len(columns) if crosswise else 1):
        places = v[part][:, None]
        if crosswise:
            mask[np.ix_(part, columns)] = region.contains(u[columns][None], places)
        else:
            mask[part] = region.contains(u[part][:, None], places)
    return mask


def _parts(rows: NDArray[np.int64], width: int) -> Iterator[NDArray[np.int64]]:
    step = max(1, _BLOCK // max(1, width))
    for first in range(0, len(rows) if width else 0, step):
        yield rows[first : first + step]
