"""Where a hyperslab goes in the buffer of a read."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.pieces import Box, halves

Array = NDArray[np.generic]
_SCRATCH = 4 << 20


def place_of(box: Box, buffer: Array) -> Array:
    """Return the part of a buffer that a hyperslab fills."""
    return buffer[box.place] if box.runs else buffer


def small(box: Box, itemsize: int) -> Iterator[Box]:
    """Cut a hyperslab that is put in its place from memory between.

    Parameters
    ----------
    box : Box
        Of an array without chunks.
    itemsize : int
        Bytes of a value.

    Yields
    ------
    Box
        Of at most 4 MiB.
    """
    parts = halves(box, None) if box.size * itemsize > _SCRATCH else None
    if parts is None:
        yield box
        return
    for part in parts:
        yield from small(part, itemsize)
