"""Rows of a hyperslab, some at a time: they stay in a core's cache while in use.

What is read once and folded at once need not go through the memory of a block. That
is possible where the values stand in the file in their order, in pieces.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.routes.positioned import FileBytes
from usid_lab.reading.routes.segments import Segments

Array = NDArray[np.generic]
_PART = 1 << 20  # bytes: half of the cache of a usual core


def swept(
    fetch: FileBytes,
    segments: Segments,
    shape: Sequence[int],
    dtype: np.dtype[np.generic],
) -> Iterator[Array] | None:
    """Read rows, some at a time.

    Parameters
    ----------
    fetch : FileBytes
        Of the file.
    segments : Segments
        Where the values are: one behind the other they are the hyperslab.
    shape : sequence of int
        Of the hyperslab; it has values.
    dtype : numpy.dtype
        Of the values.

    Returns
    -------
    iterator of ndarray or None
        Each array is valid until the next one. None where not all is in memory: then
        few large reads are better.
    """
    row = math.prod(shape[1:]) * dtype.itemsize
    parts = segments.parts(row, _PART)
    if parts is None:
        return None
    firsts = np.array([part.starts[0] for part in parts])
    if not fetch.is_warm(Segments(firsts, 1)):
        return None
    way = fetch.suited(segments)
    return (way.rows(part).view(dtype).reshape(-1, *shape[1:]) for part in parts)
