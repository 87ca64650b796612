"""Jobs that answer the browser: with results, progress, previews, failures in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from usid_lab.errors import ChangedFileError, MissingFileError, UsidError
from usid_lab.reading import Stopped
from usid_lab.widgets.encoding import Json, encode
from usid_lab.widgets.requests import SLOTS
from usid_lab.widgets.subject import Watch

if TYPE_CHECKING:
    from usid_lab.widgets.forms import Frame

Send = Callable[[dict[str, Json], list[memoryview]], None]
Answer = Callable[[Watch], object]

_PATIENCE = 0.3  # seconds before progress is told
_BETWEEN = 0.1
_BETWEEN_PREVIEWS = 0.25


def failure_of(error: BaseException) -> dict[str, Json]:
    """Return a failure in words: the sentence, and the technical reason apart.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    dict
        ``message`` and ``reason``; ``file`` where the file is not what it was.
    """
    if isinstance(error, ChangedFileError | MissingFileError):
        file = "missing" if isinstance(error, MissingFileError) else "changed"
        return {"message": error.message, "reason": error.reason, "file": file}
    if isinstance(error, UsidError):
        return {"message": error.message, "reason": error.reason}
    if isinstance(error, MemoryError):
        message = "There is not enough memory to show this."
    else:
        message = "This could not be shown because of an unexpected problem."
    return {"message": message, "reason": f"{type(error).__name__}: {error}"}


@dataclass(slots=True)
class Progress:
    """Tells the browser how far a read is, once it takes long.

    Attributes
    ----------
    send : callable
        Takes the message.
    id : str
        Of the request.
    due : float
        When something is to be said next.
    """

    send: Send
    id: str
    due: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)

    def __call__(self, fraction: float) -> None:
        """Tell how much is done, if it is time."""
        now = time.monotonic()
        if now >= self.due:
            self.due = now + _BETWEEN
            told = min(max(0.0, fraction), 1.0)
            self.send({"kind": "progress", "id": self.id, "fraction": told}, [])


@dataclass(slots=True)
class Previews:
    """Sends what a read has come to, once it takes long.

    Attributes
    ----------
    send : callable
        Takes the message and its buffers.
    id : str
        Of the request.
    due : float
        When something is to be shown next.
    """

    send: Send
    id: str
    due: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)

    def __call__(self, make: Callable[[], Frame]) -> None:
        """Make a frame of what has come and show it, if it is time."""
        if time.monotonic() < self.due:
            return
        encoded = encode(make())
        partial = {"kind": "partial", "id": self.id, "result": encoded.content}
        self.send(partial, encoded.buffers)
        self.due = time.monotonic() + _BETWEEN_PREVIEWS


@dataclass(frozen=True, slots=True)
class Reply:
    """A job that answers one request, whatever happens.

    Attributes
    ----------
    id : str
        Of the request.
    answer : callable
        Makes the result.
    send : callable
        Takes the reply and its buffers.
    slot : str, optional
        The slot of a frame.
    """

    id: str
    answer: Answer
    send: Send
    slot: str | None = None

    def run(self, stop: Callable[[], bool]) -> None:
        """Find the answer and send it; a failure is sent in words."""
        try:
            encoded = encode(self.answer(self._watch(stop)))
        except Stopped:
            self.overtaken()
        except Exception as error:
            self._say("error", {"error": failure_of(error)})
        else:
            self._say("ok", {"result": encoded.content}, encoded.buffers)

    def _watch(self, stop: Callable[[], bool]) -> Watch:
        progress = Progress(self.send, self.id)
        previews = Previews(self.send, self.id) if self.slot in SLOTS else None
        return Watch(stop, progress, previews)

    def overtaken(self) -> None:
        """Say that a newer request took over."""
        self._say("stale", {})

    def _say(
        self,
        status: str,
        more: dict[str, Json],
        buffers: list[memoryview] | None = None,
    ) -> None:
        head: dict[str, Json] = {"kind": "reply", "id": self.id, "status": status}
        self.send(head | more, buffers or [])


@dataclass(frozen=True, slots=True)
class Quiet:
    """A job that answers nobody.

    Attributes
    ----------
    task : callable
        What is done.
    slot : str, optional
        Its slot.
    id : str
        By which it can be withdrawn.
    """

    task: Callable[[Watch], object]
    slot: str | None = None
    id: str = ""

    def run(self, stop: Callable[[], bool]) -> None:
        """Do it. That it failed will be told by the next answer."""
        with suppress(Stopped, UsidError):
            self.task(Watch(stop))

    def overtaken(self) -> None:
        """Nobody has waited for it."""
