"""The value at each index of a dimension, out of a value table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.placing import Placing
from usid_lab.model.raster import Pattern, Window, strides, windows
from usid_lab.model.table import BLOCK, Table, blocks

_OF_STEP = 0.01
# Rounding of values that were computed anew for every entry.
_OF_SINGLE = 5e-7
_OF_DOUBLE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Values of one dimension of a grid.

    Attributes
    ----------
    values : ndarray of float64, shape (size,)
        The value at each index, where it is met first.
    separable : bool
        Whether it is the same wherever that index is met.
    """

    values: NDArray[np.float64]
    separable: bool


class _Collector:
    """Gathers the values of one dimension, block by block, in any order."""

    def __init__(self, size: int) -> None:
        self.values = np.full(size, np.nan)
        self.deviation = 0.0
        self._seen = np.zeros(size, bool)

    def add(
        self, ranks: NDArray[np.signedinteger], values: NDArray[np.float64]
    ) -> None:
        fresh = np.flatnonzero(~self._seen[ranks])[::-1]
        # Backwards, so that of several values for an index the first one stays.
        self.values[ranks[fresh]] = values[fresh]
        self._seen[ranks[fresh]] = True
        self.deviation = max(self.deviation, _gap(values, self.values[ranks]))


def _gap(values: NDArray[np.float64], known: NDArray[np.float64]) -> float:
    """Return the largest difference; infinite where only one of the two is NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(values - known)
    gap[(values == known) | (np.isnan(values) & np.isnan(known))] = 0.0
    return np.inf if np.isnan(gap).any() else float(gap.max(initial=0.0))


def _reference(
    values: NDArray[np.float64], deviation: float, dtype: np.dtype[np.number]
) -> Reference:
    finite = values[np.isfinite(values)]
    steps = np.abs(np.diff(finite))
    steps = steps[steps > 0]
    # The median; np.median would import numpy.ma while somebody waits.
    step = float(np.percentile(steps, 50)) if steps.size else 0.0
    largest = float(np.abs(finite).max(initial=0.0))
    single = dtype.kind == "f" and dtype.itemsize <= 4
    rounding = _OF_SINGLE if single else _OF_DOUBLE
    allowed = max(_OF_STEP * step, rounding * largest)
    return Reference(values, separable=deviation <= allowed)


def reference_values(values: Table, placing: Placing) -> list[Reference]:
    """Take the values of every dimension of a grid, slowest first.

    Parameters
    ----------
    values : Table
        Value data; all of it is checked, in blocks.
    placing : Placing
        The grid of its entries.

    Returns
    -------
    list of Reference
        One for each dimension, in the order of `placing`.
    """
    if placing.entries is None:
        return _of_raster(values, placing)
    return _of_places(values, placing, placing.entries)


def _of_raster(values: Table, placing: Placing) -> list[Reference]:
    """Compare with the pattern that the first entry of every index makes."""
    dtype = values.block(0, 1).dtype
    vectors = [np.zeros(size, dtype) for size in placing.sizes]
    deviations = [0.0] * len(vectors)
    pattern = Pattern(placing.order, placing.sizes, vectors)
    for window in windows(placing.sizes):
        found = values.block(window.start, window.stop)
        _learn(vectors, placing, window, found)
        expected = pattern.at(window, found)
        if (found == expected).all():
            continue
        for axis, column in enumerate(placing.order):
            pair = found[column].astype(np.float64), expected[column].astype(np.float64)
            deviations[axis] = max(deviations[axis], _gap(*pair))
    return [
        _reference(vector.astype(np.float64), deviation, dtype)
        for vector, deviation in zip(vectors, deviations, strict=True)
    ]


def _learn(
    vectors: list[NDArray[np.number]],
    placing: Placing,
    window: Window,
    found: NDArray[np.number],
) -> None:
    """Take values from the window in which an index is met first.

    That is where every other dimension is at its beginning.
    """
    cut = len(window.firsts) - 1
    for axis, stride in enumerate(strides(placing.sizes)):
        if any(window.firsts[:axis]) or any(window.firsts[axis + 1 :]):
            continue
        first = window.firsts[axis] if axis <= cut else 0
        whole = window.count if axis == cut else placing.sizes[axis]
        count = 1 if axis < cut else whole
        values = found[placing.order[axis], : count * stride : stride]
        vectors[axis][first : first + count] = values


def _of_places(
    values: Table, placing: Placing, entries: NDArray[np.signedinteger]
) -> list[Reference]:
    collectors = [_Collector(size) for size in placing.sizes]
    steps = list(zip(placing.order, placing.sizes, strides(placing.sizes), strict=True))
    spots_of = _spots_of_entries(entries, values.length)
    for start, raw in blocks(values):
        spots = spots_of[start : start + raw.shape[1]]
        for collector, (column, size, stride) in zip(collectors, steps, strict=True):
            ranks = (spots // stride) % size
            collector.add(ranks, raw[column].astype(np.float64))
    dtype = values.block(0, 1).dtype
    return [_reference(one.values, one.deviation, dtype) for one in collectors]


def _spots_of_entries(
    entries: NDArray[np.signedinteger], length: int
) -> NDArray[np.signedinteger]:
    inverse = np.empty(length, entries.dtype)
    for start in range(0, len(entries), BLOCK):
        part = entries[start : start + BLOCK]
        filled = np.flatnonzero(part >= 0)
        inverse[part[filled]] = filled + start
    return inverse
