"""The frames of the panels: map, curve, and the pictures of a whole channel set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.channels import (
    MOST_DRAWN,
    can_stack,
    is_recorded_axis,
    sweep_partners,
)
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.forms import Channel, Frame, GridItem
from usid_lab.widgets.maps import map_axes, read_map
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.shelf import Shelf

Watched = tuple[Channel, Watch]


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


def is_stack(known: Described, view: ViewState) -> bool:
    """Whether a view shows curves of a whole channel set, one above the other.

    Parameters
    ----------
    known : Described
        The dataset of the view.
    view : ViewState

    Returns
    -------
    bool
    """
    channels = known.description.channels
    return view.channels == "all" and can_stack(known.subject, view, channels)


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
    channels = known.description.channels[:MOST_DRAWN]
    share = 1 / max(1, len(channels))
    watched = [
        (channel, watch.share(number * share, share))
        for number, channel in enumerate(channels)
    ]
    read = _maps if map_axes(known.subject, view) else _stack
    return read(shelf, watched, view)


def _maps(shelf: Shelf, channels: Sequence[Watched], view: ViewState) -> Frame:
    items = []
    for channel, watch in channels:
        subject = shelf.take(channel.path, watch).subject
        part = _part(subject, view)
        drawn = read_map(subject, part, view, watch).map
        items.append(replace(_item(channel, part), map=drawn))
    return Frame(grid=tuple(items))


def _stack(shelf: Shelf, channels: Sequence[Watched], view: ViewState) -> Frame:
    """Curves in the order of the file; an axis recorded as data comes last."""
    ranked, names = [], None
    for channel, watch in channels:
        subject = shelf.take(channel.path, watch).subject
        part = _part(subject, view)
        frame = read_curve(subject, part, view, watch)
        names = frame.curve_names
        item = replace(_item(channel, part), curve=frame.curve)
        ranked.append((is_recorded_axis(subject, watch), item))
    ranked.sort(key=lambda pair: pair[0])
    return Frame(grid=tuple(item for _, item in ranked), curve_names=names)


def _item(channel: Channel, part: Part) -> GridItem:
    return GridItem(channel.path, channel.label, part.units, part.period)
