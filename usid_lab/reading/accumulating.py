"""Sums, spreads and extremes, gathered block by block."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.grouping import Groups
from usid_lab.reading.runs import IntArray

Array = NDArray[np.generic]
Where = tuple[slice, ...] | tuple[IntArray, ...]
_COUNT = np.dtype(np.int64)
_ROUGH = np.dtype(np.float64)
_NOWHERE = np.iinfo(np.int64).max


def fold(
    function: np.ufunc,
    values: Array,
    groups: Sequence[Groups],
    dtype: np.dtype[np.generic] | None = None,
) -> Array:
    """Reduce a block to the places of the result that it meets."""
    for axis, along in enumerate(groups):
        values = along.fold(function, values, axis, dtype or values.dtype)
    return values


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
    """Put NaN where nothing is known; integers then become float64."""
    if not missing.any():
        return values
    result = values if values.dtype.kind in "fc" else values.astype(np.float64)
    result[missing] = np.nan
    return result


class Accumulator(ABC):
    """Gathers one number for each place of the result."""

    @abstractmethod
    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in.

        Parameters
        ----------
        values : ndarray
            One axis for each of the stored array.
        groups : sequence of Groups
            For each axis, into which place each entry goes.
        indices : sequence of ndarray of int
            For each axis, the index of each entry in the dimension that is searched.
        """

    @abstractmethod
    def result(self) -> Array:
        """Return what was gathered; NaN where nothing was known."""


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

    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in."""
        del indices
        numbers = known(values)
        given = values if numbers is None else np.where(numbers, values, 0)
        where = _where(groups)
        self._count[where] += counts(numbers, groups)
        self._sum[where] += fold(np.add, given, groups, self._kind)
        if self._rough is not None:
            self._rough[where] += fold(np.add, given, groups, _ROUGH).astype(np.float64)

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
    """The standard deviation, of sums and squares counted from an origin.

    The origin of a place is the mean of the first values that are met there. It is as
    far from the mean of all n as single values are: the square of that distance is at
    most n times the variance, so that no more than a factor of n of the 16 digits is
    lost in the difference (T. F. Chan, G. H. Golub, R. J. LeVeque, 1983).

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        self._kind = _float_of(dtype)
        self._count = np.zeros(shape, np.int64)
        self._origin = np.zeros(shape, self._kind)
        self._sum = np.zeros(shape, self._kind)
        self._squares = np.zeros(shape, self._sum.real.dtype)

    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in."""
        del indices
        numbers = known(values)
        count = counts(numbers, groups)
        where = _where(groups)
        with np.errstate(invalid="ignore", over="ignore"):
            if not self._count[where].all():
                self._begin(values, numbers, count, groups)
            apart = np.subtract(values, spread(self._origin[where], groups))
            if numbers is not None:
                apart[~numbers] = 0
            self._sum[where] += fold(np.add, apart, groups)
            self._squares[where] += fold(np.add, _squared(apart), groups)
        self._count[where] += count

    def _begin(
        self,
        values: Array,
        numbers: NDArray[np.bool_] | None,
        count: IntArray,
        groups: Sequence[Groups],
    ) -> None:
        """Take the means of this block for origin, at places that are met first."""
        where = _where(groups)
        given = values if numbers is None else np.where(numbers, values, 0)
        means = fold(np.add, given, groups, self._kind) / np.maximum(count, 1)
        fresh = self._count[where] == 0
        self._origin[where] = np.where(fresh, means, self._origin[where])

    def result(self) -> Array:
        """Return the standard deviations, of all values (not of a sample)."""
        count = np.where(self._count == 0, np.nan, self._count)
        with np.errstate(invalid="ignore", over="ignore"):
            squares = self._squares / count - _squared(self._sum / count)
        return np.asarray(np.sqrt(np.maximum(squares, 0)))


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

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        choose: np.ufunc,
    ) -> None:
        self._choose = choose
        self._best = np.zeros(shape, dtype)
        self._seen = np.zeros(shape, bool)

    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in."""
        del indices
        where = _where(groups)
        found = fold(self._choose, values, groups)
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

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        choose: np.ufunc,
    ) -> None:
        self._choose = choose
        self._best = np.zeros(shape, dtype)
        self._index = np.full(shape, _NOWHERE)

    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in."""
        found = fold(self._choose, values, groups)
        along = reduce(np.add.outer, indices, np.zeros((), np.int64))
        here = np.where(values == spread(found, groups), along, _NOWHERE)
        first = fold(np.minimum, here, groups).astype(np.int64, copy=False)
        where = _where(groups)
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

    def add(
        self, values: Array, groups: Sequence[Groups], indices: Sequence[IntArray]
    ) -> None:
        """Take a block of values in."""
        for name, part in self._parts.items():
            part.add(values[name], groups, indices)  # type: ignore[call-overload]

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


def _where(groups: Sequence[Groups]) -> Where:
    """Index of the places that a block meets: slices, where that is possible."""
    spans = [along.span for along in groups]
    if all(span is not None for span in spans):
        return tuple(span for span in spans if span is not None)
    return np.ix_(*(along.places for along in groups))


def _float_of(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    return np.result_type(dtype, np.float64)


def _sum_of(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    if dtype.kind in "fc":
        return _float_of(dtype)
    return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
