"""The reader process of a viewer: started, used, started again, ended."""

import itertools
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from usid_lab.errors import FileError
from usid_lab.reading.brief import Brief
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.link import Fate, Link, Lost
from usid_lab.reading.process.obituary import obituary, refusal, where
from usid_lab.reading.stopping import Stop, Stopped
from usid_lab.storage.stamps import quick_stamp

PATIENCE = 30.0  # seconds until a process must have said hello
_TICK = 0.01
_MOST_DEATHS = 3  # of one dataset in a row
_MOST_STARTS = 2  # in vain, until reading stays in the kernel

_Key = tuple[str, str]


class ReaderProcess:
    """A process that reads for one viewer.

    Until it is started and up, and where it cannot be, there is none, and whoever asks
    reads in the kernel. Once it was up, nothing goes past it: what ended it would end
    the kernel too. It is ended with :meth:`close`, with the last reference and with the
    kernel, whatever ends that.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._link: Link | None = None
        self._was_up = False
        self._in_vain = 0
        self._closed = False
        self._deaths: Counter[_Key] = Counter()
        self._numbers = itertools.count(1)
        self._forgotten: deque[int] = deque()
        self._end: Callable[[], object] = int

    @property
    def pid(self) -> int | None:
        """Its number; None where there is none just now."""
        link = self._link
        return None if link is None or link.has_ended else link.process.pid

    def start(self) -> None:
        """Start it, unless that was done; does not wait until it is up."""
        with self._lock:
            if self._link is not None or not self._may_start:
                return
            try:
                self._link = Link()
            except OSError:
                self._in_vain += 1
                return
            end = self._link.lose
            self._end = weakref.finalize(self, end, Fate.ENDED, "it was closed")

    def close(self) -> None:
        """End it, now; what waits for it is stopped."""
        self._closed = True
        link = self._link
        if link is None:
            return
        link.kill()
        # Another thread that uses it just now cleans up when it sees the end.
        if self._lock.acquire(blocking=False):
            self._end()
            self._lock.release()

    def forgive(self) -> None:
        """Try again what was given up: somebody asks for it."""
        with self._lock:
            self._deaths.clear()
            self._in_vain = 0

    def number(self) -> int:
        """Return a new number for a dataset."""
        return next(self._numbers)

    def forget(self, number: int) -> None:
        """Forget a dataset, with the next request; any thread may ask for that.

        Parameters
        ----------
        number : int
        """
        self._forgotten.append(number)

    def comes_up(self, stop: Stop | None = None) -> bool:
        """Start it and wait until it is up; False where it cannot be.

        Parameters
        ----------
        stop : callable, optional
            Ends the waiting, with Stopped.
        """
        until = time.monotonic() + PATIENCE
        with self._lock:
            while self._may_start and time.monotonic() < until:
                self.start()
                if self._is_up(_TICK):
                    return True
                if stop is not None and stop():
                    raise Stopped
            return False

    @property
    def _may_start(self) -> bool:
        return not self._closed and self._in_vain < _MOST_STARTS

    @contextmanager
    def serving(
        self, number: int, brief: Brief, stop: Stop | None = None
    ) -> Iterator[Link | None]:
        """Lend the process for one request about a dataset.

        Parameters
        ----------
        number : int
            Of the dataset.
        brief : Brief
        stop : callable, optional
            Asked while the process is being started again.

        Yields
        ------
        Link or None
            None where reading is done in the kernel.

        Raises
        ------
        UsidError
            The process died, in words; or this dataset ended it too often.
        """
        with self._lock:
            before = quick_stamp(brief.file)
            link = self._ready(brief, stop)
            try:
                if link is not None:
                    self._introduce(link, number, brief)
                yield link
            except (Lost, BreachError) as error:
                if self._closed or link is None:
                    raise Stopped from error
                lost = link.lose(Fate.BREACH, str(error))
                self._mourn(lost, brief)
                code = link.process.returncode
                raise obituary(lost, code, brief, before) from error
            self._deaths.pop(_key(brief), None)

    def _ready(self, brief: Brief, stop: Stop | None) -> Link | None:
        deaths = self._deaths[_key(brief)]
        if deaths >= _MOST_DEATHS:
            raise refusal(brief, deaths)
        if self._closed or self._is_up():
            return self._link
        if not self._was_up:
            return None
        if not self.comes_up(stop):
            raise _unable(brief)
        return self._link

    def _is_up(self, timeout: float = 0.0) -> bool:
        """Whether it serves; that one ended while nobody waited is no news."""
        link = self._link
        if link is None:
            return False
        up = False
        with suppress(Lost):
            up = link.is_ready(timeout) and not link.has_ended
        if up:
            self._was_up, self._in_vain = True, 0
        if link.has_ended:
            self._in_vain += not link.is_greeted
            self._bury()
        return up

    def _introduce(self, link: Link, number: int, brief: Brief) -> None:
        while self._forgotten:
            link.forget(self._forgotten.popleft())
        link.open(number, brief)

    def _mourn(self, lost: Lost, brief: Brief) -> None:
        """Count a death once, however many requests it took along."""
        if not lost.told:
            lost.told = True
            self._deaths[_key(brief)] += 1
            self._bury()

    def _bury(self) -> None:
        self._end()
        self._link = None


def _key(brief: Brief) -> _Key:
    return str(brief.file), brief.path


def _unable(brief: Brief) -> FileError:
    text = "The program that reads for the viewer ended and cannot be started again."
    return FileError(f"{text} Restart the kernel.", where(brief))
