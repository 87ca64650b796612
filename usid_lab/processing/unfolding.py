"""From places to the N-D form, and from one place to its coordinates."""

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.axis import Axis
from usid_lab.processing.items import Items
from usid_lab.reading.planning.arranging import blank, gap_dtype

Array = NDArray[np.generic]
Where = dict[str, tuple[int, float, str]]


def scattered(values: Array, axis: Axis) -> Array:
    """Put what stands in stored rows at their places of the grid.

    Parameters
    ----------
    values : ndarray, shape (axis.length, ...)
        One for each stored row.
    axis : Axis
        The positions.

    Returns
    -------
    ndarray, shape (*axis.sizes, ...)
        NaN where there is no row.
    """
    shape = (*axis.sizes, *values.shape[1:])
    if axis.entries is None:
        return values.reshape(shape)
    gaps = axis.entries < 0
    found = values[np.where(gaps, 0, axis.entries)]
    if gaps.any():
        found = found.astype(gap_dtype(found.dtype))
        blank(found, (gaps,))
    return found.reshape(shape)


def known_only(values: Array, known: NDArray[np.bool_]) -> Array:
    """Write NaN where nothing is known.

    Parameters
    ----------
    values : ndarray, shape (count, ...)
        Left as they are.
    known : ndarray of bool, shape (count,)
        Where something is.

    Returns
    -------
    ndarray
        A copy; integers become float64.
    """
    found = values.astype(gap_dtype(values.dtype))
    blank(found, (~known,))
    return found


def coordinates(items: Items, place: int, *, by_rows: bool) -> Where:
    """Say where a place is.

    Parameters
    ----------
    items : Items
        How the first source falls into items.
    place : int
        Its number.
    by_rows : bool
        It is a stored row.

    Returns
    -------
    dict of str to (int, float, str)
        Index, value and units by the name of the dimension.
    """
    positions = items.source.layout.axes[0]
    if by_rows:
        return _of_row(positions, place)
    both = (*items.rows.unseen, *items.columns.unseen)
    indices = np.unravel_index(place, [d.size for d in both]) if both else ()
    return {
        d.name: (int(index), float(d.values[index]), d.units)
        for d, index in zip(both, indices, strict=True)
    }


def _of_row(axis: Axis, row: int) -> Where:
    if axis.along:
        return {d.name: (row, float(d.values[row]), d.units) for d in axis.along}
    spot = row
    if axis.entries is not None:
        spot = int(np.flatnonzero(axis.entries == row)[0])
    found = np.unravel_index(spot, axis.sizes) if axis.sizes else ()
    grids = axis.grids or (None,) * len(axis.dimensions)
    return {
        d.name: (
            int(index),
            float(d.values[index] if grid is None else grid[found]),
            d.units,
        )
        for d, index, grid in zip(axis.dimensions, found, grids, strict=True)
    }
