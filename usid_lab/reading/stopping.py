"""How what takes long is stopped, and what it tells meanwhile."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Stop = Callable[[], bool]
Progress = Callable[[float], None]
Partial = Callable[[NDArray[np.generic]], None]

_OFTEN = 0.2  # seconds between two partial results
_SHARE = 9  # times as long as making one takes, at least


class Serving:
    """A stop that serves somebody else meanwhile, before it answers.

    Parameters
    ----------
    stop : callable
        Serves, then says whether to stop.
    is_due : callable
        Whether `stop` has something to do; does nothing itself.
    """

    def __init__(self, stop: Stop, is_due: Stop) -> None:
        self._stop = stop
        self.is_due = is_due
        """Whether it has something to do."""

    def __call__(self) -> bool:
        """Serve, then say whether to stop."""
        return self._stop()


def watcher(stop: Stop) -> Stop:
    """Return what tells when to ask `stop`, where nobody else can be served.

    Parameters
    ----------
    stop : callable
        Asked itself, unless it is a :class:`Serving`.
    """
    return stop.is_due if isinstance(stop, Serving) else stop


class Stopped(Exception):  # noqa: N818
    """A read was stopped before its end, because somebody asked for that."""


class Preview:
    """Shows a result while it is still being made, now and then.

    Parameters
    ----------
    show : callable, optional
        Called with the result so far; never if None.
    """

    def __init__(self, show: Partial | None) -> None:
        self._show = show
        self._due = time.monotonic() + _OFTEN / 2  # the first one sooner

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is shown anything."""
        return self._show is not None

    def offer(self, make: Callable[[], NDArray[np.generic]]) -> None:
        """Show what `make` gives, if the last one was shown long enough ago."""
        begin = time.monotonic()
        if self._show is None or begin < self._due:
            return
        self._show(make())
        end = time.monotonic()
        self._due = end + max(_OFTEN, _SHARE * (end - begin))
