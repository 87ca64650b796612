"""Frames for who asks, and those that they will ask for next."""

from __future__ import annotations

import math
import time
from dataclasses import replace
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
_MOVING = 0.12  # seconds after an answer; a hand that drags has asked again by then


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
        self._answered: dict[object, float] = {}

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
        slot, begin = request.params.get("slot"), time.monotonic()
        moving = begin - self._answered.get(slot, -math.inf) < _MOVING
        frame = self._read(request.params, watch, moving=moving)
        end = time.monotonic()
        # After a fine picture the hand begins anew.
        self._answered[slot] = -math.inf if request.params.get("fine") else end
        self._next = onward if end - begin > _WORTH else []
        return frame

    def prepare(self, watch: Watch) -> None:
        """Make the frames that will be wanted next.

        Parameters
        ----------
        watch : Watch
            It ends this as soon as anything is asked.
        """
        edition = self._viewer.shown.edition.token
        following = self._next
        for params in following:
            if self._prepared.find(self._key(params)) is None:
                read = partial(self._read, params, watch)
                frame = self._viewer.shown.faithfully(edition, read)
                self._prepared.keep(self._key(params), frame)
        if following:
            asked = Request("", "frame", following[-1])
            slot, view = requests.slot_of(asked), requests.view_of(asked)
            self._viewer.read_ahead(slot, view, watch)

    def _key(self, params: Mapping[str, object]) -> str:
        return key_of(self._viewer.shown.edition.token, params)

    def _read(
        self, params: Mapping[str, object], watch: Watch, *, moving: bool = False
    ) -> Frame:
        asked = Request("", "frame", params)
        slot, view = requests.slot_of(asked), requests.view_of(asked)
        sight = requests.sight_of(asked)
        if sight is not None:
            sight = replace(sight, moving=moving)
        return self._viewer.frame(slot, view, watch, sight)
