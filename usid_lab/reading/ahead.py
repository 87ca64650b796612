"""Work that runs ahead in threads, its results taken in order.

While one block is folded the next ones are read: neither holds Python's lock for
long. Results come in the order of the blocks, so that sums are the same every time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from usid_lab.reading.stopping import Stop, Stopped
from usid_lab.reading.threads import cores

T = TypeVar("T")
R = TypeVar("R")

HANDS = 3
"""Items in work at a time: memory is no faster for more of them."""

_LOOK = 0.01  # seconds between two questions whether to stop


def in_order(
    work: Callable[[T, Stop], R],
    items: Iterable[T],
    stop: Stop | None = None,
    most: int = HANDS,
) -> Iterator[R]:
    """Work on a few items at a time.

    Parameters
    ----------
    work : callable
        Called with an item and with a function that says whether to stop; in another
        thread.
    items : iterable
        What there is to do; as few as possible are taken ahead.
    stop : callable, optional
        Asked here, every 10 ms and between results.
    most : int, optional
        How many items are in work at a time at most.

    Yields
    ------
    object
        What `work` gave, in the order of the items.

    Raises
    ------
    Stopped
        If `stop` returned true. Nothing is at work any more then.
    """
    hands = min(most, cores() + 1)  # one of them may wait for the disk
    over = Event()
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(hands, "usid_lab blocks") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item, over.is_set))
                del item  # it may be large
                if len(waiting) > hands:
                    yield _awaited(waiting.popleft(), stop)
            while waiting:
                yield _awaited(waiting.popleft(), stop)
        finally:
            over.set()
            for future in waiting:
                future.cancel()


def one_by_one(
    work: Callable[[T, Stop], R], items: Iterable[T], stop: Stop | None = None
) -> Iterator[R]:
    """Work in the thread that asks: to start others takes longer than a little work.

    Parameters
    ----------
    work, items, stop : callable, iterable, callable, optional
        As for :func:`in_order`; `work` asks whether to stop.

    Yields
    ------
    object
        What `work` gave, in the order of the items.

    Raises
    ------
    Stopped
        If `stop` returned true.
    """
    stops = stop or _never
    for item in items:
        if stops():
            raise Stopped("reduction")
        yield work(item, stops)


def _never() -> bool:
    return False


def _awaited(future: Future[R], stop: Stop | None) -> R:
    while True:
        if stop is not None and stop():
            raise Stopped("reduction")
        if future.done() or wait([future], _LOOK).done:
            return future.result()
