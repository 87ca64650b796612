"""Who scrubs through the maps of a large dataset soon gets a sidecar of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from usid_lab.model.dimension import Side
from usid_lab.reading.planning.pieces import Storage
from usid_lab.reading.resident import MAX_RESIDENT
from usid_lab.reading.sidecars.beside import can_have
from usid_lab.reading.sidecars.builder import Builder
from usid_lab.reading.sidecars.folder import is_on
from usid_lab.reading.sidecars.turn import Turn
from usid_lab.widgets.maps import map_axes

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState
    from usid_lab.widgets.subject import Subject

_Kind = tuple[str, tuple[int, ...]]  # path, axes of the map
_ENOUGH = 4  # maps; whoever looks at fewer does not scrub


class Scrubbing:
    """Counts the maps that a viewer shows, and has a sidecar built in the background.

    Parameters
    ----------
    builder : Builder, optional
        What builds.
    """

    def __init__(self, builder: Builder | None = None) -> None:
        self._builder = builder
        self._seen: defaultdict[_Kind, set[object]] = defaultdict(set)
        self._closed = False
        self._lock = threading.Lock()

    def looked(self, subject: Subject, view: ViewState) -> None:
        """Take note of a map that was shown.

        Parameters
        ----------
        subject : Subject
        view : ViewState
        """
        inner = _inner(subject, view)
        if not is_on() or not _profits(subject, inner):
            return
        seen = self._seen[view.dataset, inner]
        if len(seen) < _ENOUGH:
            axes = enumerate(subject.source.layout.axes)
            fixed = [axis for number, axis in axes if number not in inner]
            names = [d.name for axis in fixed for d in axis.dimensions]
            seen.add((view.band, *(view.index[name] for name in names)))
        if len(seen) >= _ENOUGH:
            self._build(subject, inner)

    def close(self) -> None:
        """Build no more."""
        with self._lock:
            self._closed = True
            if self._builder is not None:
                self._builder.stop()

    def _build(self, subject: Subject, inner: tuple[int, ...]) -> None:
        with self._lock:
            if self._closed:
                return
            if self._builder is None:
                self._builder = Builder()
            self._builder.start(subject.source.brief(), inner)


def _inner(subject: Subject, view: ViewState) -> tuple[int, ...]:
    """Axes of the stored array that hold the dims of the map."""
    shown = map_axes(subject, view)
    return tuple(
        number
        for number, axis in enumerate(subject.source.layout.axes)
        if any(dimension.name in shown for dimension in axis.dimensions)
    )


def _profits(subject: Subject, inner: tuple[int, ...]) -> bool:
    """Whether the values of a map lie so far apart that a copy has them sooner."""
    source = subject.source
    if source.permission is not None or subject.reader.nbytes <= MAX_RESIDENT:
        return False
    axes = [source.layout.axes[number] for number in inner]
    if any(d.side is Side.SPECTROSCOPIC for axis in axes for d in axis.dimensions):
        return False  # the pixels of a detector lie beside each other
    if not can_have(source.shape, source.dtype, inner):
        return False
    turn = Turn(source.shape, inner)
    storage = Storage(source.shape, source.dtype.itemsize, source.chunks)
    return turn.gains(storage, turn.map)
