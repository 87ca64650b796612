"""The datasets that a viewer has looked at, few of them in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from usid_lab.widgets.maps import map_axes

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Frame
    from usid_lab.widgets.subject import Watch

MOST_KEPT = 12
MOST_BYTES = 96 * 10**6


class Shelf:
    """Keeps what is known of datasets, and some values of theirs.

    Parameters
    ----------
    look : callable
        Looks at the dataset of a path, while somebody watches.
    """

    def __init__(self, look: Callable[[str, Watch], Described]) -> None:
        self._look = look
        self._known: OrderedDict[str, Described] = OrderedDict()
        # The map that was read to find the first cursor; one only, for its size.
        self._drawn: tuple[str, Frame] | None = None

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
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
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(path)
        return self._known[path]

    def drawn(self, known: Described, view: ViewState) -> Frame | None:
        """Return the map of a view, if it was read already.

        Parameters
        ----------
        known : Described
        view : ViewState

        Returns
        -------
        Frame or None
        """
        if self._drawn is None or self._drawn[0] != view.dataset:
            return None
        return self._drawn[1] if _same_map(known, view) else None

    def keep_near(self, path: str, watch: Watch) -> None:
        """Bring a small dataset into memory, in the place of older ones.

        Parameters
        ----------
        path : str
        watch : Watch
        """
        known = self._known.get(path)
        if known is not None and known.subject.reader.nbytes <= MOST_BYTES:
            self._make_room(known)
            known.subject.reader.make_resident(watch.stop)

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
