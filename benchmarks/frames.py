"""What the eye got of a drag: fresh frames, and how late they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SETTLED = 1000  # milliseconds that a drag may take to come up to speed


@dataclass(frozen=True, slots=True)
class Drag:
    """One drag: milliseconds on the page's clock.

    Attributes
    ----------
    start, end : float
        First and last pointer event.
    at : list of float
        Paints that showed a new position.
    delays : list of float
        Of each, since the newest pointer event before it.
    """

    start: float
    end: float
    at: list[float]
    delays: list[float]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Drag:
        """Read what the page told."""
        frames = told["frames"]
        at, delays = ([one[name] for one in frames] for name in ("at", "delay"))
        return cls(told["start"], told["end"], at, delays)

    @property
    def rate(self) -> float:
        """Fresh frames a second, over all of it."""
        return len(self.at) / (self.end - self.start) * 1000

    @property
    def settled_rate(self) -> float:
        """Fresh frames a second, after the first second."""
        begin = self.start + SETTLED
        count = sum(begin < at <= self.end for at in self.at)
        return count / (self.end - begin) * 1000

    @property
    def longest(self) -> float:
        """Longest time without a fresh frame, after the first second."""
        begin = self.start + SETTLED
        times = [begin, *(at for at in self.at if begin < at <= self.end), self.end]
        return float(np.diff(times).max())
