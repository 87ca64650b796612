"""An N-D array, checked and laid out in the two dimensions of a Main dataset."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import LayoutError, WriteError
from usid_lab.model.ancillary import index_table, point_tables, value_table
from usid_lab.storage.numbers import is_numeric

Vectors = Mapping[str, tuple[ArrayLike, str]]
PLACEHOLDER: Vectors = {"arb": (np.zeros(1), "a.u.")}


@dataclass(frozen=True, slots=True, eq=False)
class SideRecipe:
    """One side of a Main dataset, ready to be written.

    Attributes
    ----------
    shape : tuple of int
        What this side contributes to the N-D array.
    labels, units : tuple of str
        Fastest dimension first, like the columns of the tables.
    indices, values : ndarray, shape (entries, dimensions)
        The ancillary tables, one row an entry.
    order : ndarray of int, shape (entries,), optional
        Place in raster order of each stored entry.
    """

    shape: tuple[int, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    indices: NDArray[np.uint32]
    values: NDArray[np.floating]
    order: NDArray[np.int64] | None = None

    @property
    def length(self) -> int:
        """Number of stored entries."""
        return len(self.indices)

    def equals(self, other: Self) -> bool:
        """Whether the ancillary tables would be the same."""
        return (
            (self.labels, self.units) == (other.labels, other.units)
            and np.array_equal(self.indices, other.indices)
            and np.array_equal(self.values, other.values, equal_nan=True)
        )


def side_recipe(
    vectors: Vectors, row_order: ArrayLike | None = None, *, points: bool = False
) -> SideRecipe:
    """Lay out the dimensions of one side.

    Parameters
    ----------
    vectors : mapping of str to (values, units)
        Slowest dimension first; empty for a side without dimensions.
    row_order : array_like of int, optional
        Permutation of the places: which one each stored entry holds.
    points : bool, optional
        Values are the coordinates of scattered points.

    Returns
    -------
    SideRecipe
        Its tables.
    """
    named = _checked(vectors) or PLACEHOLDER
    arrays = [_vector(name, values) for name, (values, _) in named.items()]
    labels = tuple(_text(name) for name in named)[::-1]
    units = tuple(_text(unit) for _, unit in named.values())[::-1]
    if points and vectors:
        shape: tuple[int, ...] = _point_shape(arrays)
        indices, values = point_tables(arrays)
    else:
        shape = tuple(map(len, arrays)) if vectors else ()
        sizes = [len(array) for array in arrays]
        indices, values = index_table(sizes), value_table(arrays)
    order = _permutation(row_order, len(indices))
    if order is not None:
        indices, values = indices[order], values[order]
    return SideRecipe(shape, labels, units, indices, values, order)


def two_dimensional(
    data: ArrayLike, position: SideRecipe, spectroscopic: SideRecipe
) -> NDArray[np.generic]:
    """Fold an N-D array into positions x spectroscopic steps, as it is stored."""
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise LayoutError("The data are not an array.", str(error)) from error
    wanted = position.shape + spectroscopic.shape
    if array.shape != wanted:
        names = (*position.labels[::-1], *spectroscopic.labels[::-1])
        raise LayoutError(
            f"The data have the shape {array.shape}, but the dimensions "
            f"{', '.join(names)} make {wanted}."
        )
    if not is_numeric(array.dtype):
        raise WriteError("A Main dataset holds numbers.", f"dtype {array.dtype}")
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise WriteError("Masked values have no place in HDF5; fill them first.")
    flat = array.reshape(math.prod(position.shape), math.prod(spectroscopic.shape))
    return flat if position.order is None else flat[position.order]


def _checked(vectors: Vectors) -> Vectors:
    """Return the vectors of a side, if they have the form that is asked for."""
    given: object = vectors
    pairs = isinstance(given, Mapping) and all(
        isinstance(pair, tuple | list) and len(pair) == 2 for pair in given.values()
    )
    if not pairs:
        text = 'Dimensions are given as {"X": (values, units)}, slowest first.'
        raise LayoutError(text, f"got {type(given).__name__}")
    return vectors


def _vector(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO":
            raise TypeError(f"dtype {given.dtype}")
        array = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        text = f"The values of '{name}' are not a list of real numbers."
        raise LayoutError(text, str(error)) from error
    if array.ndim != 1 or not array.size:
        text = f"The values of '{name}' must be a list of at least one number."
        raise LayoutError(text, f"shape {array.shape}")
    return array


def _point_shape(arrays: Sequence[NDArray[np.float64]]) -> tuple[int]:
    lengths = {len(array) for array in arrays}
    if len(lengths) > 1:
        text = "Points need as many values of one coordinate as of the other."
        raise LayoutError(text, f"lengths {sorted(lengths)}")
    return (lengths.pop(),)


def _permutation(order: ArrayLike | None, length: int) -> NDArray[np.int64] | None:
    if order is None:
        return None
    array = np.asarray(order)
    if not np.array_equal(np.sort(array, axis=None), np.arange(length)):
        text = f"The order of rows must name each of the {length} positions once."
        raise LayoutError(text, f"shape {array.shape}, dtype {array.dtype}")
    return array.astype(np.int64).ravel()


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise LayoutError("Names and units of dimensions are text.", repr(text))
    return text
