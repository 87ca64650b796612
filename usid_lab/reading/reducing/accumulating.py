"""Sums, spreads and extremes, gathered block by block."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.grouping import Groups, apart_of, together

Array = NDArray[np.generic]
Folded = tuple[NDArray[Any], ...]
Sweep = Callable[[Iterator[Array], Sequence[Groups]], Folded | None]
Where = tuple[slice, ...] | tuple[IntArray, ...]
_COUNT = np.dtype(np.int64)
_NEAR = 1 << 16  # values that are worked on at a time where that takes several steps
_CAST = 1024  # values that numpy converts at a time: they stay in the nearest cache
_ROUGH = np.dtype(np.float64)
_NOWHERE = np.iinfo(np.int64).max


def fold(
    function: np.ufunc,
    values: Array,
    groups: Sequence[Groups],
    dtype: np.dtype[np.generic] | None = None,
) -> Array:
    """Reduce a block to the places of the result that it meets."""
    wanted = dtype or values.dtype
    for axis, along in enumerate(groups):
        values = along.fold(function, values, axis, wanted)
    return values.astype(wanted, copy=False)


def spread(values: Array, groups: Sequence[Groups]) -> Array:
    """Give each entry of a block the value of its place; broadcasts to the block."""
    for axis, along in enumerate(groups):
        values = along.spread(values, axis)
    return values


def known(values: Array) -> NDArray[np.bool_] | None:
    """Where values are no NaN; None where that is everywhere."""
    if values.dtype.kind not in "fc":
        return None
    # The smallest of several is NaN if one is: that is found without a mask.
    if values.dtype.kind == "f" and not np.isnan(values.min()):
        return None
    numbers = ~np.isnan(values)
    return None if numbers.all() else numbers


def counts(numbers: NDArray[np.bool_] | None, groups: Sequence[Groups]) -> IntArray:
    """How many numbers of a block go into each place."""
    if numbers is None:
        outer: IntArray = reduce(
            np.multiply.outer, (g.counts for g in groups), np.ones((), np.int64)
        )
        return outer
    return fold(np.add, numbers, groups, _COUNT).astype(np.int64, copy=False)


def with_gaps(values: Array, missing: NDArray[np.bool_]) -> Array:
    """Put NaN where nothing is known, in a copy; integers then become float64."""
    if not missing.any():
        return values
    result = values.astype(values.dtype if values.dtype.kind in "fc" else np.float64)
    result[missing] = np.nan
    return result


@contextmanager
def _summing() -> Iterator[None]:
    """Numbers that are no numbers, or too large, show in the sum."""
    before = np.setbufsize(_CAST)
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            yield
    finally:
        np.setbufsize(before)


class Accumulator(ABC):
    """Gathers one number for each place of the result, block by block."""

    width: int
    """How many arrays :meth:`fold` gives."""
    steps = 1
    """How many times as long as a sum it takes where each value has its own place."""

    @abstractmethod
    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Reduce a block to what each of its places needs; changes nothing here.

        Parameters
        ----------
        values : ndarray
            One axis for each of the stored array.
        groups : sequence of Groups
            For each axis, into which place each entry goes.
        indices : sequence of ndarray of int
            For each axis, the index of each entry in the dimension that is searched.

        Returns
        -------
        tuple of ndarray
            One entry for each place that the block meets.
        """

    def sweep(self) -> Sweep | None:
        """Return what reduces a block that comes some rows at a time.

        Returns
        -------
        callable or None
            Given the rows and the groups of the block, it gives what :meth:`fold`
            does; or None, where that needs all of the block. None where it always
            does.
        """
        return None

    @abstractmethod
    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Take in what :meth:`fold` made of a block."""

    @abstractmethod
    def result(self) -> Array:
        """Return what was gathered so far; NaN where nothing is known."""

    @property
    def nbytes(self) -> int:
        """Bytes of what is gathered."""
        arrays = [part for part in vars(self).values() if isinstance(part, np.ndarray)]
        return sum(array.nbytes for array in arrays)


class Total(Accumulator):
    """The sum of all numbers of a place, or their mean.

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values.
    mean : bool, optional
        Divide by the number of values.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[np.generic], *, mean: bool = False
    ) -> None:
        self._mean = mean
        self._kind = _float_of(dtype) if mean else _sum_of(dtype)
        self._sum = np.zeros(shape, self._kind)
        self._count = np.zeros(shape, np.int64)
        # Sums of 64-bit integers may pass their range; then the rough one is given.
        wide = self._kind.kind in "iu" and dtype.itemsize == 8
        self._rough = np.zeros(shape) if wide else None
        self.width = 3 if wide else 2

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Sum a block up."""
        del indices
        count, total = self._summed(values, groups)
        if self._rough is None:
            return count, total
        return count, total, fold(np.add, values, groups, _ROUGH)

    def _summed(
        self, values: Array, groups: Sequence[Groups]
    ) -> tuple[IntArray, Array]:
        # One NaN makes the sum NaN: there is no need to look for it before.
        with _summing():
            numbers, total = self._added(values, groups)
        return counts(numbers, groups), total

    def _added(
        self, values: Array, groups: Sequence[Groups]
    ) -> tuple[NDArray[np.bool_] | None, Array]:
        """Sum what is no NaN; say where that is, unless it is everywhere."""
        total = fold(np.add, values, groups, self._kind)
        numbers = None if _finite(total) else known(values)
        if numbers is not None:
            given = np.where(numbers, values, 0)
            total = fold(np.add, given, groups, self._kind)
        return numbers, total

    def sweep(self) -> Sweep | None:
        """Return what sums rows up, where they stay apart or all become one."""
        return self._swept if self._rough is None else None

    def _swept(self, rows: Iterator[Array], groups: Sequence[Groups]) -> Folded | None:
        first, *rest = groups
        if not first.single and len(first.places) > 1:
            return None
        kind = apart_of if first.single else together
        among = lru_cache(maxsize=2)(lambda several: (kind(several), *rest))
        all_of = lru_cache(maxsize=2)(lambda several: counts(None, among(several)))
        counted, summed = [], []
        with _summing():
            for part in rows:
                several = len(part)
                numbers, total = self._added(part, among(several))
                if numbers is None:
                    counted.append(all_of(several))
                else:
                    counted.append(counts(numbers, among(several)))
                summed.append(total.copy())  # the next rows may come to where it is
            join = np.concatenate if first.single else partial(np.sum, axis=0)
            return join(counted), join(summed)

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Add the sums of a block."""
        where = place_of(groups)
        count, total, *rough = folded
        self._count[where] += count
        with np.errstate(invalid="ignore", over="ignore"):
            self._sum[where] += total
        if self._rough is not None:
            self._rough[where] += rough[0]

    @property
    def count(self) -> IntArray:
        """How many values each place has."""
        return self._count

    def result(self) -> Array:
        """Return the sums or means."""
        missing = self._count == 0
        if self._mean:
            with np.errstate(invalid="ignore"):
                return np.asarray(self._sum / np.where(missing, np.nan, self._count))
        return with_gaps(self._within_range(), missing)

    def _within_range(self) -> Array:
        if self._rough is None:
            return self._sum
        limits = np.iinfo(self._kind.str)
        # So far from the ends of the range, rounding cannot have led across them.
        safe = (self._rough < float(limits.max) * 0.999999) & (
            self._rough >= float(limits.min) * 0.999999
        )
        return self._sum if safe.all() else self._rough


