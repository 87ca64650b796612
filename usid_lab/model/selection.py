"""What is asked of each dimension: an index, a slice, a list of indices."""

import operator
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import DimensionError, SelectionError

Indexer = int | slice | ArrayLike
Pick = int | range | NDArray[np.int64]


def picks(
    selection: Mapping[str, Indexer], dims: Sequence[str], sizes: Sequence[int]
) -> tuple[Pick, ...]:
    """Check a selection and complete it.

    Parameters
    ----------
    selection : mapping of str to int, slice or 1-D int array
        Dimensions that are left out are taken whole.
    dims : sequence of str
        Names in canonical order.
    sizes : sequence of int
        Their sizes.

    Returns
    -------
    tuple of int, range or ndarray of int64
        One for each dimension, all indices within 0 and its size.

    Examples
    --------
    >>> picks({"X": -1}, ("Y", "X"), (3, 4))
    (range(0, 3), 3)
    """
    for name in selection:
        if name not in dims:
            known = ", ".join(dims) or "none"
            raise DimensionError(f"There is no dimension '{name}'; there are: {known}.")
    return tuple(
        _pick(selection.get(name, slice(None)), name, size)
        for name, size in zip(dims, sizes, strict=True)
    )


def _pick(indexer: object, name: str, size: int) -> Pick:
    if isinstance(indexer, slice):
        return _range(indexer, name, size)
    try:
        return _inside(operator.index(indexer), name, size)  # type: ignore[arg-type]
    except TypeError:
        return _indices(indexer, name, size)


def _range(indexer: slice, name: str, size: int) -> range:
    try:
        return range(*indexer.indices(size))
    except (TypeError, ValueError) as error:
        raise SelectionError(
            f"The slice for '{name}' needs whole numbers and a step other than 0.",
            str(error),
        ) from error


def _inside(index: int, name: str, size: int) -> int:
    if not -size <= index < size:
        raise SelectionError(
            f"Index {index} is outside dimension '{name}', which has {size} steps."
        )
    return index % size


def _indices(indexer: object, name: str, size: int) -> NDArray[np.int64]:
    array = np.asarray(indexer)
    if array.dtype == bool and array.shape == (size,):
        return np.flatnonzero(array)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise SelectionError(
            f"Dimension '{name}' takes an index, a slice or a list of whole numbers.",
            f"got {type(indexer).__name__} of dtype {array.dtype}, {array.ndim}-D",
        )
    if array.size:
        for extreme in (array.min(), array.max()):
            _inside(int(extreme), name, size)
    whole = array.astype(np.int64)
    return np.where(whole < 0, whole + size, whole)


def picked_shape(chosen: Sequence[Pick]) -> tuple[int, ...]:
    """Shape of what is picked; single indices drop their dimension.

    Examples
    --------
    >>> picked_shape((3, range(0, 4, 2)))
    (2,)
    """
    return tuple(len(pick) for pick in chosen if not isinstance(pick, int))
