"""Frames of several channels: their maps, their curves, the directions of a sweep.

Each channel has its place before anything of it is read, so that nothing moves while
they come one after the other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from usid_lab.widgets.channels import is_recorded_axis
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.forms import Frame, GridItem
from usid_lab.widgets.overviews import map_frame
from usid_lab.widgets.streaming import so_far

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.forms import Channel, Singles
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.shelf import Shelf
    from usid_lab.widgets.sights import Sight
    from usid_lab.widgets.subject import Subject, Watch

    Put = Callable[[Part, Frame], Frame]

_LOOKING = 0.5  # of the time of a map, for one whose dataset is not known yet
_RANKING = 0.1  # of the time of all curves, to find their order


def part_of(subject: Subject, view: ViewState) -> Part:
    """Return the component of the view, or the first one of another channel.

    Parameters
    ----------
    subject : Subject
    view : ViewState

    Returns
    -------
    Part
    """
    return subject.part(view.component) or subject.parts[0]


def maps_frame(
    shelf: Shelf,
    channels: Sequence[Channel],
    view: ViewState,
    watch: Watch,
    sight: Sight,
) -> Frame:
    """Read the maps of a channel set.

    Parameters
    ----------
    shelf : Shelf
    channels : sequence of Channel
    view : ViewState
        It has a map.
    watch : Watch
    sight : Sight
        What each of them has room for.

    Returns
    -------
    Frame
        With `grid`.
    """

    def draw(path: str, put: Put, watch: Watch) -> Frame:
        looking = 0.0 if shelf.known(path) else _LOOKING
        known = shelf.take(path, watch.share(0.0, looking))
        subject, part = known.subject, part_of(known.subject, view)
        its = replace(view, dataset=path, component=part.name)
        drawn = shelf.drawn(known, its, sight)
        if drawn is None:
            rest = watch.told(looking, 1 - looking).framed(partial(put, part))
            drawn = map_frame(subject, part, view, rest, sight)
        return put(part, drawn)

    return _gathered([_item(channel) for channel in channels], draw, watch)


def stack_frame(
    shelf: Shelf, channels: Sequence[Channel], view: ViewState, watch: Watch
) -> Frame:
    """Read the curves of a channel set, in the order in which they stand.

    Parameters
    ----------
    shelf : Shelf
    channels : sequence of Channel
    view : ViewState
        It has a curve axis and no map.
    watch : Watch

    Returns
    -------
    Frame
        With `grid`, in the order of the file; an axis recorded as data comes last.
    """

    def draw(path: str, put: Put, watch: Watch) -> Frame:
        subject = shelf.subject(path)
        part = part_of(subject, view)
        seen = watch.framed(partial(put, part))
        return put(part, read_curve(subject, part, view, seen))

    ranked = _ranked(shelf, channels, watch.share(0.0, _RANKING))
    items = [_item(channel) for channel in ranked]
    return _gathered(items, draw, watch.told(_RANKING, 1 - _RANKING))


def sweeps_frame(
    shelf: Shelf, channels: Sequence[Channel], view: ViewState, watch: Watch
) -> Frame:
    """Read the directions of one sweep, in one picture.

    Parameters
    ----------
    shelf : Shelf
    channels : sequence of Channel
    view : ViewState
        It has a curve axis and no family of curves.
    watch : Watch

    Returns
    -------
    Frame
        With `curve` and `curve_names`.
    """
    names = tuple(channel.label for channel in channels)
    come: list[Singles] = []

    def together(drawn: Frame) -> Frame:
        known = come if drawn.curve is None else [*come, drawn.curve]
        curves = cast("Singles", so_far(known, len(names)))
        return Frame(curve=curves, curve_names=names)

    share = 1 / len(channels)
    frame = Frame()
    for number, channel in enumerate(channels):
        subject = shelf.subject(channel.path)
        seen = watch.told(number * share, share).framed(together)
        drawn = read_curve(subject, part_of(subject, view), view, seen)
        frame = together(drawn)
        if drawn.curve is not None:
            come.append(drawn.curve)
    return frame


def _item(channel: Channel) -> GridItem:
    return GridItem(channel.path, channel.label, channel.units, None)


def _gathered(
    items: Sequence[GridItem],
    draw: Callable[[str, Put, Watch], Frame],
    watch: Watch,
) -> Frame:
    """Fill the places one after the other, and show those that are filled."""
    share = 1 / max(1, len(items))
    frame = Frame(grid=tuple(items))
    for number, item in enumerate(items):
        watch.preview(partial(replace, frame))
        put = partial(_with, frame, number)
        frame = draw(item.path, put, watch.told(number * share, share))
    return frame


def _with(frame: Frame, number: int, part: Part, drawn: Frame) -> Frame:
    """Put what was drawn of a channel into its place."""
    items = list(frame.grid or ())
    items[number] = replace(
        items[number],
        units=part.units,
        period=part.period,
        map=drawn.map,
        curve=drawn.curve,
        reduced=drawn.reduced,
    )
    names = drawn.curve_names or frame.curve_names
    return replace(frame, grid=tuple(items), curve_names=names)


def _ranked(
    shelf: Shelf, channels: Sequence[Channel], watch: Watch
) -> Sequence[Channel]:
    """Order channels before they are read: what is an axis is seen by a few values."""
    share = 1 / max(1, len(channels))
    axes = {
        channel.path: is_recorded_axis(
            shelf.subject(channel.path), watch.told(number * share, share)
        )
        for number, channel in enumerate(channels)
    }
    return sorted(channels, key=lambda channel: axes[channel.path])
