"""A few threads that share work which does not hold Python's lock."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_busy() -> bool:
    """Whether more threads want to run than there are cores; no where none can tell.

    To hand Python's lock to and fro then costs more than a second thread gains, unless
    each part of the work takes long.
    """
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > cores()


class Team:
    """Threads that are made when they are needed first, one for each core.

    Parameters
    ----------
    size : int, optional
        How many work at a time, the one that asks among them.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size or cores()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def share(
        self, items: Iterable[T], work: Callable[[T], object], most: int | None = None
    ) -> None:
        """Do something to each of several items, in no order.

        The caller works too: nothing waits for threads that are busy elsewhere, or
        that a fork left behind.

        Parameters
        ----------
        items : iterable
            What there is to do.
        work : callable
            Called with each of them. After its first error nothing more is begun.
        most : int, optional
            How many items are in work at a time at most.
        """
        todo = deque(items)
        helpers = min(most or self._size, self._size, len(todo)) - 1
        invited = [self._invited(todo, work) for _ in range(helpers)]
        try:
            _work_off(todo, work)
        finally:
            todo.clear()
            # Those that never began are not waited for.
            begun = [helper for helper in invited if helper and not helper.cancel()]
            errors = [helper.exception() for helper in begun]
        for error in filter(None, errors):
            raise error

    def _invited(
        self, todo: deque[T], work: Callable[[T], object]
    ) -> Future[None] | None:
        with self._lock:
            if self._pool is None:
                name = "usid_lab team"
                self._pool = ThreadPoolExecutor(max(1, self._size - 1), name)
            try:
                return self._pool.submit(_work_off, todo, work)
            except RuntimeError:  # Python is ending
                return None

    def forget(self) -> None:
        """Drop threads that are those of a parent process."""
        self._lock = threading.Lock()
        self._pool = None


def _work_off(todo: deque[T], work: Callable[[T], object]) -> None:
    while todo:
        try:
            item = todo.popleft()
        except IndexError:  # another thread was quicker
            return
        try:
            work(item)
        except BaseException:
            todo.clear()
            raise


team = Team()
"""The one that all readers of a process share."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=team.forget)
