"""Who scrubs through the maps of a large dataset soon gets a sidecar of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from usid_lab.reading.resident import MAX_RESIDENT
from usid_lab.reading.sidecars.beside import can_have
from usid_lab.reading.sidecars.builder import Builder
from usid_lab.reading.sidecars.folder import is_on
from usid_lab.widgets.maps import map_axes

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState
    from usid_lab.widgets.subject import Subject

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
        self._seen: defaultdict[str, set[object]] = defaultdict(set)
        self._closed = False
        self._lock = threading.Lock()

    def looked(self, subject: Subject, view: ViewState) -> None:
        """Take note of a map that was shown.

        Parameters
        ----------
        subject : Subject
        view : ViewState
        """
        if not is_on() or not _profits(subject, view):
            return
        fixed = [d for d in subject.dims if d.side == "spectroscopic"]
        seen = self._seen[view.dataset]
        if len(seen) < _ENOUGH:
            seen.add((view.band, *(view.index[dim.name] for dim in fixed)))
        if len(seen) >= _ENOUGH:
            self._build(subject)

    def close(self) -> None:
        """Build no more."""
        with self._lock:
            self._closed = True
            if self._builder is not None:
                self._builder.stop()

    def _build(self, subject: Subject) -> None:
        with self._lock:
            if self._closed:
                return
            if self._builder is None:
                self._builder = Builder()
            self._builder.start(subject.source.brief())


def _profits(subject: Subject, view: ViewState) -> bool:
    """Whether a map takes one value of each of very many spectra."""
    axes = map_axes(subject, view)
    source = subject.source
    return (
        bool(axes)
        and source.permission is None
        and all(subject.dim(name).side == "position" for name in axes)
        and can_have(source.shape, source.dtype)
        and subject.reader.nbytes > MAX_RESIDENT
    )
