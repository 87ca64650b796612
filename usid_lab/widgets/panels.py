"""The frames of the panels: map, curve, and the pictures of a whole channel set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.channelframes import (
    maps_frame,
    part_of,
    stack_frame,
    sweeps_frame,
)
from usid_lab.widgets.channels import MOST_DRAWN, can_stack, sweep_partners
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.forms import Frame, Probed
from usid_lab.widgets.maps import map_axes
from usid_lab.widgets.overviews import map_frame, pixel_value
from usid_lab.widgets.packing import packed
from usid_lab.widgets.sights import Sight
from usid_lab.widgets.subject import UNWATCHED, Watch

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Limits
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.shelf import Shelf

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
    values = [pixel_value(s, part_of(s, view), view, watch) for s in subjects]
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
    drawn = shelf.drawn(known, view, sight)
    if drawn is not None:
        return drawn
    part = part_of(subject, view)
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
        return read_curve(subject, part_of(subject, view), view, watch)
    shown_first = sorted(partners, key=lambda c: c.path != view.dataset)
    return sweeps_frame(shelf, shown_first, view, watch)


def _grid(
    shelf: Shelf,
    known: Described,
    view: ViewState,
    watch: Watch,
    sight: Sight | None,
) -> Frame:
    channels = known.description.channels[:MOST_DRAWN]
    if not map_axes(known.subject, view):
        return stack_frame(shelf, channels, view, watch)
    # Their cells are not refined later on.
    room = sight or Sight(_CELL, fine=True)
    return maps_frame(shelf, channels, view, watch, room)
