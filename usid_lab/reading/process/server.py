"""The reader process: takes orders, reads, replies."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import FileError, RefusedError, UsidError
from usid_lab.model.selection import picks
from usid_lab.reading.brief import Brief
from usid_lab.reading.damage import Damage
from usid_lab.reading.process import orders, replies, telling
from usid_lab.reading.process.arena import PART, Arena
from usid_lab.reading.process.blocks import blocks_of, selection_of
from usid_lab.reading.process.channel import Channel, ChannelClosed
from usid_lab.reading.process.leaves import leaves
from usid_lab.reading.process.limits import Lifeline
from usid_lab.reading.process.orders import Order, Request
from usid_lab.reading.reader import Reader
from usid_lab.reading.stopping import Partial, Serving, Stop, Stopped
from usid_lab.storage.numbers import native
from usid_lab.storage.stamps import quick_stamp

IDLE = 1800.0  # seconds without an order: it ends, and is started again at the next
_SIGN = 5.0  # seconds between two signs of life while there is nothing to do
_TOLD = 0.05  # seconds between two replies of how far a read is
_DEEPEST = 8
_SETTLED = 2_000_000_000  # nanoseconds


@dataclass(slots=True, eq=False)
class _Serving:
    """A request on its way: whether it was stopped, how much of it was copied out."""

    id: int
    stopped: bool = False
    parts: int = 0
    taken: int = 0
    due: float = field(default_factory=lambda: time.monotonic() + _TOLD)


class Server:
    """Serves one kernel, until that is gone.

    Between two pieces of a read it looks for newer orders and serves them first.

    Parameters
    ----------
    channel : Channel
        To the kernel.
    arena : Arena
        Where values are put.
    idle : float, optional
        Seconds without an order after which it ends: viewers are left open for days.
    """

    def __init__(self, channel: Channel, arena: Arena, idle: float = IDLE) -> None:
        self._channel = channel
        self._arena = arena
        self._datasets: dict[int, tuple[Brief, Reader]] = {}
        self._unready: deque[int] = deque()
        self._stack: list[_Serving] = []
        self._lifeline = Lifeline()
        self._idle = idle
        self._ordered = time.monotonic()

    def run(self) -> None:
        """Serve, until nothing is ordered for long; ChannelClosed ends it, too."""
        self._say(replies.Hello(replies.PROTOCOL))
        while time.monotonic() - self._ordered < self._idle:
            if not self._get_ready():
                self._look(min(_SIGN, self._idle))

    def _say(self, reply: replies.Reply) -> None:
        self._channel.send(replies.packed(reply))

    def _look(self, timeout: float) -> bool:
        """Do what is ordered next; whether there was something."""
        self._lifeline.alive()
        message = self._channel.receive(timeout)
        if message is None:
            return False
        self._do(orders.unpacked(message))
        self._ordered = time.monotonic()
        return True

    def _get_ready(self) -> bool:
        """While nobody waits, find out what reads of a dataset will need."""
        if not self._unready:
            return False
        if not self._look(0):
            number = self._unready.popleft()
            if not self._is_ready(number):
                self._unready.appendleft(number)
        return True

    def _is_ready(self, number: int) -> bool:
        """Find out about a dataset, unless somebody comes; whether all is known."""
        known = self._datasets.get(number)
        # Who reads will hear what is wrong with it.
        with suppress(Exception):
            return known is None or _is_prepared(known[1], self._channel.is_due)
        return True

    def _do(self, order: Order) -> None:
        match order:
            case orders.Open(number, brief, plugins):
                if plugins:
                    _add_filters()
                self._datasets[number] = brief, brief.reader(mapped=True)
                self._unready.append(number)
            case orders.Close(number):
                self._datasets.pop(number, None)
            case orders.Stop(identity) | orders.Taken(identity):
                self._told(order, identity)
            case (
                orders.Read()
                | orders.Reduce()
                | orders.Prefetch()
                | orders.Keep()
                | orders.Ask()
                | orders.Places()
            ):
                self._serve(order)

    def _told(self, order: Order, identity: int) -> None:
        """Note what became of a request, if it is not answered already."""
        for serving in self._stack:
            if serving.id == identity:
                serving.stopped |= isinstance(order, orders.Stop)
                serving.taken += isinstance(order, orders.Taken)

    def _serve(self, request: Request) -> None:
        """Answer a request, whatever happens."""
        serving = _Serving(request.id)
        self._stack.append(serving)
        try:
            self._answer(request, serving)
        except ChannelClosed:
            raise
        except Stopped:
            self._say(replies.Stopped(request.id))
        except Exception as error:
            self._say(replies.Failed.told(request.id, _in_words(error)))
        finally:
            self._stack.remove(serving)

    def _answer(self, request: Request, serving: _Serving) -> None:
        brief, reader = self._datasets[request.dataset]
        if isinstance(request, orders.Read):
            self._read(request, serving, brief, reader)
            return
        if isinstance(request, orders.Reduce):
            self._reduce(request, serving, reader)
            return
        if isinstance(request, orders.Places):
            # Whoever asks without a pause would never leave a moment for it.
            reader.get_ready(self._stop(serving))
            found = _places(brief, reader)
            self._hand_over(serving, request.slot, found, gaps=False, last=True)
            return
        value, stop = True, self._stop(serving)
        match request:
            case orders.Keep():
                value = reader.make_resident(stop, self._progress(serving))
            case orders.Ask():
                value = reader.is_resident
            case orders.Prefetch():
                reader.prefetch(request.selection, stop)
        self._say(replies.Done(request.id, value))

    def _read(
        self, request: orders.Read, serving: _Serving, brief: Brief, reader: Reader
    ) -> None:
        dims, stop = brief.layout.dims, self._stop(serving)
        chosen = picks(request.selection, dims, brief.layout.shape)
        blocks = list(blocks_of(chosen, brief.dtype))
        for number, block in enumerate(blocks):
            progress = self._progress(serving, number / len(blocks), 1 / len(blocks))
            damage = Damage() if request.listing else None
            picked = selection_of(dims, block)
            sketch = self._sketch(serving, request)
            values = reader.read(picked, stop, progress, damage, sketch)
            if damage is not None and damage.chunks:
                self._say(replies.Bad.told(serving.id, damage.chunks))
            gaps = values.dtype != native(brief.dtype)
            last = block is blocks[-1]
            self._hand_over(serving, request.slot, values, gaps=gaps, last=last)

    def _reduce(
        self, request: orders.Reduce, serving: _Serving, reader: Reader
    ) -> None:
        def show(values: NDArray[np.generic], *, sketch: bool = True) -> None:
            self._say(replies.Form(serving.id, list(leaves(values.dtype))))
            slot = request.slot
            self._hand_over(serving, slot, values, gaps=False, last=True, sketch=sketch)

        stop, progress = self._stop(serving), self._progress(serving)
        partial = show if request.shown else None
        show(reader.reduce(request.asked, stop, progress, partial), sketch=False)

    def _hand_over(
        self,
        serving: _Serving,
        slot: int,
        values: NDArray[np.generic],
        *,
        gaps: bool,
        last: bool,
        sketch: bool = False,
    ) -> None:
        """Put values into the slot, each part once the last but one is taken."""
        size = _values_in_part(values.dtype)
        flat = np.ascontiguousarray(values).reshape(-1)
        for start in range(0, max(1, flat.size), size):
            part = flat[start : start + size]
            self._wait_for_place(serving)
            place = self._arena.part(slot, serving.parts, part.nbytes)
            place[:] = part.view(np.uint8)
            serving.parts += 1
            end = last and start + size >= flat.size
            self._say(replies.Part(serving.id, part.size, gaps, end, sketch))

    def _sketch(self, serving: _Serving, request: orders.Read) -> Partial | None:
        """Show what has come of a block, where somebody wants to see it."""
        if not request.shown:
            return None
        show, slot = self._hand_over, request.slot
        return lambda values: show(
            serving, slot, values, gaps=True, last=True, sketch=True
        )

    def _wait_for_place(self, serving: _Serving) -> None:
        while serving.taken < serving.parts - 1:
            self._look(_SIGN)
            if serving.stopped:
                raise Stopped

    def _stop(self, serving: _Serving) -> Callable[[], bool]:
        """Serve the newer ones, then say whether this one was stopped."""

        def is_deep() -> bool:
            return len(self._stack) >= _DEEPEST

        def stop() -> bool:
            deep = is_deep()
            while not serving.stopped and not deep and self._look(0):
                pass
            return serving.stopped

        def is_due() -> bool:
            return serving.stopped or (not is_deep() and self._channel.is_due())

        return Serving(stop, is_due)

    def _progress(
        self, serving: _Serving, done: float = 0.0, share: float = 1.0
    ) -> Callable[[float], None]:
        """Tell how far a request is, once it takes long: a sign of life, too."""

        def progress(fraction: float) -> None:
            now = time.monotonic()
            if now >= serving.due:
                serving.due = now + _TOLD
                whole = min(max(0.0, done + share * fraction), 1.0)
                self._say(replies.Progress(serving.id, whole))

        return progress


def _is_prepared(reader: Reader, stop: Stop) -> bool:
    return reader.get_ready(stop) and reader.rehearse(stop)


def _places(brief: Brief, reader: Reader) -> NDArray[np.int64]:
    """Tell where chunks lie; nothing where that is not known, or may change soon."""
    index = reader.places()
    if index is None or quick_stamp(brief.file) != brief.stamp:
        return telling.NOTHING
    # What was written a moment ago may be written again without another time.
    if time.time_ns() - max(brief.stamp[3:]) < _SETTLED:
        return telling.NOTHING
    return telling.told(index, brief.dtype.itemsize)


def _values_in_part(dtype: np.dtype[np.generic]) -> int:
    if dtype.itemsize > PART:
        raise RefusedError(
            "One value of this dataset is larger than what a viewer can show.",
            f"{dtype.itemsize} bytes",
        )
    return PART // dtype.itemsize


def _add_filters() -> None:
    # Where that fails, HDF5 says which filter is missing.
    with suppress(ImportError):
        import_module(orders.PLUGINS)


def _in_words(error: Exception) -> UsidError:
    if isinstance(error, UsidError):
        return error
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        text = "This takes more memory than the viewer may use. Show a part of it."
        return RefusedError(text, reason)
    return FileError("This could not be read because of an unexpected problem.", reason)
