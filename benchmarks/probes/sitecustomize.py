"""Notes when kernels and reader processes do what; imported as Python starts.

The profile puts this folder on PYTHONPATH. Every line of the log is a JSON array:
process, request, what, milliseconds since 1970, milliseconds that it took.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_now = threading.local()


def note(request: str, what: str, begun: float, took: float = 0.0) -> None:
    """Append a line to the log."""
    line = json.dumps([os.getpid(), request, what, begun * 1e3, took * 1e3])
    with Path(os.environ["USID_LAB_PROBES"]).open("a") as log:
        log.write(line + "\n")


def timed(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Note how long each call takes, within the request that is being answered."""

    @wraps(call)
    def wrapper(*args: Any, **named: Any) -> Any:
        begun = time.time()
        try:
            return call(*args, **named)
        finally:
            note(getattr(_now, "request", ""), what, begun, time.time() - begun)

    return wrapper


def _kernel() -> None:
    from usid_lab.reading.process.remote import RemoteReader
    from usid_lab.widgets import encoding, replies, session

    receive, run = session.Session.receive, replies.Reply.run

    def received(self: session.Session, message: object) -> None:
        identity = message.get("id") if isinstance(message, dict) else None
        note(str(identity), "received", time.time())
        receive(self, message)

    def running(self: replies.Reply, stop: Callable[[], bool]) -> None:
        outer = getattr(_now, "request", "")
        _now.request = self.id
        begun = time.time()
        run(self, stop)
        note(self.id, "answer", begun, time.time() - begun)
        _now.request = outer

    replaced: dict[tuple[Any, str], Any] = {
        (session.Session, "receive"): received,
        (replies.Reply, "run"): running,
        (replies.Reply, "_say"): timed("send", replies.Reply._say),  # noqa: SLF001
        (replies, "encode"): timed("encode", encoding.encode),
        (RemoteReader, "read"): timed("read", RemoteReader.read),
    }
    for (owner, name), call in replaced.items():
        setattr(owner, name, call)


def _reader() -> None:
    from usid_lab.reading.reader import Reader

    setattr(Reader, "read", timed("in the reader process", Reader.read))  # noqa: B010


_command = " ".join(sys.orig_argv)
if "ipykernel_launcher" in _command:
    _kernel()
elif f"process{os.sep}__main__.py" in _command:
    _reader()
