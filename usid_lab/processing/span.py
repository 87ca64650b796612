"""A run of places: what is read, computed and recorded together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Places from `start` to `stop`, which is not among them.

    Attributes
    ----------
    start, stop : int
        Places of a plan.

    Examples
    --------
    >>> len(Span(3, 8)), list(Span(3, 5))
    (5, [3, 4])
    """

    start: int
    stop: int

    def __len__(self) -> int:
        return max(0, self.stop - self.start)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap.

    Parameters
    ----------
    spans : iterable of Span
        In any order.

    Returns
    -------
    list of Span
        Sorted, apart from each other, none empty.

    Examples
    --------
    >>> merged([Span(4, 6), Span(0, 2), Span(2, 3), Span(5, 5)])
    [Span(start=0, stop=3), Span(start=4, stop=6)]
    """
    found: list[Span] = []
    for span in sorted(span for span in spans if len(span)):
        if found and span.start <= found[-1].stop:
            last = found.pop()
            span = Span(last.start, max(last.stop, span.stop))
        found.append(span)
    return found


def without(whole: Span, taken: Iterable[Span]) -> list[Span]:
    """Return what is left of a span.

    Parameters
    ----------
    whole : Span
        All places.
    taken : iterable of Span
        Those that are not wanted, in any order.

    Returns
    -------
    list of Span
        Sorted, none empty.

    Examples
    --------
    >>> without(Span(0, 9), [Span(2, 4), Span(8, 9)])
    [Span(start=0, stop=2), Span(start=4, stop=8)]
    """
    left: list[Span] = []
    start = whole.start
    for span in merged(taken):
        left.append(Span(start, min(span.start, whole.stop)))
        start = max(start, span.stop)
    left.append(Span(start, whole.stop))
    return [span for span in left if len(span)]
