"""A result that comes in parts."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.arranging import gap_dtype
from usid_lab.reading.process.arena import PART, Bytes
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.replies import Part

Array = NDArray[np.generic]


class Assembly:
    """Copies the parts of a result to where they belong, and believes none of them.

    Parameters
    ----------
    shape : tuple of int
        Of the result.
    dtype : numpy.dtype
        Of the dataset, native; where a part has gaps, the result gets the type that has
        NaN.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        self._shape = shape
        self._dtype = dtype
        self._values: Array = np.empty(math.prod(shape), dtype)
        self._done = 0
        self._parts = 0
        self.is_whole = False

    def take(self, part: Part, values: Callable[[int, int], Bytes]) -> None:
        """Copy a part.

        Parameters
        ----------
        part : Part
        values : callable
            Gives the bytes of a part, by its number and its length in bytes.

        Raises
        ------
        BreachError
            It does not fit.
        """
        kind = gap_dtype(self._dtype) if part.gaps else self._dtype
        nbytes, end = part.count * kind.itemsize, self._done + part.count
        if nbytes > PART or end > self._values.size or self.is_whole:
            raise BreachError(f"{part.count} values where less were expected")
        if part.last != (end == self._values.size) or not (part.count or part.last):
            raise BreachError(f"an end after {end} of {self._values.size} values")
        if part.gaps:
            self._values = self._values.astype(kind, copy=False)
        self._values[self._done : end] = values(self._parts, nbytes).view(kind)
        self._done, self._parts, self.is_whole = end, self._parts + 1, part.last

    def result(self) -> Array:
        """Return the whole, C order."""
        return self._values.reshape(self._shape)
