"""What is promised for a cell of the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.layouts import Layout
    from benchmarks.statistics import Spread

SLOWER = 1.1
_SPECTRUM = 5.0


@dataclass(frozen=True, slots=True)
class Goal:
    """The median of ours / theirs is to be at most `limit`."""

    limit: float

    def verdict(self, found: Spread) -> str:
        """Say whether it is."""
        return f"{self.limit:.3g} {'met' if found.median <= self.limit else 'MISSED'}"


def goal(layout: Layout, operation: str, host: str, state: str) -> Goal | None:
    """Give what is promised beside h5py, beyond not being slower.

    Parameters
    ----------
    layout : Layout
    operation : str
    host : {"script", "viewer"}
    state : {"warm", "cold"}

    Returns
    -------
    Goal or None
    """
    if operation == "spectrum":
        return Goal(_SPECTRUM)
    if state == "cold":
        return None
    if operation == "region mean":
        return Goal(1 / 5)
    if operation in ("map", "first map"):
        return _of_maps(layout, operation, host)
    return None


def _of_maps(layout: Layout, operation: str, host: str) -> Goal | None:
    if layout.filter == "gzip":
        return Goal(1 / 2)
    if layout.filter or layout.kind == "automatic":
        return None
    if layout.kind == "squares":
        return Goal(1 / 2)
    if host == "script":
        return Goal(1 / 4)
    return Goal(1 / 10 if operation == "first map" else 1 / 40)


def floor_goal(layout: Layout) -> Goal:
    """Give what is promised for a mean beside reading or inflating the bytes."""
    return Goal(1.2 if layout.filter == "gzip" else 1.5)


def is_slower(operation: str, found: Spread) -> bool:
    """Whether a cell counts as slower than h5py; a spectrum up to its goal does not."""
    return found.lower > (_SPECTRUM if operation == "spectrum" else SLOWER)
