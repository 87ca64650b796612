"""Requests of the browser, believed only after a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from usid_lab.errors import UsidError
from usid_lab.model.view import ViewState
from usid_lab.widgets.edition import STATES, State
from usid_lab.widgets.sights import Sight

SLOTS = ("map", "curve", "grid")
_MOST_TEXT = 4096
_MOST_ROWS = 1000
_MOST_CHOICES = 16
_MOST_SCREEN = 2**14  # pixels of a side; wider than any screen
_TYPES = (
    "open",
    "describe",
    "frame",
    "probe",
    "children",
    "attributes",
    "cancel",
    "retry",
    "renew",
    "watch",
    "savable",
    "save",
)


class BadRequestError(UsidError, ValueError):
    """The browser asked for something that does not exist."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question of the browser; the reply repeats `id`.

    Attributes
    ----------
    id, type : str
    params : mapping
    edition : str, optional
        Which state of the file the browser shows.
    """

    id: str
    type: str
    params: Mapping[str, object]
    edition: str | None = None


def identity_of(message: object) -> str | None:
    """Return the id under which a message can be answered; None if it is no request.

    Parameters
    ----------
    message : object
        Decoded JSON.

    Returns
    -------
    str or None
    """
    if not isinstance(message, Mapping) or message.get("kind") != "request":
        return None
    identity = message.get("id")
    valid = isinstance(identity, str) and 0 < len(identity) <= _MOST_TEXT
    return identity if valid else None


def parse(message: object) -> Request:
    """Return the request in a message.

    Parameters
    ----------
    message : object
        Decoded JSON for which :func:`identity_of` found an id.

    Returns
    -------
    Request

    Raises
    ------
    BadRequestError
        Its type is not known, or it has no parameters.
    """
    fields = cast("Mapping[str, object]", message)
    kind, params = fields.get("type"), fields.get("params")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise _bad(f"There is no request {str(kind)[:80]!r}.")
    if not isinstance(params, Mapping):
        raise _bad(f"The parameters of {kind!r} are not an object.")
    edition = fields.get("edition")
    if edition is not None and not isinstance(edition, str):
        raise _bad("'edition' is no text.")
    return Request(str(fields["id"]), kind, params, edition)


def path_of(request: Request) -> str:
    """Return the HDF5 path that a request speaks of."""
    path = request.params.get("path")
    if not isinstance(path, str) or not path or len(path) > _MOST_TEXT:
        raise _bad("'path' is not a text of reasonable length.")
    return path


def slot_of(request: Request) -> str:
    """Return the slot of a frame."""
    slot = request.params.get("slot")
    if not isinstance(slot, str) or slot not in SLOTS:
        raise _bad(f"There is no slot {str(slot)[:80]!r}.")
    return slot


def cancelled_of(request: Request) -> str | None:
    """Return the id of the request that is cancelled; None where it is a slot."""
    identity = request.params.get("request")
    if identity is not None and not isinstance(identity, str):
        raise _bad("'request' is no text.")
    return identity


def view_of(request: Request) -> ViewState:
    """Return the view of a frame; one that cannot be understood is an error."""
    return ViewState.from_json(request.params.get("view"))


def sight_of(request: Request) -> Sight | None:
    """Return what a frame's panel has room for; None where it does not say."""
    screen = request.params.get("screen")
    if screen is None:
        return None
    width, height = (min(n, _MOST_SCREEN) for n in _numbers(screen, "screen", 2))
    if not width or not height:
        raise _bad("'screen' has no pixels.")
    window = request.params.get("window")
    fine = request.params.get("fine", False)
    if not isinstance(fine, bool):
        raise _bad("'fine' is neither true nor false.")
    return Sight((width, height), None if window is None else _window(window), fine)


def _window(value: object) -> tuple[int, int, int, int]:
    x0, x1, y0, y1 = _numbers(value, "window", 4)
    if x0 >= x1 or y0 >= y1:
        raise _bad("'window' shows nothing.")
    return x0, x1, y0, y1


def _numbers(value: object, name: str, count: int) -> list[int]:
    if not isinstance(value, list) or len(value) != count:
        raise _bad(f"'{name}' is not a list of {count} numbers.")
    return [_whole(number, name) for number in value]


def saved_view_of(request: Request) -> ViewState | None:
    """Return a view that was kept; one that cannot be understood is forgotten."""
    return parse_saved(request.params.get("view"))


def parse_saved(value: object) -> ViewState | None:
    """Return the view in JSON that was kept, if it can be understood.

    Parameters
    ----------
    value : object
        Decoded JSON, or None.

    Returns
    -------
    ViewState or None
    """
    try:
        return None if value is None else ViewState.from_json(value)
    except UsidError:
        return None


def choices_of(request: Request) -> list[str]:
    """Return what is to be saved: names of choices."""
    wanted = request.params.get("what")
    if not isinstance(wanted, list) or len(wanted) > _MOST_CHOICES:
        raise _bad("'what' is not a short list.")
    if not all(isinstance(name, str) for name in wanted):
        raise _bad("'what' is not a list of text.")
    return wanted


def state_of(request: Request) -> State:
    """Return the state of the file that the browser knows."""
    state = request.params.get("state")
    for known in STATES:
        if state == known:
            return known
    raise _bad(f"A file is never {str(state)[:80]!r}.")


def page_of(request: Request) -> tuple[int, int]:
    """First row and number of rows of a page, at most 1,000."""
    start = _whole(request.params.get("start", 0), "start")
    count = _whole(request.params.get("count", 200), "count")
    return start, min(count, _MOST_ROWS)


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise _bad(f"'{name}' is not a whole number from 0 on.")
    return value


def _bad(reason: str) -> BadRequestError:
    return BadRequestError("The viewer asked for something unknown.", reason)
