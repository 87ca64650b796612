"""Wide results, part after part: what is gathered for all of one has no room.

Parts meet where chunks do as far as that is possible, so that few are decoded twice.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.axis import Axis
from usid_lab.model.layout import Layout
from usid_lab.model.selection import Pick
from usid_lab.reading.planning.arranging import blank, gap_dtype
from usid_lab.reading.reducing.reductions import place_bytes
from usid_lab.reading.reducing.wanted import Reduction, axes_of, mask_of
from usid_lab.reading.stopping import Partial, Preview, Progress

Array = NDArray[np.generic]
T = TypeVar("T")
Chunks = tuple[int, ...] | None
Place = tuple[slice, ...]
One = Callable[[Reduction, Progress | None, Partial | None], Array]

GATHERED = 32 << 20  # bytes
_MORE = 2  # times as large as it should be may be a part that ends where a chunk does
_ALIKE = 1.05  # times the least number of chunks: then the slowest dimension is cut


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of a reduction.

    Attributes
    ----------
    asked : Reduction
        What it is.
    place : tuple of slice
        Where in the whole result its own belongs.
    """

    asked: Reduction
    place: Place


def parts_of(
    asked: Reduction,
    layout: Layout,
    dtype: np.dtype[np.generic],
    chunks: Chunks,
    nbytes: int | None = None,
) -> list[Part]:
    """Cut the result of a reduction so that few chunks have values of two parts.

    Parameters
    ----------
    asked : Reduction
        What is wanted.
    layout : Layout
        N-D form of the dataset.
    dtype : numpy.dtype
        Of its values.
    chunks : tuple of int, optional
        Shape of its chunks; None where it is contiguous.
    nbytes : int, optional
        What may be gathered for a part, with its result: 32 MB if None. Twice as
        much where that spares decoding chunks again.

    Returns
    -------
    list of Part
        One, where the result is small enough.
    """
    whole = tuple(slice(0, size) for size in asked.sizes(layout))
    nbytes = GATHERED if nbytes is None else nbytes
    most = max(1, nbytes // place_bytes(asked, dtype))
    return list(_Cutting(layout, chunks, most).of(Part(asked, whole)))


def in_parts(
    parts: Sequence[Part],
    one: One,
    progress: Progress | None = None,
    partial: Partial | None = None,
) -> Array:
    """Reduce one part after the other.

    Parameters
    ----------
    parts : sequence of Part
        All of the result.
    one : callable
        Reduces a part; tells how far it is, and shows what there is of it.
    progress : callable, optional
        Told the fraction of the whole that is done.
    partial : callable, optional
        Given the whole so far.

    Returns
    -------
    ndarray
        The whole, as if it were reduced at once.
    """
    if len(parts) == 1:
        return one(parts[0].asked, progress, partial)
    joined, preview = _Joined(parts), Preview(partial)
    for part in parts:
        told, shown = _of_the_whole(joined, part, progress, preview)
        joined.put(part, one(part.asked, told, shown))
        told(1.0)
        preview.offer(joined.so_far)
    return joined.values


def _of_the_whole(
    joined: "_Joined", part: Part, progress: Progress | None, preview: Preview
) -> tuple[Progress, Partial | None]:
    """Make what hears of a part, and tells of the whole."""
    before, share = joined.done, _size(part.place) / joined.size

    def told(fraction: float) -> None:
        if progress is not None:
            progress(before + share * fraction)

    def shown(values: Array) -> None:
        preview.offer(lambda: joined.so_far(part, values))

    return told, shown if preview.is_wanted else None


class _Joined:
    """A result that comes part by part.

    Parameters
    ----------
    parts : sequence of Part
        What will come.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        last = parts[-1].place  # they follow each other along every dimension
        self._shape = tuple(along.stop for along in last)
        self._known: list[Place] = []
        self.size = math.prod(self._shape)
        """Places of the whole."""
        self.values: Array = np.empty(0)
        """The whole, once all has come."""

    @property
    def done(self) -> float:
        """Fraction that has come."""
        return float(sum(map(_size, self._known)) / self.size)

    def put(self, part: Part, values: Array) -> None:
        """Take a part; where it is of another type than others, one that holds both."""
        if not self._known:
            self.values = np.empty(self._shape, values.dtype)
        kind = np.promote_types(self.values.dtype, values.dtype)
        self.values = self.values.astype(kind, copy=False)
        self.values[part.place] = values
        self._known.append(part.place)

    def so_far(self, part: Part | None = None, values: Array | None = None) -> Array:
        """Copy what has come, and what there is of a part; NaN elsewhere."""
        given = [self.values] if self._known else []
        given += [] if values is None else [values]
        kind = np.result_type(*(array.dtype for array in given))
        found: Array = np.empty(self._shape, gap_dtype(kind))
        blank(found, ())
        for place in self._known:
            found[place] = self.values[place]
        if part is not None and values is not None:
            found[part.place] = values
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A way to cut a part, along one of its dimensions."""

    parts: tuple[Part, ...]
    chunks: int
    """About how many are decoded for all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cutting:
    """Cuts the results of a dataset."""

    layout: Layout
    chunks: Chunks
    most: int

    def of(self, part: Part) -> Iterator[Part]:
        """Cut a part until all of it is small enough, or one place."""
        ways = [] if _size(part.place) <= self.most else self._ways(part)
        if not ways:
            yield part
            return
        least = min(way.chunks for way in ways)
        best = next(way for way in ways if way.chunks <= _ALIKE * least)
        if len(best.parts) == 1:
            yield part
            return
        for smaller in best.parts:
            yield from self.of(smaller)

    def _ways(self, part: Part) -> list[_Cut]:
        """Cut along each dimension; the slowest one first."""
        left = [name for name, _ in part.asked.left(self.layout)]
        wide = [number for number, along in enumerate(part.place) if _length(along) > 1]
        return [self._along(part, left[number], number) for number in wide]

    def _along(self, part: Part, name: str, number: int) -> _Cut:
        at = self.layout.dims.index(name)
        pick = part.asked.chosen[at]
        assert not isinstance(pick, int)
        each = _size(part.place) // len(pick)
        unit, step = self._unit(name), max(1, self.most // each)
        if step < unit and unit * each <= _MORE * self.most:
            step = unit
        parts = []
        for start, stop in _spans(pick, step, unit):
            chosen = _with(part.asked.chosen, at, pick[start:stop])
            first = part.place[number].start
            place = _with(part.place, number, slice(first + start, first + stop))
            parts.append(Part(replace(part.asked, chosen=chosen), place))
        return _Cut(tuple(parts), len(parts) * self._met(parts[0].asked))

    def _unit(self, name: str) -> int:
        """How many indices of a dimension one chunk has, where no other splits them."""
        if self.chunks is None:
            return 1
        for axis, chunk in zip(self.layout.axes, self.chunks, strict=True):
            names = [dimension.name for dimension in axis.dimensions]
            if name in names:
                return _indices(axis, names.index(name), chunk)
        return 1

    def _met(self, asked: Reduction) -> int:
        """About how many chunks, or single values, a reduction reads."""
        axes = axes_of(self.layout, asked, mask_of(self.layout, asked))
        chunks = self.chunks or (1,) * len(axes)
        pairs = zip(axes, chunks, strict=True)
        return math.prod(axis.chunks_met(chunk) for axis, chunk in pairs)


def _indices(axis: Axis, number: int, chunk: int) -> int:
    step = math.prod(axis.sizes[number + 1 :])
    alone = axis.entries is None and chunk % step == 0
    return max(1, chunk // step) if alone else 1


def _spans(pick: Pick, step: int, unit: int) -> Iterator[tuple[int, int]]:
    """Cut what is picked of a dimension, where chunks meet if it is in their order."""
    assert not isinstance(pick, int)
    start = 0
    while start < len(pick):
        stop = min(start + step, len(pick))
        if stop < len(pick) and isinstance(pick, range) and pick.step == 1:
            meeting = pick[stop] // unit * unit - pick.start
            stop = meeting if meeting > start else stop
        yield start, stop
        start = stop


def _with(items: tuple[T, ...], number: int, item: T) -> tuple[T, ...]:
    return (*items[:number], item, *items[number + 1 :])


def _length(along: slice) -> int:
    return int(along.stop) - int(along.start)


def _size(place: Place) -> int:
    return math.prod(map(_length, place))
