"""Pictures for the screen in 16 bits a pixel, while the hand moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.forms import Codes, Frame, Packing

if TYPE_CHECKING:
    from usid_lab.widgets.forms import Limits, Singles

WORTH = 2**18  # pixels; what fewer take to travel is not noticed
LAST = 65532  # code of the largest value; the others are -inf, inf, NaN
_MOST_SPANS = 16  # so that one of the 256 colours has at least 16 codes


def packed(frame: Frame, limits: Limits | None) -> Frame:
    """Return a frame whose map travels in half of the bytes, if nobody can see it.

    Parameters
    ----------
    frame : Frame
    limits : tuple of (float, float), optional
        Between which the colours change.

    Returns
    -------
    Frame
        The same where the map is small, or the limits so close that the steps of
        the codes would be seen.
    """
    values = frame.map
    if values is None or limits is None or values.ndim != 2 or values.size < WORTH:
        return frame
    ends = _ends(values)
    span = abs(limits[1] - limits[0])
    if ends is None or not 0 < ends[1] - ends[0] <= _MOST_SPANS * span:
        return frame
    packing = Packing(ends[0], (ends[1] - ends[0]) / LAST)
    return replace(frame, map=None, codes=_coded(values, packing), packing=packing)


def _ends(values: Singles) -> Limits | None:
    """Smallest and largest finite value; None where there is none."""
    low, high = float(values.min()), float(values.max())
    if np.isfinite(high - low):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else None


def _coded(values: Singles, packing: Packing) -> Codes:
    scaled = values - np.float32(packing.offset)
    scaled *= np.float32(1 / packing.scale)
    scaled += np.float32(0.5)
    np.nan_to_num(scaled, copy=False, nan=LAST + 3, posinf=LAST + 2, neginf=LAST + 1)
    return scaled.astype(np.uint16)
