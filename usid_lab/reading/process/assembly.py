"""A result that comes in parts."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.arranging import blank, gap_dtype
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
    parts : int, optional
        How many parts have come before the first one.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[np.generic], parts: int = 0
    ) -> None:
        self._shape = shape
        self._dtype = dtype
        self._values: Array = np.empty(math.prod(shape), dtype)
        self._done = 0
        self.parts = parts
        """Parts that have come, in all."""
        self._shown: Array | None = None
        self._sketched = 0
        self.is_whole = False
        self.can_be_shown = False
        """Whether it stands between two parts, or at the end of a sketch."""

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
        if part.sketch:
            self._take_sketch(part, values)
            return
        kind = gap_dtype(self._dtype) if part.gaps else self._dtype
        nbytes, end = part.count * kind.itemsize, self._done + part.count
        if nbytes > PART or end > self._values.size or self.is_whole:
            raise BreachError(f"{part.count} values where less were expected")
        if part.last != (end == self._values.size) or not (part.count or part.last):
            raise BreachError(f"an end after {end} of {self._values.size} values")
        if part.gaps:
            self._values = self._values.astype(kind, copy=False)
        self._values[self._done : end] = values(self.parts, nbytes).view(kind)
        self._done, self.parts, self.is_whole = end, self.parts + 1, part.last
        self.can_be_shown = True

    def _take_sketch(self, part: Part, values: Callable[[int, int], Bytes]) -> None:
        """Copy a part of what comes next, of which not all is there yet."""
        shown = self._all_so_far()
        nbytes, start = part.count * shown.itemsize, self._done + self._sketched
        if nbytes > PART or start + part.count > shown.size or not part.count:
            raise BreachError(f"a sketch of {part.count} values where less remain")
        found = values(self.parts, nbytes).view(shown.dtype)
        shown[start : start + part.count] = found
        self.parts += 1
        self._sketched = 0 if part.last else self._sketched + part.count
        self.can_be_shown = part.last

    def so_far(self) -> Array:
        """Copy the whole as far as it is known; NaN elsewhere."""
        shown = self._all_so_far()
        shown[: self._done] = self._values[: self._done]
        return shown.reshape(self._shape).copy()

    def _all_so_far(self) -> Array:
        if self._shown is None:
            self._shown = np.empty(self._values.size, gap_dtype(self._dtype))
            blank(self._shown, ())
        return self._shown

    def result(self) -> Array:
        """Return the whole, C order."""
        return self._values.reshape(self._shape)
