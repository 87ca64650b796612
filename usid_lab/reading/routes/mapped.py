"""Bytes of a mapped file: only where the end of the process harms nobody.

What is mapped and in memory costs no call: a map of 65,536 pixels is gathered in a
millisecond or two. A file that is cut short under its mapping ends the process that
touches what is gone, so nothing but the reader process of a viewer takes this way.
What is not in memory is read at its position: a mapping fetches page by page.
"""

import mmap
import os
from collections.abc import Iterable, Iterator
from typing import Self
from weakref import WeakValueDictionary

import numpy as np

from usid_lab.reading.routes.positioned import (
    WORDS,
    Cost,
    FileBytes,
    PositionedBytes,
    Scratch,
    windows_of,
)
from usid_lab.reading.routes.rawfile import Bytes, RawFile
from usid_lab.reading.routes.segments import Segments
from usid_lab.reading.routes.spreading import LONG

_VIEW = 4e-6  # seconds to look at a stretch, and to copy some values out of it
_PROBES = 32  # places that are asked for: each that is not in memory costs much here
_WHOLE = 1 << 20  # bytes of a segment that may be there in part only
TOUCHED = 8 << 20
"""Bytes that :func:`touch` takes at a time: a fraction of a millisecond."""
_AROUND = 64 << 10  # bytes that the system brings in together
_COPIED = 4 << 10  # bytes of a segment that is copied alone, in a loop of Python

# Of files that somebody reads: their inodes are not given to others meanwhile.
_mappings: WeakValueDictionary[tuple[int, int, int], mmap.mmap] = WeakValueDictionary()


class _Views(Cost):
    """What is looked at where it lies costs the same, however long it is."""

    def of(self, places: int, length: int) -> float:
        """Seconds for as many stretches of `length` bytes."""
        if LONG <= length < _WHOLE:
            return places * _VIEW
        return super().of(places, length)


class MappedBytes:
    """Bytes of a file that is mapped.

    Parameters
    ----------
    positioned : PositionedBytes
        Of the same file, for what is not in memory.
    mapping : mmap.mmap
        Of the whole file; read only.
    """

    cost = _Views(0.03e-6, 1 / 5e9)
    """What fetching takes."""
    is_parallel = False
    """Two threads share what memory gives."""

    def __init__(self, positioned: PositionedBytes, mapping: mmap.mmap) -> None:
        self._positioned = positioned
        self._bytes: Bytes = np.frombuffer(mapping, np.uint8)
        self._rows = Scratch()

    @classmethod
    def of(cls, file: RawFile, positioned: PositionedBytes) -> Self | None:
        """Map a file; None where that cannot be."""
        mapping = _mapping(file)
        return None if mapping is None else cls(positioned, mapping)

    def check(self, end: int) -> None:
        """Make sure that the file is there, and reaches to `end`."""
        self._positioned.check(end)

    def is_warm(self, segments: Segments) -> bool:
        """Whether these are in memory already, as a few of them tell."""
        return self._positioned.is_warm(segments, _PROBES)

    def suited(self, segments: Segments) -> FileBytes:
        """Return the way for these; a few of them are looked for in memory."""
        end = int(segments.starts.max()) + segments.length
        if (
            segments.length < _WHOLE
            and end <= len(self._bytes)
            and self._positioned.is_warm(segments, _PROBES)
        ):
            return self
        return self._positioned.suited(segments)

    def rows(self, segments: Segments) -> Bytes:
        """Gather segments as rows of an array, valid until this thread's next call."""
        rows = self._rows.take(segments.nbytes)
        self.fill(segments, rows)
        return rows.reshape(len(segments.starts), segments.length)

    def stretches(self, starts: Iterable[int], length: int) -> Iterator[Bytes]:
        """View stretches, one after the other, where they are."""
        for start in starts:
            yield self._bytes[start : start + length]

    def fill(self, segments: Segments, target: Bytes) -> None:
        """Gather segments, one after the other, into an array of as many bytes."""
        step = segments.step
        if step is not None:
            self._regular(segments, step, target)
        elif segments.length >= _COPIED:
            self._one_by_one(segments, target)
        elif not self._words(segments, target):
            windows = windows_of(self._bytes, segments.length)
            target.view(windows.dtype)[:] = windows[segments.starts]

    def _regular(self, segments: Segments, step: int, target: Bytes) -> None:
        """Copy what lies at equal distances: one loop, in C."""
        count, length = len(segments.starts), segments.length
        start = int(segments.starts[0])
        if length in WORDS:
            kept = target.view(f"u{length}")
            kept[:] = np.ndarray((count,), kept.dtype, self._bytes, start, (step,))
            return
        shape = (count, length)
        found = np.ndarray(shape, np.uint8, self._bytes, start, (step, 1))
        target.reshape(shape)[:] = found

    def _one_by_one(self, segments: Segments, target: Bytes) -> None:
        length = segments.length
        rows = target.reshape(-1, length)
        for row, start in zip(rows, segments.starts.tolist(), strict=True):
            row[:] = self._bytes[start : start + length]

    def _words(self, segments: Segments, target: Bytes) -> bool:
        """Pick numbers that begin at multiples of their size."""
        length = segments.length
        if length not in WORDS:
            return False
        numbers, rest = np.divmod(segments.starts, length)
        # Numbers elsewhere would make numpy copy all of the file first.
        if rest.any():
            return False
        words = self._bytes[: len(self._bytes) // length * length].view(f"u{length}")
        words.take(numbers, out=target.view(words.dtype), mode="clip")
        return True


def touch(file: RawFile, start: int) -> bool:
    """Bring a part of a mapped file into its mapping, if it is in memory.

    A page is brought in when it is looked at first, with its neighbours: which takes
    most of the time of a first map.

    Parameters
    ----------
    file : RawFile
    start : int
        Where to begin; `TOUCHED` bytes are looked at from there.

    Returns
    -------
    bool
        Whether there is such a part: False beyond the end, or where nothing is mapped.
    """
    mapping = _mappings.get(file.state)
    if mapping is None or start >= len(mapping):
        return False
    end = min(start + TOUCHED, len(mapping))
    places = np.arange(start, end, _AROUND, dtype=np.int64)
    if file.is_warm(places, len(places)):
        np.frombuffer(mapping, np.uint8)[start:end:_AROUND].max()
    return True


def _mapping(file: RawFile) -> mmap.mmap | None:
    """Map a file; as it is mapped already, for its pages are in place there."""
    state = file.state
    known = _mappings.get(state)
    if known is not None:
        return known
    descriptor = file.open_again()
    if descriptor is None:
        return None
    try:
        made = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)
    return _mappings.setdefault(state, made)
