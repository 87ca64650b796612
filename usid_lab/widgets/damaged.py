"""Chunks that cannot be decoded: the rest is shown, and it is said how many."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from usid_lab.widgets.forms import DamageNote

if TYPE_CHECKING:
    from usid_lab.dataset import PlainArray
    from usid_lab.reading.damage import Damage
    from usid_lab.widgets.forms import Frame

_MOST_NAMED = 20


def noted(frame: Frame, damage: Damage | None, source: PlainArray) -> Frame:
    """Return a frame that says which chunks it lacks.

    Parameters
    ----------
    frame : Frame
        NaN where values are lost.
    damage : Damage, optional
        What was found while it was read.
    source : PlainArray
        The dataset.

    Returns
    -------
    Frame
    """
    if damage is None or not damage.chunks:
        return frame
    lines = [f"{bad.where}: {bad.reason}" for bad in damage.chunks[:_MOST_NAMED]]
    if len(damage.chunks) > _MOST_NAMED:
        lines.append(f"and {len(damage.chunks) - _MOST_NAMED} more")
    pairs = zip(source.shape, source.chunks or source.shape, strict=True)
    total = math.prod(-(-size // chunk) for size, chunk in pairs)
    note = DamageNote(len(damage.chunks), total, "\n".join([source.path, *lines]))
    return replace(frame, damage=note)
