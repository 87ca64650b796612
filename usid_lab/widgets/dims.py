"""Dimensions as the viewer needs them: which are lengths, which rise throughout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.dimension import Dimension, Mode, Side
from usid_lab.model.units import is_placeholder, length_factor, step_of
from usid_lab.widgets.forms import Dim, Floats

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIX = r"([ _-]*(pos(ition)?|axis|dim(ension)?|pixels?|index|coord\w*|\d))?"
_ACROSS = re.compile(r"(x|col(umn)?s?)" + _SUFFIX, re.IGNORECASE)
_DOWN = re.compile(r"(y|rows?)" + _SUFFIX, re.IGNORECASE)
_DEPTH = re.compile(r"z" + _SUFFIX, re.IGNORECASE)


def described(dimensions: Iterable[Dimension]) -> tuple[Dim, ...]:
    """Return the dims of a dataset, in the order given.

    Parameters
    ----------
    dimensions : iterable of Dimension

    Returns
    -------
    tuple of Dim
    """
    return tuple(_described(dimension) for dimension in dimensions)


def _described(dimension: Dimension) -> Dim:
    values, units = _scale(dimension)
    return Dim(
        name=dimension.name,
        units=units,
        size=dimension.size,
        side=str(dimension.side),
        values=values,
        # A sweep of the sensor's Z is a length too, but no place on the sample.
        spatial=dimension.side is not Side.SPECTROSCOPIC
        and is_spatial(dimension.label or dimension.name, dimension.units),
        monotonic=is_monotonic(values),
    )


def _scale(dimension: Dimension) -> tuple[Floats, str]:
    """Values and units; the index where the values differ with other dimensions."""
    if dimension.mode is Mode.DEPENDENT:
        return np.arange(dimension.size, dtype=np.float64), "index"
    return dimension.values, dimension.units


def is_spatial(name: str, units: str) -> bool:
    """Whether this is a length in space, or named like one without real units.

    Examples
    --------
    >>> is_spatial("fast", "um"), is_spatial("Y", "a.u."), is_spatial("Bias", "")
    (True, True, False)
    """
    if length_factor(units) is not None:
        return True
    named = any(rule.fullmatch(name.strip()) for rule in (_ACROSS, _DOWN, _DEPTH))
    return named and is_placeholder(units)


def runs_across(dim: Dim) -> bool:
    """Whether the name says that this dim is horizontal."""
    return _ACROSS.fullmatch(dim.name.removesuffix(" (position)").strip()) is not None


def runs_down(dim: Dim) -> bool:
    """Whether the name says that this dim is vertical."""
    return _DOWN.fullmatch(dim.name.removesuffix(" (position)").strip()) is not None


def is_monotonic(values: Floats) -> bool:
    """Whether values rise or fall throughout.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)

    Returns
    -------
    bool
    """
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


def pixel_aspect(x: Dim, y: Dim) -> float | None:
    """Physical height of a pixel over its width; None where they do not compare.

    Parameters
    ----------
    x, y : Dim
        The drawn dims; nanometres and micrometres are reconciled.

    Returns
    -------
    float or None
    """
    width, height = step_of(x.values), step_of(y.values)
    if width is None or height is None:
        return None
    across, down = length_factor(x.units), length_factor(y.units)
    if across is not None and down is not None:
        return height * down / (width * across)
    same = x.units == y.units or (is_placeholder(x.units) and is_placeholder(y.units))
    return height / width if same else None
