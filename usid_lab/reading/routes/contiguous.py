"""Contiguous arrays, read past HDF5.

HDF5 fetches a hyperslab of a contiguous array row by row through a buffer of 64 KiB,
so a map of it reads most of the file. The bytes lie in the file as they are: where
they begin is known.
"""

from collections.abc import Iterator
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
from usid_lab.reading.routes.segments import Segments, segments_of
from usid_lab.reading.routes.spreading import Spreader
from usid_lab.reading.routes.sweeping import swept
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import array_bytes, native

Array = NDArray[np.generic]


class ContiguousSource:
    """A contiguous array of numbers, as a source of hyperslabs.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open as long as this is used; :meth:`of` tells whether it qualifies.
    fetch : FileBytes
        Of its file.
    """

    def __init__(self, dataset: h5py.Dataset, fetch: FileBytes) -> None:
        width = dataset.dtype.itemsize
        self.storage = Storage(dataset.shape, width, None, placed=True)
        """How it lies in its file."""
        self._dtype = dataset.dtype
        self._native = native(self._dtype)
        sizes = strides(self.storage.shape)
        self._steps = tuple(size * self._dtype.itemsize for size in sizes)
        self._offset = dataset.id.get_offset()
        self._fetch = fetch
        places = ChunkPlaces(_as_one_chunk(dataset), self._dtype.itemsize)
        self._spreader = Spreader(places, self._dtype)

    @classmethod
    def of(cls, dataset: h5py.Dataset, fetch: FileBytes) -> Self | None:
        """Make a source; None for a dataset that only HDF5 should read."""
        try:
            return cls(dataset, fetch) if _is_plain(dataset) else None
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

    def sweep(self, box: Box) -> Iterator[Array] | None:
        """Read rows of a hyperslab, as :func:`swept` does."""
        if self._dtype != self._native or not (box.size and box.runs):
            return None
        return swept(self._fetch, self._segments(box), box.shape, self._dtype)

    def _fill(self, box: Box, values: Array) -> None:
        """Read a hyperslab into an array of its own type."""
        segments = self._segments(box)
        target: Bytes = values.reshape(-1).view(np.uint8)
        self._fetch.suited(segments).fill(segments, target)

    def _segments(self, box: Box) -> Segments:
        """Find the bytes of a hyperslab, and make sure that the file has them."""
        segments = segments_of(box, self._steps, self._dtype.itemsize, self._offset)
        self._fetch.check(int(segments.starts[-1]) + segments.length)
        return segments


def _as_one_chunk(dataset: h5py.Dataset) -> ChunkIndex:
    grid = (1,) * len(dataset.shape)
    offset = np.full(grid, dataset.id.get_offset(), np.int64)
    size = np.full(grid, dataset.id.get_storage_size(), np.int64)
    mask = np.zeros(grid, np.uint32)
    return ChunkIndex(dataset.shape, dataset.shape, grid, offset, size, mask, ())


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
