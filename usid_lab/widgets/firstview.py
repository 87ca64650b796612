"""The view in which a dataset opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.view import Contrast, ViewState
from usid_lab.widgets.maps import map_axes
from usid_lab.widgets.sampling import Sample, liveliest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from usid_lab.widgets.forms import Component, Dim, Floats, Singles
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.roles import Roles
    from usid_lab.widgets.subject import Subject

# Up to here a dim is a choice, and its first value a good start.
_CHOICE = 4


def first_view(
    subject: Subject, roles: Roles, component: Component, sample: Sample | None
) -> ViewState:
    """Return the view before the cursor has found a valid pixel.

    Parameters
    ----------
    subject : Subject
    roles : Roles
    component : Component
        The one that is shown.
    sample : Sample, optional
        Tells where the data vary most over positions.

    Returns
    -------
    ViewState
    """
    part = subject.part(component.name) or subject.parts[0]
    index = {dim.name: _start(dim, roles) for dim in subject.dims}
    index |= _lively(subject, roles, part, sample)
    return ViewState(
        dataset=subject.source.path,
        x=roles.x,
        y=roles.y,
        curve=roles.curve,
        overlay=roles.overlay,
        index=index,
        component=component.name,
        contrast=Contrast(limits=component.limits),
    )


def _start(dim: Dim, roles: Roles) -> int:
    if dim.name in (roles.x, roles.y, roles.curve) or dim.spatial:
        return dim.size // 2
    # Components and clusters are numbered by weight: the first one matters.
    counted = dim.side == "position"
    return 0 if counted or dim.size <= _CHOICE else dim.size // 2


def _lively(
    subject: Subject, roles: Roles, part: Part, sample: Sample | None
) -> Mapping[str, int]:
    """Return the marker, and the sliders with it, where the data vary most."""
    if sample is None:
        return {}
    free = [
        name
        for name in sample.picks
        if name == roles.curve or subject.sizes[name] > _CHOICE
    ]
    return liveliest(sample, part, free) or {}


def centred(subject: Subject, view: ViewState, drawn: Singles) -> ViewState:
    """Return the view with its cursor on the valid pixel nearest the centre.

    Parameters
    ----------
    subject : Subject
    view : ViewState
    drawn : ndarray of float32, shape (y, x) or (points,)
        Its map.

    Returns
    -------
    ViewState
    """
    axes = map_axes(subject, view)
    middle = tuple(size // 2 for size in drawn.shape)
    if subject.points is None and np.isfinite(drawn[middle]):
        place: tuple[int, ...] = middle
    else:
        valid = np.argwhere(np.isfinite(drawn))
        far = _from_centre(subject, drawn.shape, valid)
        place = tuple(valid[np.argmin(far)].tolist()) if len(valid) else middle
    # In a position x curve image x is the curve axis: the marker knows better.
    cursor = {d: i for d, i in zip(axes, place, strict=True) if d != view.curve}
    return replace(view, index=dict(view.index) | cursor)


def _from_centre(
    subject: Subject, shape: tuple[int, ...], valid: npt.NDArray[np.intp]
) -> Floats:
    """Return the distances of places from the centre, in pixels or extents."""
    points = subject.points
    if points is None:
        x, y = (valid - np.array(shape) // 2).T
    else:
        x, y = (_off_centre(of)[valid[:, 0]] for of in (points.x, points.y))
    distances: Floats = np.hypot(x, y)
    return distances


def _off_centre(values: Floats) -> Floats:
    finite = values[np.isfinite(values)]
    low, high = finite.min(initial=np.inf), finite.max(initial=-np.inf)
    off = np.full(values.shape, np.inf)
    np.divide(
        values - (low + high) / 2,
        (high - low) or 1.0,
        out=off,
        where=np.isfinite(values),
    )
    return off
