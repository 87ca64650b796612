"""Means of what can be drawn, and how many values stand behind each of them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.accumulating import (
    Accumulator,
    Folded,
    Sweep,
    Total,
    compound,
)
from usid_lab.reading.reducing.grouping import Groups

Array = NDArray[np.generic]


class FiniteMean(Accumulator):
    """The mean of all finite numbers of a place, and their count.

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values, which are real.
    """

    width = 2

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        self._mean = Total(shape, dtype, mean=True)

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Sum a block up; what is infinite is left out as NaN are."""
        folded = self._mean.fold(values, groups, indices)
        if np.isfinite(folded[1]).all():
            return folded
        finite = np.where(np.isfinite(values), values, np.nan)
        return self._mean.fold(finite, groups, indices)

    def sweep(self) -> Sweep | None:
        """Return what sums rows up, where no sum is infinite."""
        swept = self._mean.sweep()

        def finite(rows: Iterator[Array], groups: Sequence[Groups]) -> Folded | None:
            folded = None if swept is None else swept(rows, groups)
            if folded is None or not np.isfinite(folded[1]).all():
                return None
            return folded

        return finite

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Add the sums of a block."""
        self._mean.take(folded, groups)

    @property
    def nbytes(self) -> int:
        """Bytes of what is gathered."""
        return self._mean.nbytes

    def result(self) -> Array:
        """Return a compound of `mean` and `count`."""
        return compound({"mean": self._mean.result(), "count": self._mean.count})
