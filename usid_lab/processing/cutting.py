"""Cutting what is left into blocks that take the right time."""

from collections.abc import Iterator, Sequence
from typing import Self

from usid_lab.processing.plan import Plan
from usid_lab.processing.span import Span

_SHARES = 3  # blocks for each worker until the end, so that all end together
_GROWTH = 8  # the first batch tells little: it also loads what is needed
_FEW = 2  # blocks that are short: what they tell decides who computes the others


class Cutter(Iterator[Span]):
    """Gives spans of whole batches, as long as somebody asks.

    Parameters
    ----------
    plan : Plan
        Of which places.
    left : sequence of Span
        What is to be computed.
    workers : int
        How many compute.
    seconds : tuple of float
        How long a block should take, at least and at most.
    most : int, optional
        Places of a block at most, for memory.
    """

    def __init__(
        self,
        plan: Plan,
        left: Sequence[Span],
        workers: int,
        seconds: tuple[float, float],
        most: int | None = None,
    ) -> None:
        self._plan = plan
        self._left = list(left)[::-1]
        self._workers = max(1, workers)
        self._seconds = seconds
        self._most = plan.count if most is None else most
        self._longest = plan.batch
        self.places = sum(map(len, left))
        """Places that nobody has taken."""
        self.pace: float | None = None
        """Seconds that one worker needs for a place; None before the first block."""
        self._learned = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Span:
        if not self._left:
            raise StopIteration
        span = self._left.pop()
        stop = min(span.stop, span.start + self._length())
        if stop < span.stop:
            self._left.append(Span(stop, span.stop))
        self.places -= stop - span.start
        return Span(span.start, stop)

    @property
    def seconds_left(self) -> float | None:
        """Seconds of one worker for what nobody has taken; None if nobody knows."""
        return None if self.pace is None else self.pace * self.places

    def learn(self, places: int, seconds: float) -> None:
        """Take note of how long a block took.

        Parameters
        ----------
        places : int
            Its length.
        seconds : float
            The time of the worker.
        """
        self._learned += 1
        pace = max(seconds, 1e-9) / max(1, places)
        # What is quick once is quick; what was slow may have waited for something.
        weight = 0.7 if self.pace is None or pace < self.pace else 0.3
        known = pace if self.pace is None else self.pace
        self.pace = weight * pace + (1 - weight) * known
        self._longest = max(self._longest, _GROWTH * places)

    def _length(self) -> int:
        """Places of the next block: a multiple of the batch."""
        batch = self._plan.batch
        if self.pace is None:
            return batch
        least, most = self._seconds
        share = self.pace * self.places / (_SHARES * self._workers)
        aim = least if self._learned < _FEW else min(most, max(least, share))
        wanted = int(aim / self.pace)
        length = min(wanted, self._longest, self._most)
        return max(batch, length // batch * batch)
