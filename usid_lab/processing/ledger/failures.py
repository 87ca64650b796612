"""Places at which nothing was found: every number of every output is NaN there."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.processing.outputs import Resolved

Array = NDArray[np.generic]


class Failures:
    """Places of a run, without those at which something was found.

    Parameters
    ----------
    count : int
        Places of the run.
    """

    def __init__(self, count: int) -> None:
        self._failed = np.ones(count, bool)
        self._known = False

    def add(self, output: Resolved, start: int, values: Array) -> None:
        """Look at some values.

        Parameters
        ----------
        output : Resolved
            Of which output.
        start : int
            The first place.
        values : ndarray, shape (places, *output.shape)
            What was found. Integers do not count: they cannot say that there is
            nothing.
        """
        part = self._failed[start : start + len(values)]
        for numbers in _numbers(values, output.dtype):
            self._known = True
            part &= np.isnan(numbers).reshape(len(values), -1).all(axis=1)

    @property
    def count(self) -> int:
        """How many there are; 0 where nobody can tell."""
        return int(self._failed.sum()) if self._known else 0


def _numbers(values: NDArray[Any], dtype: np.dtype[np.generic]) -> Iterator[Array]:
    """Give what can be NaN: the array, or fields of it."""
    if dtype.names:
        for name in dtype.names:
            yield from _numbers(values[name], values[name].dtype)
    elif dtype.kind in "fc":
        yield values
