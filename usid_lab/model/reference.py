"""The value at each index of a dimension, out of a value table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.placing import Placing
from usid_lab.model.survey import strides
from usid_lab.model.table import BLOCK, Table, blocks

_OF_STEP = 0.01
_OF_VALUE = 1e-6  # float32 rounding of values computed anew for every entry


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
    """Gathers the values of one dimension, block by block."""

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
        known = self.values[ranks]
        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.abs(values - known)
        gap[(values == known) | (np.isnan(values) & np.isnan(known))] = 0.0
        worst = float(gap.max(initial=0.0)) if not np.isnan(gap).any() else np.inf
        self.deviation = max(self.deviation, worst)

    def result(self) -> Reference:
        finite = self.values[np.isfinite(self.values)]
        steps = np.abs(np.diff(finite))
        steps = steps[steps > 0]
        # The median; np.median would import numpy.ma while somebody waits.
        step = float(np.percentile(steps, 50)) if steps.size else 0.0
        largest = float(np.abs(finite).max(initial=0.0))
        allowed = max(_OF_STEP * step, _OF_VALUE * largest)
        return Reference(self.values, separable=self.deviation <= allowed)


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
    collectors = [_Collector(size) for size in placing.sizes]
    steps = list(zip(placing.order, placing.sizes, strides(placing.sizes), strict=True))
    spots_of = _spots_of_entries(placing, values.length)
    for start, raw in blocks(values):
        stop = start + raw.shape[1]
        spots = np.arange(start, stop) if spots_of is None else spots_of[start:stop]
        for collector, (column, size, stride) in zip(collectors, steps, strict=True):
            ranks = (spots // stride) % size
            collector.add(ranks, raw[column].astype(np.float64))
    return [collector.result() for collector in collectors]


def _spots_of_entries(
    placing: Placing, length: int
) -> NDArray[np.signedinteger] | None:
    entries = placing.entries
    if entries is None:
        return None
    inverse = np.empty(length, entries.dtype)
    for start in range(0, len(entries), BLOCK):
        part = entries[start : start + BLOCK]
        filled = np.flatnonzero(part >= 0)
        inverse[part[filled]] = filled + start
    return inverse
