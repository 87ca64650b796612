"""The lane of this process: one block after the other, with one thread for BLAS."""

import time
from typing import TYPE_CHECKING

from usid_lab.processing.block import Block
from usid_lab.processing.executors.aside import Aside
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task

if TYPE_CHECKING:
    from concurrent.futures import Future


_QUICK = 200 << 20  # bytes a second: to send them takes as long as to work on them


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
        self._measured: list[tuple[int, float]] = []

    @property
    def is_quick(self) -> bool | None:
        """Whether memory decides how long it takes, not the processor; None: unknown.

        By the time of the processor, which does not depend on who else uses it; the
        first block does not count, for it also loads what is needed.
        """
        if len(self._measured) < 2:
            return None
        places = sum(count for count, _ in self._measured[1:])
        seconds = sum(cpu for _, cpu in self._measured[1:])
        return places * self._task.plan.place_bytes > _QUICK * seconds > 0

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
            begin = time.thread_time()
            block = self._task.compute(span)
        self._measured.append((len(span), time.thread_time() - begin))
        return block
