"""What is asked of a reduction, and which stored entries that concerns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.layout import Layout
from usid_lab.model.masking import inside
from usid_lab.model.region import Mask, Region
from usid_lab.model.selection import Pick, picked_shape
from usid_lab.reading.planning.arranging import gap_dtype
from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.grouping import Entries, entries_of

Array = NDArray[np.generic]
FINITE = "finite mean"  # for viewers: of what can be drawn, with counts
Within = tuple[int, Mask]  # an axis, and which places of its grid count


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """A reduction of a selection of a dataset.

    Attributes
    ----------
    how : str
        One of `REDUCTIONS`.
    dims : frozenset of str
        The dimensions that are reduced.
    chosen : tuple of int, range or ndarray
        What is picked of each dimension of the layout.
    region : Rectangle, Ellipse, Polygon or Line, optional
        What lies outside does not count.
    """

    how: str
    dims: frozenset[str]
    chosen: tuple[Pick, ...]
    region: Region | None = None

    def left(self, layout: Layout) -> list[tuple[str, Pick]]:
        """Dimensions that stay, with what is picked of them."""
        pairs = zip(layout.dims, self.chosen, strict=True)
        return [
            (name, pick)
            for name, pick in pairs
            if name not in self.dims and not isinstance(pick, int)
        ]

    def sizes(self, layout: Layout) -> tuple[int, ...]:
        """Shape of the result."""
        return picked_shape([pick for _, pick in self.left(layout)])

    def form(self, dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
        """Return a type that has the fields of the result, whatever they hold.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the values that are reduced.
        """
        if dtype.fields:
            fields = dtype.fields.items()
            return np.dtype([(name, self.form(field[0])) for name, field in fields])
        if self.how == FINITE:
            return np.dtype([("mean", "f8"), ("count", "i8")])
        return dtype

    def widest(
        self, dtype: np.dtype[np.generic], *, gaps: bool
    ) -> np.dtype[np.generic]:
        """Type that holds the result, whatever the values are.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the values that are reduced.
        gaps : bool
            Some places of the grid were never measured.

        Returns
        -------
        numpy.dtype
            Integers where nothing can be missing and no sum can overflow.
        """
        if dtype.fields:
            fields = dtype.fields.items()
            return np.dtype([(n, self.widest(f[0], gaps=gaps)) for n, f in fields])
        native = dtype.newbyteorder("=")
        wide = np.result_type(native, np.float64)
        if self.how in ("min", "max"):
            return gap_dtype(native) if gaps else native
        if self.how == "sum" and native.kind in "biu" and native.itemsize < 8:
            return wide if gaps else np.dtype("u8" if native.kind == "u" else "i8")
        if self.how.startswith("arg") and native.kind in "biu" and not gaps:
            return np.dtype(np.int64)
        return wide


def mask_of(layout: Layout, asked: Reduction) -> Within | None:
    """Find what lies in the region of a reduction, where it has one."""
    return None if asked.region is None else inside(asked.region, layout)


def axes_of(layout: Layout, asked: Reduction, within: Within | None) -> list[Entries]:
    """Find what a reduction reads along each axis, and where it goes.

    Parameters
    ----------
    layout : Layout
        N-D form of the dataset.
    asked : Reduction
        What is wanted.
    within : tuple of int and ndarray of bool, optional
        What :func:`mask_of` found.

    Returns
    -------
    list of Entries
        One for each axis of the stored array.
    """
    axes = []
    rest = list(asked.chosen)
    for number, axis in enumerate(layout.axes):
        mine, rest = rest[: len(axis.sizes)], rest[len(axis.sizes) :]
        names = [dimension.name for dimension in axis.dimensions]
        kept = [
            name not in asked.dims and not isinstance(pick, int)
            for name, pick in zip(names, mine, strict=True)
        ]
        searched = next((i for i, name in enumerate(names) if name in asked.dims), None)
        picked = list(map(rising, mine))
        mask = within[1] if within is not None and within[0] == number else None
        axes.append(entries_of(axis, picked, kept, searched, mask))
    return axes


def rising(pick: Pick) -> IntArray:
    """Give the indices of a pick in increasing order, each of them once."""
    if isinstance(pick, np.ndarray):
        return np.unique(pick)
    indices = listed(pick)
    return indices[::-1] if len(indices) > 1 and indices[0] > indices[1] else indices


def listed(pick: Pick) -> IntArray:
    """Give the indices of a pick as they stand in it."""
    if isinstance(pick, range):
        # Far quicker than to make an array of the range, number by number.
        return np.arange(pick.start, pick.stop, pick.step, dtype=np.int64)
    return np.atleast_1d(np.asarray(pick, dtype=np.int64))


def in_order(values: Array, layout: Layout, asked: Reduction) -> Array:
    """Unfold a result and give its entries the order of the selection."""
    left = [pick for _, pick in asked.left(layout)]
    result = values.reshape([len(rising(pick)) for pick in left])
    for axis, pick in enumerate(left):
        whole = listed(pick)
        if len(whole) and (np.diff(whole) <= 0).any():
            result = np.take(result, np.searchsorted(rising(pick), whole), axis=axis)
    return result
