"""Channel sets: raw datasets that were measured together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import UsidError
from usid_lab.widgets.forms import Channel
from usid_lab.widgets.maps import map_axes
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from usid_lab.dataset import USIDataset
    from usid_lab.file import USIDFile
    from usid_lab.model.contents import Node
    from usid_lab.model.view import ChannelMode, ViewState

MOST = 32
MOST_DRAWN = 9
_LOOKED_AT = 64  # values of a curve, evenly spread: it may be long
_AXIS_TOLERANCE = 0.01  # of the axis' span: sensor and drive differ a little
_SWEEP = re.compile(
    r"forwards?|backwards?|fwd|bwd|retrace|trace|approach|retract", re.IGNORECASE
)


def channel_set(
    file: USIDFile, chosen: USIDataset, raw: Iterable[Node]
) -> tuple[Channel, ...]:
    """Return the raw Mains that share positions and spectroscopic values.

    Parameters
    ----------
    file : USIDFile
    chosen : USIDataset
        The dataset that is shown.
    raw : iterable of Node
        Raw Mains of the file.

    Returns
    -------
    tuple of Channel
        In the order of the file, the chosen one included; empty if it is alone.
    """
    alike = [node for node in raw if node.shape == chosen.shape][:MOST]
    if chosen.path not in [node.path for node in alike]:
        return ()
    members = [d for node in alike if (d := _opened(file, node.path)) is not None]
    together = [d for d in members if _keys(d) == _keys(chosen)]
    return _named(together) if len(together) > 1 else ()


def _opened(file: USIDFile, path: str) -> USIDataset | None:
    try:
        return file.dataset(path)
    except UsidError:
        return None


def _keys(dataset: USIDataset) -> tuple[object, object]:
    return dataset.position_key, dataset.spectroscopic_key


def _named(members: Sequence[USIDataset]) -> tuple[Channel, ...]:
    """By quantity; where two share one, by their place in the file."""
    quantities = [d.quantity or d.name for d in members]
    return tuple(Channel(d.path, _label(d, quantities), d.units) for d in members)


def _label(dataset: USIDataset, quantities: Sequence[str]) -> str:
    quantity = dataset.quantity or dataset.name
    if quantities.count(quantity) == 1:
        return quantity
    parent = dataset.path.rsplit("/", 2)[-2]
    return f"{quantity} ({parent})" if parent else quantity


def is_recorded_axis(subject: Subject, watch: Watch = UNWATCHED) -> bool:
    """Whether the data are the axis of their own curve.

    Parameters
    ----------
    subject : Subject
    watch : Watch

    Returns
    -------
    bool
        The spectrum of the first position equals the spectroscopic values, as far as
        is looked at.
    """
    spectra = [d for d in subject.dims if d.side == "spectroscopic" and d.size > 1]
    if len(spectra) != 1 or subject.source.dtype.kind not in "iuf":
        return False
    axis = spectra[0]
    looked = np.linspace(0, axis.size - 1, min(axis.size, _LOOKED_AT)).astype(np.int64)
    first = {d.name: looked if d is axis else 0 for d in subject.dims}
    apart = np.abs(subject.read(first, watch).astype(np.float64) - axis.values[looked])
    return bool((apart <= _AXIS_TOLERANCE * np.ptp(axis.values)).all())


def can_stack(subject: Subject, view: ViewState, channels: Sequence[Channel]) -> bool:
    """Whether the curves of a channel set can stand one above the other.

    Parameters
    ----------
    subject : Subject
        One of the set.
    view : ViewState
    channels : sequence of Channel

    Returns
    -------
    bool
        There is a curve axis, no map, and a set of two to nine.
    """
    alone = view.curve is not None and not map_axes(subject, view)
    return alone and 1 < len(channels) <= MOST_DRAWN


def first_mode(
    subject: Subject, view: ViewState, channels: Sequence[Channel]
) -> ChannelMode:
    """Return how much of its channel set a dataset shows when it opens.

    Parameters
    ----------
    subject : Subject
    view : ViewState
        Its first view.
    channels : sequence of Channel

    Returns
    -------
    {"one", "all"}
        All where they can be stacked; directions of one sweep already share a plot.
    """
    one_sweep = len(sweep_partners(channels, view.dataset)) == len(channels)
    return "all" if can_stack(subject, view, channels) and not one_sweep else "one"


def sweep_partners(channels: Sequence[Channel], path: str) -> tuple[Channel, ...]:
    """Return the directions of one sweep that are recorded as channels of their own.

    Parameters
    ----------
    channels : sequence of Channel
    path : str
        Of the channel that is shown.

    Returns
    -------
    tuple of Channel
        "Current forward" and "Current backward", the shown one included; empty
        where it has no partner.
    """
    shown = next((c for c in channels if c.path == path), None)
    if shown is None or not _SWEEP.search(shown.label):
        return ()
    stem = _stem(shown)
    partners = [c for c in channels if _SWEEP.search(c.label) and _stem(c) == stem]
    return tuple(partners) if len(partners) > 1 else ()


def _stem(channel: Channel) -> tuple[str, str]:
    return _SWEEP.sub("", channel.label).strip(" _-()"), channel.units
