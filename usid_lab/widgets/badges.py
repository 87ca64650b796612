"""Remarks about data that look odd. Nothing is repaired, everything is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.units import length_factor
from usid_lab.widgets.cyclic import contradicts
from usid_lab.widgets.forms import Badge, Component, Dim
from usid_lab.widgets.titles import data_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from usid_lab.model.layout import Layout

_WIDEST_SAMPLE = 0.1  # metres; no microscope scans more
_NARROWEST_SAMPLE = 1e-12  # metres; a hundredth of an atom

_LAYOUTS = {
    "shuffled": Badge(
        "rows out of order",
        "The rows are not stored in raster order; each is drawn at its place.",
    ),
    "incomplete": Badge(
        "incomplete grid",
        "Some places of the grid were never measured; they are drawn as gaps.",
        "warning",
    ),
    "sparse": Badge(
        "scattered positions",
        "The positions form no grid; each is drawn as a point at its place.",
    ),
}


def badges_of(
    layout: Layout, dims: Sequence[Dim], components: Sequence[Component]
) -> tuple[Badge, ...]:
    """All remarks about a dataset.

    Parameters
    ----------
    layout : Layout
    dims : sequence of Dim
    components : sequence of Component
        With their samples.

    Returns
    -------
    tuple of Badge
    """
    kind = str(layout.kind)
    found = [_LAYOUTS[kind]] if kind in _LAYOUTS else []
    found.extend(_by_index(label) for label in layout.dependent)
    found.extend(_units(components))
    found.extend(_widths(dims))
    return tuple(found)


def _by_index(label: str) -> Badge:
    detail = (
        f"The values of {label} differ with the other dimensions, so that no axis can "
        "bear them all: it is drawn over its index, from 0."
    )
    return Badge(f"{label} by index", detail, "warning")


def _units(components: Sequence[Component]) -> Iterator[Badge]:
    for part in components:
        if part.period is not None:
            looks = contradicts(part.units, part.period)
            if looks is not None:
                text = f"the file says {part.units}; the values look like {looks}"
                yield Badge(
                    text, f"Units of {part.label}. Nothing was changed.", "warning"
                )
        elif part.limits is not None and _too_long(
            max(map(abs, part.limits)), part.units
        ):
            yield _implausible(part.label, max(map(abs, part.limits)), part.units)


def _widths(dims: Sequence[Dim]) -> Iterator[Badge]:
    for dim in dims:
        finite = dim.values[np.isfinite(dim.values)]
        span = float(np.ptp(finite)) if finite.size else 0.0
        if dim.spatial and _too_long(span, dim.units):
            yield _implausible(dim.name, span, dim.units)
        elif dim.spatial and _too_short(span, dim.units):
            text = f"the file says {dim.units}; the values look like m"
            yield Badge(text, f"Units of {dim.name}. Nothing was changed.", "warning")


def _too_long(value: float, units: str) -> bool:
    factor = length_factor(units)
    return factor is not None and value * factor > _WIDEST_SAMPLE


def _too_short(value: float, units: str) -> bool:
    """Whether metres were written beside the name of a smaller unit."""
    factor = length_factor(units)
    if factor is None or factor == 1 or value <= 0:
        return False
    plausible = 1e-10 <= value <= _WIDEST_SAMPLE
    return plausible and value * factor < _NARROWEST_SAMPLE


def _implausible(name: str, value: float, units: str) -> Badge:
    number, unit = data_value(value, units)
    text = f"{name}: the file says {number} {unit}; are the units right?"
    return Badge(text, "Lengths under a microscope are smaller.", "warning")