class Spread(Accumulator):
    """The standard deviation, of means and squares of distances from them.

    In a block, distances are taken from the first value of a place. That is as far
    from the mean of all n as single values are: the square of the distance is at most
    n times the variance, so that no more than a factor of n of the 16 digits is lost.
    Blocks are joined without such a loss (T. F. Chan, G. H. Golub, R. J. LeVeque,
    1983).

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values.
    """

    width = 4
    steps = 4

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        self._kind = _float_of(dtype)
        self._count = np.zeros(shape, np.int64)
        # The mean in two parts: a large one would hide a small spread.
        self._origin = np.zeros(shape, self._kind)
        self._moved = np.zeros(shape, self._kind)
        self._squares = np.zeros(shape, self._moved.real.dtype)

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Give the number of values, their mean in two parts, and squared distances."""
        del indices
        with np.errstate(invalid="ignore", over="ignore"):
            count = counts(None, groups)
            total, squares, origin = self._apart(values, first(values, groups), groups)
            numbers = None if _finite(squares) else known(values)
            if numbers is not None:
                count = counts(numbers, groups)
                given = np.where(numbers, values, 0)
                means = fold(np.add, given, groups, self._kind) / np.maximum(count, 1)
                given = np.where(numbers, values, spread(means, groups))
                total, squares, origin = self._apart(given, means, groups)
            moved = total / np.maximum(count, 1)
            squares = squares - count * _squared(moved.copy())
        return count, origin, moved, np.maximum(squares, 0)

    def _apart(self, values: Array, origin: Array, groups: Sequence[Groups]) -> Folded:
        """Sum distances from an origin, and their squares; the origin stands last."""
        origin = origin.astype(self._kind, copy=False)
        rows = max(1, _NEAR // max(1, values[:1].size)) if groups else 1
        alike = bool(groups) and (groups[0].single or len(groups[0].places) == 1)
        if not alike or len(values) <= rows:
            return *self._moments(values, origin, groups), origin
        # In pieces that stay in the cache from one step to the next.
        own, found = groups[0].single, []
        for start in range(0, len(values), rows):
            part = values[start : start + rows]
            near = origin[start : start + rows] if own else origin
            kind = (apart_of if own else together)(len(part))
            found.append(self._moments(part, near, (kind, *groups[1:])))
        join = partial(np.concatenate, axis=0) if own else sum
        total, squares = (join(parts) for parts in zip(*found, strict=True))
        return total, squares, origin

    def _moments(
        self, values: Array, origin: Array, groups: Sequence[Groups]
    ) -> Folded:
        apart = values.astype(self._kind)
        apart -= spread(origin, groups)
        total = fold(np.add, apart, groups)
        return total, fold(np.add, _squared(apart), groups)

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Join the distances of a block to those that are known."""
        count, origin, moved, squares = folded
        where = place_of(groups)
        before = self._count[where]
        after = before + count
        start = np.where(before == 0, origin, self._origin[where])
        with np.errstate(invalid="ignore", over="ignore"):
            part = count / np.maximum(after, 1)
            apart = (origin - start) + (moved - self._moved[where])
            self._moved[where] += apart * part
            self._squares[where] += squares + _squared(apart) * (before * part)
        self._origin[where] = start
        self._count[where] = after

    def result(self) -> Array:
        """Return the standard deviations, of all values (not of a sample)."""
        count = np.where(self._count == 0, np.nan, self._count)
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray(np.sqrt(self._squares / count))


