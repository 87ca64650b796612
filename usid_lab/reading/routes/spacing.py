"""Blocks with gaps between them, read into memory where they have the same gaps.

What is selected of a file and of memory has one shape then, and HDF5 copies run by run.
Else it looks up the place of each value by itself, which takes several times as long as
to decode the chunks. Of the memory of long gaps, nothing is touched.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import h5py
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from usid_lab.reading.planning.pieces import Box, Storage, halves

Array = NDArray[np.generic]

_MOST = 32 << 20  # bytes of blocks and gaps


class Spaced:
    """Memory for blocks and the gaps between them.

    Parameters
    ----------
    box : Box
        Which blocks.
    dtype : numpy.dtype
        Of numbers.
    """

    def __init__(self, box: Box, dtype: np.dtype[np.generic]) -> None:
        self._box = box
        self.values: Array = np.empty(_span(box), dtype)
        """Where they are read; gaps hold anything."""
        self.space = h5py.h5s.create_simple(self.values.shape)
        """Their places in `values`, for HDF5."""
        select(self.space, box, [0] * len(box.runs))

    def put(self, buffer: Array) -> None:
        """Put the blocks into their place in `buffer`, which is C-contiguous."""
        pairs = zip(self._box.runs, self.values.strides, strict=True)
        shape = _flat((run.count, run.block) for run in self._box.runs)
        apart = _flat((run.stride * step, step) for run, step in pairs)
        blocks = as_strided(self.values, shape, apart, writeable=False)
        buffer[self._box.place].reshape(shape)[...] = blocks


def is_spaced(box: Box, storage: Storage) -> bool:
    """Whether a hyperslab of chunks has gaps, and little memory spans it."""
    return _has_gaps(box, storage) and _nbytes(box, storage) <= _MOST


def spanned(box: Box, storage: Storage) -> Iterator[Box]:
    """Cut a hyperslab that has gaps, where chunks meet, until little memory spans it.

    Parameters
    ----------
    box : Box
        Not empty.
    storage : Storage
        How the array lies in its file.

    Yields
    ------
    Box
        One that has gaps and is spanned by more lies in one chunk.
    """
    is_wide = _has_gaps(box, storage) and _nbytes(box, storage) > _MOST
    halved = halves(box, storage.chunk) if is_wide else None
    if halved is None:
        yield box
        return
    for half in halved:
        yield from spanned(half, storage)


def select(space: h5py.h5s.SpaceID, box: Box, first: Sequence[int]) -> None:
    """Select the blocks of a hyperslab, the first of which begins at `first`."""
    space.select_hyperslab(
        tuple(first),
        tuple(run.count for run in box.runs),
        stride=tuple(run.stride for run in box.runs),
        block=tuple(run.block for run in box.runs),
    )


def _has_gaps(box: Box, storage: Storage) -> bool:
    is_cut = storage.chunk is not None and not storage.elsewhere
    return is_cut and any(run.count > 1 for run in box.runs)


def _nbytes(box: Box, storage: Storage) -> int:
    return math.prod(_span(box)) * storage.itemsize


def _span(box: Box) -> tuple[int, ...]:
    return tuple(run.last - run.start + 1 for run in box.runs)


def _flat(pairs: Iterator[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(itertools.chain.from_iterable(pairs))
