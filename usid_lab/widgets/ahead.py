"""Frames that will be wanted next if the hand moves on as it did."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usid_lab.widgets.forms import Frame

Params = dict[str, object]

MOST_BYTES = 24 * 10**6
_STEPS = 2


class Prepared:
    """Frames that nobody has asked for yet, the newest few.

    Parameters
    ----------
    most : int, optional
        Bytes of all of them.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._frames: OrderedDict[str, Frame] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of all frames."""
        return sum(frame.nbytes for frame in self._frames.values())

    def find(self, key: str) -> Frame | None:
        """Return the frame of a request, if it is ready.

        Parameters
        ----------
        key : str
            As of :func:`key_of`.

        Returns
        -------
        Frame or None
        """
        return self._frames.get(key)

    def keep(self, key: str, frame: Frame) -> None:
        """Keep a frame, in the place of the oldest.

        Parameters
        ----------
        key : str
        frame : Frame
        """
        if frame.nbytes > self._most:
            return
        self._frames[key] = frame
        self._frames.move_to_end(key)
        while self.nbytes > self._most:
            self._frames.popitem(last=False)

    def clear(self) -> None:
        """Forget all of them."""
        self._frames.clear()


def key_of(edition: str, params: Mapping[str, object]) -> str:
    """Return what tells a request apart from every other one.

    Parameters
    ----------
    edition : str
        The state of the file.
    params : mapping
        All that is asked.

    Returns
    -------
    str
    """
    return json.dumps([edition, params], sort_keys=True)


class Movement:
    """Which way the hand goes, by the last requests of each slot."""

    def __init__(self) -> None:
        self._last: dict[object, Params] = {}
        self._next: dict[object, list[Params]] = {}

    def after(self, params: Mapping[str, object]) -> list[Params]:
        """Return the requests that follow if it goes on as from the last one to this.

        Parameters
        ----------
        params : mapping
            Of a request for a frame that was parsed.

        Returns
        -------
        list of dict
            The nearest first; an index may lie beyond its dim.
        """
        slot, now = params.get("slot"), dict(params)
        if now.get("fine"):  # a better picture of the same
            return self._next.get(slot, [])
        before = self._last.get(slot)
        self._last[slot] = now
        if before != now:
            self._next[slot] = _onward(before, now)
        return self._next.get(slot, [])


def _onward(before: Params | None, now: Params) -> list[Params]:
    step = None if before is None else _step(before, now)
    if step is None:
        return []
    dim, by = step
    at = _index(now)[dim]
    ahead = [at + by * count for count in range(1, _STEPS + 1)]
    return [_put(now, dim, index) for index in ahead if index >= 0]


def _step(before: Params, now: Params) -> tuple[str, int] | None:
    """Return the one dim in whose index two requests differ, and how much."""
    one, two = _index(before), _index(now)
    moved = [dim for dim in two if one.get(dim) != two[dim]]
    if len(moved) != 1 or set(one) != set(two):
        return None
    dim = moved[0]
    same = _put(before, dim, two[dim]) == now
    return (dim, two[dim] - one[dim]) if same else None


def _index(params: Params) -> Mapping[str, int]:
    view = cast("Mapping[str, object]", params["view"])
    return cast("Mapping[str, int]", view["index"])


def _put(params: Params, dim: str, index: int) -> Params:
    view = cast("Mapping[str, object]", params["view"])
    moved = dict(_index(params)) | {dim: index}
    return params | {"view": dict(view) | {"index": moved}}