def first(values: Array, groups: Sequence[Groups]) -> Array:
    """Give the first value of each place of a block."""
    for axis, along in enumerate(groups):
        if not along.single:
            values = np.take(values, along.firsts, axis=axis)
    return values


def _squared(values: NDArray[np.inexact]) -> NDArray[np.floating]:
    """Squares of absolute values; those of real numbers take the place of these."""
    squares: NDArray[np.floating]
    if values.dtype.kind == "c":
        squares = values.real**2 + values.imag**2
        return squares
    squares = np.multiply(values, values, out=values)
    return squares


class Extreme(Accumulator):
    """The smallest or largest number of a place.

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values.
    choose : numpy.ufunc
        ``fmin`` or ``fmax``: of a number and NaN they give the number.
    """

    width = 1

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        choose: np.ufunc,
    ) -> None:
        self._choose = choose
        self._best = np.zeros(shape, dtype)
        self._seen = np.zeros(shape, bool)

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Find the extremes of a block."""
        del indices
        return (fold(self._choose, values, groups),)

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Keep the more extreme ones."""
        (found,) = folded
        where = place_of(groups)
        merged = self._choose(self._best[where], found)
        self._best[where] = np.where(self._seen[where], merged, found)
        self._seen[where] = True

    def result(self) -> Array:
        """Return the extremes."""
        return with_gaps(self._best, ~self._seen)


