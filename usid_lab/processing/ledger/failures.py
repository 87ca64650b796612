"""Places at which nothing was found, or what no number of that type can be."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.dataset import LazyAttributes, USIDataset
from usid_lab.processing.outputs import Resolved

Array = NDArray[np.generic]

FAILED = "failed_positions"
INFINITE = "infinite_positions"


class Failures:
    """Places of a run, by whether something was found there.

    Parameters
    ----------
    count : int
        Places of the run.
    """

    def __init__(self, count: int) -> None:
        self._failed = np.ones(count, bool)
        self._infinite = np.zeros(count, bool)
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
        part = slice(start, start + len(values))
        for numbers in _numbers(values, output.dtype):
            self._known = True
            flat = numbers.reshape(len(values), -1)
            self._failed[part] &= np.isnan(flat).all(axis=1)
            self._infinite[part] |= np.isinf(flat).any(axis=1)

    @property
    def attributes(self) -> dict[str, object]:
        """How many places have no number at all, and how many an infinite one."""
        failed = int(self._failed.sum()) if self._known else 0
        found = {FAILED: failed, INFINITE: int(self._infinite.sum())}
        return {name: count for name, count in found.items() if count}


def told(results: Sequence[USIDataset]) -> str:
    """Say in words where nothing was found, or too much.

    Parameters
    ----------
    results : sequence of USIDataset
        Of one run.

    Returns
    -------
    str
        Begins with '; '; empty if there is nothing to be said.
    """
    first = results[0]
    attrs = LazyAttributes(first.file_path, first.path.rpartition("/")[0])
    failed, infinite = attrs.get(FAILED), attrs.get(INFINITE)
    words = f"; nothing was found at {_positions(failed)}" if failed else ""
    if infinite:
        words += f"; values are infinite at {_positions(infinite)} (too large for the "
        words += "dtype of the output?)"
    return words


def _positions(count: object) -> str:
    return "1 position" if count == 1 else f"{count} positions"


def _numbers(values: NDArray[Any], dtype: np.dtype[np.generic]) -> Iterator[Array]:
    """Give what can be NaN: the array, or fields of it."""
    if dtype.names:
        for name in dtype.names:
            yield from _numbers(values[name], values[name].dtype)
    elif dtype.kind in "fc":
        yield values
