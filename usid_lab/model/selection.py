"""What is asked of each dimension: an index, a slice, a list, also by value."""

import numbers
import operator
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import DimensionError, SelectionError
from usid_lab.model.dimension import Mode
from usid_lab.model.layout import Layout
from usid_lab.model.lookup import METHODS, Found, Label, Lookup

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
    _check_names(selection, dims)
    return tuple(
        [
            _pick(selection[name], name, size) if name in selection else range(size)
            for name, size in zip(dims, sizes, strict=True)
        ]
    )


def by_value(
    layout: Layout,
    labels: Mapping[str, Label],
    method: str | None = None,
    tolerance: float | None = None,
) -> dict[str, Found]:
    """Translate a selection by value into one by index, as xarray's ``sel`` does.

    Parameters
    ----------
    layout : Layout
        The dimensions and their values.
    labels : mapping of str to float, slice of float or 1-D array_like of float
        Values of dimensions. Both ends of a slice belong to it, also where values
        fall.
    method : {None, "nearest", "pad", "ffill", "backfill", "bfill"}, optional
        Which index is meant where no value is exactly the one asked for; by default
        none.
    tolerance : float, optional
        How far that value may be away, in units of the dimension.

    Returns
    -------
    dict of str to int, slice or ndarray of int64
        What ``isel`` takes.

    Raises
    ------
    DimensionError
        No dimension of that name, or more than one.
    LabelError
        A value that the dimension does not have.
    SelectionError
        What is no value, or a dimension that cannot be searched so.

    Examples
    --------
    >>> from usid_lab.model.axis import plain_axis
    >>> from usid_lab.model.dimension import Dimension
    >>> from usid_lab.model.layout import combine
    >>> layout = combine([plain_axis(Dimension("Bias", "V", [3, 2, 1, 0]))])
    >>> by_value(layout, {"Bias": slice(2, 1)})
    {'Bias': slice(1, 3, 1)}
    >>> by_value(layout, {"Bias": 1.9}, method="nearest")
    {'Bias': 1}
    """
    _check_method(method, tolerance)
    along = {dimension.name for dimension in layout.along}
    for name in labels:
        if name in along:
            text = f"'{name}' has a value at each point, but no index of its own"
            raise DimensionError(f"{text}; there are: {', '.join(layout.dims)}.")
    _check_names(labels, layout.dims)
    known = {dimension.name: dimension for dimension in layout.dimensions}
    for name in labels:
        if known[name].mode is Mode.DEPENDENT:
            text = f"The values of '{name}' differ with other dimensions"
            raise SelectionError(f"{text}; select by index.")
    return {
        name: Lookup(name, known[name].values).find(label, method, tolerance)
        for name, label in labels.items()
    }


def _check_names(selection: Mapping[str, object], dims: Sequence[str]) -> None:
    for name in selection:
        if name in dims:
            continue
        known = ", ".join(dims) or "none"
        alike = [dim for dim in dims if dim.startswith(f"{name} (")]
        if alike:
            text = f"'{name}' is more than one dimension: {', '.join(alike)}."
            raise DimensionError(text, f"there are: {known}")
        raise DimensionError(f"There is no dimension '{name}'; there are: {known}.")


def _check_method(method: str | None, tolerance: object) -> None:
    if method is not None and method not in METHODS:
        known = ", ".join(METHODS)
        raise SelectionError(f"A selection by value knows the methods {known}.", method)
    if tolerance is None:
        return
    if method is None:
        raise SelectionError("A tolerance goes with a method, such as 'nearest'.")
    if not isinstance(tolerance, numbers.Real) or not float(tolerance) >= 0:
        text = "A tolerance is a number that is not negative."
        raise SelectionError(text, f"got {tolerance!r}")


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
    if array.dtype == bool and array.ndim == 1:
        raise SelectionError(
            f"A mask of '{name}' has an entry for each of its {size} steps.",
            f"got {len(array)} entries",
        )
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
    return tuple([len(pick) for pick in chosen if not isinstance(pick, int)])


def indices_of(pick: Pick) -> NDArray[np.int64]:
    """Return what is picked as an array.

    Parameters
    ----------
    pick : int, range or ndarray of int64
        As :func:`picks` gives it for one dimension.

    Returns
    -------
    ndarray of int64
        Of no axis where a single index was picked.

    Examples
    --------
    >>> indices_of(range(0, 6, 2))
    array([0, 2, 4])
    """
    if isinstance(pick, range):
        # Far quicker than to make an array of the range, number by number.
        return np.arange(pick.start, pick.stop, pick.step)
    return np.asarray(pick, dtype=np.int64)
