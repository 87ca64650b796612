"""The conversation with one viewer: requests in, replies out of a thread.

It knows no widget: messages come through :meth:`Session.receive`, replies leave
through the function that it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from usid_lab.errors import UsidError
from usid_lab.reading import Stopped
from usid_lab.widgets import requests
from usid_lab.widgets.foresight import Foresight
from usid_lab.widgets.forms import FileInfo, Frame, Opened
from usid_lab.widgets.replies import Progress, Quiet, Reply
from usid_lab.widgets.requests import SLOTS, Request
from usid_lab.widgets.subject import Watch
from usid_lab.widgets.vigil import Vigil
from usid_lab.widgets.worker import AHEAD, IDLE, PROBE, TURN, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.edition import State
    from usid_lab.widgets.replies import Answer, Send
    from usid_lab.widgets.saving import Saved
    from usid_lab.widgets.viewer import Viewer

_OF_ANY_STATE = ("open", "retry", "renew", "cancel", "save")  # or look themselves

_PREPARING = "preparing"  # the job that opens the file before anybody asks
_TURNS = ("open", "describe", "retry", "save")


class Session:
    """Answers the requests of a viewer.

    Parameters
    ----------
    viewer : Viewer
        What is known of the file.
    send : callable
        Takes a reply (JSON) and its buffers; called from another thread.
    saved : ViewState, optional
        The view to open with.
    """

    def __init__(
        self, viewer: Viewer, send: Send, saved: ViewState | None = None
    ) -> None:
        self.viewer = viewer
        self._send = send
        self._saved = saved
        self._prepared: Opened | Exception | None = None
        self._first_view: ViewState | None = None
        self._waiting: Progress | None = None
        self._worker = Worker()
        self._vigil = Vigil()
        self._foresight = Foresight(viewer)

    def prepare(self) -> None:
        """Open the file already, before anybody asks."""
        self._worker.submit(Quiet(self._prepare, TURN, _PREPARING))

    def close(self) -> None:
        """Answer no more."""
        self._vigil.close()
        self._worker.close()
        self.viewer.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all is answered; False if that took too long.

        Parameters
        ----------
        timeout : float, optional
            Seconds.
        """
        return self._worker.join(timeout)

    def first_view(self, timeout: float = 60) -> ViewState | None:
        """Return the view in which the file opens; None where nothing can be shown.

        Parameters
        ----------
        timeout : float
            Seconds to wait for it.

        Returns
        -------
        ViewState or None
        """
        self._worker.join(timeout)
        return self._first_view

    def receive(self, message: object) -> None:
        """Take a message from the browser; never raises.

        Parameters
        ----------
        message : object
            Decoded JSON. What is no request with an id is ignored.
        """
        identity = requests.identity_of(message)
        if identity is None:
            return
        try:
            request = requests.parse(message)
            if request.type == "watch":
                self._watch(request)
                return
            slot = _slot(request)
            answer = self._faithful(request, self._answer(request))
        except UsidError as error:
            slot, answer = None, _raising(error)
        self._worker.submit(Reply(identity, answer, self._send, slot))

    def _answer(self, request: Request) -> Answer:
        answers: dict[str, Callable[[Request], Answer]] = {
            "open": self._open,
            "describe": self._describe,
            "frame": self._frame,
            "probe": self._probe,
            "children": self._children,
            "attributes": self._attributes,
            "cancel": self._cancel,
            "retry": self._retry,
            "renew": self._renew,
            "savable": self._savable,
            "save": self._save,
        }
        return answers[request.type](request)

    def _faithful(self, request: Request, answer: Answer) -> Answer:
        """Answer only from the state of the file that the browser shows."""
        if request.type in _OF_ANY_STATE:
            return answer
        return lambda watch: self.viewer.shown.faithfully(
            request.edition, lambda: answer(watch)
        )

    def _watch(self, request: Request) -> None:
        """Answer once the file is not any more what the browser knows it to be."""

        def tell(state: State) -> None:
            answer = Reply(request.id, lambda _: {"state": state}, self._send)
            self._worker.submit(answer)

        known = requests.state_of(request)
        self._vigil.ask(known, lambda: self.viewer.shown.state(request.edition), tell)

    def _open(self, request: Request) -> Answer:
        asked = requests.saved_view_of(request)
        # Perhaps it is being prepared right now.
        self._waiting = Progress(self._send, request.id)

        def answer(watch: Watch) -> Opened:
            prepared, self._prepared = self._prepared, None
            fitting = asked is None or asked == self._saved
            fresh = self.viewer.shown.state(None) == "same"
            if isinstance(prepared, Opened) and fitting and fresh:
                return self._shown(prepared)
            if isinstance(prepared, Exception):
                raise prepared
            return self._shown(self.viewer.open(asked or self._saved, watch))

        return answer

    def _describe(self, request: Request) -> Answer:
        path, saved = requests.path_of(request), requests.saved_view_of(request)
        for slot in SLOTS:  # what is read of the old dataset
            self._worker.cancel(slot)

        def answer(watch: Watch) -> object:
            description = self.viewer.describe(path, saved, watch)
            self._keep_near(path)
            return description

        return answer

    def _frame(self, request: Request) -> Answer:
        # What cannot be understood is an error before anything is read.
        requests.slot_of(request)
        requests.view_of(request)
        requests.sight_of(request)

        def answer(watch: Watch) -> Frame:
            frame = self._foresight.frame(request, watch)
            if self._foresight.sees_more:
                self._worker.submit(Quiet(self._foresight.prepare, AHEAD))
            return frame

        return answer

    def _probe(self, request: Request) -> Answer:
        view = requests.view_of(request)
        return lambda watch: self.viewer.probe(view, watch)

    def _children(self, request: Request) -> Answer:
        path, (start, count) = requests.path_of(request), requests.page_of(request)
        return lambda _: self.viewer.children(path, start, count)

    def _attributes(self, request: Request) -> Answer:
        path, (start, count) = requests.path_of(request), requests.page_of(request)
        return lambda _: self.viewer.attributes(path, start, count)

    def _cancel(self, request: Request) -> Answer:
        identity = requests.cancelled_of(request)
        if identity is None:
            self._worker.cancel(requests.slot_of(request))
            return lambda _: None
        if self._waiting is not None and self._waiting.id == identity:
            self._worker.withdraw(_PREPARING)  # what it waits for
        self._worker.withdraw(identity)
        return lambda _: None

    def _retry(self, request: Request) -> Answer:
        asked = requests.saved_view_of(request)
        for slot in SLOTS:
            self._worker.cancel(slot)

        def answer(watch: Watch) -> Opened:
            self.viewer.forget()
            self._foresight.clear()
            return self._shown(self.viewer.open(asked or self._saved, watch))

        return answer

    def _renew(self, request: Request) -> Answer:
        def answer(_: Watch) -> FileInfo:
            info = self.viewer.renew(request.edition)
            self._foresight.clear()
            return info

        return answer

    def _savable(self, request: Request) -> Answer:
        view = requests.view_of(request)
        return lambda watch: self.viewer.saving_plan(view, watch)

    def _save(self, request: Request) -> Answer:
        view, wanted = requests.view_of(request), requests.choices_of(request)

        def answer(watch: Watch) -> Saved:
            self.viewer.shown.require(request.edition)
            saved = self.viewer.save(view, wanted, watch)
            self._foresight.clear()
            return saved

        return answer

    def _prepare(self, watch: Watch) -> None:
        try:
            self._prepared = self.viewer.open(
                self._saved, Watch(watch.stop, self._tell_waiting)
            )
            self._first_view = _view_in(self._prepared)
        except Stopped:
            raise
        except Exception as error:
            self._prepared = error

    def _tell_waiting(self, fraction: float) -> None:
        if self._waiting is not None:
            self._waiting(fraction)

    def _shown(self, opened: Opened) -> Opened:
        self._first_view = _view_in(opened)
        if opened.dataset is not None:
            self._keep_near(opened.dataset.path)
        return opened

    def _keep_near(self, path: str) -> None:
        """Small datasets come into memory while nobody waits."""
        task = Quiet(lambda watch: self.viewer.keep_near(path, watch), IDLE)
        self._worker.submit(task)


def _view_in(opened: Opened) -> ViewState | None:
    return None if opened.dataset is None else opened.dataset.view


def _slot(request: Request) -> str | None:
    if request.type == "frame":
        return requests.slot_of(request)
    if request.type == "probe":
        return PROBE
    return TURN if request.type in _TURNS else None


def _raising(error: UsidError) -> Answer:
    def answer(_: Watch) -> object:
        raise error

    return answer
