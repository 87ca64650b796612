"""Requests of the browser, believed only after a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from usid_lab.errors import UsidError
from usid_lab.model.view import ViewState

SLOTS = ("map", "curve", "grid")
_MOST_TEXT = 4096
_MOST_ROWS = 1000
_TYPES = ("open", "describe", "frame", "children", "attributes", "cancel", "retry")


class BadRequestError(UsidError, ValueError):
    """The browser asked for something that does not exist."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question of the browser; the reply repeats `id`."""

    id: str
    type: str
    params: Mapping[str, object]


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
    return Request(str(fields["id"]), kind, params)


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


def view_of(request: Request) -> ViewState:
    """Return the view of a frame; one that cannot be understood is an error."""
    return ViewState.from_json(request.params.get("view"))


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


def page_of(request: Request) -> tuple[int, int]:
    """First row and number of rows of a page, at most 1,000."""
    start = _whole(request, "start", 0)
    count = _whole(request, "count", 200)
    return start, min(count, _MOST_ROWS)


def _whole(request: Request, name: str, default: int) -> int:
    value = request.params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise _bad(f"'{name}' is not a row number.")
    return value


def _bad(reason: str) -> BadRequestError:
    return BadRequestError("The viewer asked for something unknown.", reason)
