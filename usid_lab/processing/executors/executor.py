"""What a run asks of those who compute."""

from collections.abc import Callable, Generator, Iterator
from typing import Protocol

from usid_lab.processing.block import Block, Failure, Receipt
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.reading.stopping import Stop

Put = Callable[[Block], None]
Outcomes = Generator[Block | Receipt | Failure, None, None]


class Executor(Protocol):
    """Computes spans of places, in any order."""

    @property
    def workers(self) -> int:
        """How many spans are computed at the same time."""
        ...

    @property
    def seconds(self) -> tuple[float, float]:
        """How long a block should take, at least and at most."""
        ...

    def each(
        self, task: Task, spans: Iterator[Span], stop: Stop, put: Put | None = None
    ) -> Outcomes:
        """Compute spans.

        Parameters
        ----------
        task : Task
            What is to be done; it is sent to each worker once.
        spans : iterator of Span
            Pulled when somebody has time for one, so that their lengths follow what
            was learnt from the blocks before. Never from two threads.
        stop : callable
            Asked at least every 0.2 s; once it is true what runs is abandoned, and
            this ends within 2 s.
        put : callable, optional
            Keeps a block; it can be pickled. Who computes elsewhere may call it there
            and give a Receipt; a Block that is given is kept by the run.

        Yields
        ------
        Block, Receipt or Failure
            As they come, from a generator: closing it ends what still runs. After a
            Failure nothing more is asked for.
        """
        ...

    def close(self) -> None:
        """Give back what only this run needed. May be called twice."""
        ...
