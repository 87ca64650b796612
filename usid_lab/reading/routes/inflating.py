"""Chunks that were compressed with deflate, inflated in threads past HDF5.

HDF5 inflates one chunk after the other under a lock. zlib itself lets other threads
run, so that each core inflates a chunk of its own.
"""

import itertools
import math
import zlib
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.reading.planning.parts import Inside, Part, chosen, parts_of
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.routes.chunkbytes import ChunkBytes, StoredChunk
from usid_lab.reading.routes.chunkindex import ChunkIndex
from usid_lab.reading.routes.rawfile import is_one_file, is_verbatim
from usid_lab.reading.stopping import Stop
from usid_lab.reading.threads import team
from usid_lab.storage.growth import tells_places
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import native

# Installed or not: it inflates about twice as fast.
_fastest: Any = zlib if find_spec("isal") is None else import_module("isal.isal_zlib")
Array = NDArray[np.generic]

_DEFLATE, _SHUFFLE = 1, 2
_IN_FLIGHT = 32 << 20  # bytes of chunks that are decoded at a time
_EACH = 4  # arrays as large as a chunk, while one is decoded
_SLACK = 1 << 16
_SMALL = 32 << 10  # bytes of a chunk that takes no longer than a change of threads
_BAD_STREAM = (zlib.error, _fastest.error)