class ExtremeIndex(Accumulator):
    """Where along a dimension the smallest or largest number of a place stands.

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values.
    choose : numpy.ufunc
        ``fmin`` or ``fmax``.
    """

    width = 2
    steps = 2

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        choose: np.ufunc,
    ) -> None:
        self._choose = choose
        self._best = np.zeros(shape, dtype)
        self._index = np.full(shape, _NOWHERE)

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Find the extremes of a block, and where they stand."""
        found = fold(self._choose, values, groups)
        hits = values == spread(found, groups)
        axes = [axis for axis, along in enumerate(groups) if not along.single]
        if len(axes) == 1:
            index = _first_hits(hits, groups[axes[0]], indices[axes[0]], axes[0])
            if index is not None:
                return found, np.where(found == found, index, _NOWHERE)
        along = reduce(np.add.outer, indices, np.zeros((), np.int64))
        here = np.where(hits, along, _NOWHERE)
        return found, fold(np.minimum, here, groups, _COUNT)

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Keep the more extreme ones."""
        found, first = folded
        where = place_of(groups)
        best, index = self._best[where], self._index[where]
        # Of equal values the one of the lowest index counts, as in numpy.
        tie = (found == best) & (first < index)
        better = (self._choose(found, best) == found) & (found != best)
        take = (first < _NOWHERE) & ((index == _NOWHERE) | better | tie)
        self._best[where] = np.where(take, found, best)
        self._index[where] = np.where(take, first, index)

    def result(self) -> Array:
        """Return the indices."""
        return with_gaps(self._index, self._index == _NOWHERE)


def _first_hits(
    hits: NDArray[np.bool_], along: Groups, indices: IntArray, axis: int
) -> IntArray | None:
    """Lowest index at which each place is hit; None where entries are in disorder."""
    grid, rows = along.grid(hits, axis), along.grid(indices, 0)
    if grid is None or rows is None:
        return None
    rising = rows[0] if rows[1] else rows[0].T
    if (np.diff(rising, axis=1) < 0).any():
        return None
    at = np.argmax(grid[0], axis=grid[1])
    shape = [1] * at.ndim
    shape[axis] = len(rising)
    found: IntArray = rising[np.arange(len(rising)).reshape(shape), at]
    return found


class Fields(Accumulator):
    """One accumulator for each field of a compound.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the values.
    make : callable
        Makes the accumulator of a field of that type.
    """

    def __init__(
        self,
        dtype: np.dtype[np.generic],
        make: Callable[[np.dtype[np.generic]], Accumulator],
    ) -> None:
        assert dtype.fields is not None
        self._parts = {name: make(field[0]) for name, field in dtype.fields.items()}
        self.width = sum(part.width for part in self._parts.values())
        self.steps = sum(part.steps for part in self._parts.values())

    def fold(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> Folded:
        """Reduce each field of a block."""
        folded: Folded = ()
        for name, part in self._parts.items():
            folded += part.fold(values[name], groups, indices)  # type: ignore[call-overload]
        return folded

    def take(self, folded: Folded, groups: Sequence[Groups]) -> None:
        """Give each field its own."""
        for part in self._parts.values():
            part.take(folded[: part.width], groups)
            folded = folded[part.width :]

    @property
    def nbytes(self) -> int:
        """Bytes of what is gathered."""
        return sum(part.nbytes for part in self._parts.values())

    def result(self) -> Array:
        """Return a compound of the results."""
        return compound({name: part.result() for name, part in self._parts.items()})


def compound(parts: dict[str, Array]) -> Array:
    """Put arrays of one shape together, as fields of one."""
    shape = next(iter(parts.values())).shape
    result = np.empty(shape, [(name, part.dtype) for name, part in parts.items()])
    for name, part in parts.items():
        result[name] = part
    return result


def place_of(groups: Sequence[Groups]) -> Where:
    """Index of the places that a block meets: slices, where that is possible."""
    spans = [along.span for along in groups]
    if all(span is not None for span in spans):
        return tuple(span for span in spans if span is not None)
    return np.ix_(*(along.places for along in groups))


def _finite(values: Array) -> bool:
    return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())


def _float_of(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    return np.result_type(dtype, np.float64)


def _sum_of(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    if dtype.kind in "fc":
        return _float_of(dtype)
    return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
