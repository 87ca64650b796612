"""Frames for who asks, and those that they will ask for next."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from usid_lab.widgets import requests
from usid_lab.widgets.ahead import Movement, Params, Prepared, key_of
from usid_lab.widgets.requests import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usid_lab.widgets.forms import Frame
    from usid_lab.widgets.subject import Watch
    from usid_lab.widgets.viewer import Viewer

_WORTH = 0.008  # seconds; what is read quicker is not read ahead


class Foresight:
    """Answers requests for frames; those that will follow are made when nobody waits.

    Stepping along a dim, by keys, by its slider or by Play, then finds the next frames
    ready.

    Parameters
    ----------
    viewer : Viewer
        Reads them.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._prepared = Prepared()
        self._movement = Movement()
        self._next: list[Params] = []

    @property
    def sees_more(self) -> bool:
        """Whether there are frames to be made ahead."""
        return bool(self._next)

    def clear(self) -> None:
        """Forget all frames and where the hand went."""
        self._prepared.clear()
        self._movement = Movement()
        self._next = []

    def frame(self, request: Request, watch: Watch) -> Frame:
        """Return the frame of a request.

        Parameters
        ----------
        request : Request
        watch : Watch

        Returns
        -------
        Frame
        """
        onward = self._movement.after(request.params)
        ready = self._prepared.find(self._key(request.params))
        if ready is not None:
            self._next = onward
            return ready
        begin = time.monotonic()
        frame = self._read(request.params, watch)
        slow = time.monotonic() - begin > _WORTH
        self._next = onward if slow else []
        return frame

    def prepare(self, watch: Watch) -> None:
        """Make the frames that will be wanted next.

        Parameters
        ----------
        watch : Watch
            It ends this as soon as anything is asked.
        """
        edition = self._viewer.edition.token
        following = self._next
        for params in following:
            if self._prepared.find(self._key(params)) is None:
                read = partial(self._read, params, watch)
                frame = self._viewer.faithfully(edition, read)
                self._prepared.keep(self._key(params), frame)
        if following:
            asked = Request("", "frame", following[-1])
            slot, view = requests.slot_of(asked), requests.view_of(asked)
            self._viewer.read_ahead(slot, view, watch)

    def _key(self, params: Mapping[str, object]) -> str:
        return key_of(self._viewer.edition.token, params)

    def _read(self, params: Mapping[str, object], watch: Watch) -> Frame:
        asked = Request("", "frame", params)
        slot, view = requests.slot_of(asked), requests.view_of(asked)
        return self._viewer.frame(slot, view, watch, requests.sight_of(asked))
