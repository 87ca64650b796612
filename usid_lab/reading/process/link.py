"""One running reader process, as the kernel sees it."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from usid_lab.reading.brief import Brief
from usid_lab.reading.process import orders, replies
from usid_lab.reading.process.arena import SLOTS, Bytes
from usid_lab.reading.process.channel import BreachError, ChannelClosed
from usid_lab.reading.process.orders import PLUGINS, Order, Request
from usid_lab.reading.process.replies import Bad, Form, Hello, Part, Progress, Reply
from usid_lab.reading.process.spawning import spawned
from usid_lab.reading.stopping import Stop, Stopped

SILENCE = 20.0  # seconds of waiting without a reply: it hangs
_TICK = 0.005  # seconds between two looks at whether to stop
_END = 2.0
_MOST_KEPT = 8  # a slot has two parts


class Fate(StrEnum):
    """What became of a reader process."""

    ENDED = "ended"
    HUNG = "hung"
    BREACH = "broke the protocol"


class Lost(Exception):  # noqa: N818
    """The process is gone, and with it whatever it was asked.

    Parameters
    ----------
    fate : Fate
    detail : str
        For the reason of an error.
    """

    def __init__(self, fate: Fate, detail: str) -> None:
        super().__init__(detail)
        self.fate = fate
        self.detail = detail
        self.told = False


@dataclass(slots=True, eq=False)
class Pending:
    """A request that was sent: its replies so far, the slot that it was lent."""

    id: int
    slot: int | None
    replies: deque[Reply] = field(default_factory=deque)
    dropped: bool = False

    def take(self, reply: Reply) -> None:
        """Keep a reply until somebody asks; of progress, only the latest."""
        if self.replies and isinstance(self.replies[-1], Progress):
            self.replies.pop()
        if len(self.replies) >= _MOST_KEPT:
            raise BreachError("more replies than were asked for")
        self.replies.append(reply)


class Link:
    """A process, its channel and its arena. One thread at a time uses it.

    Requests nest: while one waits, its `stop` may send others.
    """

    def __init__(self) -> None:
        self.process, self._channel, self._arena = spawned()
        self._maker = os.getpid()
        self.lost: Lost | None = None
        """Why it serves no more."""
        self.is_greeted = False
        """Whether it said hello."""
        self._opened: set[int] = set()
        self._pending: dict[int, Pending] = {}
        self._last = 0
        self._silent = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone; a thread waits for that."""
        return self.lost is not None or self.process.returncode is not None

    def is_ready(self, timeout: float = 0.0) -> bool:
        """Whether the process is up; waits for that.

        Parameters
        ----------
        timeout : float, optional
            Seconds.
        """
        if not self.is_greeted and self.lost is None:
            self._pump(timeout)
        return self.is_greeted

    def open(self, number: int, brief: Brief) -> None:
        """Tell it a dataset, unless it knows that.

        Parameters
        ----------
        number : int
            By which requests name it.
        brief : Brief
        """
        if number not in self._opened:
            self._send(orders.Open(number, brief, PLUGINS in sys.modules))
            self._opened.add(number)

    def forget(self, number: int) -> None:
        """Let it forget a dataset.

        Parameters
        ----------
        number : int
        """
        if number in self._opened:
            self._opened.discard(number)
            self._send(orders.Close(number))

    def begin(self, request: Callable[[int], Request]) -> Pending:
        """Send a request that needs no slot.

        Parameters
        ----------
        request : callable
            Makes it, given its id.

        Returns
        -------
        Pending
            To be ended with :meth:`ending`.
        """
        return self._begin(None, request)

    def begin_read(
        self, request: Callable[[int, int], Request], stop: Stop | None
    ) -> Pending:
        """Send a request, once there is a slot for its result.

        Parameters
        ----------
        request : callable
            Makes it, given its id and slot.
        stop : callable, optional
            As for :meth:`wait`.

        Returns
        -------
        Pending
            To be ended with :meth:`ending`.
        """
        while (slot := self._free_slot()) is None:
            self._pump(_TICK)
            _go_on(stop)
        return self._begin(slot, lambda identity: request(identity, slot))

    def wait(self, pending: Pending, stop: Stop | None = None) -> Reply:
        """Return the next reply to a request.

        Parameters
        ----------
        pending : Pending
        stop : callable, optional
            Asked again and again; may send requests of its own.

        Raises
        ------
        Stopped
            If `stop` returned true.
        Lost
            There will be no reply.
        """
        self._check()
        while not pending.replies:
            self._pump(_TICK)
            if not pending.replies:
                _go_on(stop)
                self._check()
        return pending.replies.popleft()

    def values(self, pending: Pending, number: int, nbytes: int) -> Bytes:
        """Where the values of a part lie, until :meth:`taken`."""
        return self._arena.part(pending.slot or 0, number, nbytes)

    def taken(self, pending: Pending) -> None:
        """Say that a part was copied, where more are to come."""
        if pending.id in self._pending:
            self._send(orders.Taken(pending.id))

    @contextmanager
    def ending(self, pending: Pending) -> Iterator[None]:
        """End a request in any case: one that is not answered by then is stopped."""
        try:
            yield
        finally:
            if pending.id in self._pending and self.lost is None:
                pending.dropped = True
                pending.replies.clear()
                self._send(orders.Stop(pending.id))

    def lose(self, fate: Fate, detail: str) -> Lost:
        """End the process; it cannot be trusted to do so itself.

        Parameters
        ----------
        fate : Fate
        detail : str

        Returns
        -------
        Lost
            To be raised by whoever waits.
        """
        if self.lost is None:
            self.lost = Lost(fate, detail)
            self.kill()
            self._channel.close()
            self._arena.close()
        return self.lost

    def kill(self) -> None:
        """End the process, whatever it is doing; any thread may ask for that."""
        if os.getpid() == self._maker:  # and not a fork of the kernel that ends
            self.process.kill()

    def _begin(self, slot: int | None, request: Callable[[int], Request]) -> Pending:
        self._last += 1
        pending = Pending(self._last, slot)
        if not self._pending:
            self._silent = 0.0
        self._send(request(pending.id))
        self._pending[pending.id] = pending
        return pending

    def _free_slot(self) -> int | None:
        used = {pending.slot for pending in self._pending.values()}
        return next((slot for slot in range(SLOTS) if slot not in used), None)

    def _send(self, order: Order) -> None:
        self._check()
        try:
            self._channel.send(orders.packed(order))
        except ChannelClosed as error:
            raise self._gone(error) from error

    def _pump(self, timeout: float) -> None:
        """Take the next reply, whichever request it belongs to."""
        self._check()
        try:
            message = self._channel.receive(timeout)
            if message is None:
                self._wait_in_silence(timeout)
                return
            self._silent = 0.0
            self._route(replies.checked(message))
        except ChannelClosed as error:
            raise self._gone(error) from error
        except BreachError as error:
            raise self.lose(Fate.BREACH, str(error)) from error

    def _check(self) -> None:
        if self.lost is not None:
            raise self.lost

    def _wait_in_silence(self, seconds: float) -> None:
        # Only what was spent here counts: the kernel itself may have been away.
        self._silent += seconds
        if self._pending and self._silent > SILENCE:
            raise self.lose(Fate.HUNG, f"no sign of life for {SILENCE:g} seconds")

    def _gone(self, error: ChannelClosed) -> Lost:
        # It may still be dying; only then is it known of what.
        until = time.monotonic() + _END
        while self.process.returncode is None and time.monotonic() < until:
            time.sleep(0.001)
        return self.lose(Fate.ENDED, str(error))

    def _route(self, reply: Reply) -> None:
        if isinstance(reply, Hello):
            self._greet(reply)
            return
        pending = self._pending.get(reply.id)
        if pending is None:
            raise BreachError("a reply to no request")
        if _is_final(reply):
            del self._pending[reply.id]
        if not pending.dropped:
            pending.take(reply)

    def _greet(self, hello: Hello) -> None:
        if self.is_greeted or hello.protocol != replies.PROTOCOL:
            raise BreachError("a hello that was not expected")
        self.is_greeted = True


def _is_final(reply: Reply) -> bool:
    if isinstance(reply, Part):
        return reply.last and not reply.sketch
    return not isinstance(reply, Progress | Bad | Form)


def _go_on(stop: Stop | None) -> None:
    if stop is not None and stop():
        raise Stopped
