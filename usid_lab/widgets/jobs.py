"""How far a run is, in a notebook: in numbers, as a map, and with a way to end it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, cast
from weakref import WeakSet

import anywidget
import traitlets

from usid_lab.errors import UsidError
from usid_lab.storage.text import plain
from usid_lab.widgets.built import built_file
from usid_lab.widgets.encoding import Json, encode
from usid_lab.widgets.jobmaps import JobMap, job_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.processing.run import Run

_EVERY = 0.2  # seconds between two messages, at least
_MAP_EVERY = 0.5  # seconds between two pictures, at least
_MAP_SHARE = 20  # a picture that takes long to make comes this much more rarely


class JobWidget(anywidget.AnyWidget):
    """What becomes of a run, and a button that cancels it.

    Parameters
    ----------
    run : Run
        It is watched until it ends.

    Attributes
    ----------
    cell : int or None
        Number of the notebook's cell that showed it last.
    """

    status = traitlets.Dict().tag(sync=True)
    picture = traitlets.Bytes(b"").tag(sync=True)

    def __init__(self, run: Run) -> None:
        self._esm = built_file("job.js")
        self._css = built_file("job.css")
        self.run = run
        self.cell: int | None = None
        self._sketch = _Sketch(run)
        self._stopping = False
        self._told = threading.Lock()
        super().__init__()
        self.tell()
        self.on_msg(self._receive)
        self._reporter = _Reporter(run, self.tell)

    def __repr__(self) -> str:
        """Say how far it is, where nothing can be drawn."""
        told = self.status
        return (
            f"{told['tool']} of {told['source']}: {told['state']}, "
            f"{told['done']} of {told['total']} positions"
        )

    def tell(self) -> bool:
        """Send what is known now.

        Returns
        -------
        bool
            Whether there is more to come.
        """
        with self._told:
            ended = self.run.progress.is_over
            drawn = self._sketch.drawn(finally_=ended)
            with self.hold_sync():
                self.status = _status(self.run, drawn, stopping=self._stopping)
                if drawn is not None:
                    self.picture = drawn.values.tobytes()
            return not ended

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all is told; False if that took too long.

        Parameters
        ----------
        timeout : float, optional
            Seconds.
        """
        return self._reporter.join(timeout)

    def close(self) -> None:
        """Watch no more; the run goes on."""
        self._reporter.close()
        super().close()

    def _receive(self, _: object, content: object, __: object) -> None:
        if content == {"kind": "cancel"} and not self._stopping:
            self._stopping = True
            self.run.cancel()
            self.tell()


class _Reporter:
    """Tells of a run in a thread of its own, which ends with it."""

    def __init__(self, run: Run, tell: Callable[[], bool]) -> None:
        self._tell = tell
        self._news = threading.Event()
        self._closed = threading.Event()
        self._news.set()
        self._unobserve = run.observe(lambda _: self._news.set())
        self._thread = threading.Thread(
            target=self._keep, name="usid-lab-progress", daemon=True
        )
        self._thread.start()

    def join(self, timeout: float | None) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self) -> None:
        self._closed.set()
        self._news.set()

    def _keep(self) -> None:
        while self._news.wait() and not self._closed.is_set():
            self._news.clear()
            if not self._tell():
                break
            self._closed.wait(_EVERY)
        self._unobserve()


class _Sketch:
    """The map of the first output, made anew now and then."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._due = 0.0
        self._done = -1
        self._map: JobMap | None = None

    def drawn(self, *, finally_: bool) -> JobMap | None:
        """Return the map; it is drawn if it is time and there is news."""
        began = time.monotonic()
        done = self._run.progress.done
        if done != self._done and (finally_ or began >= self._due):
            self._map = self._draw()
            self._done = done
            cost = time.monotonic() - began
            self._due = began + max(_MAP_EVERY, _MAP_SHARE * cost)
        return self._map

    def _draw(self) -> JobMap | None:
        first = next(iter(self._run.outputs), None)
        if first is None:
            return None
        try:
            found = self._run.map(first.name)
        except (UsidError, OSError):  # its shards went into the file just now
            return self._map
        y_up = self._run.sources[0].y_up
        return job_map(found, first.quantity, first.units, y_up=y_up)


def _status(run: Run, drawn: JobMap | None, *, stopping: bool) -> dict[str, Json]:
    """Everything that is said of a run, but the pixels."""
    now, source = run.progress, run.sources[0]
    told = encode(
        {
            "tool": plain(run.name),
            "source": plain(source.path),
            "file": plain(source.file_path.name),
            "state": now.state,
            "done": now.done,
            "total": now.total,
            "rate": now.rate,
            "remaining": now.remaining,
            "message": plain(now.message),
            "awaited": run.awaited,
            "stopping": stopping,
            "failure": _failure(run),
            "results": _results(run),
            "map": None if drawn is None else _map(drawn),
        }
    )
    return cast("dict[str, Json]", told.content)


def _failure(run: Run) -> dict[str, str] | None:
    error = run.error
    if run.progress.state != "failed" or error is None:
        return None
    if isinstance(error, UsidError):
        return {"message": error.message, "reason": error.reason}
    reason = f"{type(error).__name__}: {error}"
    message = "The run ended because of an unexpected problem. What was done is kept."
    return {"message": message, "reason": reason}


def _results(run: Run) -> list[dict[str, str]]:
    if run.progress.state != "done":
        return []
    return [
        {"file": plain(str(found.file_path)), "path": plain(found.path)}
        for found in run.results
    ]


def _map(drawn: JobMap) -> dict[str, object]:
    rows, columns = drawn.values.shape
    return {
        "rows": rows,
        "columns": columns,
        "limits": drawn.limits,
        "label": plain(drawn.label),
        "units": plain(drawn.units),
        "shape": drawn.shape,
    }


_widgets: WeakSet[JobWidget] = WeakSet()


def show_run(run: Run) -> bool:
    """Show a run where a notebook's cell is at work.

    Parameters
    ----------
    run : Run

    Returns
    -------
    bool
        False where there is no notebook; nothing is shown then.
    """
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return False
    widget = _widget_of(run)
    if widget.cell != shell.execution_count:  # else it stands there already
        widget.cell = shell.execution_count
        display(widget)  # type: ignore[no-untyped-call]
    return True


def _widget_of(run: Run) -> JobWidget:
    """Return the widget of a run, made for the first who shows it."""
    for widget in _widgets:
        if widget.run is run:
            return widget
    widget = JobWidget(run)
    _widgets.add(widget)
    return widget
