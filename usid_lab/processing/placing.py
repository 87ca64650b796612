"""Which place is meant."""

import operator
from collections.abc import Mapping

import numpy as np

from usid_lab.errors import ArgumentTypeError, DimensionError, SelectionError
from usid_lab.model.dimension import Dimension
from usid_lab.processing.plan import Plan
from usid_lab.storage.text import plain


def place_of(plan: Plan, position: int | Mapping[str, int]) -> int:
    """Find a place.

    Parameters
    ----------
    plan : Plan
        Of a run.
    position : int or mapping of str to int
        Its number; or an index of each dimension, 0 for those that are not named.

    Returns
    -------
    int

    Raises
    ------
    SelectionError, DimensionError
        There is none.
    ArgumentTypeError
        It is told by something else.
    """
    if not isinstance(position, Mapping):
        place = _whole(position)
        if not 0 <= place < plan.count:
            text = f"There is no place {place}: they are 0 to {plan.count - 1}."
            raise SelectionError(text)
        return place
    first = plan.items[0]
    positions = first.source.layout.axes[0]
    dims = positions.dimensions
    if not plan.by_rows:
        dims = (*first.rows.unseen, *first.columns.unseen)
    spot = _raveled(dims, position)
    if not plan.by_rows or positions.entries is None:
        return spot
    row = int(positions.entries[spot])
    if row < 0:
        raise SelectionError("Nothing was measured there.", f"at {dict(position)}")
    return row


def _raveled(dims: tuple[Dimension, ...], position: Mapping[str, int]) -> int:
    known = [dimension.name for dimension in dims]
    for name in position:
        if name not in known:
            text = f"A position is told by {', '.join(map(plain, known)) or 'nothing'},"
            raise DimensionError(f"{text} not by '{plain(str(name))}'.")
    sizes = [dimension.size for dimension in dims]
    indices = [_whole(position.get(name, 0)) for name in known]
    for name, index, size in zip(known, indices, sizes, strict=True):
        if not 0 <= index < size:
            text = f"'{plain(name)}' has the indices 0 to {size - 1}, not {index}."
            raise SelectionError(text)
    return int(np.ravel_multi_index(indices, sizes)) if sizes else 0


def _whole(number: object) -> int:
    try:
        return operator.index(number)  # type: ignore[arg-type]
    except TypeError as error:
        text = 'A position is told by its number, or by indices: {"X": 3, "Y": 5}.'
        raise ArgumentTypeError(text, f"got {plain(repr(number))}") from error
