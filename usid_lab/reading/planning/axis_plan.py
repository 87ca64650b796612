"""What is read along one axis of a stored array, and where it goes."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from usid_lab.model.axis import Axis
from usid_lab.model.raster import strides
from usid_lab.model.selection import Pick, picked_shape
from usid_lab.reading.planning.runs import IntArray, Run, are_bridged, runs_of

_MOST_RUNS = 256
_DENSE = 8  # marking all entries beats sorting those that are wanted


@dataclass(frozen=True, slots=True, eq=False)
class AxisPlan:
    """Runs along one axis.

    Attributes
    ----------
    runs : tuple of Run
        What is read, in increasing order; one follows the other in the buffer.
    shape : tuple of int
        What the axis contributes to the result.
    gather : ndarray of int, optional
        Entry of the buffer at each place of the result, -1 for a gap; None where
        the buffer is in order.
    """

    runs: tuple[Run, ...]
    shape: tuple[int, ...]
    gather: IntArray | None = None

    @property
    def size(self) -> int:
        """Number of entries that are read."""
        return sum(run.size for run in self.runs)


def plan_axis(axis: Axis, chosen: Sequence[Pick]) -> AxisPlan:
    """Plan to read a selection along one axis.

    Parameters
    ----------
    axis : Axis
        The axis with its dimensions.
    chosen : sequence of int, range or ndarray
        What is picked of each dimension, slowest first.

    Returns
    -------
    AxisPlan
        Runs and how to put them in order.
    """
    shape = picked_shape(chosen)
    if axis.entries is None:
        runs = _raster_runs(chosen, strides(axis.sizes))
        if runs is not None:
            return AxisPlan(runs, shape)
    places = _places(chosen, strides(axis.sizes))
    entries = places if axis.entries is None else axis.entries[places]
    return _scattered(entries.astype(np.int64, copy=False), shape, axis.length)


def _raster_runs(
    chosen: Sequence[Pick], steps: Sequence[int]
) -> tuple[Run, ...] | None:
    """Return the runs of slices and single indices; None if lists are among them."""
    first = 0
    levels: list[tuple[int, int]] = []
    for pick, step in zip(chosen, steps, strict=True):
        if isinstance(pick, np.ndarray):
            return None
        if isinstance(pick, int):
            first += pick * step
            continue
        if not len(pick) or pick.step < 0:
            return () if not len(pick) else None
        first += pick.start * step
        if len(pick) > 1:
            levels.append((len(pick), pick.step * step))
    return _runs_of_levels(first, _merged(levels)) if levels else (Run(first),)


def _merged(levels: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a level to the one above where the two make one progression."""
    merged: list[tuple[int, int]] = []
    for count, step in levels:
        if merged and merged[-1][1] == count * step:
            count *= merged.pop()[0]
        merged.append((count, step))
    return merged


def _runs_of_levels(
    first: int, levels: list[tuple[int, int]]
) -> tuple[Run, ...] | None:
    block = levels.pop()[0] if levels and levels[-1][1] == 1 else 1
    count, stride = levels.pop() if levels else (1, 1)
    outer = [range(0, n * step, step) for n, step in levels]
    run = Run(first, stride, count, block)
    # Taken for scattered, values that lie apart would be read one by one.
    if math.prod(map(len, outer)) > _MOST_RUNS and are_bridged(run):
        return None
    return tuple(
        replace(run, start=first + sum(offsets))
        for offsets in itertools.product(*outer)
    )


def _places(chosen: Sequence[Pick], steps: Sequence[int]) -> IntArray:
    places = np.zeros((), np.int64)
    for pick, step in zip(chosen, steps, strict=True):
        if isinstance(pick, int):
            places = places + pick * step
        else:
            places = places[..., None] + np.asarray(pick, dtype=np.int64) * step
    return places.ravel()


def _scattered(entries: IntArray, shape: tuple[int, ...], length: int) -> AxisPlan:
    measured = entries >= 0
    gaps = not measured.all()
    known = entries[measured] if gaps else entries
    ordered, back = _sorted(known, length)
    runs, wanted = runs_of(ordered)
    gather = _composed(back, wanted)
    if gaps:
        whole = np.full(len(entries), -1, np.int64)
        whole[measured] = np.arange(len(known)) if gather is None else gather
        gather = whole
    return AxisPlan(runs, shape, gather)


def _sorted(known: IntArray, length: int) -> tuple[IntArray, IntArray | None]:
    """Sorted entries without duplicates, and where each one went."""
    if len(known) < 2 or (known[1:] > known[:-1]).all():
        return known, None
    if len(known) * _DENSE < length:
        ordered, back = np.unique(known, return_inverse=True)
        return ordered, back.reshape(len(known))
    present = np.zeros(length, bool)
    present[known] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[known]


def _composed(back: IntArray | None, wanted: IntArray | None) -> IntArray | None:
    if back is None:
        return wanted
    return back if wanted is None else wanted[back]
