"""Hyperslabs by the chunks of an array: what of each is wanted, and where it goes."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.runs import IntArray, Run

Array = NDArray[np.generic]
Inside = slice | IntArray


class Part(NamedTuple):
    """What is wanted of the chunks at one place along an axis.

    Attributes
    ----------
    number : int
        Of the chunk along the axis.
    inside : slice or ndarray of int
        Entries of the chunk.
    place : slice
        Where they go in the buffer.
    """

    number: int
    inside: Inside
    place: slice


def parts_of(run: Run, offset: int, chunk: int) -> list[Part]:
    """Say which entries of a run lie in which chunk.

    Parameters
    ----------
    run : Run
        Entries of an axis.
    offset : int
        Where they begin in the buffer.
    chunk : int
        Length of a chunk.

    Returns
    -------
    list of Part
        In the order of the chunks.
    """
    if run.count == 1 or run.stride == run.block:
        return _of_block(run.start, run.size, offset, chunk)
    entries = entries_of(run)
    numbers = entries // chunk
    edges = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1)).tolist()
    return [
        Part(
            int(numbers[first]),
            _inside(entries[first:last] % chunk),
            slice(offset + first, offset + last),
        )
        for first, last in itertools.pairwise(edges)
    ]


def entries_of(run: Run) -> IntArray:
    """All entries of a run, in increasing order."""
    along = np.arange(run.count, dtype=np.int64)[:, None] * run.stride
    entries: IntArray = (run.start + along + np.arange(run.block)).ravel()
    return entries


def chosen(values: Array, inside: Sequence[Inside]) -> Array:
    """Take entries along each axis; a view where all of them are slices."""
    basic = tuple(one if isinstance(one, slice) else slice(None) for one in inside)
    found = values[basic]
    for axis, one in enumerate(inside):
        if not isinstance(one, slice):
            found = np.take(found, one, axis=axis)
    return found


def _of_block(start: int, size: int, offset: int, chunk: int) -> list[Part]:
    parts = []
    stop = start + size
    for number in range(start // chunk, (stop - 1) // chunk + 1):
        first, last = max(start, number * chunk), min(stop, (number + 1) * chunk)
        inside = slice(first - number * chunk, last - number * chunk)
        place = slice(offset + first - start, offset + last - start)
        parts.append(Part(number, inside, place))
    return parts


def _inside(entries: IntArray) -> Inside:
    steps = np.diff(entries)
    if (steps[:1] != steps).any():
        return entries
    step = int(steps[0]) if steps.size else 1
    return slice(int(entries[0]), int(entries[-1]) + 1, step)
