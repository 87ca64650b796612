"""Medians, quartiles and ratios of interleaved samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of some figures, with how many there were."""

    median: float
    lower: float
    upper: float
    p95: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """Summarise samples; all NaN where there are none."""
        if not samples:
            return cls(*(float("nan"),) * 4, 0)
        lower, median, upper, p95 = np.percentile(samples, [25, 50, 75, 95])
        return cls(float(median), float(lower), float(upper), float(p95), len(samples))

    def __str__(self) -> str:
        return f"{self.median:.0f} [{self.lower:.0f}-{self.upper:.0f}] n={self.count}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ratios ours / theirs of the pairs, in the order in which they were taken."""
    return Spread.of([a / b for a, b in zip(ours, theirs, strict=False)])
