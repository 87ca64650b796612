"""The frames of the panels: map, curve, and the maps of a whole channel set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.channels import sweep_partners
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.forms import Channel, Frame, GridMap
from usid_lab.widgets.maps import map_axes, read_map
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.shelf import Shelf

MOST_MAPS = 9


def panel_frame(
    shelf: Shelf, slot: str, view: ViewState, watch: Watch = UNWATCHED
) -> Frame:
    """Read the values of one panel.

    Parameters
    ----------
    shelf : Shelf
        Knows the datasets.
    slot : {"map", "curve", "grid"}
    view : ViewState
        It fits its dataset.
    watch : Watch

    Returns
    -------
    Frame
    """
    known = shelf.take(view.dataset, watch)
    readers = {"map": _map, "curve": _curve, "grid": _grid}
    return readers[slot](shelf, known, view, watch)


def _part(subject: Subject, view: ViewState) -> Part:
    """Return the component of the view, or the first one of another channel."""
    return subject.part(view.component) or subject.parts[0]


def _map(shelf: Shelf, known: Described, view: ViewState, watch: Watch) -> Frame:
    subject = known.subject
    if not map_axes(subject, view):
        return Frame()
    drawn = shelf.drawn(known, view)
    return drawn or read_map(subject, _part(subject, view), view, watch)


def _curve(shelf: Shelf, known: Described, view: ViewState, watch: Watch) -> Frame:
    subject = known.subject
    partners = sweep_partners(known.description.channels, view.dataset)
    if view.curve is None or view.overlay is not None or not partners:
        return read_curve(subject, _part(subject, view), view, watch)
    shown_first = sorted(partners, key=lambda c: c.path != view.dataset)
    return _sweeps(shelf, shown_first, view, watch)


def _sweeps(
    shelf: Shelf, channels: Sequence[Channel], view: ViewState, watch: Watch
) -> Frame:
    """Forward and backward in one picture."""
    curves = []
    for channel in channels:
        subject = shelf.take(channel.path, UNWATCHED).subject
        frame = read_curve(subject, _part(subject, view), view, watch)
        if frame.curve is not None:
            curves.append(frame.curve)
    names = tuple(channel.label for channel in channels)
    return Frame(curve=np.concatenate(curves), curve_names=names)


def _grid(shelf: Shelf, known: Described, view: ViewState, watch: Watch) -> Frame:
    channels = known.description.channels[:MOST_MAPS]
    share = 1 / max(1, len(channels))
    cells = []
    for number, channel in enumerate(channels):
        subject = shelf.take(channel.path, watch).subject
        part = _part(subject, view)
        drawn = read_map(subject, part, view, watch.share(number * share, share)).map
        if drawn is not None:
            cell = GridMap(channel.path, channel.label, part.units, part.period, drawn)
            cells.append(cell)
    return Frame(grid=tuple(cells))
