"""Which dim is drawn where when a dataset opens."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usid_lab.widgets.dims import runs_across, runs_down

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usid_lab.widgets.forms import Dim

MOST_OVERLAID = 12
_LONG = 8  # a curve axis
_SHORT = 5  # below it, values stand in a table
_SWEEP = re.compile(r"direction|sweep|trace", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the drawn dims; every other dim has a slider.

    `x` is `curve` in a position x curve image.
    """

    x: str | None = None
    y: str | None = None
    curve: str | None = None
    overlay: str | None = None


def first_roles(dims: Sequence[Dim], points: str | None = None) -> Roles:
    """Return the roles in which a dataset opens.

    Parameters
    ----------
    dims : sequence of Dim
        Canonical order: positions slow to fast, then spectroscopic.
    points : str, optional
        The dim that numbers scattered positions; it is drawn as the map.

    Returns
    -------
    Roles
    """
    drawable = [dim for dim in dims if dim.size > 1 and dim.name != points]
    if any(dim.side == "array" for dim in dims):
        return _array_roles(drawable)
    positions = [dim for dim in drawable if dim.side == "position"]
    spectra = [dim for dim in drawable if dim.side == "spectroscopic"]
    roles = Roles(curve=curve_axis(spectra))
    if points is None:
        roles = _placed(roles, positions)
    return _sweeps_overlaid(roles, spectra)


def curve_axis(spectra: Sequence[Dim]) -> str | None:
    """Return the fastest dim of at least 8 values, else the longest; None for a table.

    Parameters
    ----------
    spectra : sequence of Dim
        Slow to fast.

    Returns
    -------
    str or None
    """
    long = [dim for dim in spectra if dim.size >= _LONG]
    if long:
        return long[-1].name
    longest = max(spectra, key=lambda dim: dim.size, default=None)
    return longest.name if longest is not None and longest.size >= _SHORT else None


def _placed(roles: Roles, positions: Sequence[Dim]) -> Roles:
    spatial = [dim for dim in positions if dim.spatial]
    if len(spatial) >= 2:
        x, y = _map_axes(spatial)
        return replace(roles, x=x, y=y)
    if len(spatial) == 1 and roles.curve is not None:
        return replace(roles, x=roles.curve, y=spatial[0].name)
    return _without_map(roles, positions)


def _without_map(roles: Roles, positions: Sequence[Dim]) -> Roles:
    if roles.curve is None:
        return replace(roles, curve=curve_axis(positions))
    family = [dim for dim in positions if dim.size <= MOST_OVERLAID]
    return replace(roles, overlay=family[-1].name) if family else roles


def _map_axes(spatial: Sequence[Dim]) -> tuple[str, str]:
    """X lies horizontally whatever the order in the file; the last dim is fastest."""
    by_speed = spatial[::-1]
    x = next((d for d in by_speed if runs_across(d)), None)
    if x is None:
        x = next((d for d in by_speed if not runs_down(d)), by_speed[0])
    rest = [dim for dim in by_speed if dim is not x]
    y = next((dim for dim in rest if runs_down(dim)), rest[0])
    return x.name, y.name


def _sweeps_overlaid(roles: Roles, spectra: Sequence[Dim]) -> Roles:
    """Forward and backward belong into one picture."""
    if roles.curve is None or roles.overlay is not None:
        return roles
    sweeps = [d for d in spectra if d.size <= 4 and _SWEEP.search(d.name)]
    return replace(roles, overlay=sweeps[-1].name) if sweeps else roles


def _array_roles(drawable: Sequence[Dim]) -> Roles:
    if len(drawable) < 2:
        return Roles(curve=drawable[0].name) if drawable else Roles()
    spatial = [dim for dim in drawable if dim.spatial]
    x, y = (
        _map_axes(spatial)
        if len(spatial) >= 2
        else (drawable[-1].name, drawable[-2].name)
    )
    rest = [dim for dim in drawable if dim.name not in (x, y) and dim.size >= _LONG]
    curve = max(rest, key=lambda dim: dim.size, default=None)
    return Roles(x=x, y=y, curve=None if curve is None else curve.name)
