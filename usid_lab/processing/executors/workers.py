"""Worker processes, which outlive a run: the next one finds them warm."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from usid_lab.processing.executors import worker
from usid_lab.processing.executors.parcel import Parcel
from usid_lab.processing.span import Span

if TYPE_CHECKING:
    from concurrent.futures import Future

    from usid_lab.processing.executors.worker import Handed

_IDLE = 300  # seconds after which workers that nobody needs end
_SOON = 0.2  # seconds in which a call is on its way to a worker
_ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
    "NUMBA_NUM_THREADS",
)


T = TypeVar("T")

_alive: "WeakSet[Workers]" = WeakSet()


@cache
def _end_with_the_program() -> None:
    """Kill all workers at the end.

    A process that multiprocessing started waits for its children before anything else
    is cleared up, and workers would wait for it.
    """
    Finalize(None, _kill_all, exitpriority=100)


def _kill_all() -> None:
    for one in list(_alive):
        one.kill()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let processes that are started here hear no Ctrl-C: it is for this program.

    They ignore it by themselves as soon as they have loaded what they need.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # to start it would end what is begun here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Workers:
    """A pool of processes, each with one thread for BLAS.

    Parameters
    ----------
    count : int
        How many processes.
    """

    def __init__(self, count: int) -> None:
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        self.count = count
        """How many processes."""
        self._pool: ProcessPoolExecutor = ProcessPoolExecutor(
            count,
            timeout=_IDLE,
            initializer=worker.begin,
            initargs=(os.getpid(),),
            env=dict.fromkeys(_ONE_THREAD, "1"),
        )
        self._calls: WeakSet[Future[Any]] = WeakSet()
        _alive.add(self)
        _end_with_the_program()

    def warm(self, parcel: Parcel) -> "list[Future[int]]":
        """Have processes started, and a task loaded."""
        return [self._called(worker.warm, parcel) for _ in range(self.count)]

    def submit(self, parcel: Parcel, span: Span) -> "Future[Handed]":
        """Have a span computed.

        Parameters
        ----------
        parcel : Parcel
            The task.
        span : Span
            Whole batches.

        Returns
        -------
        Future
            Fails with BrokenExecutor where a process was ended.
        """
        return self._called(worker.compute, parcel, span)

    @property
    def pids(self) -> list[int]:
        """The processes."""
        with suppress(AttributeError, RuntimeError):
            return list(self._pool._processes)  # noqa: SLF001
        return []

    def kill(self) -> None:
        """End all processes at once, whatever they do."""
        # Loky's thread would fail over a call that it has not passed on yet.
        end = time.monotonic() + _SOON
        while self._is_calling() and time.monotonic() < end:
            time.sleep(1e-3)
        self._pool.shutdown(wait=False, kill_workers=True)

    def _called(self, function: Callable[..., T], *args: object) -> "Future[T]":
        with _uninterrupted():  # the first calls start processes
            future: Future[T] = self._pool.submit(function, *args)
        self._calls.add(future)
        return future

    def _is_calling(self) -> bool:
        return any(not (call.running() or call.done()) for call in list(self._calls))


_kept: Workers | None = None
_lock = threading.Lock()


def borrow(count: int) -> Workers:
    """Take the workers of the last run, or new ones.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    Workers
        Nobody else has them until they are given back.
    """
    global _kept
    with _lock:
        kept, _kept = _kept, None
    if kept is not None and kept.count == count:
        return kept
    if kept is not None:
        kept.kill()
    return Workers(count)


def give_back(workers: Workers) -> None:
    """Keep workers for the next run.

    Parameters
    ----------
    workers : Workers
        They are idle.
    """
    global _kept
    with _lock:
        kept, _kept = _kept, workers
    if kept is not None and kept is not workers:
        kept.kill()


def is_warm(count: int) -> bool:
    """Whether so many workers wait for work."""
    return _kept is not None and _kept.count == count


def dismiss() -> None:
    """End the workers that wait for the next run."""
    global _kept
    with _lock:
        kept, _kept = _kept, None
    if kept is not None:
        kept.kill()
