"""What of a view survives a change of dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Dim


def carried(known: Described, last: Described | None, old: ViewState) -> ViewState:
    """Return a new dataset's view, with what it has in common with the last one.

    Parameters
    ----------
    known : Described
        The new dataset.
    last : Described, optional
        The dataset that was shown last, if anything is known of it.
    old : ViewState
        The view of the last one.

    Returns
    -------
    ViewState
        Cursor, marker and sliders on shared dims stay, and axes, zoom and flips
        where the drawn dims are shared; limits and colours of a shared quantity.
    """
    if last is None or not last.fits(old):
        return known.description.view
    same = {
        dim.name: dim.name in last.subject.sizes
        and _same_dim(dim, last.subject.dim(dim.name))
        for dim in known.subject.dims
    }
    ours, theirs = known.description, last.description
    alike = (ours.quantity, ours.units) == (theirs.quantity, theirs.units)
    return _kept(ours.view, old, same, alike)


def _kept(
    view: ViewState, old: ViewState, same: Mapping[str, bool], quantity_same: bool
) -> ViewState:
    """Keep what the old view says of dims, by name, that are the same in both."""
    shared = {name: old.index[name] for name, kept in same.items() if kept}
    view = replace(view, index=dict(view.index) | shared)
    if _drawn(view) == _drawn(old) and _all_same(view, same):
        view = replace(view, flip=old.flip, channels=old.channels, zoom=old.zoom)
    elif (view.x, view.y) == (old.x, old.y) and _axes_same(view, same):
        zoom = replace(view.zoom, map=old.zoom.map)
        # Without a map, two sets of curves have nothing in common here.
        channels = view.channels if view.x is None else old.channels
        view = replace(view, flip=old.flip, channels=channels, zoom=zoom)
    if view.curve is not None and view.curve == old.curve and same.get(view.curve):
        view = replace(view, band=old.band)
    if quantity_same and view.component == old.component:
        view = replace(view, contrast=old.contrast, colormap=old.colormap)
    return view


def _drawn(view: ViewState) -> tuple[str | None, ...]:
    return view.x, view.y, view.curve


def _axes_same(view: ViewState, same: Mapping[str, bool]) -> bool:
    return all(same.get(dim, False) for dim in (view.x, view.y) if dim is not None)


def _all_same(view: ViewState, same: Mapping[str, bool]) -> bool:
    return all(same.get(dim, False) for dim in _drawn(view) if dim is not None)


def _same_dim(one: Dim, other: Dim) -> bool:
    """Whether two dims are the same axis: units, side and every value."""
    alike = (one.units, one.side, one.size) == (other.units, other.side, other.size)
    return alike and np.array_equal(one.values, other.values, equal_nan=True)
