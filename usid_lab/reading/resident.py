"""A dataset that is held in memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.layout import Layout
from usid_lab.model.selection import Pick, picked_shape
from usid_lab.reading.planning.arranging import arrange
from usid_lab.reading.planning.axis_plan import AxisPlan, plan_axis
from usid_lab.reading.planning.runs import IntArray

MAX_RESIDENT = 96 * 1000 * 1000
Array = NDArray[np.generic]


class Resident:
    """Values in memory, as they are stored.

    Parameters
    ----------
    values : ndarray
        Shape of the array in the file.
    layout : Layout
        Its N-D form.
    """

    def __init__(self, values: Array, layout: Layout) -> None:
        self._values = values
        self._layout = layout
        whole = all(axis.entries is None for axis in layout.axes)
        self._grid = values.reshape(layout.shape) if whole else None

    def read(self, chosen: Sequence[Pick]) -> Array:
        """Return a copy of a selection, canonical order."""
        if self._grid is not None:
            return _outer(self._grid, chosen)
        plans = []
        index: list[Pick] = []
        rest = list(chosen)
        for axis in self._layout.axes:
            mine, rest = rest[: len(axis.sizes)], rest[len(axis.sizes) :]
            plan = plan_axis(axis, mine)
            plans.append(AxisPlan((), plan.shape, plan.gather))
            index.append(_entries(plan))
        read = _outer(self._values, index)
        return arrange(read, plans, gaps=self._layout.has_gaps)

    def entries(self, wanted: Sequence[IntArray]) -> Array:
        """Return a copy of entries of the stored array, crosswise.

        Parameters
        ----------
        wanted : sequence of ndarray of int
            For each axis, strictly increasing.
        """
        return _outer(self._values, [_together(along) for along in wanted])


def _together(along: IntArray) -> Pick:
    """Return neighbours as a range, which are taken without a list."""
    if len(along) and along[-1] - along[0] + 1 == len(along):
        return range(int(along[0]), int(along[-1]) + 1)
    return along


def _entries(plan: AxisPlan) -> Pick:
    if not plan.runs:
        return range(0)
    if len(plan.runs) == 1 and plan.runs[0].count == 1:
        return range(plan.runs[0].start, plan.runs[0].last + 1)
    parts = [
        (np.arange(run.count)[:, None] * run.stride + np.arange(run.block)).ravel()
        + run.start
        for run in plan.runs
    ]
    return np.concatenate(parts)


def _outer(values: Array, chosen: Sequence[Pick]) -> Array:
    """Index every axis on its own, cheap ones first."""
    basic = tuple(
        pick
        if isinstance(pick, int)
        else _slice(pick)
        if isinstance(pick, range)
        else slice(None)
        for pick in chosen
    )
    result = values[basic]
    kept = [pick for pick in chosen if not isinstance(pick, int)]
    for axis, pick in enumerate(kept):
        if isinstance(pick, np.ndarray):
            result = np.take(result, pick, axis=axis)
    return np.array(result, order="C").reshape(picked_shape(chosen))


def _slice(pick: range) -> slice:
    if not len(pick):
        return slice(0, 0)
    stop: int | None = pick[-1] + (1 if pick.step > 0 else -1)
    return slice(pick.start, None if stop is not None and stop < 0 else stop, pick.step)
