"""Index and value tables, built from the vectors of the dimensions."""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

INDEX_DTYPE = np.dtype(np.uint32)
Number = TypeVar("Number", bound=np.number)
Held = TypeVar("Held", bound=np.number)
_LOST = 1e-3  # of a step: what rounding to float32 may move a value


def index_table(sizes: Sequence[int]) -> NDArray[np.uint32]:
    """Give the indices of every place of a grid, in raster order.

    Parameters
    ----------
    sizes : sequence of int
        Sizes of the dimensions, slowest first.

    Returns
    -------
    ndarray of uint32, shape (prod(sizes), len(sizes))
        One row a place; columns fastest first, as the specification wants them.

    Examples
    --------
    >>> index_table((2, 3)).tolist()
    [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    """
    vectors = [np.arange(size, dtype=INDEX_DTYPE) for size in sizes]
    return _table(vectors, INDEX_DTYPE)


def value_table(vectors: Sequence[ArrayLike]) -> NDArray[np.floating]:
    """Give the values of every place of a grid, in raster order.

    Parameters
    ----------
    vectors : sequence of array_like, shape (size,)
        Values of each dimension, slowest first.

    Returns
    -------
    ndarray of float32 or float64, shape (prod(sizes), len(vectors))
        Columns fastest first; float64 only where float32 would lose steps.
    """
    arrays = [np.asarray(vector, dtype=np.float64) for vector in vectors]
    return _table(arrays, value_dtype(arrays))


def point_tables(
    vectors: Sequence[ArrayLike],
) -> tuple[NDArray[np.uint32], NDArray[np.floating]]:
    """Make index and value tables of scattered points.

    Parameters
    ----------
    vectors : sequence of array_like, shape (points,)
        Coordinates of the points, slowest dimension first.

    Returns
    -------
    indices : ndarray of uint32, shape (points, dimensions)
        Every column counts the points.
    values : ndarray of float32 or float64, shape (points, dimensions)
        The coordinates, fastest dimension first.
    """
    arrays = [np.asarray(vector, dtype=np.float64) for vector in vectors][::-1]
    count = np.arange(len(arrays[0]), dtype=INDEX_DTYPE)
    indices = np.repeat(count[:, None], len(arrays), axis=1)
    return indices, np.stack(arrays, axis=1).astype(value_dtype(arrays))


def value_dtype(vectors: Sequence[NDArray[np.float64]]) -> np.dtype[np.floating]:
    """float32 if it can tell the values apart, else float64."""
    held = all(_fits_single(vector) for vector in vectors)
    return np.dtype(np.float32) if held else np.dtype(np.float64)


def _fits_single(vector: NDArray[np.float64]) -> bool:
    finite = vector[np.isfinite(vector)]
    with np.errstate(over="ignore", under="ignore"):
        lost = np.abs(finite.astype(np.float32) - finite)
    if not np.isfinite(lost).all():
        return False
    largest = float(np.abs(finite).max(initial=0.0))
    steps = np.abs(np.diff(finite))
    scale = float(steps[steps > 0].min(initial=largest))
    return bool(lost.max(initial=0.0) <= _LOST * scale)


def _table(vectors: Sequence[NDArray[Number]], dtype: np.dtype[Held]) -> NDArray[Held]:
    sizes = [len(vector) for vector in vectors]
    table = np.empty((math.prod(sizes), len(sizes)), dtype)
    for axis, vector in enumerate(vectors):
        grid = table[:, len(sizes) - 1 - axis].reshape(sizes)
        place = [1] * len(sizes)
        place[axis] = -1
        grid[...] = vector.reshape(place)
    return table
