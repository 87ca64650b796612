"""In which tiles a dataset is read to be transposed."""

import itertools
import math
from collections.abc import Iterator

from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.sidecars.turn import Turn

_TILE = 32 << 20  # bytes
_SEGMENT = 4 << 10  # bytes that are written to one place
_LARGEST = 48 << 20

Shape = tuple[int, ...]


def tile_of(turn: Turn, itemsize: int, chunk: Shape | None) -> Shape | None:
    """Choose the shape of tiles: whole spectra, where enough of them fit into one.

    Parameters
    ----------
    turn : Turn
        Shape of the dataset, and what is written beside each other.
    itemsize : int
        Bytes of a value.
    chunk : tuple of int, optional
        Shape of the chunks, which are read once each.

    Returns
    -------
    tuple of int or None
        Entries of a tile along each axis of the dataset; None where a chunk is larger
        than a tile.
    """
    growing = _Growing(turn.shape, chunk or (1,) * len(turn.shape))
    if growing.size * itemsize > _LARGEST:
        return None
    most = max(1, _TILE // itemsize)
    beside = 1
    for axis in reversed(turn.inner):
        growing.grow(axis, -(-(_SEGMENT // itemsize) // beside), most)
        if growing.tile[axis] < turn.shape[axis]:
            break
        beside *= turn.shape[axis]
    for axis in reversed(range(len(turn.shape))):
        growing.grow(axis, turn.shape[axis], most)
    return tuple(growing.tile)


class _Growing:
    """A tile that becomes larger, by whole chunks."""

    def __init__(self, shape: Shape, chunk: Shape) -> None:
        self._shape, self._chunk = shape, chunk
        self.tile = [min(pair) for pair in zip(shape, chunk, strict=True)]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.tile)

    def grow(self, axis: int, wanted: int, most: int) -> None:
        """Make it up to `wanted` long, but no larger than `most` values."""
        chunk, high = self._chunk[axis], self.tile[axis]
        room = most // (self.size // high)
        longer = min(-(-wanted // chunk) * chunk, self._shape[axis])
        if longer > room:
            longer = room // chunk * chunk
        self.tile[axis] = max(high, longer)


def boxes(turn: Turn, tile: Shape) -> Iterator[Box]:
    """Give the tiles, all values of some maps one after the other.

    Parameters
    ----------
    turn : Turn
    tile : tuple of int
        Entries along each axis of the dataset.

    Returns
    -------
    iterator of Box
        Each with its place in a buffer of its own.
    """
    begin = (0,) * len(tile)
    pairs = zip(turn.of(turn.shape), turn.of(tile), strict=True)
    for runs in itertools.product(*[list(_runs(*pair)) for pair in pairs]):
        yield Box(tuple(runs[axis] for axis in turn.back), begin)


def _runs(size: int, high: int) -> Iterator[Run]:
    for first in range(0, size, high):
        yield Run(first, 1, 1, min(high, size - first))
