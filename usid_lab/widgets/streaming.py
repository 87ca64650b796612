"""Slow reads, in parts: what has come is shown before the rest is there."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from usid_lab.model.dimension import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from usid_lab.widgets.forms import Dim
    from usid_lab.widgets.subject import Selection, Subject, Watch

Values = npt.NDArray[np.generic]

_PATIENCE = 0.3  # seconds; quicker reads are done in one go
_PART = 0.15
_MOST_PARTS = 64
_CHUNKS = 8  # of a part, at least: some lie across its ends and are opened twice


class Pace:
    """How long reads took, each kind by the dims that it runs over."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, ...], float] = {}

    def expected(self, free: Sequence[Dim], count: int) -> float:
        """Return how many seconds a read will take; 0 where nothing is known.

        Parameters
        ----------
        free : sequence of Dim
            The dims that it runs over.
        count : int
            Of values.
        """
        return self._seconds.get(_names(free), 0.0) * count

    def took(self, free: Sequence[Dim], count: int, seconds: float) -> None:
        """Remember how long a read took.

        Parameters
        ----------
        free : sequence of Dim
            The dims that it ran over.
        count : int
            Of values.
        seconds : float
        """
        self._seconds[_names(free)] = seconds / max(1, count)


def _names(free: Sequence[Dim]) -> tuple[str, ...]:
    return tuple(dim.name for dim in free)


def read_streaming(
    subject: Subject,
    selection: Selection,
    watch: Watch,
    show: Callable[[Values], None] | None,
) -> Values:
    """Read a selection; one that is slow is shown as it comes.

    Parameters
    ----------
    subject : Subject
    selection : mapping of str to int, slice or ndarray of int
    watch : Watch
    show : callable, optional
        Takes the values so far in the shape of all, NaN where they are not read.

    Returns
    -------
    ndarray
        Axes in canonical order.
    """
    free = [d for d in subject.dims if not _is_index(selection.get(d.name))]
    count = math.prod(_count(dim, selection) for dim in free)
    expected = subject.pace.expected(free, count)
    begin = time.monotonic()
    if show is None or expected <= _PATIENCE or not _is_floating(subject):
        values = subject.read_whole(selection, watch)
    else:
        values = _read_parts(subject, selection, watch, show, expected)
    subject.pace.took(free, count, time.monotonic() - begin)
    return values


def _read_parts(
    subject: Subject,
    selection: Selection,
    watch: Watch,
    show: Callable[[Values], None],
    expected: float,
) -> Values:
    first = next(d for d in subject.dims if not _is_index(selection.get(d.name)))
    taken = _range(first, selection)
    if taken is None:
        return subject.read_whole(selection, watch)
    parts: list[Values] = []
    length = _length(subject, first, len(taken), expected)
    for start in range(0, len(taken), length):
        some = taken[start : start + length]
        piece = slice(some.start, some.stop, some.step)
        part = dict(selection) | {first.name: piece}
        share = watch.share(start / len(taken), len(some) / len(taken))
        parts.append(subject.read_whole(part, share))
        if start + length < len(taken):
            show(so_far(parts, len(taken)))
    return np.concatenate(parts)


def so_far(parts: Sequence[Values], length: int) -> Values:
    """Join parts along their first axis, and fill up with NaN.

    Parameters
    ----------
    parts : sequence of ndarray
        The first of them, of numbers.
    length : int
        Of the first axis of all.

    Returns
    -------
    ndarray
        Integers become float64, as where data have gaps.
    """
    known = np.concatenate(list(parts))
    if known.dtype.names is None and not np.issubdtype(known.dtype, np.inexact):
        known = known.astype(np.float64)
    whole = np.empty((length, *known.shape[1:]), known.dtype)
    whole[: len(known)] = known
    for face in _faces(whole[len(known) :]):
        face.fill(np.nan)
    return whole


def _faces(values: Values) -> Iterator[Values]:
    names = values.dtype.names
    if names is None:
        yield values
        return
    compound = cast("npt.NDArray[np.void]", values)
    yield from (compound[name] for name in names)


def _is_floating(subject: Subject) -> bool:
    """Whether a compound's fields can all be NaN; plain numbers are made so."""
    dtype = cast("np.dtype[np.void]", subject.source.dtype)
    return all(np.issubdtype(dtype[name], np.inexact) for name in dtype.names or ())


def _is_index(pick: object) -> bool:
    return isinstance(pick, int | np.integer)


def _count(dim: Dim, selection: Selection) -> int:
    pick = selection.get(dim.name, slice(None))
    if isinstance(pick, slice):
        return len(range(*pick.indices(dim.size)))
    return np.size(pick)


def _range(dim: Dim, selection: Selection) -> range | None:
    """Return the indices that are read of a dim, if they are equally far apart."""
    pick = selection.get(dim.name, slice(None))
    if not isinstance(pick, slice):
        return None
    taken = range(*pick.indices(dim.size))
    return taken if taken.step > 0 else None


def _length(subject: Subject, first: Dim, count: int, expected: float) -> int:
    """Return how many indices make a part; parts end where chunks end, if they can."""
    parts = min(_MOST_PARTS, max(2, math.ceil(expected / _PART)))
    length = -(-count // parts)
    chunk, entries = _chunk(subject, first)
    length = max(length, -(-_CHUNKS * chunk // entries)) if chunk > 1 else length
    grain = grain_of(subject, first)
    return -(-length // grain) * grain if grain <= length else length


def grain_of(subject: Subject, dim: Dim) -> int:
    """Return after how many indices of a dim chunks end with them.

    Parameters
    ----------
    subject : Subject
    dim : Dim
        The slowest of those that are read, as data are written as a rule.

    Returns
    -------
    int
        1 where there are no chunks.
    """
    chunk, entries = _chunk(subject, dim)
    return chunk // math.gcd(chunk, entries)


def _chunk(subject: Subject, first: Dim) -> tuple[int, int]:
    """Entries of a chunk along the axis on which a dim lies, and of its index."""
    chunks = subject.source.chunks
    if chunks is None:
        return 1, 1
    if first.side == "array":
        return chunks[subject.dims.index(first)], 1
    faster = subject.dims[subject.dims.index(first) + 1 :]
    entries = math.prod(dim.size for dim in faster if dim.side == first.side)
    return chunks[0 if first.side == str(Side.POSITION) else -1], entries
