"""What a figure shows: dimensions that are left, and where their numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from usid_lab.errors import DimensionError, LayoutError, ViewError
from usid_lab.figures.labels import place_text
from usid_lab.model.dimension import Dimension, Side
from usid_lab.model.selection import picks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.model.selection import Indexer, Pick


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Numbers along named dimensions.

    Attributes
    ----------
    dimensions : tuple of Dimension
        Those along which more than one value is left, in canonical order.
    read : callable
        Takes an index for some of them, by name; returns the values along the others.
    dtype : numpy dtype
        Of the values.
    quantity, units : str
        What the values are.
    fixed : tuple of str
        Where the other dimensions are held.
    y_up : bool
        Whether y points up, as for scans.
    points : tuple of Dimension, optional
        Coordinates of scattered positions along y and x.
    across : tuple of str
        Names of dimensions that run along x, whatever they are called.
    """

    dimensions: tuple[Dimension, ...]
    read: Callable[[Mapping[str, int]], NDArray[Any]]
    dtype: np.dtype[Any]
    quantity: str = ""
    units: str = ""
    fixed: tuple[str, ...] = ()
    y_up: bool = True
    points: tuple[Dimension, Dimension] | None = None
    across: tuple[str, ...] = ()


def of_array(
    values: NDArray[Any],
    dimensions: Sequence[Dimension],
    *,
    quantity: str = "",
    units: str = "",
    across: Sequence[str] = (),
) -> Subject:
    """Take an array in memory.

    Parameters
    ----------
    values : ndarray
        One axis for each dimension.
    dimensions : sequence of Dimension
        In the order of the axes; their sides count.
    quantity, units : str, optional
        What the values are.
    across : sequence of str, optional
        Names of dimensions that run along x.

    Returns
    -------
    Subject

    Raises
    ------
    LayoutError
        The shape does not fit the dimensions.
    DimensionError
        There is no dimension to run along x of that name.
    """
    names = [dimension.name for dimension in dimensions]
    for name in across:
        if name not in names:
            known = ", ".join(names)
            raise DimensionError(f"There is no dimension '{name}'; there are: {known}.")
    array = np.asarray(values)
    sizes = tuple(dimension.size for dimension in dimensions)
    if array.shape != sizes:
        text = f"The values have the shape {array.shape}, the dimensions {sizes}."
        raise LayoutError(text, ", ".join(names))

    def read(fixed: Mapping[str, int]) -> NDArray[Any]:
        everything = slice(None)
        found: NDArray[Any] = array[
            tuple(
                fixed.get(d.name, everything if d.size > 1 else 0) for d in dimensions
            )
        ]
        return found

    left = tuple(dimension for dimension in dimensions if dimension.size > 1)
    return Subject(left, read, array.dtype, quantity, units, across=tuple(across))


def of_dataset(dataset: PlainArray, selection: Mapping[str, Indexer]) -> Subject:
    """Take a selection of a dataset; nothing of it is read yet.

    Parameters
    ----------
    dataset : USIDataset or PlainArray
        Any.
    selection : mapping of str to int, slice or 1-D int array
        As for `isel`.

    Returns
    -------
    Subject
    """
    layout = dataset.layout
    chosen = dict(
        zip(layout.dims, picks(selection, layout.dims, layout.shape), strict=True)
    )
    left, fixed = [], []
    for dimension in layout.dimensions:
        pick = chosen[dimension.name]
        if not isinstance(pick, int) and not len(pick):
            text = f"Nothing of '{dimension.name}' is selected: nothing to draw."
            raise ViewError(text)
        if not isinstance(pick, int) and len(pick) != 1:
            left.append(_picked(dimension, pick))
            continue
        chosen[dimension.name] = index = pick if isinstance(pick, int) else int(pick[0])
        if dimension.size > 1:
            fixed.append(place_text(dimension, index))

    def read(held: Mapping[str, int]) -> NDArray[Any]:
        asked: dict[str, Indexer] = {}
        for name, pick in chosen.items():
            asked[name] = _indexer(_at(pick, held[name]) if name in held else pick)
        return np.asarray(dataset.read(asked))

    return Subject(
        tuple(left),
        read,
        np.dtype(dataset.dtype),
        dataset.quantity or dataset.name,
        dataset.units,
        tuple(fixed),
        dataset.y_up,
        _points(dataset, chosen),
    )


def _picked(dimension: Dimension, pick: Pick) -> Dimension:
    return Dimension.found(
        dimension.name,
        dimension.units,
        dimension.values[np.asarray(pick, dtype=np.intp)],
        dimension.side,
    )


def _at(pick: Pick, index: int) -> int:
    return pick if isinstance(pick, int) else int(pick[index])


def _indexer(pick: Pick) -> Indexer:
    # A range that covers all of a dimension is read faster as a slice.
    if isinstance(pick, range) and pick.step > 0:
        return slice(pick.start, pick.stop, pick.step)
    return np.asarray(pick) if isinstance(pick, range) else pick


def _points(
    dataset: PlainArray, chosen: Mapping[str, Pick]
) -> tuple[Dimension, Dimension] | None:
    """Return the coordinates of scattered positions, slowest first."""
    for axis in dataset.layout.axes:
        along = [d for d in axis.along if d.side is Side.POSITION]
        if len(along) == 2:
            pick = chosen[axis.dimensions[0].name]
            if not isinstance(pick, int):
                y, x = upright([_picked(dimension, pick) for dimension in along])
                return y, x
    return None


def upright(
    dimensions: Sequence[Dimension], across: Sequence[str] = ()
) -> tuple[Dimension, ...]:
    """Return two dimensions as y and x: the faster one across, unless it is Y.

    Parameters
    ----------
    dimensions : sequence of Dimension
        One or two, in canonical order.
    across : sequence of str, optional
        Names that run along x before all others.

    Returns
    -------
    tuple of Dimension
    """
    if len(dimensions) != 2:
        return tuple(dimensions)
    first, second = dimensions
    if first.name in across or second.name in across:
        return (second, first) if first.name in across else (first, second)
    named = first.name.strip().lower() == "x" or second.name.strip().lower() == "y"
    turned = named and first.side is second.side
    return (second, first) if turned else (first, second)
