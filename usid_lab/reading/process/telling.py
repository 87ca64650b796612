"""Where chunks lie, as the reader process tells it: numbers, all of them checked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.process.arena import PART
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.routes.chunkindex import ChunkIndex

Numbers = NDArray[np.int64]

NOTHING: Numbers = np.empty(0, np.int64)
_DEFLATE, _SHUFFLE = 1, 2
MOST = PART // 8
_SLACK = 1 << 16


def told(index: ChunkIndex, itemsize: int) -> Numbers:
    """Put an index into numbers; none where the kernel has no use for it.

    Parameters
    ----------
    index : ChunkIndex
    itemsize : int
        Bytes of a value.

    Returns
    -------
    ndarray of int64
        Whether chunks are deflated, whether shuffled, the shape of a chunk, and the
        place and the size of each.
    """
    codes = [code for code, _ in index.filters]
    if codes not in ([], [_DEFLATE], [_SHUFFLE, _DEFLATE]) or index.masks.any():
        return NOTHING
    if codes[:1] == [_SHUFFLE] and index.filters[0][1] != (itemsize,):
        return NOTHING
    head = [_DEFLATE in codes, _SHUFFLE in codes, *index.chunk]
    count = len(head) + 2 * index.offsets.size
    if count > MOST:
        return NOTHING
    parts = (head, index.offsets.ravel(), index.sizes.ravel())
    return np.concatenate([np.asarray(part, np.int64) for part in parts])


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What was told of a dataset.

    Attributes
    ----------
    is_deflated, is_shuffled : bool
        What was done to the bytes of a chunk.
    chunk, grid : tuple of int
        Shape of a chunk, and how many there are along each axis.
    offsets, sizes : ndarray of int64, shape `grid`
        Place in the file and bytes of each; a place is negative where there is none.
    """

    is_deflated: bool
    is_shuffled: bool
    chunk: tuple[int, ...]
    offsets: Numbers
    sizes: Numbers

    @classmethod
    def checked(cls, numbers: Numbers, shape: Sequence[int], itemsize: int) -> Self:
        """Take numbers, which may be anything, of an array of this shape.

        Parameters
        ----------
        numbers : ndarray of int64
            As of :func:`told`.
        shape : sequence of int
        itemsize : int
            Bytes of a value.

        Raises
        ------
        BreachError
            They cannot be true.
        """
        start = 2 + len(shape)
        if len(numbers) < start:
            raise BreachError("fewer numbers than an array has sides")
        deflated, shuffled, *chunk = map(int, numbers[:start])
        fits = len(chunk) == len(shape) and all(
            0 < length <= size for length, size in zip(chunk, shape, strict=True)
        )
        if not fits or {deflated, shuffled} - {0, 1}:
            raise BreachError("chunks of an impossible form")
        grid = tuple(-(-n // length) for n, length in zip(shape, chunk, strict=True))
        count, rest = math.prod(grid), numbers[start:]
        largest = 2 * math.prod(chunk) * itemsize + _SLACK
        if len(rest) != 2 * count:
            raise BreachError("another number of chunks than there are")
        offsets, sizes = rest[:count].reshape(grid), rest[count:].reshape(grid)
        if (sizes < 0).any() or (sizes > largest).any():
            raise BreachError("chunks of an impossible size")
        return cls(bool(deflated), bool(shuffled), tuple(chunk), offsets, sizes)

    def place(self, numbers: tuple[int, ...]) -> tuple[int, int]:
        """Where a chunk begins, and how many bytes it takes."""
        return int(self.offsets[numbers]), int(self.sizes[numbers])
