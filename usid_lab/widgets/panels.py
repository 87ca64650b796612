"""The frames of the panels: map, curve, and the pictures of a whole channel set."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.channels import (
    MOST_DRAWN,
    can_stack,
    is_recorded_axis,
    sweep_partners,
)
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.forms import Channel, Frame, GridItem, Probed
from usid_lab.widgets.maps import map_axes
from usid_lab.widgets.overviews import map_frame, pixel_value
from usid_lab.widgets.packing import packed
from usid_lab.widgets.sights import Sight
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Limits
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.shelf import Shelf

Watched = tuple[Channel, Watch]

_CELL = (400, 400)  # pixels of the screen that a map among many has


def panel_frame(
    shelf: Shelf,
    slot: str,
    view: ViewState,
    watch: Watch = UNWATCHED,
    sight: Sight | None = None,
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
    sight : Sight, optional
        What there is room for on the screen, of each map.

    Returns
    -------
    Frame
    """
    known = shelf.take(view.dataset, watch)
    if slot == "curve":
        return _curve(shelf, known, view, watch)
    read = {"map": _map, "grid": _grid}[slot]
    return read(shelf, known, view, watch, sight)


def probe(shelf: Shelf, view: ViewState, watch: Watch = UNWATCHED) -> Probed:
    """Read the exact values of a map at the cursor, as the file has them.

    Parameters
    ----------
    shelf : Shelf
    view : ViewState
        It fits its dataset and has a map.
    watch : Watch

    Returns
    -------
    Probed
        Of every channel where all are shown.
    """
    known = shelf.take(view.dataset, watch)
    paths = [view.dataset]
    if view.channels == "all":
        paths = [c.path for c in known.description.channels[:MOST_DRAWN]]
    subjects = [shelf.take(path, watch).subject for path in paths]
    values = [pixel_value(s, _part(s, view), view, watch) for s in subjects]
    return Probed(np.array(values, np.float64))


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


def _map(
    shelf: Shelf,
    known: Described,
    view: ViewState,
    watch: Watch,
    sight: Sight | None,
) -> Frame:
    subject = known.subject
    if not map_axes(subject, view):
        return Frame()
    drawn = shelf.drawn(known, view)
    if drawn is not None and (sight is None or drawn.reduced is None):
        return drawn
    part = _part(subject, view)
    frame = map_frame(subject, part, view, watch, sight)
    return frame if sight is None or sight.fine else packed(frame, _ends(part, view))


def _ends(part: Part, view: ViewState) -> Limits | None:
    """Return the values between which the colours of a map change, if known."""
    if part.categorical:
        return None
    return view.contrast.limits if part.period is None else (0, part.period)


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
    part = 1 / len(channels)
    for number, channel in enumerate(channels):
        subject = shelf.take(channel.path, UNWATCHED).subject
        share = watch.share(number * part, part)
        frame = read_curve(subject, _part(subject, view), view, share)
        if frame.curve is not None:
            curves.append(frame.curve)
    names = tuple(channel.label for channel in channels)
    return Frame(curve=np.concatenate(curves), curve_names=names)


def _grid(
    shelf: Shelf,
    known: Described,
    view: ViewState,
    watch: Watch,
    sight: Sight | None,
) -> Frame:
    channels = known.description.channels[:MOST_DRAWN]
    share = 1 / max(1, len(channels))
    watched = [
        (channel, watch.told(number * share, share))
        for number, channel in enumerate(channels)
    ]
    if not map_axes(known.subject, view):
        return _stack(shelf, watched, view)
    # Their cells are not refined later on.
    return _maps(shelf, watched, view, sight or Sight(_CELL, fine=True))


def _maps(
    shelf: Shelf,
    channels: Sequence[Watched],
    view: ViewState,
    sight: Sight | None,
) -> Frame:
    subjects = [shelf.take(channel.path, watch).subject for channel, watch in channels]
    parts = [_part(subject, view) for subject in subjects]
    pairs = zip(channels, parts, strict=True)
    frame = Frame(grid=tuple(_item(channel, part) for (channel, _), part in pairs))
    for number, (_, watch) in enumerate(channels):
        filled = partial(_with_map, frame, number)
        subject, part = subjects[number], parts[number]
        drawn = map_frame(subject, part, view, watch.framed(filled), sight)
        frame = filled(drawn)
        watch.preview(partial(replace, frame))
    return frame


def _with_map(frame: Frame, number: int, drawn: Frame) -> Frame:
    """Put a map into its cell."""
    items = list(frame.grid or ())
    items[number] = replace(items[number], map=drawn.map, reduced=drawn.reduced)
    return replace(frame, grid=tuple(items))


def _stack(shelf: Shelf, channels: Sequence[Watched], view: ViewState) -> Frame:
    """Curves in the order of the file; an axis recorded as data comes last."""
    ranked, names = [], None
    for channel, whole in channels:
        watch = whole.share(0.0, 1.0)  # one curve of a stack is no picture
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
