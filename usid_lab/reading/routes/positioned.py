"""Bytes by positioned reads: a file that is cut short meanwhile is an error in words.

The system reads from any place of a file at a call of some 0.7 microseconds. So pieces
that lie close together are read with what is between them, and the gap that pays off
depends on whether the system has the file in memory. Nothing is mapped: that would
end the process when the file is cut short.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import numpy as np

from usid_lab.reading.routes.rawfile import Bytes, RawFile
from usid_lab.reading.routes.segments import Segments
from usid_lab.reading.threads import is_busy, team

_PROBES = 8  # places that are asked for, to tell a warm file from a cold one
_GAP = 6 << 10  # to copy that many bytes takes as long as another call
_COLD_GAP = 128 << 10  # to fetch that many takes as long as to go to another place
_SPAN = 1 << 19  # bytes read at once where gaps are read too: fits into caches
_LARGE = 64 << 10  # bytes of a segment that is read straight to its place
_MANY = 16  # spans that are worth a second thread
_TURN = 4  # spans that a thread takes at a time
WORDS = (1, 2, 4, 8)  # bytes of numbers that the processor loads at once


@dataclass(frozen=True, slots=True)
class Cost:
    """What fetching takes.

    Attributes
    ----------
    place, byte : float
        Seconds for going to a place, and for each byte from there.
    """

    place: float
    byte: float

    def of(self, places: int, length: int) -> float:
        """Seconds for as many stretches of `length` bytes."""
        return places * (self.place + length * self.byte)


WARM = Cost(0.8e-6, 1 / 8e9)
COLD = Cost(100e-6, 1 / 1e9)


class FileBytes(Protocol):
    """A way to fetch bytes of a file; several threads may ask at a time."""

    @property
    def cost(self) -> Cost:
        """What it takes."""

    @property
    def is_parallel(self) -> bool:
        """Whether two threads fetch more than one."""

    def check(self, end: int) -> None:
        """Make sure that the file is there, up to `end`; asked before each read."""

    def is_warm(self, segments: Segments) -> bool:
        """Whether these are in memory already, as a few of them tell."""

    def suited(self, segments: Segments) -> "FileBytes":
        """Return the way for these: not all bytes are in memory already."""

    def fill(self, segments: Segments, target: Bytes) -> None:
        """Fetch segments, one after the other, into an array of as many bytes."""

    def rows(self, segments: Segments) -> Bytes:
        """Fetch segments as rows of an array, valid until this thread's next call."""

    def stretches(self, starts: Iterable[int], length: int) -> Iterator[Bytes]:
        """Fetch stretches, each valid until the next one or this thread's next call."""


class Scratch(threading.local):
    """Memory of each thread that is used again and again: fresh pages are dear."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.uint8)

    def take(self, nbytes: int) -> Bytes:
        """Return as many bytes, until the next call."""
        if len(self._memory) < nbytes:
            self._memory = np.empty(nbytes, np.uint8)
        return self._memory[:nbytes]


class PositionedBytes:
    """Bytes of a file, each read at its position.

    Parameters
    ----------
    file : RawFile
        Open as long as this is used.
    """

    is_parallel = True
    """Large reads are copies within the system, which does them beside each other."""

    def __init__(self, file: RawFile) -> None:
        self._file = file
        self._rows = Scratch()
        self._between = Scratch()
        self._is_cold = False
        self._cold: PositionedBytes = self

    @classmethod
    def of(cls, file: RawFile) -> Self:
        """Make it, with a second one for what is not in memory."""
        made, cold = cls(file), cls(file)
        cold._is_cold = True
        made._cold = cold
        return made

    @property
    def cost(self) -> Cost:
        """What fetching takes."""
        return COLD if self._is_cold else WARM

    def check(self, end: int) -> None:
        """Make sure that the file is there; what is missing shows in the read."""
        self._file.check(end)

    def suited(self, segments: Segments) -> "PositionedBytes":
        """Return the way for these; a few of them are looked for in memory."""
        if _is_straight(segments) or self.is_warm(segments):
            return self
        return self._cold

    def is_warm(self, segments: Segments, probes: int = _PROBES) -> bool:
        """Whether these are in memory already; no where none can tell."""
        return self._file.is_warm(segments.starts, probes)

    def rows(self, segments: Segments) -> Bytes:
        """Fetch segments as rows of an array, valid until this thread's next call."""
        rows = self._rows.take(segments.nbytes)
        self.fill(segments, rows)
        return rows.reshape(len(segments.starts), segments.length)

    def stretches(self, starts: Iterable[int], length: int) -> Iterator[Bytes]:
        """Fetch stretches, one after the other, all into the same memory."""
        memory = self._rows.take(length)
        for start in starts:
            self._file.read(memory, start)
            yield memory

    def fill(self, segments: Segments, target: Bytes) -> None:
        """Fetch segments, one after the other, into an array of as many bytes."""
        gap = _COLD_GAP if self._is_cold else _GAP
        if _is_straight(segments):
            self._straight(segments, target)
        elif segments.is_dense(gap):
            self._gather(segments, target, gap)
        else:
            self._one_by_one(segments, target)

    def _straight(self, segments: Segments, target: Bytes) -> None:
        """Read segments that are large, or only one, to where they belong."""
        length = segments.length
        for number, start in enumerate(segments.starts.tolist()):
            self._file.read(target[number * length : (number + 1) * length], start)

    def _one_by_one(self, segments: Segments, target: Bytes) -> None:
        """Read small segments that lie far apart."""
        length = segments.length
        step = max(1, _SPAN // length)
        for first in range(0, len(segments.starts), step):
            starts = segments.starts[first : first + step]
            place = target[first * length : (first + len(starts)) * length]
            place[:] = self._file.pieces(starts, length)

    def _gather(self, segments: Segments, target: Bytes, gap: int) -> None:
        """Read spans, the gaps too, and keep the segments."""
        # What is read across a gap is copied twice.
        gap = 0 if segments.is_mostly_joined else gap
        spans = list(segments.spans(gap, _SPAN))
        work = partial(self._take_spans, segments, target, segments.step)
        if self._is_cold or len(spans) < _MANY or is_busy():
            work(spans)
        else:
            turns = range(0, len(spans), _TURN)
            team.share([spans[n : n + _TURN] for n in turns], work)

    def _take_spans(
        self,
        segments: Segments,
        target: Bytes,
        step: int | None,
        spans: Sequence[tuple[int, int]],
    ) -> None:
        """Read some spans; `step` as of all segments."""
        length = segments.length
        scratch = self._between.take(max(_SPAN, length))
        windows = windows_of(scratch, length)
        kept = target.view(windows.dtype)
        for first, last in spans:
            start, count = int(segments.starts[first]), last - first
            extent = int(segments.starts[last - 1]) + length - start
            if extent == count * length:  # one behind the other
                self._file.read(target[first * length : last * length], start)
                continue
            self._file.read(scratch[:extent], start)
            if step is None:
                kept[first:last] = windows[segments.starts[first:last] - start]
            else:
                kept[first:last] = windows[: extent - length + 1 : step]


def windows_of(memory: Bytes, length: int) -> np.ndarray:
    """View memory as items of `length` bytes, of which one begins at every byte."""
    item = np.dtype(f"u{length}" if length in WORDS else (np.void, length))
    return np.ndarray(len(memory) - length + 1, item, memory, strides=(1,))


def _is_straight(segments: Segments) -> bool:
    return segments.length >= _LARGE or len(segments.starts) == 1
