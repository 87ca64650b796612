"""A tile of a dataset as parts of the rows of its copy."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.raster import strides
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.segments import Segments, segments_of
from usid_lab.reading.sidecars.header import BEGIN, Header
from usid_lab.reading.sidecars.transposing import transposed

Array = NDArray[np.generic]

_GROUP = 128  # rows that are transposed at once, and stay in the processor's cache


class Rows:
    """Turns tiles into what is written of them.

    Parameters
    ----------
    header : Header
        Of the copy.
    dtype : numpy.dtype
        Native type of the values.
    """

    def __init__(self, header: Header, dtype: np.dtype[np.generic]) -> None:
        self._turn = header.turn
        self._itemsize = header.itemsize
        sizes = header.turn.turned
        outer = len(header.turn.outer)
        self._apart = strides(sizes[:outer])
        self._steps = (
            header.row,
            *[step * header.itemsize for step in strides(sizes[outer:])],
        )
        part = header.turn.of(header.tile)[outer - 1 :]
        self._scratch = np.empty(min(_GROUP, part[0]) * math.prod(part[1:]), dtype)

    def of(self, box: Box, values: Array) -> Iterator[tuple[int, Array, Segments]]:
        """Give the rows of a tile, some at a time.

        Parameters
        ----------
        box : Box
            The tile.
        values : ndarray
            Its values.

        Yields
        ------
        tuple of (int, ndarray, Segments)
            Number of the first row; part of each of some rows, valid until the next
            ones come; where its bytes belong in the file.
        """
        turned = values.transpose(self._turn.order)
        outer = len(self._apart)
        along, inner = self._turn.of(box.runs)[:outer], self._turn.of(box.runs)[outer:]
        for at in np.ndindex(*turned.shape[: outer - 1]):
            corner = zip(along, (*at, 0), self._apart, strict=True)
            row = sum((run.start + number) * step for run, number, step in corner)
            for first in range(0, along[-1].size, _GROUP):
                group = transposed(turned[at][first : first + _GROUP], self._scratch)
                rows = Run(row + first, 1, 1, len(group))
                yield rows.start, group, self._segments((rows, *inner))

    def _segments(self, runs: tuple[Run, ...]) -> Segments:
        box = Box(runs, (0,) * len(runs))
        return segments_of(box, self._steps, self._itemsize, BEGIN)
