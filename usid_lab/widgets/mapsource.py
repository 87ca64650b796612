"""The map of a view as something to read pixels from, some at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from usid_lab.widgets.maps import band_of, map_axes, mean_over_band, selection_of
from usid_lab.widgets.sights import Plan, Span, hastened

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.forms import Frame
    from usid_lab.widgets.haste import Haste
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.subject import Subject, Watch

_MOST_VALUES = 2**20  # read at once: 8 MB as float64
_MOST_BYTES = 8 * 2**20
_MOST_ROWS = 256
# Up to these steps along the slower and the faster dim, all is read: to plan the
# places of single values and to go to each of them takes longer.
_DENSEST = (3, 8)
_APART = 256  # bytes between pixels, from where on it takes time to fetch each


def in_order(subject: Subject, axes: tuple[str, ...], plan: Plan) -> tuple[Span, Span]:
    """Return the spans of the slower and the faster dim of a map."""
    first = next(dim.name for dim in subject.dims if dim.name in axes)
    both = plan.rows, plan.columns
    return both if first == axes[0] else (both[1], both[0])


class MapSource:
    """The map of a view, read block by block, slowest dim first.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    view : ViewState
        It fits the subject and has a map.
    """

    def __init__(self, subject: Subject, part: Part, view: ViewState) -> None:
        axes = map_axes(subject, view)
        self.subject, self.part, self.view = subject, part, view
        self._axes = axes
        self._names = [dim.name for dim in subject.dims if dim.name in axes]
        self._band = band_of(view, part, axes)

    @property
    def haste(self) -> Haste:
        """What is known of the time that such maps take."""
        return self.subject.haste[self._axes, self.is_mean]

    @property
    def sides(self) -> list[int]:
        """How many pixels the map has along each dim."""
        return [self.subject.sizes[name] for name in self._axes]

    @property
    def is_scattered(self) -> bool:
        """Whether each pixel is fetched from a place of its own, and none decoded."""
        dims = self.subject.dims
        if self.subject.source.chunks is not None or len(self._axes) != 2:
            return False
        faster = dims[[dim.name for dim in dims].index(self._names[1]) + 1 :]
        apart = math.prod(dim.size for dim in faster)
        return apart * self.subject.source.dtype.itemsize >= _APART

    @property
    def densest(self) -> tuple[int, int]:
        """Up to which steps all is read, along the slower and the faster dim."""
        if not self.is_scattered:
            return _DENSEST
        return (1, 1) if self.haste.is_cold else (1, _DENSEST[1])

    def coarser(self, plan: Plan | None, factor: int) -> Plan | None:
        """Return a plan that fetches fewer pixels of this map."""
        if factor == 1:
            return plan
        rows, columns = self.sides
        return hastened(plan, columns, rows, factor)

    def count(self, plan: Plan | None) -> int:
        """Return how many values are fetched."""
        if plan is None:
            return math.prod(self.sides) * self.depth
        pairs = zip(self.spans(plan), self.densest, strict=True)
        return self.depth * math.prod(s.count * read_for(s, most) for s, most in pairs)

    @property
    def depth(self) -> int:
        """How many values are read for a pixel."""
        return 1 if self._band is None else self._band[1] + 1 - self._band[0]

    @property
    def most(self) -> int:
        """How many pixels may be read at once."""
        values = min(_MOST_VALUES, _MOST_BYTES // self.subject.source.dtype.itemsize)
        return max(1, values // self.depth)

    def most_rows(self, fast: Span) -> int:
        """How many indices of the slower dim may be read at once, if few are quicker.

        Whole rows of positions lie in one piece; of parts, the reader plans some
        hundreds in a moment.
        """
        whole = fast.stop - fast.start == self.subject.sizes[self._names[1]]
        return _MOST_ROWS if not whole else self.subject.sizes[self._names[0]]

    @property
    def is_mean(self) -> bool:
        """Whether a pixel is a mean over a band."""
        return self._band is not None

    def spans(self, plan: Plan) -> tuple[Span, Span]:
        """Return the spans of the slower and the faster dim."""
        return in_order(self.subject, self._axes, plan)

    def until(self, plan: Plan, stop: int) -> Plan:
        """Return the part of a plan whose blocks end before an index of the slower dim.

        So much of a picture travels while the rest is made.
        """
        if self._names[0] == self._axes[0]:
            return replace(plan, rows=plan.rows.until(stop))
        return replace(plan, columns=plan.columns.until(stop))

    def chunk(self) -> int:
        """Along the slower dim; 1 where there are none, or they are of positions."""
        chunks = self.subject.source.chunks
        dims = [dim.name for dim in self.subject.dims]
        if chunks is None or len(chunks) != len(dims):
            return 1
        return chunks[dims.index(self._names[0])]

    def raw(
        self,
        slow: slice,
        fast: slice,
        watch: Watch,
        show: Callable[[npt.NDArray[np.generic]], Frame] | None = None,
    ) -> npt.NDArray[np.generic]:
        """Return raw values of some rows and columns; show them as they come.

        Where few of them are left out all are read, for that is quicker.
        """
        chosen = selection_of(self.subject, self.view, self.part, self._axes)
        if self._band is not None:
            chosen[self.view.curve or ""] = slice(self._band[0], self._band[1] + 1)
        kept = {name: slice(None) for name, at in chosen.items() if _is_slice(at)}
        steps = zip(self._names, (slow, fast), self.densest, strict=True)
        for name, wanted, densest in steps:
            chosen[name], kept[name] = _dense(wanted, densest)
        at = tuple(kept.values())
        drawn = None if show is None else lambda known: show(known[at])
        return self.subject.read(chosen, watch, drawn)[at]

    def read(
        self,
        slow: slice,
        fast: slice,
        watch: Watch,
        show: Callable[[npt.NDArray[np.floating]], Frame] | None = None,
    ) -> tuple[npt.NDArray[np.floating], int]:
        """Return the values of some pixels, and how many numbers stand behind them."""
        if self._band is None:
            drawn = None if show is None else lambda raw: show(self.part.of(raw))
            return self.part.of(self.raw(slow, fast, watch, drawn)), 0
        values = self.raw(slow, fast, watch)
        return mean_over_band(self.subject, self.view, self.part, values)


def _is_slice(pick: object) -> bool:
    return isinstance(pick, slice)


def _dense(wanted: slice, densest: int) -> tuple[slice, slice]:
    """Return what to read for a slice with a step, and what to keep of that."""
    step = wanted.step or 1
    if step > densest:
        return wanted, slice(None)
    # From the beginning of the first block on: whole rows are read as one.
    before = wanted.start % step
    return slice(wanted.start - before, wanted.stop), slice(before, None, step)


def read_for(span: Span, densest: int) -> int:
    """Return how many indices are read for the middle of a block."""
    return span.factor if span.factor <= densest else 1
