"""The lane of the workers, from the task that they load to the end of a run."""

from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from typing import TYPE_CHECKING

from usid_lab.errors import UsidError, WorkerError
from usid_lab.processing.executors import workers as pool
from usid_lab.processing.executors.parcel import pickled, shipped
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from concurrent.futures import Future

    from usid_lab.processing.executors.worker import Handed

_STARTS = 3  # times that workers may end before they were of any use


class Crew:
    """Workers with one task.

    Parameters
    ----------
    task : Task
        What is to be done.
    count : int
        How many workers.
    """

    def __init__(self, task: Task, count: int) -> None:
        self._name = task.name
        payload = pickled(task)
        self._stack = ExitStack()
        self._parcel = self._stack.enter_context(shipped(payload))
        self._starts = 0
        self._begin(count)

    def _begin(self, count: int) -> None:
        self.count = count
        """How many workers."""
        self._workers = pool.borrow(count)
        try:
            self._pings = self._workers.warm(self._parcel)
        except BrokenProcessPool:  # they were ended while nobody needed them
            self._workers.kill()
            self._workers = pool.Workers(count)
            self._pings = self._workers.warm(self._parcel)

    @property
    def is_ready(self) -> bool:
        """Whether a worker waits for blocks.

        Raises
        ------
        WorkerError
            None can be started, or load the task.
        """
        ended = [ping for ping in self._pings if ping.done()]
        errors = [error for ping in ended if (error := ping.exception())]
        if errors and isinstance(errors[0], BrokenProcessPool):
            self._starts += 1
            if self._starts < _STARTS:
                self.restart(self.count)
                return False
        if errors:
            raise self._useless(errors[0])
        return bool(ended)

    def wait(self, seconds: float) -> None:
        """Wait until a worker is ready, or cannot be.

        Parameters
        ----------
        seconds : float
            At most.
        """
        wait(self._pings, seconds, FIRST_COMPLETED)

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return self._workers.pids

    def submit(self, span: Span) -> "Future[Handed] | None":
        """Have a span computed; None where the workers must be started anew first."""
        try:
            return self._workers.submit(self._parcel, span)
        except BrokenProcessPool:
            self.restart(self.count)
            return None

    def restart(self, count: int) -> None:
        """End all workers, and begin with new ones."""
        self._workers.kill()
        self._begin(count)

    def close(self, *, busy: bool) -> None:
        """Keep the workers for the next run; end them where they are busy.

        Parameters
        ----------
        busy : bool
            Something was submitted that has not come.
        """
        broken = any(ping.done() and ping.exception() for ping in self._pings)
        if busy or broken:
            self._workers.kill()
        else:  # also where they are on their way: they will be there next time
            pool.give_back(self._workers)
        self._stack.close()

    def _useless(self, error: BaseException) -> UsidError:
        text = f"Workers cannot load what '{plain(self._name)}' needs. Put its function"
        text = f"{text} into a module that can be imported, or use executor='serial'."
        return WorkerError(text, f"{type(error).__name__}: {error}")
