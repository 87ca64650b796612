"""One axis of a stored array, split into what a function sees and what it does not."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import LayoutError
from usid_lab.model.axis import Axis
from usid_lab.model.dimension import Dimension
from usid_lab.storage.text import plain

Entries = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """How the entries of an axis stand in items.

    Attributes
    ----------
    unseen, seen : tuple of Dimension
        Canonical order.
    entries : ndarray of int, shape (unseen places, seen places), optional
        Stored entry there, -1 for a gap; None where they are in this order already.
    length : int
        Number of stored entries, where each of them stands for itself.
    """

    unseen: tuple[Dimension, ...]
    seen: tuple[Dimension, ...]
    entries: Entries | None = None
    length: int = 1

    @property
    def count(self) -> int:
        """Places of what is not seen."""
        return self.length * math.prod(dimension.size for dimension in self.unseen)

    @property
    def size(self) -> int:
        """Places of what is seen."""
        return math.prod(dimension.size for dimension in self.seen)

    @property
    def has_gaps(self) -> bool:
        """Some of what is seen was never measured."""
        return self.entries is not None and bool((self.entries < 0).any())

    def of(self, start: int, stop: int) -> Entries:
        """Give stored entries of some unseen places, shape (stop - start, size)."""
        if self.entries is not None:
            return self.entries[start:stop]
        whole = np.arange(start * self.size, stop * self.size)
        return whole.reshape(stop - start, self.size)


def split(axis: Axis, names: Collection[str]) -> Split:
    """Split an axis.

    Parameters
    ----------
    axis : Axis
        With its dimensions.
    names : collection of str
        What is seen; others are left alone.

    Returns
    -------
    Split

    Raises
    ------
    LayoutError
        Some dimensions of an axis that has gaps: items would have other shapes.
    """
    unseen = [n for n, d in enumerate(axis.dimensions) if d.name not in names]
    seen = [n for n, d in enumerate(axis.dimensions) if d.name in names]
    if unseen and seen and axis.has_gaps:
        missing = ", ".join(plain(axis.dimensions[n].name) for n in seen)
        text = f"A function cannot see '{missing}' alone: places of the grid are empty."
        raise LayoutError(text, "the layout is incomplete")
    order = (*unseen, *seen)
    left = tuple(axis.dimensions[n] for n in unseen)
    taken = tuple(axis.dimensions[n] for n in seen)
    if axis.entries is None and order == tuple(sorted(order)):
        return Split(left, taken)
    flat = np.arange(axis.length) if axis.entries is None else axis.entries
    table = flat.astype(np.int64).reshape(axis.sizes).transpose(order)
    shape = [math.prod(d.size for d in part) for part in (left, taken)]
    return Split(left, taken, table.reshape(shape))


def stored(axis: Axis) -> Split:
    """Take the entries of an axis as they are stored, one by one.

    Parameters
    ----------
    axis : Axis
        Of any layout.

    Returns
    -------
    Split
        Nothing is seen; what is not seen is the number of the entry.
    """
    return Split((), (), length=axis.length)
