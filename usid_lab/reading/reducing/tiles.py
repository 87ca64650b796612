"""Cutting an array into blocks of bounded memory."""

import itertools
import math
from collections.abc import Iterator, Sequence

from usid_lab.reading.reducing.grouping import Entries

Spans = tuple[tuple[int, int], ...]

BLOCK_BYTES = 8 << 20  # of numbers that are worked on at a time: fits into caches


def tile_shape(
    counts: Sequence[int], chunk: Sequence[int] | None, most: int
) -> tuple[int, ...]:
    """Choose the shape of blocks that hold whole chunks.

    Parameters
    ----------
    counts : sequence of int
        Shape of the array.
    chunk : sequence of int, optional
        Shape of its chunks; None where it is contiguous.
    most : int
        How many values a block may hold; a chunk alone may hold four times as many.

    Returns
    -------
    tuple of int
        Cut along the first axes, so that blocks follow each other in the file.

    Examples
    --------
    >>> tile_shape((1000, 64), (10, 64), 6400)
    (100, 64)
    """
    shape = list(counts)
    whole = tuple(1 for _ in counts) if chunk is None else tuple(chunk)
    least = whole if math.prod(whole) <= 4 * most else tuple(1 for _ in counts)
    for axis, size in enumerate(least):
        if math.prod(shape) > most:
            rest = math.prod(shape) // shape[axis]
            shape[axis] = min(shape[axis], max(most // rest, size))
    return tuple(shape)


def stack_shape(
    counts: Sequence[int], chunk: Sequence[int], most: int
) -> tuple[int, ...]:
    """Choose the shape of blocks of which each chunk is one piece of memory.

    Parameters
    ----------
    counts, chunk, most
        As of :func:`tile_shape`.

    Returns
    -------
    tuple of int
        As wide as one chunk along all axes but the first.

    Examples
    --------
    >>> stack_shape((1000, 64), (10, 32), 6400)
    (200, 32)
    """
    shape = list(map(min, counts, chunk))
    many = most // max(1, math.prod(shape))
    if not many:
        return tile_shape(counts, chunk, most)
    shape[0] = min(counts[0], many * chunk[0])
    return tuple(shape)


def tiles(
    axes: Sequence[Entries],
    chunk: Sequence[int] | None,
    most: int,
    *,
    stacked: bool = False,
    within: Spans | None = None,
) -> Iterator[Spans]:
    """Walk the entries of an array in the order of the file, each chunk once.

    Parameters
    ----------
    axes : sequence of Entries
        What is read along each axis.
    chunk : sequence of int, optional
        Shape of the chunks.
    most : int
        How many values a block may hold.
    stacked : bool, optional
        Whether blocks are as narrow as chunks, in another order than that of the file.
    within : tuple of (int, int), optional
        Part of the walk, as it was yielded for a larger `most`; all of it if None.

    Yields
    ------
    tuple of (int, int)
        For each axis, numbers of the first entry and of the one after the last.
    """
    bounds = [(0, axis.count) for axis in axes] if within is None else within
    counts = [stop - start for start, stop in bounds]
    if not math.prod(counts):
        return
    if stacked and chunk is not None:
        shape = stack_shape(counts, chunk, most)
    else:
        shape = tile_shape(counts, chunk, most)
    lengths = shape if chunk is None else tuple(chunk)
    whole = [
        list(_spans(axis, bound, size, length if chunk else 1))
        for axis, bound, size, length in zip(axes, bounds, shape, lengths, strict=True)
    ]
    yield from itertools.product(*whole)


def _spans(
    axis: Entries, bound: tuple[int, int], size: int, chunk: int
) -> Iterator[tuple[int, int]]:
    """Cut a part of one axis where chunks meet."""
    start, end = bound
    while start < end:
        stop = min(start + size, end)
        if stop < end and chunk > 1:
            meeting = axis.number(axis.entry(stop) // chunk * chunk)
            stop = meeting if meeting > start else stop
        yield start, stop
        start = stop


def portions(shape: Sequence[int], most: int) -> Iterator[tuple[slice, ...]]:
    """Cut an N-D form into slabs that follow each other in raster order.

    Parameters
    ----------
    shape : sequence of int
        Of the N-D form.
    most : int
        How many places a slab may hold; one at least.

    Yields
    ------
    tuple of slice
        One for each dimension.

    Examples
    --------
    >>> [tuple((s.start, s.stop) for s in slab) for slab in portions((3, 4), 8)]
    [((0, 2), (0, 4)), ((2, 3), (0, 4))]
    """
    if not math.prod(shape):
        return
    size = tile_shape(shape, None, most)
    along = [
        [slice(start, min(start + step, whole)) for start in range(0, whole, step)]
        for whole, step in zip(shape, size, strict=True)
    ]
    yield from itertools.product(*along)
