"""Which part of an output is looked at while it grows: all of it, or one map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.dimension import Dimension, Side
from usid_lab.processing.unfolding import scattered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from usid_lab.dataset import USIDataset
    from usid_lab.processing.outputs import Resolved
    from usid_lab.processing.plan import Plan
    from usid_lab.processing.span import Span

    Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Extract:
    """Places of a run, and a part of what stands at each of them.

    Attributes
    ----------
    first, step : int
        The first place, and how far apart they are.
    within : tuple of int or None
        Which index is taken of each axis of what stands at a place; None for all.
    """

    first: int = 0
    step: int = 1
    within: tuple[int | None, ...] = ()

    @classmethod
    def middle(cls, plan: Plan, output: Resolved) -> Extract:
        """Take one map: the middle of all dimensions that are no positions."""
        within = (
            None if _is_drawn(plan, dimension) else dimension.size // 2
            for dimension in output.dims
        )
        if plan.by_rows:
            return cls(within=tuple(within))
        columns = plan.items[0].columns
        spot = 0
        for dimension in columns.unseen:
            spot = spot * dimension.size + dimension.size // 2
        return cls(spot, columns.count, tuple(within))

    def count(self, places: int) -> int:
        """How many places there are, of so many."""
        return len(range(self.first, places, self.step))

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of what is taken, of what has a shape at each place."""
        return np.broadcast_to(np.empty(()), shape)[self._index].shape

    def cut(self, span: Span, values: Array) -> tuple[slice, Array]:
        """Take the part of what was found at some places.

        Parameters
        ----------
        span : Span
            The places.
        values : ndarray, shape (len(span), *shape of the output)

        Returns
        -------
        slice, ndarray
            Which of the places of this extract, and what is taken of each.
        """
        edges = span.start, span.stop
        start, stop = (-(-(edge - self.first) // self.step) for edge in edges)
        begin = start * self.step + self.first - span.start
        return slice(start, stop), values[(slice(begin, None, self.step), *self._index)]

    @property
    def _index(self) -> tuple[slice | int, ...]:
        return tuple(slice(None) if one is None else one for one in self.within)


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """The middle of an output over all positions.

    Attributes
    ----------
    dimensions : tuple of Dimension
        Positions, slowest first.
    values : ndarray
        One axis for each; NaN where nothing is known yet, and in gaps.
    """

    dimensions: tuple[Dimension, ...]
    values: Array


def map_dimensions(plan: Plan, output: Resolved) -> tuple[Dimension, ...]:
    """Positions over which an output runs, slowest first."""
    first = plan.items[0]
    if plan.by_rows:
        return first.source.layout.axes[0].dimensions
    own = (d for d in output.dims if _is_drawn(plan, d))
    return (*first.rows.unseen, *own)


def map_of(plan: Plan, output: Resolved, values: Array) -> Map:
    """Make a map of what stands at the places of the middle.

    Parameters
    ----------
    plan : Plan
        Of the run.
    output : Resolved
        One of its outputs.
    values : ndarray
        As :meth:`Extract.middle` takes them.

    Returns
    -------
    Map
    """
    dimensions = map_dimensions(plan, output)
    if plan.by_rows:
        return Map(dimensions, scattered(values, plan.items[0].source.layout.axes[0]))
    return Map(dimensions, values.reshape([d.size for d in dimensions]))


def map_in_file(plan: Plan, output: Resolved, result: USIDataset) -> Map:
    """Read the same map of a result that is in a file.

    Parameters
    ----------
    plan : Plan
        Of the run.
    output : Resolved
        One of its outputs.
    result : USIDataset
        It, in the file.

    Returns
    -------
    Map
    """
    middle = {
        d.name: d.size // 2 for d in result.dimensions if d.side is Side.SPECTROSCOPIC
    }
    dimensions = map_dimensions(plan, output)
    values = result.read(**middle)
    return Map(dimensions, values.reshape([d.size for d in dimensions]))


def _is_drawn(plan: Plan, dimension: Dimension) -> bool:
    return not plan.by_rows and dimension.side is Side.POSITION
