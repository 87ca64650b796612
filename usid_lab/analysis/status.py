"""How the fit of a spectrum ended."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How the fit of one spectrum ended; all but CONVERGED count as failures."""

    CONVERGED = 0
    UNFINISHED = 1
    NOT_FINITE = 2


MEANING = "0 converged, 1 steps used up, 2 spectrum or guess not finite"
