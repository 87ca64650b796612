"""Medians of tables in memory, and of what does not fit there.

What does not fit is counted: in a pass through all values, those of each place fall
into classes by the leading digits of their ordered bits. The class with the median is
known then, the next pass divides it again, and the last digit makes the value whole:
exact, in a fixed number of passes and a fixed amount of memory.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.accumulating import counts, known
from usid_lab.reading.reducing.grouping import Groups
from usid_lab.reading.reducing.walking import Block
from usid_lab.reading.stopping import Stop, Stopped

Array = NDArray[np.generic]
Keys = NDArray[np.unsignedinteger]
_CLASSES = 1 << 18  # that are counted at a time, of all places
MOST_COUNTED = _CLASSES // 2
"""Places for each of which at least two classes can be counted."""

_DIGIT = 16  # bits
_PIECE = 1 << 19  # values that are put in order before one asks whether to stop


def medians(block: Block, stop: Stop) -> NDArray[np.floating]:
    """Median at each place of a block that holds all values of them.

    Parameters
    ----------
    block : Block
        Of real numbers.
    stop : callable
        True ends the work.

    Returns
    -------
    ndarray of float
        One axis for each of the block; NaN where there is no number.
    """
    table, count = _table(block.values, block.groups)
    shape = table.shape[:-1]
    rows, number = table.reshape(-1, table.shape[-1]), count.ravel()
    result = np.empty(len(rows), np.result_type(table.dtype, np.float64))
    step = max(1, _PIECE // rows.shape[1])
    for start in range(0, len(rows), step):
        if stop():
            raise Stopped("median")
        part = slice(start, start + step)
        result[part] = _of_rows(rows[part], number[part])
    return result.reshape(shape)


def _of_rows(rows: Array, count: IntArray) -> NDArray[np.floating]:
    """Medians of the first `count` values of each row in order; rows are changed."""
    numbers = known(rows)
    if numbers is not None:
        count = np.minimum(count, numbers.sum(axis=-1))
    low, high = (count - 1) // 2, count // 2
    if (count == count[0]).all() and count[0]:
        rows.partition((int(low[0]), int(high[0])), axis=-1)
    else:
        rows.sort(axis=-1)
    pair = (
        np.take_along_axis(rows, np.maximum(place, 0)[:, None], axis=-1)[:, 0]
        for place in (low, np.minimum(high, rows.shape[-1] - 1))
    )
    middle = _middle(*pair)
    middle[count == 0] = np.nan
    return middle


def _middle(low: Array, high: Array) -> NDArray[np.floating]:
    wide = np.result_type(low.dtype, np.float64)
    # Infinities of both signs have none, and where all are NaN so is this.
    with np.errstate(invalid="ignore"):
        halves = (np.divide(side, 2, dtype=wide) for side in (low, high))
        return np.asarray(np.add(*halves))


def _table(values: Array, groups: Sequence[Groups]) -> tuple[Array, IntArray]:
    """Values of each place along the last axis, and how many there are.

    Rows that are shorter than others end with values that stand last in order.
    """
    count = len(groups)
    for axis, along in reversed(list(enumerate(groups))):
        values = _in_rows(values, along, axis)
    places = range(0, 2 * count, 2)
    moved = values.transpose(*places, *(axis + 1 for axis in places))
    shape = moved.shape[:count]
    table = np.ascontiguousarray(moved).reshape(*shape, -1)
    return table, counts(None, groups)


def _in_rows(values: Array, along: Groups, axis: int) -> Array:
    """Unfold one axis into its places, and the entries of each."""
    several, most = len(along.places), int(along.counts.max())
    before, after = values.shape[:axis], values.shape[axis + 1 :]
    if along.turns:
        turned = values.reshape(*before, most, several, *after)
        return turned.swapaxes(axis, axis + 1)
    order = _order(along)
    missing = order < 0
    rows = np.take(values, np.where(missing, 0, order), axis=axis)
    if missing.any():
        rows[(slice(None),) * axis + (missing,)] = _last(values.dtype)
    return rows


def _order(along: Groups) -> IntArray:
    """Entries of each place, in rows; -1 where there are no more."""
    several, most = len(along.places), int(along.counts.max())
    order = np.argsort(along.inverse, kind="stable")
    if several * most == len(order):
        return order.reshape(several, most)
    starts = np.concatenate(([0], np.cumsum(along.counts)[:-1]))
    rank = np.arange(len(order)) - np.repeat(starts, along.counts)
    rows = np.full((several, most), -1)
    rows[along.inverse[order], rank] = order
    return rows


def _last(dtype: np.dtype[np.generic]) -> float:
    if dtype.kind == "f":
        return np.nan
    return True if dtype.kind == "b" else np.iinfo(dtype.str).max


@dataclass(frozen=True, slots=True)
class Digit:
    """Some neighbouring bits of ordered values.

    Attributes
    ----------
    shift : int
        Bits behind it.
    bits : int
        Its own.
    """

    shift: int
    bits: int


def digits(places: int, dtype: np.dtype[np.generic]) -> list[Digit]:
    """Cut the bits of values into digits of which all classes can be counted.

    Parameters
    ----------
    places : int
        Of the result.
    dtype : numpy.dtype
        Of the values.

    Returns
    -------
    list of Digit
        One for each pass, the leading one first.
    """
    width = 8 * dtype.itemsize
    most = max(1, min(_DIGIT, int(math.log2(_CLASSES / max(1, places)))))
    edges = [*range(0, width, most), width]
    pairs = pairwise(edges)
    return [Digit(low, high - low) for low, high in reversed(list(pairs))]


class Ranking:
    """Finds the two middle values of each place, digit by digit.

    Parameters
    ----------
    shape : tuple of int
        Places of the result, for each axis.
    dtype : numpy.dtype
        Of the values: real numbers, native byte order.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
        self._shape = shape
        self._dtype = dtype
        self._places = math.prod(shape)
        self.digits = digits(self._places, dtype)
        """What is to be counted, pass by pass."""
        self._found = np.zeros((2, self._places), np.uint64)
        self._rank = np.zeros((2, self._places), np.int64)
        self._known: IntArray | None = None
        self._rest = 8 * dtype.itemsize

    def counted(self, block: Block, digit: Digit) -> tuple[IntArray, ...]:
        """Count the values of a block by a digit; changes nothing here.

        Returns
        -------
        tuple of ndarray of int, shape (places * 2**bits,)
            For the lower and for the upper middle value, where they differ by now.
        """
        numbers = known(block.values)
        ids = self._ids(block.groups, block.values.shape)
        keys = keys_of(block.values)
        if numbers is not None:
            keys, ids = keys[numbers], ids[numbers]
        else:
            keys, ids = keys.ravel(), ids.ravel()
        if self._known is None:
            return (self._classes(keys, ids, digit),)
        head = keys >> np.array(digit.shift + digit.bits, keys.dtype)
        wanted = self._found[:1] if self._agreed else self._found
        same = [head == found.astype(keys.dtype)[ids] for found in wanted]
        return tuple(self._classes(keys[here], ids[here], digit) for here in same)

    @property
    def _agreed(self) -> bool:
        return bool((self._found[0] == self._found[1]).all())

    def _ids(self, groups: Sequence[Groups], shape: tuple[int, ...]) -> IntArray:
        """Place of each value of a block, counted through; broadcast where one."""
        ids = np.zeros((), np.int64)
        for along, size in zip(groups, self._shape, strict=True):
            ids = np.add.outer(ids * size, along.places[along.inverse])
        return np.broadcast_to(ids, shape)

    def _classes(self, keys: Keys, ids: IntArray, digit: Digit) -> IntArray:
        several = 1 << digit.bits
        mask = np.array(several - 1, keys.dtype)
        classes = ((keys >> np.array(digit.shift, keys.dtype)) & mask).astype(np.int64)
        if self._places > 1:
            classes += ids * several
        return np.bincount(classes, minlength=self._places * several)

    def narrow(self, digit: Digit, found: Sequence[IntArray]) -> None:
        """Choose the classes that hold the middle values, after a pass."""
        tables = [table.reshape(self._places, -1) for table in found]
        if self._known is None:
            self._known = tables[0].sum(axis=1)
            self._rank[0] = np.maximum((self._known - 1) // 2, 0)
            self._rank[1] = np.minimum(self._known // 2, np.maximum(self._known - 1, 0))
        self._rest = digit.shift
        for number in range(2):
            ends = np.cumsum(tables[min(number, len(tables) - 1)], axis=1)
            rank = self._rank[number][:, None]
            chosen = np.minimum((ends <= rank).sum(axis=1), ends.shape[1] - 1)
            before = np.where(chosen > 0, chosen - 1, 0)[:, None]
            passed = np.take_along_axis(ends, before, axis=1)[:, 0]
            self._rank[number] -= np.where(chosen > 0, passed, 0)
            self._found[number] <<= np.uint64(digit.bits)
            self._found[number] |= chosen.astype(np.uint64)

    def result(self) -> NDArray[np.floating]:
        """Return the medians: exact after the last pass, before that nearby."""
        half = (1 << self._rest) >> 1
        keys = (self._found << np.uint64(self._rest % 64)) | np.uint64(half)
        kind = np.dtype(f"u{self._dtype.itemsize}")
        low, high = values_of(keys.astype(kind), self._dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            middle = _middle(low, high)
        if self._known is not None:
            middle[self._known == 0] = np.nan
        return middle.reshape(self._shape)


def keys_of(values: Array) -> Keys:
    """Turn numbers into unsigned integers of the same order; of NaN, into any.

    Examples
    --------
    >>> keys_of(np.array([-1.5, 2.5], "f2")).tolist()
    [16895, 49408]
    """
    width = 8 * values.dtype.itemsize
    kind = np.dtype(f"u{values.dtype.itemsize}")
    bits = np.ascontiguousarray(values).view(kind)
    top = kind.type(1 << (width - 1))
    if values.dtype.kind in "bu":
        return bits
    if values.dtype.kind == "i":
        return np.asarray(bits ^ top)
    # Of a negative number all bits are turned round, of others the sign.
    signs = bits.view(f"i{kind.itemsize}") >> (width - 1)
    return np.asarray(bits ^ (signs.view(kind) | top))


def values_of(keys: Keys, dtype: np.dtype[np.generic]) -> Array:
    """Undo :func:`keys_of`.

    Examples
    --------
    >>> values_of(np.array([16895, 49408], "u2"), np.dtype("f2")).tolist()
    [-1.5, 2.5]
    """
    width = 8 * dtype.itemsize
    top = keys.dtype.type(1 << (width - 1))
    if dtype.kind == "i":
        keys = keys ^ top
    elif dtype.kind == "f":
        keys = np.where(keys & top, keys ^ top, ~keys)
    return keys.view(dtype)


def total(
    found: Iterable[tuple[tuple[IntArray, ...], object]],
) -> tuple[IntArray, ...]:
    """Add the counts of blocks, as a walk gives them."""
    tables = (counted for counted, _ in found)
    return reduce(lambda a, b: tuple(map(np.add, a, b)), tables)
