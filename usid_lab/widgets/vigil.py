"""Somebody looks now and then whether the file is still what is on the screen."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.widgets.edition import State

_EVERY = 1.0  # seconds; a look costs microseconds
_MOST_WAITING = 64  # views that were closed without a word are among them


@dataclass(frozen=True, slots=True)
class _Watcher:
    known: State
    look: Callable[[], State]
    tell: Callable[[State], None]


class Vigil:
    """Tells who asks as soon as the file is in another state than they know.

    Its thread lives as long as somebody waits.

    Parameters
    ----------
    every : float, optional
        Seconds between two looks.
    """

    def __init__(self, every: float = _EVERY) -> None:
        self._every = every
        self._watchers: deque[_Watcher] = deque(maxlen=_MOST_WAITING)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(
        self, known: State, look: Callable[[], State], tell: Callable[[State], None]
    ) -> None:
        """Have somebody told, once, when the state is not the one that they know.

        Parameters
        ----------
        known : {"same", "grown", "changed", "missing"}
            The state that they know.
        look : callable
            Finds the state.
        tell : callable
            Takes the new one; called in another thread.
        """
        with self._lock:
            self._watchers.append(_Watcher(known, look, tell))
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(
                    target=self._keep, name="usid-lab-vigil", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Tell nobody any more."""
        self._closed.set()

    def _keep(self) -> None:
        while self._look_around():
            self._closed.wait(self._every)

    def _look_around(self) -> bool:
        """Tell those who must know; False if there is nothing left to do."""
        with self._lock:
            waiting = list(self._watchers)
            if self._closed.is_set() or not waiting:
                self._thread = None
                return False
        for watcher in waiting:
            self._look_for(watcher)
        return True

    def _look_for(self, watcher: _Watcher) -> None:
        state = watcher.look()
        if state == watcher.known:
            return
        with self._lock:
            if watcher not in self._watchers:
                return
            self._watchers.remove(watcher)
        watcher.tell(state)
