"""The lane of this process: one block after the other, with one thread for BLAS."""

from typing import TYPE_CHECKING

from usid_lab.processing.block import Block
from usid_lab.processing.executors.aside import Aside
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task

if TYPE_CHECKING:
    from concurrent.futures import Future


class Solo:
    """Computes in this process.

    Parameters
    ----------
    task : Task
        What is to be done.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._aside: Aside | None = None
        self._threads: object = None

    def submit(self, span: Span) -> "Future[Block]":
        """Have a span computed."""
        if self._aside is None:
            self._aside = Aside()
        return self._aside.submit(lambda: self._compute(span))

    def close(self, *, busy: bool) -> None:
        """Leave: what still runs is interrupted where it is Python code.

        Parameters
        ----------
        busy : bool
            Something was submitted that has not come.
        """
        if self._aside is not None:
            (self._aside.abandon if busy else self._aside.close)()

    def _compute(self, span: Span) -> Block:
        from threadpoolctl import ThreadpoolController

        if self._threads is None:
            self._threads = ThreadpoolController()  # takes longer than to limit it
        assert isinstance(self._threads, ThreadpoolController)
        with self._threads.limit(limits=1):
            return self._task.compute(span)
