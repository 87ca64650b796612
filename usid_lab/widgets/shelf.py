"""The datasets that a viewer has looked at, few of them in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from usid_lab.widgets.maps import map_axes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Frame
    from usid_lab.widgets.sights import Sight
    from usid_lab.widgets.subject import Subject, Watch

MOST_KEPT = 12
MOST_BYTES = 96 * 10**6


class Shelf:
    """Keeps what is known of datasets, and some values of theirs.

    Parameters
    ----------
    look : callable
        Looks at the dataset of a path, while somebody watches.
    ready : callable
        Makes the dataset of a path ready, and reads nothing.
    """

    def __init__(
        self,
        look: Callable[[str, Watch], Described],
        ready: Callable[[str], Subject],
    ) -> None:
        self._look = look
        self._ready = ready
        self._unseen: dict[str, Subject] = {}
        self._known: OrderedDict[str, Described] = OrderedDict()
        # The map that was read to find the first cursor; one only, for its size.
        self._drawn: tuple[str, Frame] | None = None

    @property
    def files(self) -> set[Path]:
        """The files that the datasets are in."""
        # Copied at once: it is asked for in another thread.
        known = [known.subject for known in list(self._known.values())]
        ready = list(self._unseen.values())
        return {subject.source.file_path for subject in known + ready}

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._unseen.clear()
        self._drawn = None

    def known(self, path: str) -> Described | None:
        """Return what is known of a dataset; reads nothing."""
        return self._known.get(path)

    def take(self, path: str, watch: Watch) -> Described:
        """Return what is known of a dataset; looks at it if need be.

        Parameters
        ----------
        path : str
        watch : Watch

        Returns
        -------
        Described
        """
        if path not in self._known:
            found = self._look(path, watch)
            self._drawn = None if found.map is None else (path, found.map)
            self._known[path] = replace(found, map=None)
            self._unseen.pop(path, None)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(path)
        return self._known[path]

    def subject(self, path: str) -> Subject:
        """Return a dataset ready to be read, whether anybody looked at it or not.

        Parameters
        ----------
        path : str

        Returns
        -------
        Subject
            Where nobody did, without what only its values tell: the periods of phases.
        """
        if path in self._known:
            return self._known[path].subject
        if path not in self._unseen:
            self._unseen[path] = self._ready(path)
        return self._unseen[path]

    def drawn(
        self, known: Described, view: ViewState, sight: Sight | None = None
    ) -> Frame | None:
        """Return the map of a view, if it was read already.

        Parameters
        ----------
        known : Described
        view : ViewState
        sight : Sight, optional
            What there is room for: then only a map of all pixels will do.

        Returns
        -------
        Frame or None
        """
        if self._drawn is None or self._drawn[0] != view.dataset:
            return None
        frame = self._drawn[1] if _same_map(known, view) else None
        if frame is None or (sight is not None and frame.reduced is not None):
            return None
        return frame

    def keep_near(self, path: str, watch: Watch) -> None:
        """Bring a small dataset into memory, in the place of older ones.

        Of a large one is found out what reads will need.

        Parameters
        ----------
        path : str
        watch : Watch
        """
        known = self._known.get(path)
        if known is None:
            return
        reader = known.subject.reader
        if reader.nbytes <= MOST_BYTES:
            self._make_room(known)
            reader.make_resident(watch.stop)
        else:
            reader.get_ready(watch.stop)

    def _make_room(self, wanted: Described) -> None:
        held = wanted.subject.reader.nbytes
        for path, known in reversed(self._known.items()):
            reader = known.subject.reader
            if known is wanted or not reader.is_resident:
                continue
            held += reader.nbytes
            if held > MOST_BYTES:
                self._known[path] = replace(known, subject=replace(known.subject))


def _same_map(known: Described, view: ViewState) -> bool:
    """Whether the view's map is that of the view in which the dataset opens."""
    first = known.description.view
    axes = map_axes(known.subject, view)
    if axes != map_axes(known.subject, first):
        return False
    told = [(v.component, v.band, v.curve) for v in (view, first)]
    fixed = [{d: i for d, i in v.index.items() if d not in axes} for v in (view, first)]
    return told[0] == told[1] and fixed[0] == fixed[1]
