"""What a picture says of itself: at which value, the mean of which band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.units import (
    format_number,
    largest,
    quantity_text,
    scale_for,
    step_of,
)

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState
    from usid_lab.widgets.forms import Dim
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.subject import Subject


def map_title(subject: Subject, part: Part, view: ViewState) -> str:
    """Which slice or mean the map is; '' where there is no choice.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component that is shown.
    view : ViewState

    Returns
    -------
    str
        "at 320 kHz", "mean |z| of 310-330 kHz".
    """
    if view.curve is None or view.curve in (view.x, view.y):
        return ""
    dim = subject.dim(view.curve)
    if view.band is None or part.categorical:
        return f"at {value_text(dim, shown_index(view, part))}"
    return f"{part.mean_word} of {_band_text(dim, view.band)}"


def shown_index(view: ViewState, part: Part) -> int:
    """Return the index on the curve axis at which a map without a mean is taken.

    Labels are never averaged: of a band they show the middle.
    """
    if view.band is not None and part.categorical:
        return sum(view.band) // 2
    return view.index[view.curve] if view.curve is not None else 0


def value_text(dim: Dim, index: int) -> str:
    """Return the value at an index with its unit, rounded to the step of the axis."""
    if dim.labels is not None:
        return dim.labels[index]
    [text], units = _texts(dim, (index,))
    return f"{text} {units}".strip()


def _band_text(dim: Dim, band: tuple[int, int]) -> str:
    (first, last), units = _texts(dim, band)
    signed = first.startswith("-") or last.startswith("-")
    between = " to " if signed else "-"
    return f"{first}{between}{last} {units}".strip()


def _texts(dim: Dim, indices: tuple[int, ...]) -> tuple[list[str], str]:
    scale = scale_for(dim.units, largest(dim.values))
    step = step_of(dim.values)
    scaled = None if step is None else step * scale.factor
    numbers = [format_number(dim.values[i] * scale.factor, scaled) for i in indices]
    return numbers, scale.units


def data_value(value: float, units: str) -> tuple[str, str]:
    """Return a measured value with four digits, and its units.

    Examples
    --------
    >>> data_value(3.21987e-12, "A")
    ('3.22', 'pA')
    """
    scale = scale_for(units, abs(value))
    return format_number(value * scale.factor), scale.units


def curve_name(dim: Dim, index: int) -> str:
    """Name of one curve of a family: "Field 1", "DC_Offset 2.5 V"."""
    if dim.labels is not None:
        return dim.labels[index]
    value = float(dim.values[index])
    if not np.isfinite(value):
        return f"{dim.name} {index}"
    return f"{dim.name} {quantity_text(value, dim.units, step_of(dim.values))}"
