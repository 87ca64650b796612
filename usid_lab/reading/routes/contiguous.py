"""Contiguous arrays, read past HDF5.

HDF5 fetches a hyperslab of a contiguous array row by row through a buffer of 64 KiB,
so a map of it reads most of the file. The bytes lie in the file as they are: where
they begin is known.
"""

import math
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.model.raster import strides
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.planning.placing import place_of, small
from usid_lab.reading.routes.chunkindex import FARTHEST, ChunkIndex
from usid_lab.reading.routes.chunkplaces import ChunkPlaces
from usid_lab.reading.routes.positioned import FileBytes
from usid_lab.reading.routes.rawfile import Bytes, is_verbatim
from usid_lab.reading.routes.segments import segments_of
from usid_lab.reading.routes.spreading import Spreader
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import array_bytes, native

Array = NDArray[np.generic]


class ContiguousSource:
    """A contiguous array of numbers, as a source of hyperslabs.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
        As stored.
    offset : int
        Where it begins in its file.
    fetch : FileBytes
        Of its file.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        offset: int,
        fetch: FileBytes,
    ) -> None:
        self.storage = Storage(shape, dtype.itemsize, None, placed=True)
        """How it lies in its file."""
        self._dtype = dtype
        self._native = native(dtype)
        self._steps = tuple(size * dtype.itemsize for size in strides(shape))
        self._offset = offset
        self._fetch = fetch
        whole = _as_one_chunk(shape, dtype.itemsize, offset)
        self._spreader = Spreader(ChunkPlaces(whole, dtype.itemsize), dtype)

    @classmethod
    def of(cls, dataset: h5py.Dataset, fetch: FileBytes) -> Self | None:
        """Make a source; None for a dataset that only HDF5 should read.

        Parameters
        ----------
        dataset : h5py.Dataset
            Open as long as the source is used.
        fetch : FileBytes
            Of its file.
        """
        try:
            if not _is_plain(dataset):
                return None
            offset = dataset.id.get_offset()
            return cls(dataset.shape, dataset.dtype, offset, fetch)
        except DAMAGE:
            return None

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: anything but an array without values."""
        return box.size > 0

    def slab(self, box: Box) -> Array:
        """Read a hyperslab of its own."""
        values = np.empty(box.shape, self._dtype)
        self._fill(box, values)
        return values.astype(self._native, copy=False)

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        place = place_of(box, buffer)
        # Of rows with values at equal distances there may be millions of stretches.
        is_comb = len(box.runs) > 0 and box.runs[-1].count > 1
        if is_comb and self._spreader.read(box, self._fetch, place):
            return
        if self._dtype == self._native and place.flags.c_contiguous:
            self._fill(box, place)
            return
        for part in small(box, self._dtype.itemsize):
            buffer[part.place] = self.slab(part)

    def _fill(self, box: Box, values: Array) -> None:
        """Read a hyperslab into an array of its own type."""
        segments = segments_of(box, self._steps, self._dtype.itemsize, self._offset)
        target: Bytes = values.reshape(-1).view(np.uint8)
        self._fetch.check(int(segments.starts[-1]) + segments.length)
        self._fetch.suited(segments).fill(segments, target)


def _as_one_chunk(shape: tuple[int, ...], itemsize: int, offset: int) -> ChunkIndex:
    grid = (1,) * len(shape)
    offsets = np.full(grid, offset, np.int64)
    size = np.full(grid, math.prod(shape) * itemsize, np.int64)
    mask = np.zeros(grid, np.uint32)
    return ChunkIndex(shape, shape, grid, offsets, size, mask, ())


def _is_plain(dataset: h5py.Dataset) -> bool:
    """Whether the values lie in the file in one piece, as numpy would hold them."""
    if not is_verbatim(dataset):
        return False
    plist = dataset.id.get_create_plist()
    nbytes = array_bytes(dataset.shape, dataset.dtype)
    # An array that was never written has no place, though it may be given one.
    return (
        plist.get_layout() == h5py.h5d.CONTIGUOUS
        and not plist.get_external_count()
        and 0 < nbytes == dataset.id.get_storage_size()
        and dataset.id.get_offset() is not None
        and dataset.id.get_offset() <= FARTHEST
    )
