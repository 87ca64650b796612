"""Uncompressed chunks, read past HDF5.

HDF5 fetches every chunk that a hyperslab touches, one after the other, each with a
look into its tree and a copy through its cache. Where all chunks lie is known from the
index; only what is wanted of them is fetched, many at a time.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.pieces import MOST_SEGMENTS, Box, Storage
from usid_lab.reading.planning.placing import place_of
from usid_lab.reading.routes.chunkindex import ChunkIndex, Disturbed, remembered
from usid_lab.reading.routes.chunkplaces import ChunkPlaces
from usid_lab.reading.routes.expectation import Expectation
from usid_lab.reading.routes.positioned import FileBytes
from usid_lab.reading.routes.rawfile import is_one_file, is_verbatim
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.routes.spreading import Spreader
from usid_lab.reading.stopping import Stop
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import native

Array = NDArray[np.generic]

_FEW = 1  # chunks that HDF5 reads as quickly
_WORTH = 128  # chunks of an index that cost as much as one that HDF5 reads


class ChunkedSource:
    """An array of numbers in uncompressed chunks, as a source of hyperslabs.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open as long as this is used; :meth:`of` tells whether it qualifies.
    fetch : FileBytes
        Of its file.
    """

    def __init__(self, dataset: h5py.Dataset, fetch: FileBytes) -> None:
        self._dataset = dataset
        self._slabs = SlabSource(dataset)
        # Few are read through HDF5.
        self.storage: Storage = replace(self._slabs.storage, most=MOST_SEGMENTS)
        """How it lies in its file."""
        self._dtype = dataset.dtype
        self._native = native(self._dtype)
        self._fetch = fetch
        self._expectation = Expectation(chunks_of(self.storage), _WORTH)
        self._is_indexed = False
        self._index: ChunkIndex | None = None
        self._spreader: Spreader | None = None

    @classmethod
    def of(cls, dataset: h5py.Dataset, fetch: FileBytes) -> Self | None:
        """Make a source; None for a dataset that only HDF5 should read."""
        try:
            return cls(dataset, fetch) if _is_plain(dataset) else None
        except DAMAGE:
            return None

    @property
    def index(self) -> ChunkIndex | None:
        """Where all chunks lie; None where it was not asked for, or HDF5 reads."""
        return None if self._spreader is None else self._index

    def get_ready(self, stop: Stop | None = None) -> bool:
        """Ask where all chunks lie; whether that was not stopped."""
        if not self._is_indexed:
            try:
                self._spreader = self._indexed(stop)
            except Disturbed:
                return False
            self._is_indexed = True
        return True

    def expect(self, box: Box, stop: Stop | None = None) -> None:
        """Say what is read next: where that pays, it is asked where chunks lie.

        Parameters
        ----------
        box : Box
            What is read.
        stop : callable, optional
            Ends the asking; chunks are then read through HDF5.
        """
        if self._is_indexed:
            return
        touched = self.storage.estimate(box)[0]
        if self._expectation.is_due(touched) and not self.get_ready(stop):
            self._expectation.put_off()

    def is_warm(self) -> bool:
        """Whether all chunks are in memory, as a few of them tell."""
        spreader = self._spreader
        return spreader is not None and spreader.is_warm(self._fetch)

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: anything but an array without values."""
        return box.size > 0

    def slab(self, box: Box) -> Array:
        """Read a hyperslab of its own."""
        if self.storage.estimate(box)[0] <= _FEW and self._slabs.is_slab(box):
            return self._slabs.slab(box)
        values = np.empty(box.shape, self._native)
        self.read(Box(box.runs, (0,) * len(box.runs)), values)
        return values

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        if not self._read(box, buffer):
            self._slabs.read(box, buffer)

    def _read(self, box: Box, buffer: Array) -> bool:
        """Read a hyperslab unless HDF5 should."""
        if box.size and self._expectation.is_small:
            self.expect(box)
        spreader = self._spreader if box.size else None
        if spreader is None:
            return False
        return spreader.read(box, self._fetch, place_of(box, buffer))

    def sweep(self, box: Box) -> Iterator[Array] | None:
        """Read rows of a hyperslab, as :func:`swept` does."""
        if self._spreader is None or not box.size:
            return None
        return self._spreader.sweep(box, self._fetch, self._native)

    def _indexed(self, stop: Stop | None) -> Spreader | None:
        index = remembered(self._dataset, stop)
        if index is None or index.filters:
            return None
        itemsize = self._dtype.itemsize
        sizes = index.sizes[index.offsets >= 0]
        if (sizes != math.prod(index.chunk) * itemsize).any():
            return None
        self._index = index
        return Spreader(ChunkPlaces(index, itemsize), self._dtype)


def chunks_of(storage: Storage) -> int:
    """Count the chunks of an array."""
    assert storage.chunk is not None
    pairs = zip(storage.shape, storage.chunk, strict=True)
    return math.prod(-(-size // length) for size, length in pairs)


def _is_plain(dataset: h5py.Dataset) -> bool:
    plist = dataset.id.get_create_plist()
    return (
        plist.get_layout() == h5py.h5d.CHUNKED
        and not plist.get_nfilters()
        and 0 not in dataset.shape
        and is_one_file(dataset.file.id)
        and is_verbatim(dataset)
    )
