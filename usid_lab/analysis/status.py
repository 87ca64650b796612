"""How the fit of a spectrum ended."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How the fit of one spectrum ended; all but CONVERGED are failures.

    UNFINISHED: its steps were used up. NOT_FINITE: spectrum, guess or result is NaN or
    infinite.
    """

    CONVERGED = 0
    UNFINISHED = 1
    NOT_FINITE = 2
