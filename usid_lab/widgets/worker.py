"""The one thread that reads for a viewer.

Frames have slots: the newest wish of a slot wins, and a read that was overtaken
stops between two pieces. Between the pieces of a long read the other slots are
served, so that a slow map stands in the way of neither the spectrum nor the tree.
The thread ends when there is nothing to do.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from usid_lab.reading.stopping import Serving

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

IDLE = "idle"
TURN = "turn"
PROBE = "probe"
AHEAD = "ahead"
_DEEPEST = 4
_REST = 0.03  # seconds; a hand that drags asks again before


class Job(Protocol):
    """Something to do; it answers for its own failures."""

    @property
    def slot(self) -> str | None:
        """The slot in which only the newest counts; None for what is quick.

        Jobs of ``TURN`` are done one after the other, never within another; one
        of ``IDLE`` is begun while nobody waits. One of ``AHEAD`` is begun when
        nothing was asked for a moment, and gives way to whatever is asked.
        """
        ...

    @property
    def id(self) -> str:
        """By which it can be withdrawn; "" where it never is."""
        ...

    def run(self, stop: Callable[[], bool]) -> None:
        """Do it; between two pieces ask `stop`."""
        ...

    def overtaken(self) -> None:
        """Say that it will not be done."""
        ...


@dataclass(slots=True, eq=False)
class _Running:
    job: Job
    stopped: bool = False


class Worker:
    """Does jobs in a thread of its own, in order, the newest of each slot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._queue: deque[Job] = deque()
        self._turns: deque[Job] = deque()
        self._dropped: deque[Job] = deque()
        self._wishes: dict[str, Job] = {}
        self._stack: list[_Running] = []
        self._thread: threading.Thread | None = None
        self._closed = False
        self._rested = 0.0

    def submit(self, job: Job) -> None:
        """Do a job soon; one of a slot takes the place of an older one.

        Parameters
        ----------
        job : Job
        """
        with self._lock:
            self._rested = time.monotonic() + _REST
            self._drop(AHEAD)
            if job.slot is None:
                self._queue.append(job)
            elif job.slot == TURN:
                self._turns.append(job)
                self._drop(IDLE)
            else:
                self._drop(job.slot)
                self._wishes[job.slot] = job
            self._wake()

    def cancel(self, slot: str) -> None:
        """Stop what is read for a slot, and forget what was wished.

        Parameters
        ----------
        slot : str
        """
        with self._lock:
            self._drop(slot)
            self._wake()

    def withdraw(self, identity: str) -> None:
        """Stop a job of ``TURN``, or forget it if it was not begun.

        Parameters
        ----------
        identity : str
            The job's id.
        """
        with self._lock:
            for job in [job for job in self._turns if job.id == identity]:
                self._turns.remove(job)
                self._dropped.append(job)
            for running in self._stack:
                running.stopped |= running.job.id == identity
            self._wake()

    def close(self) -> None:
        """Stop at the end of the piece that is being read; do nothing more."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            self._turns.clear()
            self._wishes.clear()
            self._changed.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; False if that took too long."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _drop(self, slot: str) -> None:
        old = self._wishes.pop(slot, None)
        if old is not None:
            self._dropped.append(old)
        for running in self._stack:
            running.stopped |= running.job.slot == slot

    def _wake(self) -> None:
        self._changed.notify()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(
                target=self._work, name="usid-lab-reader", daemon=True
            )
            self._thread.start()

    def _work(self) -> None:
        while True:
            self._answer_dropped()
            with self._lock:
                running = self._begin()
                if running is None and not self._dropped and not self._rest():
                    self._thread = None
                    return
            if running is not None:
                self._do(running)

    def _rest(self) -> bool:
        """Wait for the moment of what is done ahead; False where nothing is to do.

        The lock is held, and let go meanwhile.
        """
        if self._closed or AHEAD not in self._wishes:
            return False
        self._changed.wait(max(0.0, self._rested - time.monotonic()))
        return True

    def _begin(self) -> _Running | None:
        """Return the next job, now on the stack; the lock is held."""
        job = None if self._closed else self._next()
        if job is None:
            return None
        running = _Running(job)
        self._stack.append(running)
        return running

    def _next(self) -> Job | None:
        if self._queue:
            return self._queue.popleft()
        if self._turns and not self._stack:
            return self._turns.popleft()
        slots = self._slots()
        return self._wishes.pop(slots[0]) if slots else None

    def _slots(self) -> list[str]:
        """Slots whose wishes may be done now; the lock is held."""
        busy = {running.job.slot for running in self._stack}
        slots = [slot for slot in self._wishes if slot not in busy | {IDLE, AHEAD}]
        if not slots and not busy:
            slots = [slot for slot in (IDLE, AHEAD) if self._is_time(slot)]
        return slots

    def _is_time(self, slot: str) -> bool:
        rested = slot != AHEAD or time.monotonic() >= self._rested
        return rested and slot in self._wishes

    def _do(self, running: _Running) -> None:
        try:
            stop = Serving(
                lambda: self._between(running), lambda: self._is_due(running)
            )
            running.job.run(stop)
        except Exception:
            # The thread must outlive a browser that does not listen any more.
            _log.exception("A job of the viewer failed.")
        finally:
            with self._lock:
                self._stack.remove(running)

    def _between(self, running: _Running) -> bool:
        """Between two pieces of a read: serve the others, then say whether to stop."""
        self._answer_dropped()
        while not running.stopped and not self._closed:
            with self._lock:
                deep = len(self._stack) >= _DEEPEST
                other = None if deep else self._begin()
            if other is None:
                break
            self._do(other)
        return running.stopped or self._closed

    def _is_due(self, running: _Running) -> bool:
        """Whether :meth:`_between` has something to do, where nothing can be done."""
        with self._lock:
            if running.stopped or self._closed or self._dropped:
                return True
            deep = len(self._stack) >= _DEEPEST
            return not deep and bool(self._queue or self._slots())

    def _answer_dropped(self) -> None:
        while self._dropped:
            self._dropped.popleft().overtaken()
