"""An N-D array, checked and laid out in the two dimensions of a Main dataset."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import ArgumentTypeError, LayoutError, WriteError
from usid_lab.model.ancillary import grid_shape, tables_of
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.storage.numbers import is_numeric
from usid_lab.storage.text import plain

Vectors = Mapping[str, tuple[ArrayLike, str]] | Sequence[Dimension]
PLACEHOLDER = Dimension("arb", "a.u.", [0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """How the axes of N-D data that belong to one side become one.

    Attributes
    ----------
    shape : tuple of int
        What this side contributes to the N-D array.
    labels : tuple of str
        Names of its dimensions, slowest first.
    length : int
        Number of stored entries.
    order : ndarray of int, shape (length,), optional
        Place in raster order of each stored entry.
    """

    shape: tuple[int, ...]
    labels: tuple[str, ...]
    length: int
    order: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SideRecipe:
    """One side of a Main dataset, ready to be written.

    Attributes
    ----------
    shape : tuple of int
        What this side contributes to the N-D array.
    labels, units : tuple of str
        One for each column of the tables; the specification wants the fastest
        dimension first.
    indices, values : ndarray, shape (entries, dimensions)
        The ancillary tables, one row an entry.
    order : ndarray of int, shape (entries,), optional
        Place in raster order of each stored entry.
    modes : tuple of Mode
        One for each column; may be empty where all dimensions make a grid.
    """

    shape: tuple[int, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    indices: NDArray[np.number]
    values: NDArray[np.number]
    order: NDArray[np.int64] | None = None
    modes: tuple[Mode, ...] = ()

    @property
    def fold(self) -> Fold:
        """How data are folded along this side."""
        labels = self.labels[::-1] if self.shape else ()
        return Fold(self.shape, labels, len(self.indices), self.order)


def side_recipe(
    vectors: Vectors, row_order: ArrayLike | None = None, *, points: bool = False
) -> SideRecipe:
    """Lay out the dimensions of one side.

    Parameters
    ----------
    vectors : mapping of str to (values, units), or sequence of Dimension
        Slowest dimension first; empty for a side without dimensions.
    row_order : array_like of int, optional
        Permutation of the places: which one each stored entry holds.
    points : bool, optional
        Values are the coordinates of scattered points.

    Returns
    -------
    SideRecipe
        Its tables, fastest dimension first.

    Raises
    ------
    LayoutError
        Dimensions that do not fit together, or of one name.
    """
    dimensions = as_dimensions(vectors)
    if points:
        dimensions = [
            Dimension(_label(d), d.units, d.values, Mode.INCOMPLETE) for d in dimensions
        ]
    _check_names(dimensions)
    shape = grid_shape(dimensions) if dimensions else ()
    placed = dimensions or [PLACEHOLDER]
    indices, values = tables_of(placed)
    order = _permutation(row_order, len(indices))
    if order is not None:
        indices, values = indices[order], values[order]
    columns = placed[::-1]
    return SideRecipe(
        shape,
        tuple(map(_label, columns)),
        tuple(d.units for d in columns),
        indices,
        values,
        order,
        tuple(d.mode for d in columns),
    )


def as_dimensions(vectors: Vectors) -> list[Dimension]:
    """Return dimensions, however they were given.

    Parameters
    ----------
    vectors : mapping of str to (values, units), or sequence of Dimension
        Slowest dimension first.

    Returns
    -------
    list of Dimension
        In the same order.
    """
    given: object = vectors
    if isinstance(given, Mapping):
        return [_dimension(name, pair) for name, pair in given.items()]
    if isinstance(given, list | tuple) and all(isinstance(d, Dimension) for d in given):
        return list(given)
    raise _misfit(given)


def _dimension(name: str, pair: object) -> Dimension:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise _misfit(pair)
    values, units = pair
    if isinstance(pair, list) and not isinstance(units, str):
        # Two values of a dimension, whose units were forgotten.
        raise _misfit(pair)
    return Dimension(name, units, values)


def _misfit(given: object) -> ArgumentTypeError:
    text = (
        'Dimensions are given as {"X": (values, units)} or as a list of Dimension, '
        "slowest first."
    )
    return ArgumentTypeError(text, f"got {type(given).__name__}")


def _label(dimension: Dimension) -> str:
    return dimension.label or dimension.name


def _check_names(dimensions: Sequence[Dimension]) -> None:
    names = [_label(dimension) for dimension in dimensions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        text = f"Two dimensions of one side are called '{twice[0]}'."
        raise LayoutError(text, f"got {', '.join(names)}")


def two_dimensional(
    data: ArrayLike, position: Fold, spectroscopic: Fold
) -> NDArray[np.generic]:
    """Fold an N-D array into positions x spectroscopic steps, as it is stored.

    Parameters
    ----------
    data : array_like, shape (*positions, *spectroscopic)
        Numbers, complex or compound too.
    position, spectroscopic : Fold
        The two sides.

    Returns
    -------
    ndarray, shape (positions, steps)
        A view where the order of the rows is that of the data.

    Raises
    ------
    LayoutError
        The data have another shape.
    WriteError
        They are not numbers, or masked.
    """
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise LayoutError("The data are not an array.", str(error)) from error
    wanted = position.shape + spectroscopic.shape
    if array.shape != wanted:
        raise _misshapen(array.shape, wanted, position.labels + spectroscopic.labels)
    check_numbers(array.dtype)
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise WriteError("Masked values have no place in HDF5; fill them first.")
    flat = array.reshape(math.prod(position.shape), math.prod(spectroscopic.shape))
    return flat if position.order is None else flat[position.order]


def _misshapen(
    shape: tuple[int, ...], wanted: tuple[int, ...], labels: Sequence[str]
) -> LayoutError:
    what = f"the dimensions {', '.join(map(plain, labels))} make {wanted}"
    if not wanted:
        what = "no dimensions are given"
    hint = "one axis for each dimension, positions first, slowest first"
    if len(shape) == len(wanted) and sorted(shape) == sorted(wanted):
        hint = f"only the order differs; {hint}"
    return LayoutError(f"The data have the shape {shape}, but {what}.", hint)


def check_numbers(dtype: np.dtype[np.generic]) -> None:
    """Raise unless a Main dataset can hold values of that type."""
    if not is_numeric(dtype):
        raise WriteError("A Main dataset holds numbers.", f"dtype {dtype}")


def _permutation(order: ArrayLike | None, length: int) -> NDArray[np.int64] | None:
    if order is None:
        return None
    array = np.asarray(order)
    if not np.array_equal(np.sort(array, axis=None), np.arange(length)):
        text = f"The order of rows must name each of the {length} positions once."
        raise LayoutError(text, f"shape {array.shape}, dtype {array.dtype}")
    return array.astype(np.int64).ravel()
