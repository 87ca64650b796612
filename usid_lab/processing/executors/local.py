"""Computing on this machine: in this process, or by workers where that is faster."""

import logging
import os
import time
from collections.abc import Iterator
from typing import Literal

from usid_lab.errors import ArgumentError, ProcessError, UsidError
from usid_lab.processing.block import Block, Failure
from usid_lab.processing.cutting import Cutter
from usid_lab.processing.executors.crew import Crew
from usid_lab.processing.executors.executor import Outcomes, Put
from usid_lab.processing.executors.flight import Flight, Lane
from usid_lab.processing.executors.quickness import Quickness
from usid_lab.processing.executors.solo import Solo
from usid_lab.processing.executors.workers import is_warm
from usid_lab.processing.memory import resident
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.reading.stopping import Stop
from usid_lab.storage.text import plain

How = Literal["auto", "serial", "pool"]

_log = logging.getLogger(__name__)

_TICK = 0.03  # seconds between two looks at who wants it to end
_TRIAL = 0.2  # seconds in which this process tries it alone
_WORTH = 1.0  # seconds of work for which workers are asked
_LONG = 0.5  # seconds after which nobody waits for the first batch
_LOOK = 0.1  # seconds between two looks at memory
_GRACE = 0.3  # seconds in which what is nearly done may be finished
_SPARE = 1  # spans that wait for a worker


class LocalExecutor:
    """Computes on this machine.

    Workers that wait from the last run are asked at once; else it begins in this
    process, and where more than a second of work is left after the first batches,
    workers take over as soon as they are up. Where a function is so quick that memory
    decides how long it takes, this process does what is left.

    Parameters
    ----------
    workers : int
        Processes at most; with less than two, this process does all.
    how : {"auto", "serial", "pool"}, optional
        Who computes.
    limit : int, optional
        Bytes that this process and its workers may take.
    """

    seconds = (0.1, 1.0)

    def __init__(
        self, workers: int, how: How = "auto", limit: int | None = None
    ) -> None:
        self.workers = max(1, workers)
        """Processes at most."""
        self._how: How = "serial" if how == "auto" and workers < 2 else how
        self._limit = limit

    def each(
        self,
        task: Task,
        spans: Iterator[Span],
        stop: Stop,
        put: Put | None = None,
    ) -> Outcomes:
        """Compute spans, as :class:`Executor` says."""
        del put  # this process keeps what comes
        work = _Work(task, spans, self.workers, self._how, self._limit)
        try:
            while work.begin():
                yield from work.landed()
                if stop():
                    yield from work.landed_at_last()
                    return
        except UsidError as error:
            yield Failure(Span(0, 0), error)
        finally:
            work.close()

    def close(self) -> None:
        """Do nothing: idle workers stay for the next run."""


class _Work:
    """One call of :meth:`LocalExecutor.each`."""

    def __init__(
        self,
        task: Task,
        spans: Iterator[Span],
        workers: int,
        how: How,
        limit: int | None,
    ) -> None:
        self._task, self._spans, self._limit = task, spans, limit
        self._how, self._count = how, workers
        self._flight = Flight(task.plan, task.name, spans)
        self._solo = Solo(task)
        self._quickness = Quickness(task.plan.place_bytes)
        self._crew: Crew | None = None
        self._begun = self._looked = time.monotonic()

    def begin(self) -> bool:
        """Begin what there is room for; False where all is done."""
        if self._crew is None and self._is_worth():
            self._hire()
        alone = self._how != "pool" and self._quickness.is_quick
        if self._crew is not None and self._crew.is_ready and not alone:
            self._fill(self._crew)
        elif self._how != "pool":
            self._fill_solo()
        return bool(self._flight) or self._is_waiting()

    def landed(self) -> Iterator[Block | Failure]:
        """Give what comes soon."""
        if not self._flight:
            time.sleep(_TICK)  # workers are on their way
            return
        for outcome, _ in self._flight.landed(_TICK):
            if isinstance(outcome, Block):
                self._quickness.learn(outcome)
            yield outcome
        self._check_memory()

    def landed_at_last(self) -> Iterator[Block | Failure]:
        """Give what is finished in a moment; nobody waits for the rest."""
        end = time.monotonic() + _GRACE
        while self._flight and (left := end - time.monotonic()) > 0:
            for outcome, _ in self._flight.landed(left):
                if isinstance(outcome, Block):
                    yield outcome

    def close(self) -> None:
        """Keep workers that are idle; end those that are busy."""
        self._solo.close(busy=bool(self._flight.count("aside")))
        if self._crew is not None:
            self._crew.close(busy=bool(self._flight.count("pool")))

    def _is_waiting(self) -> bool:
        """Workers that were asked for are not up, and something is left for them."""
        span = self._flight.next() if self._crew is not None else None
        if span is not None:
            self._flight.put_back(span)
        return span is not None

    def _is_worth(self) -> bool:
        if self._how != "auto":
            return self._how == "pool"
        passed, left = time.monotonic() - self._begun, self._seconds_left()
        quick = self._quickness.is_quick
        if quick is None and is_warm(self._count):
            return True  # they cost nothing, and find out as well
        if left is None:
            return passed > _LONG and bool(self._flight.count("aside"))
        trial = _LONG if quick is None else _TRIAL
        return passed > trial and left > _WORTH and not quick

    def _seconds_left(self) -> float | None:
        return self._spans.seconds_left if isinstance(self._spans, Cutter) else None

    def _hire(self) -> None:
        wait = _LONG if is_warm(self._count) else 0.0
        try:
            self._crew = Crew(self._task, self._count)
            self._crew.wait(wait)
        except ArgumentError:
            if self._how != "auto":
                raise
            self._how = "serial"
            _log.warning("this process computes alone", exc_info=True)

    def _fill_solo(self) -> None:
        # The next block is computed while the last one is brought to the disk.
        room = 1 if self._seconds_left() is None else 1 + _SPARE
        while self._flight.count("aside") < room:
            span = self._flight.next()
            if span is None:
                return
            self._flight.add(self._solo.submit(span), span, "aside")

    def _fill(self, crew: Crew) -> None:
        room = 1 if self._flight.careful else crew.count + _SPARE
        lane: Lane = "pool"
        while self._flight.count(lane) < room:
            span = self._flight.next()
            if span is None:
                return
            future = crew.submit(span)
            if future is None:
                self._flight.put_back(span)
                return
            self._flight.add(future, span, lane)
            if self._flight.careful:
                return

    def _check_memory(self) -> None:
        """Hold the limit: with fewer workers, or not at all."""
        now = time.monotonic()
        if self._limit is None or now < self._looked + _LOOK:
            return
        self._looked = now
        crew = self._crew
        pids = crew.pids if crew is not None else []
        taken = resident([os.getpid(), *pids])
        if taken <= self._limit:
            return
        if crew is None or crew.count == 1:
            raise self._too_much(taken)
        self._flight.lost("pool")
        crew.restart(crew.count - 1)

    def _too_much(self, taken: int) -> ProcessError:
        text = f"'{plain(self._task.name)}' takes {taken / 2**20:.0f} MB, more than"
        text = f"{text} max_mem_mb={self._limit_mb}. Allow more, or let its function be"
        return ProcessError(f"{text} given fewer positions at a time (batch).")

    @property
    def _limit_mb(self) -> str:
        return f"{(self._limit or 0) / 2**20:.0f}"