class InflatingSource:
    """A dataset of deflated chunks, as a source of hyperslabs.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open as long as this is used; :meth:`of` tells whether it qualifies.
    shuffled : bool
        Whether the bytes of the values were shuffled before.
    room : int, optional
        Bytes of the chunks that are decoded at a time; there is at least one.
    """

    def __init__(
        self, dataset: h5py.Dataset, *, shuffled: bool, room: int | None = None
    ) -> None:
        width = dataset.dtype.itemsize
        self._dataset = dataset
        self.storage = Storage(dataset.shape, width, dataset.chunks, decoded=True)
        """How it lies in its file."""
        self._dtype = dataset.dtype
        self._native = native(self._dtype)
        self._fill = np.asarray(dataset.fillvalue, self._dtype)
        self._chunk: tuple[int, ...] = dataset.chunks
        self._nbytes = math.prod(self._chunk) * width
        room = _IN_FLIGHT if room is None else min(room, _IN_FLIGHT)
        self.is_serial = self._nbytes < _SMALL
        """Whether one thread is as quick as several."""
        self._most = 1 if self.is_serial else max(1, room // (_EACH * self._nbytes))
        self._filters = (_SHUFFLE, _DEFLATE) if shuffled else (_DEFLATE,)
        self._chunks = ChunkBytes(dataset, 2 * self._nbytes + _SLACK)

    @classmethod
    def of(cls, dataset: h5py.Dataset, room: int | None = None) -> Self | None:
        """Make a source; None for a dataset that only HDF5 should read."""
        try:
            shuffled = _shuffled(dataset)
            if shuffled is None:
                return None
            return cls(dataset, shuffled=shuffled, room=room)
        except DAMAGE:
            return None

    @property
    def index(self) -> ChunkIndex | None:
        """Where all chunks lie; None where it was not asked for, or HDF5 reads."""
        return self._chunks.index

    def get_ready(self, stop: Stop | None = None) -> bool:
        """Ask where all chunks lie; whether that was not stopped."""
        return self._chunks.get_ready(stop)

    def expect(self, box: Box, stop: Stop | None = None) -> None:
        """Say what is read next: where that pays, it is asked where chunks lie."""
        self._chunks.expect(self.storage.estimate(box)[0], stop)

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: anything but an array without values."""
        return box.size > 0

    def slab(self, box: Box) -> Array:
        """Read a hyperslab of its own."""
        values = np.empty(box.shape, self._native)
        self.read(Box(box.runs, (0,) * len(box.runs)), values)
        return values

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        along = map(parts_of, box.runs, box.offsets, self._chunk)
        chunks = list(itertools.product(*along))
        self._chunks.begin(len(chunks))
        team.share(chunks, lambda parts: self._put(parts, buffer), self._most)

    def _put(self, parts: tuple[Part, ...], buffer: Array) -> None:
        """Decode what is wanted of one chunk, and put it in its place."""
        numbers = tuple([part.number for part in parts])
        place = tuple([part.place for part in parts])
        stored = self._chunks.read(numbers)
        if stored is None:
            buffer[place] = self._fill
            return
        skipped = {code for n, code in enumerate(self._filters) if stored.mask >> n & 1}
        try:
            decoded = self._inflated(numbers, stored, whole=_DEFLATE in skipped)
        except DamagedDataError:
            if not self._is_bare(numbers, stored):
                raise
            decoded, skipped = stored.content, set(self._filters)
        inside = [part.inside for part in parts]
        if _SHUFFLE in self._filters and _SHUFFLE not in skipped:
            self._put_planes(decoded, inside, buffer, place)
        else:
            values = np.frombuffer(decoded, self._dtype).reshape(self._chunk)
            buffer[place] = chosen(values, inside)

    def _put_planes(
        self,
        decoded: bytes | memoryview,
        inside: list[Inside],
        buffer: Array,
        place: tuple[slice, ...],
    ) -> None:
        """Undo shuffling: first come the first bytes of all values, and so on."""
        planes = np.frombuffer(decoded, np.uint8).reshape(-1, *self._chunk)
        wanted = chosen(planes, [slice(None), *inside])
        if self._dtype == self._native:
            _interleave(wanted, _as_bytes(buffer)[place])
            return
        values = np.empty(wanted.shape[1:], self._dtype)
        _interleave(wanted, _as_bytes(values))
        buffer[place] = values

    def _inflated(
        self, numbers: tuple[int, ...], stored: StoredChunk, *, whole: bool
    ) -> bytes | memoryview:
        """Return as many bytes as a chunk has, neither more nor less."""
        if whole:
            self._check(numbers, len(stored.content))
            return stored.content
        stream = _fastest.decompressobj()
        try:
            # One byte more than there may be: enough to notice, too little to harm.
            decoded = stream.decompress(stored.content, self._nbytes + 1)
        except _BAD_STREAM as error:
            raise self._chunks.damaged(numbers, f"inflating: {error}") from error
        self._check(numbers, len(decoded))
        if not stream.eof:
            raise self._chunks.damaged(numbers, "its end is missing")
        return bytes(decoded)

    def _is_bare(self, numbers: tuple[int, ...], stored: StoredChunk) -> bool:
        """Whether a chunk that the edge of the array cuts has its bytes as they are.

        A program may ask HDF5 not to filter these. Nobody is told, so HDF5 reads such
        a chunk, too: only if both find the same are these values.
        """
        span = list(zip(numbers, self._chunk, self.storage.shape, strict=True))
        is_cut = any((number + 1) * length > size for number, length, size in span)
        if not is_cut or len(stored.content) != self._nbytes:
            return False
        corner = tuple(slice(number * n, (number + 1) * n) for number, n, _ in span)
        try:
            found = self._dataset[corner]
        except DAMAGE:
            return False
        bare = np.frombuffer(stored.content, self._dtype).reshape(self._chunk)
        within = bare[tuple(slice(size) for size in found.shape)]
        return bool(within.tobytes() == found.tobytes())

    def _check(self, numbers: tuple[int, ...], size: int) -> None:
        if size != self._nbytes:
            found = f"{size} bytes" if size < self._nbytes else "more"
            reason = f"{self._nbytes} bytes were expected, {found} found"
            raise self._chunks.damaged(numbers, reason)


def _shuffled(dataset: h5py.Dataset) -> bool | None:
    """Whether bytes are shuffled before they are deflated; None for other filters."""
    plist = dataset.id.get_create_plist()
    if plist.get_layout() != h5py.h5d.CHUNKED or not is_verbatim(dataset):
        return None
    if not tells_places(dataset):
        return None
    width = dataset.dtype.itemsize
    if math.prod(dataset.chunks) * width * _EACH > _IN_FLIGHT:
        return None
    filters = [plist.get_filter(number) for number in range(plist.get_nfilters())]
    codes = [int(code) for code, *_ in filters]
    if codes == [_DEFLATE] and is_one_file(dataset.file.id):
        return False
    if codes == [_SHUFFLE, _DEFLATE] and is_one_file(dataset.file.id):
        return True if tuple(filters[0][2]) == (width,) else None
    return None


def _as_bytes(values: Array) -> NDArray[np.uint8]:
    """View a C-contiguous array with one more axis, that of the bytes of a value."""
    width = values.dtype.itemsize
    return values.reshape(-1).view(np.uint8).reshape(*values.shape, width)


def _interleave(planes: Array, target: Array) -> None:
    # One plane after the other is three times as fast as a transposed copy.
    for number, plane in enumerate(planes):
        target[..., number] = plane
