"""What of a map can be seen: its visible part, in pixels of the screen's size.

Each pixel of a picture stands for a block of the map's pixels. Blocks begin at
multiples of their size, so that a picture does not jump when it is refined or when
its window moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.forms import Reduced

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState

MOST_EXACT = 2**20  # pixels of a map that is sent as it is
MOST_SENT = 2**21  # pixels of any picture, however large the screen
_ALWAYS_WHOLE = 2**17  # nothing is gained by sending less
_UNKNOWN_SCREEN = (800, 800)
_COARSE = 1.5  # pixels that wide on the screen are still called sharp


@dataclass(frozen=True, slots=True)
class Sight:
    """What the browser has room for.

    Attributes
    ----------
    screen : tuple of (int, int)
        Width and height of the picture in pixels of the screen.
    window : tuple of 4 int, optional
        First and last column (exclusive), first and last row (exclusive) that are
        visible; None for all.
    fine : bool
        The eye rests: take the time for means.
    moving : bool
        The hand moves: be in time for it.
    """

    screen: tuple[int, int]
    window: tuple[int, int, int, int] | None = None
    fine: bool = False
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a dim, in blocks of `factor`: indices from `start` to `stop`."""

    start: int
    stop: int
    factor: int = 1

    @property
    def count(self) -> int:
        """Number of blocks; the last one may be cut short."""
        return -(-(self.stop - self.start) // self.factor)

    def until(self, stop: int) -> Span:
        """Return the blocks that end before an index, or with the last one."""
        if stop >= self.stop:
            return self
        whole = (stop - self.start) // self.factor
        return Span(self.start, self.start + whole * self.factor, self.factor)

    @property
    def middles(self) -> slice:
        """The index in the middle of each block; where the last is short, before it.

        They are equally far apart, for a list of indices is read far more slowly.
        """
        last = (self.stop - self.start - 1) % self.factor
        return slice(self.start + min(self.factor // 2, last), self.stop, self.factor)

    def cut(self, indices: range) -> tuple[slice, npt.NDArray[np.int64]]:
        """Return the blocks that `indices` meet, and where in them each one begins."""
        first = (indices.start - self.start) // self.factor
        last = (indices.stop - 1 - self.start) // self.factor + 1
        begins = self.start + np.arange(first, last) * self.factor - indices.start
        return slice(first, last), np.maximum(begins, 0)

    def coarser(self, factor: int, size: int) -> Span:
        """Blocks of another size that cover at least the same, within the dim."""
        start = self.start // factor * factor
        return Span(start, min(-(-self.stop // factor) * factor, size), factor)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a map becomes a picture.

    Attributes
    ----------
    columns, rows : Span
        Of the map's x and y.
    fine : bool
        Blocks are averaged.
    """

    columns: Span
    rows: Span
    fine: bool = False

    @property
    def pixels(self) -> int:
        """Pixels of the picture."""
        return self.columns.count * self.rows.count

    @property
    def is_exact(self) -> bool:
        """Whether every pixel of the picture is one of the map."""
        return self.columns.factor == self.rows.factor == 1

    def middles(self, axes: tuple[str, ...]) -> dict[str, slice]:
        """Return the indices in the middle of all blocks, by the names of y and x."""
        spans = zip(axes, (self.rows, self.columns), strict=True)
        return {name: span.middles for name, span in spans}

    def cursor(self, view: ViewState) -> ViewState:
        """Return a view with its cursor, on a pixel of the picture, put on the map."""
        spans = ((view.x, self.columns), (view.y, self.rows))
        moved = {
            name: range(span.stop)[span.middles][view.index[name]]
            for name, span in spans
            if name is not None and name != view.curve
        }
        return replace(view, index=dict(view.index) | moved)

    def told(self, words: str) -> Reduced:
        """Return what the browser must know to draw the picture in its place."""
        x, y = self.columns, self.rows
        window = (x.start, x.stop, y.start, y.stop)
        preview = not self.fine and not self.is_exact
        return Reduced(window, (x.factor, y.factor), preview, words)


def planned(columns: int, rows: int, sight: Sight | None = None) -> Plan | None:
    """Choose what to send of a map.

    Parameters
    ----------
    columns, rows : int
        Pixels of the map.
    sight : Sight, optional
        None where the screen is not known yet.

    Returns
    -------
    Plan or None
        None for all of a map that is small enough.

    Examples
    --------
    >>> planned(500, 400) is None
    True
    >>> planned(8192, 8192, Sight((512, 512))).told("").factors
    (16, 16)
    """
    seen = sight or Sight(_UNKNOWN_SCREEN)
    most = _most_exact(sight)
    if columns * rows <= most:
        return None
    x0, x1, y0, y1 = seen.window or (0, columns, 0, rows)
    x0, y0 = min(x0, columns - 1), min(y0, rows - 1)
    part = Plan(Span(x0, min(x1, columns)), Span(y0, min(y1, rows)), seen.fine)
    if part.pixels <= most:
        return part
    x, y = _factors(part, seen)
    if not seen.fine:
        x, y = _fitting(x, columns), _fitting(y, rows)
    return replace(
        part, columns=part.columns.coarser(x, columns), rows=part.rows.coarser(y, rows)
    )


def hastened(plan: Plan | None, columns: int, rows: int, factor: int) -> Plan | None:
    """Return a plan with which at most one of so many rows and columns is taken.

    Parameters
    ----------
    plan : Plan, optional
        As of :func:`planned`, for a picture that is not fine.
    columns, rows : int
        Pixels of the map.
    factor : int
        1 for the same plan.

    Returns
    -------
    Plan or None

    Examples
    --------
    >>> hastened(None, 512, 512, 2).told("").factors
    (2, 2)
    """
    if factor == 1:
        return plan
    part = plan or Plan(Span(0, columns), Span(0, rows))
    x = max(part.columns.factor, _fitting(factor, columns))
    y = max(part.rows.factor, _fitting(factor, rows))
    return replace(
        part, columns=part.columns.coarser(x, columns), rows=part.rows.coarser(y, rows)
    )


def _fitting(factor: int, size: int) -> int:
    """Return a factor, at least this one, with which the last block has a middle."""
    while 0 < size % factor <= factor // 2:
        factor += 1
    return factor


def _most_exact(sight: Sight | None) -> int:
    if sight is None or sight.fine:
        return MOST_EXACT
    width, height = sight.screen
    wanted = int(width * height * _COARSE**2)
    return min(max(wanted, _ALWAYS_WHOLE), MOST_EXACT)


def _factors(part: Plan, sight: Sight) -> tuple[int, int]:
    """Pixels of the map for each of the screen: at rest, the picture is no coarser."""
    x, y = (
        max(1, math.floor(span.count / room + (0 if sight.fine else 0.5)))
        for span, room in zip((part.columns, part.rows), sight.screen, strict=True)
    )
    while -(-part.columns.count // x) * -(-part.rows.count // y) > MOST_SENT:
        # The side that has more pixels for each of the screen's gives way.
        if part.columns.count / (x * sight.screen[0]) > part.rows.count / (
            y * sight.screen[1]
        ):
            x = x + max(1, x // 8)
        else:
            y = y + max(1, y // 8)
    return x, y
