"""Contiguous arrays, read at their place in the file, past HDF5.

HDF5 fetches a hyperslab of a contiguous array row by row through a buffer of 64 KiB,
so a map of it reads most of the file. The bytes lie in the file as they are: where
they begin is known, and the system reads many threads' worth at a time. The file is
never mapped: one that is cut short under a mapping would end the process.
"""

import os
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import FileError, TruncatedFileError
from usid_lab.model.raster import strides
from usid_lab.reading.pieces import Box, Storage, halves
from usid_lab.reading.rawfile import descriptor_of, is_verbatim
from usid_lab.reading.segments import Segments, segments_of
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import array_bytes, native
from usid_lab.storage.text import plain, safe_name

Array = NDArray[np.generic]
Bytes = NDArray[np.uint8]

_GAP = 6 << 10  # to copy that many bytes takes as long as another call
_COLD_GAP = 128 << 10  # to fetch that many takes as long as to go to another place
_SPAN = 1 << 19  # bytes read at once where gaps are read too: fits into caches
_LARGE = 64 << 10  # bytes of a segment that is read straight to its place
_SCRATCH = 4 << 20
_PROBES = 8  # places that are asked for, to tell a warm file from a cold one


class PositionedSource:
    """A contiguous array of numbers, as a source of hyperslabs.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open as long as this is used; :meth:`of` tells whether it qualifies.
    descriptor : int
        Of the file, HDF5's own: so it is the same file, whatever has its name.
    """

    def __init__(self, dataset: h5py.Dataset, descriptor: int) -> None:
        self.storage = Storage(dataset.shape, dataset.dtype.itemsize, None)
        """How it lies in its file."""
        self._dtype = dataset.dtype
        self._native = native(self._dtype)
        sizes = strides(self.storage.shape)
        self._steps = tuple(size * self._dtype.itemsize for size in sizes)
        self._offset = dataset.id.get_offset()
        self._descriptor = descriptor
        self._file = _identity(descriptor)
        self._name = plain(safe_name(Path(dataset.file.filename).name))

    @classmethod
    def of(cls, dataset: h5py.Dataset) -> Self | None:
        """Make a source; None for a dataset that only HDF5 should read."""
        if not hasattr(os, "preadv") or not _is_plain(dataset):
            return None
        try:
            descriptor = descriptor_of(dataset.file.id)
            return None if descriptor is None else cls(dataset, descriptor)
        except DAMAGE:
            return None

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: anything but an array without values."""
        return box.size > 0

    def slab(self, box: Box) -> Array:
        """Read a hyperslab of its own."""
        values = np.empty(box.shape, self._dtype)
        self._fill(self._segments(box), _bytes_of(values))
        return values.astype(self._native, copy=False)

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        place = buffer[box.place] if box.runs else buffer
        if self._dtype == self._native and place.flags.c_contiguous:
            self._fill(self._segments(box), _bytes_of(place))
            return
        for part in self._small(box):
            buffer[part.place] = self.slab(part)

    def _small(self, box: Box) -> Iterator[Box]:
        """Cut a hyperslab that is put in its place from a buffer between."""
        parts = None
        if box.size * self._dtype.itemsize > _SCRATCH:
            parts = halves(box, None)
        if parts is None:
            yield box
            return
        for part in parts:
            yield from self._small(part)

    def _segments(self, box: Box) -> Segments:
        return segments_of(box, self._steps, self._dtype.itemsize, self._offset)

    def _fill(self, segments: Segments, target: Bytes) -> None:
        """Read segments, one after the other, into an array of as many bytes."""
        if _identity(self._descriptor) != self._file:
            text = f"'{self._name}' was closed while it was read; read it again."
            raise FileError(text)
        if segments.length >= _LARGE or len(segments.starts) == 1:
            self._straight(segments, target)
            return
        gap = _GAP if self._is_warm(segments) else _COLD_GAP
        if segments.is_dense(gap):
            self._gather(segments, target, gap)
        else:
            self._one_by_one(segments, target)

    def _straight(self, segments: Segments, target: Bytes) -> None:
        """Read segments that are large, or only one, to where they belong."""
        length = segments.length
        for number, start in enumerate(segments.starts.tolist()):
            self._read(target[number * length : (number + 1) * length], start)

    def _one_by_one(self, segments: Segments, target: Bytes) -> None:
        """Read small segments that lie far apart."""
        length = segments.length
        step = max(1, _SPAN // length)
        for first in range(0, len(segments.starts), step):
            starts = segments.starts[first : first + step].tolist()
            # The loop is in C: one in Python would double the time of each call.
            calls = map(os.pread, repeat(self._descriptor), repeat(length), starts)
            joined = b"".join(calls)
            if len(joined) != len(starts) * length:
                raise self._too_short()
            place = target[first * length : (first + len(starts)) * length]
            place[:] = np.frombuffer(joined, np.uint8)

    def _gather(self, segments: Segments, target: Bytes, gap: int) -> None:
        """Read spans, the gaps too, and keep the segments."""
        length = segments.length
        item = np.dtype((np.void, length))
        kept = target.view(item)
        scratch = np.empty(max(_SPAN, length), np.uint8)
        # An item begins at every byte of it.
        windows = np.ndarray(len(scratch) - length + 1, item, scratch, strides=(1,))
        for first, last in segments.spans(gap, _SPAN):
            inside = segments.starts[first:last] - segments.starts[first]
            start = int(segments.starts[first])
            self._read(scratch[: int(inside[-1]) + length], start)
            kept[first:last] = windows[inside]

    def _is_warm(self, segments: Segments) -> bool:
        """Whether what is wanted is in memory already; no where none can tell."""
        if not hasattr(os, "RWF_NOWAIT"):
            return False
        byte = bytearray(1)
        step = max(1, len(segments.starts) // _PROBES)
        try:
            for start in segments.starts[::step].tolist():
                os.preadv(self._descriptor, [byte], start, os.RWF_NOWAIT)
        except OSError:
            return False
        return True

    def _read(self, target: Bytes, start: int) -> None:
        """Fill an array with the bytes from `start`."""
        done = os.preadv(self._descriptor, [target.data], start)
        while done < len(target):
            more = os.preadv(self._descriptor, [target[done:].data], start + done)
            if not more:
                raise self._too_short()
            done += more

    def _too_short(self) -> TruncatedFileError:
        return TruncatedFileError(
            f"The end of '{self._name}' went missing while it was read. "
            "Copy it again from its source; nothing was changed."
        )


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _bytes_of(values: Array) -> Bytes:
    return values.reshape(-1).view(np.uint8)


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
    )
