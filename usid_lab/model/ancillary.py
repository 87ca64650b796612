"""Index and value tables, built from the vectors of the dimensions."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import DimensionError, LayoutError
from usid_lab.model.dimension import Dimension, Mode

INDEX_DTYPE = np.dtype(np.uint32)
Number = TypeVar("Number", bound=np.number)
Held = TypeVar("Held", bound=np.number)
Tables = tuple[NDArray[np.uint32], NDArray[np.floating]]
_LOST = 1e-3  # of a step: what rounding to float32 may move a value
_BLOCK = 1 << 18


class Reduction(NamedTuple):
    """Tables of a side that lost some of its dimensions.

    Attributes
    ----------
    kept : ndarray of int, shape (k,)
        Entries of the old tables from which the new ones were taken.
    indices, values : ndarray, shape (k, dimensions)
        The new tables.
    labels, units : tuple of str
        One for each column.
    """

    kept: NDArray[np.intp]
    indices: NDArray[np.number]
    values: NDArray[np.number]
    labels: tuple[str, ...]
    units: tuple[str, ...]


def grid_shape(dimensions: Sequence[Dimension]) -> tuple[int, ...]:
    """Give the shape that N-D data have along these dimensions of one side.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Slowest first.

    Returns
    -------
    tuple of int
        One size for each dimension of a grid, ``(points,)`` for scattered points.

    Raises
    ------
    LayoutError
        Coordinates of points that differ in number or are mixed with others;
        dependent values that do not fit the grid.

    Examples
    --------
    >>> grid_shape([Dimension("Y", "m", 3), Dimension("X", "m", 4)])
    (3, 4)
    >>> grid_shape([Dimension("Y", "m", 9, "incomplete")])
    (9,)
    """
    if not dimensions:
        raise LayoutError("Each side of a Main dataset has at least one dimension.")
    if any(dimension.mode is Mode.INCOMPLETE for dimension in dimensions):
        return (_points(dimensions),)
    names = ", ".join(dimension.name for dimension in dimensions)
    for dimension in dimensions:
        dependent = dimension.mode is Mode.DEPENDENT
        if dependent and dimension.values.ndim != len(dimensions):
            text = f"Dependent values of '{dimension.name}' need an axis for each of"
            raise LayoutError(f"{text} {names}.", f"shape {dimension.values.shape}")
    sizes = tuple(
        d.values.shape[axis] if d.mode is Mode.DEPENDENT else d.size
        for axis, d in enumerate(dimensions)
    )
    for dimension in dimensions:
        if dimension.mode is Mode.DEPENDENT:
            _check_fit(dimension, sizes, names)
    return sizes


def tables_of(dimensions: Sequence[Dimension]) -> Tables:
    """Make the index and value tables of one side.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Slowest first: all of a grid (some may depend on others), or all of
        scattered points.

    Returns
    -------
    indices : ndarray of uint32, shape (entries, dimensions)
        In raster order, columns fastest first; of points every column counts.
    values : ndarray of float32 or float64, shape (entries, dimensions)
        float64 only where float32 would lose steps.

    Raises
    ------
    LayoutError
        Dimensions that do not fit together; see :func:`grid_shape`.

    Examples
    --------
    >>> offset = Dimension("Offset", "V", [[0, 1], [5, 9]], "dependent")
    >>> indices, values = tables_of([Dimension("Cycle", values=2), offset])
    >>> values.tolist()
    [[0.0, 0.0], [1.0, 0.0], [5.0, 1.0], [9.0, 1.0]]
    """
    sizes = grid_shape(dimensions)
    arrays = [dimension.values for dimension in dimensions]
    if any(dimension.mode is Mode.INCOMPLETE for dimension in dimensions):
        return point_tables(arrays)
    return index_table(sizes), _table(arrays, sizes, value_dtype(arrays))


def indices_from_values(values: NDArray[np.number]) -> NDArray[np.uint32]:
    """Find the indices that belong to a table of values.

    The dimension that changes most often is the fastest; of equals the later one.
    Where values change, the slowest of the changed dimensions goes one step on, and
    all that are faster begin again. Where nothing changes, the fastest steps: its
    values repeat.

    Parameters
    ----------
    values : ndarray, shape (dimensions, entries)
        One row for each dimension; NaN equals NaN.

    Returns
    -------
    ndarray of uint32, shape (dimensions, entries)
        Indices, from 0.

    Examples
    --------
    >>> indices_from_values(np.array([[0, 5, 0, 0, 5, 0], [7, 7, 7, 8, 8, 8]])).tolist()
    [[0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1]]
    """
    indices = np.zeros(values.shape, INDEX_DTYPE)
    if values.shape[1] < 2:
        return indices
    counts = [np.count_nonzero(_differs(row, np.roll(row, 1))) for row in values]
    by_speed = np.argsort(counts, kind="stable")
    # A dimension begins again where any slower one steps.
    begins = np.zeros(values.shape[1] - 1, bool)
    for row in by_speed:
        steps = _differs(values[row, 1:], values[row, :-1]) & ~begins
        if row == by_speed[-1]:
            steps = ~begins
        indices[row, 1:] = _count(steps, begins)
        begins |= steps
    return indices


def reduced_tables(
    indices: NDArray[np.number],
    values: NDArray[np.number],
    labels: Sequence[str],
    units: Sequence[str],
    drop: Collection[str],
) -> Reduction:
    """Take dimensions out of the tables of one side.

    Entries stay where every dropped dimension has its lowest index; what stays
    keeps its indices and values.

    Parameters
    ----------
    indices, values : ndarray, shape (entries, dimensions)
        The tables.
    labels, units : sequence of str
        One for each column.
    drop : collection of str
        Labels of the dimensions that go.

    Returns
    -------
    Reduction
        Without any dimension left: one step, labelled ``Single_Step``.

    Raises
    ------
    DimensionError
        A label that the tables do not have, or have more than once.

    Examples
    --------
    >>> table = index_table((2, 3))
    >>> reduced_tables(table, table, ["X", "Y"], ["m", "m"], ["X"]).indices.tolist()
    [[0], [1]]
    >>> reduced_tables(table, table, ["X", "Y"], ["m", "m"], ["X", "Y"]).labels
    ('Single_Step',)
    """
    gone = [_column(label, labels) for label in drop]
    left = [column for column in range(len(labels)) if column not in gone]
    lowest = indices[:, gone] == indices[:, gone].min(axis=0)
    kept = np.flatnonzero(lowest.all(axis=1))
    if not left:
        one, zero = np.zeros((1, 1), indices.dtype), np.zeros((1, 1), values.dtype)
        return Reduction(kept[:1], one, zero, ("Single_Step",), ("a. u.",))
    pick = (kept[:, None], np.array(left)[None])
    names = tuple(labels[column] for column in left)
    measured = tuple(units[column] for column in left)
    return Reduction(kept, indices[pick], values[pick], names, measured)


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
    return _table(vectors, sizes, INDEX_DTYPE)


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
    return _table(arrays, [len(array) for array in arrays], value_dtype(arrays))


def point_tables(vectors: Sequence[ArrayLike]) -> Tables:
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
    values = np.empty(indices.shape, value_dtype(arrays))
    for column, array in enumerate(arrays):
        values[:, column] = array
    return indices, values


def value_dtype(vectors: Sequence[NDArray[np.float64]]) -> np.dtype[np.floating]:
    """float32 if it can tell the values apart, else float64."""
    held = all(_fits_single(vector) for vector in vectors)
    return np.dtype(np.float32) if held else np.dtype(np.float64)


def _fits_single(array: NDArray[np.float64]) -> bool:
    vector = array.ravel()
    lost = largest = 0.0
    smallest = np.inf
    for start in range(0, len(vector), _BLOCK):
        # One more than the block: the step to the next block counts too.
        part = vector[start : start + _BLOCK + 1]
        finite = part[np.isfinite(part)]
        with np.errstate(over="ignore", under="ignore"):
            single = finite.astype(np.float32)
            lost = max(lost, float(np.abs(single - finite).max(initial=0.0)))
            steps = np.abs(np.diff(finite))
        largest = max(largest, float(np.abs(finite).max(initial=0.0)))
        smallest = min(smallest, float(steps[steps > 0].min(initial=np.inf)))
    return lost <= _LOST * min(smallest, largest)


def _table(
    vectors: Sequence[NDArray[Number]], sizes: Sequence[int], dtype: np.dtype[Held]
) -> NDArray[Held]:
    table = np.empty((math.prod(sizes), len(sizes)), dtype)
    for axis, vector in enumerate(vectors):
        grid = table[:, len(sizes) - 1 - axis].reshape(sizes)
        place = [1] * len(sizes)
        place[axis] = -1
        # Converted once, not once for every place of the grid.
        held = vector.astype(dtype, copy=False)
        grid[...] = held.reshape(place) if held.ndim == 1 else held
    return table


def _points(dimensions: Sequence[Dimension]) -> int:
    if any(dimension.mode is not Mode.INCOMPLETE for dimension in dimensions):
        modes = ", ".join(f"{d.name}: {d.mode}" for d in dimensions)
        text = "Coordinates of points do not mix with dimensions of a grid."
        raise LayoutError(text, modes)
    counts = {dimension.name: dimension.size for dimension in dimensions}
    if len(set(counts.values())) > 1:
        text = "Points need as many values of one coordinate as of the other."
        raise LayoutError(text, ", ".join(f"{n}: {c}" for n, c in counts.items()))
    return dimensions[0].size


def _check_fit(dimension: Dimension, sizes: tuple[int, ...], names: str) -> None:
    shape = dimension.values.shape
    if any(own not in (1, size) for own, size in zip(shape, sizes, strict=True)):
        text = f"Values of '{dimension.name}' have the shape {shape}"
        raise LayoutError(f"{text}, the dimensions {names} make {sizes}.")


def _differs(one: NDArray[np.number], other: NDArray[np.number]) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (one != other) & ((one == one) | (other == other))
    return changed


def _count(steps: NDArray[np.bool_], begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count steps, from 0 again wherever it begins."""
    counted = np.cumsum(steps)
    # A count only grows: the largest before now is the one of the last beginning.
    base: NDArray[np.int64] = np.maximum.accumulate(np.where(begins, counted, 0))
    return counted - base


def _column(label: str, labels: Sequence[str]) -> int:
    columns = [column for column, known in enumerate(labels) if known == label]
    if len(columns) == 1:
        return columns[0]
    known = ", ".join(labels)
    if columns:
        text = f"'{label}' names {len(columns)} dimensions; there are: {known}."
        raise DimensionError(text)
    raise DimensionError(f"There is no dimension '{label}'; there are: {known}.")
