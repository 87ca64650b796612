"""In which tiles a dataset is read to be transposed."""

from collections.abc import Iterator

from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run

_TILE = 32 << 20  # bytes
_SEGMENT = 4 << 10  # bytes that are written to one place
_LARGEST = 48 << 20

Shape = tuple[int, int]


def tile_of(shape: Shape, itemsize: int, chunk: Shape | None) -> Shape | None:
    """Choose the shape of tiles: whole spectra, where enough of them fit into one.

    Parameters
    ----------
    shape : tuple of int
        Positions, steps.
    itemsize : int
        Bytes of a value.
    chunk : tuple of int, optional
        Shape of the chunks, which are read once each.

    Returns
    -------
    tuple of int or None
        Positions and steps of a tile; None where a chunk is larger than a tile.
    """
    (positions, steps), (rows, columns) = shape, chunk or (1, 1)
    rows, columns = min(rows, positions), min(columns, steps)
    if rows * columns * itemsize > _LARGEST:
        return None
    values = max(1, _TILE // itemsize)
    high = min(positions, max(rows, _SEGMENT // itemsize, values // steps))
    high = max(rows, high // rows * rows)
    wide = min(steps, max(columns, values // high // columns * columns))
    return high, wide


def boxes(shape: Shape, tile: Shape) -> Iterator[Box]:
    """Give the tiles, all positions of some steps one after the other.

    Parameters
    ----------
    shape, tile : tuple of int
        Positions, steps.

    Returns
    -------
    iterator of Box
        Each with its place in a buffer of its own.
    """
    (positions, steps), (high, wide) = shape, tile
    for column in range(0, steps, wide):
        along = Run(column, 1, 1, min(wide, steps - column))
        for row in range(0, positions, high):
            yield Box((Run(row, 1, 1, min(high, positions - row)), along), (0, 0))
