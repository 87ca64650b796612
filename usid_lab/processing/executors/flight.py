"""Blocks that are being computed, by whom, and how often they were lost."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal

from usid_lab.errors import UsidError, WorkerError
from usid_lab.processing.block import Block, Failure
from usid_lab.processing.executors.worker import Handed
from usid_lab.processing.failing import told
from usid_lab.processing.plan import Plan
from usid_lab.processing.span import Span

Lane = Literal["aside", "pool"]
Landing = Future[Block] | Future[Handed]

_LIVES = 3  # times that a span may be there when a worker is ended


class Flight:
    """What is under way.

    Parameters
    ----------
    plan : Plan
        Of which places.
    name : str
        Of the process, for messages.
    spans : iterator of Span
        Where the next one comes from.
    """

    def __init__(self, plan: Plan, name: str, spans: Iterator[Span]) -> None:
        self._plan = plan
        self._name = name
        self._spans = spans
        self._flying: dict[Landing, tuple[Span, Lane]] = {}
        self._again: list[Span] = []
        self._losses: Counter[Span] = Counter()

    def __len__(self) -> int:
        return len(self._flying)

    @property
    def careful(self) -> bool:
        """Spans that were lost are tried one by one, to learn which one it is."""
        waiting = [*self._again, *(span for span, _ in self._flying.values())]
        return any(self._losses[span] for span in waiting)

    def count(self, lane: Lane) -> int:
        """How many are under way there."""
        return sum(1 for _, where in self._flying.values() if where == lane)

    def next(self) -> Span | None:
        """Give the next span; None where there is none."""
        return self._again.pop(0) if self._again else next(self._spans, None)

    def add(self, future: Landing, span: Span, lane: Lane) -> None:
        """Take note of what was begun."""
        self._flying[future] = (span, lane)

    def put_back(self, span: Span) -> None:
        """Have a span done later."""
        self._again.append(span)

    def landed(self, seconds: float) -> Iterator[tuple[Block | Failure, Lane]]:
        """Wait for something to come.

        Parameters
        ----------
        seconds : float
            At most.

        Yields
        ------
        Block or Failure, and the lane
            Spans whose worker was ended come again by themselves.
        """
        flying: list[Future[Any]] = list(self._flying)
        done, _ = wait(flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            span, lane = self._flying.pop(future)
            outcome = self._outcome(future, span)
            if outcome is not None:
                yield outcome, lane

    def lost(self, lane: Lane) -> None:
        """Have all of a lane done again, through no fault of theirs."""
        for future, (span, where) in list(self._flying.items()):
            if where == lane:
                del self._flying[future]
                self._again.append(span)

    def _outcome(self, future: Landing, span: Span) -> Block | Failure | None:
        try:
            found = future.result()
            block = found.block() if isinstance(found, Handed) else found
        except BrokenProcessPool as error:
            self._losses[span] += 1
            if self._losses[span] < _LIVES:
                self._again.append(span)
                return None
            return Failure(span, self._ended(span, error))
        except Exception as error:
            return Failure(span, error)
        self._losses.pop(span, None)
        return block

    def _ended(self, span: Span, error: Exception) -> UsidError:
        where = told(self._plan, span.start)
        text = f"The worker of '{self._name}' was ended {_LIVES} times at {len(span)}"
        text = f"{text} places from {where}: the function crashes there, or takes more"
        reason = str(error).strip().replace("\n", " ")
        return WorkerError(f"{text} memory than there is.", reason)
