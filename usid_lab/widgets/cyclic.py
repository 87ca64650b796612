"""Phases: what is cyclic, with which period, and means that respect it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.model.units import is_placeholder

if TYPE_CHECKING:
    from usid_lab.widgets.forms import Floats, Limits

TURN = 2 * math.pi
DEGREES = 360.0
_TOLERANCE = 1.05
_PHASE = re.compile(r"phase|(?<![a-z])arg(?![a-z])", re.IGNORECASE)
_ANGLES = {
    "deg": DEGREES,
    "degree": DEGREES,
    "degrees": DEGREES,
    "\N{DEGREE SIGN}": DEGREES,
    "rad": TURN,
    "rads": TURN,
    "radian": TURN,
    "radians": TURN,
}
# Lock-in amplifiers put their phase out as a voltage.
_OUTPUTS = {"v", "mv", "volt", "volts"}


def period_of(name: str, units: str, sample: Floats) -> float | None:
    """Period of a quantity that is named like a phase, else None.

    Parameters
    ----------
    name, units : str
        As in the file.
    sample : ndarray of float64, shape (n,)
        Sorted finite values; where the units are silent (or implausible), they
        tell degrees from radians.

    Returns
    -------
    float or None
        360, 2 pi, or None if it is no phase, or an unwrapped one.

    Examples
    --------
    >>> period_of("PhaseRetrace", "m", np.array([-90.0, 0.0, 269.9]))
    360.0
    """
    if not _PHASE.search(name) or units.strip().lower() in _OUTPUTS or not sample.size:
        return None
    span = float(sample[-1] - sample[0])
    stated = _ANGLES.get(units.strip().lower())
    if stated is not None:
        return stated if span <= stated * _TOLERANCE else None
    if span <= TURN * _TOLERANCE:
        return TURN if span > 1e-3 else None
    return DEGREES if span <= DEGREES * _TOLERANCE else None


def contradicts(units: str, period: float) -> str | None:
    """Return what the values look like, if the file's units say something else.

    Examples
    --------
    >>> contradicts("m", 360.0), contradicts("deg", 360.0)
    ('degrees', None)
    """
    if is_placeholder(units) or units.strip().lower() in _ANGLES:
        return None
    return "degrees" if period == DEGREES else "radians"


def one_turn(sample: Floats, period: float) -> Limits:
    """Limits that span one period exactly, so that cyclic colours close.

    Parameters
    ----------
    sample : ndarray of float64, shape (n,)
        Sorted finite values.
    period : float

    Returns
    -------
    tuple of (float, float)
    """
    low, high = float(sample[0]), float(sample[-1])
    slack = period * (_TOLERANCE - 1)
    for start in (-period / 2, 0.0, -period / 4, -period):
        if low >= start - slack and high <= start + period + slack:
            return start, start + period
    return low, low + period


def circular_mean(
    values: npt.NDArray[np.floating], period: float, axis: int
) -> npt.NDArray[np.float64]:
    """Mean direction along an axis, NaN left out.

    Parameters
    ----------
    values : ndarray of float
    period : float
    axis : int

    Returns
    -------
    ndarray of float64
        In (-period / 2, period / 2]; NaN where no value or no direction is.
    """
    factor = TURN / period
    total = np.nansum(np.exp(1j * factor * values.astype(np.float64)), axis=axis)
    count = np.isfinite(values).sum(axis=axis)
    mean = np.angle(total) / factor
    # Rounding leaves a direction even where the vectors cancel.
    return np.where(np.abs(total) > 1e-9 * np.maximum(count, 1), mean, np.nan)
