"""The bytes of chunks, as filters left them in the file."""

import math
from typing import TYPE_CHECKING, NamedTuple

import h5py
import numpy as np

from usid_lab.errors import DamagedDataError, TruncatedFileError
from usid_lab.reading.routes.chunkindex import Disturbed, remembered
from usid_lab.reading.routes.expectation import Expectation
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.stopping import Stop
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.text import plain, safe_name

if TYPE_CHECKING:
    from usid_lab.reading.routes.chunkindex import ChunkIndex

_ABSENT = "chunk storage is not allocated"  # HDF5, of a chunk that was never written
_FIRST = 8  # the index is made once one of so many chunks was asked for


class StoredChunk(NamedTuple):
    """A chunk as it is in the file.

    Attributes
    ----------
    content : bytes-like
        Its bytes.
    mask : int
        Bit n is set where filter n was left out.
    """

    content: bytes | memoryview
    mask: int


class ChunkBytes:
    """Fetches chunks of a dataset; several threads may ask at a time.

    Parameters
    ----------
    dataset : h5py.Dataset
        Chunked; open as long as this is used.
    most : int
        Bytes that a chunk may take; one that takes more is refused.
    """

    def __init__(self, dataset: h5py.Dataset, most: int) -> None:
        self._dataset = dataset
        self._chunk: tuple[int, ...] = dataset.chunks
        self._most = most
        grid = (-(-n // c) for n, c in zip(dataset.shape, self._chunk, strict=True))
        self._expectation = Expectation(math.prod(grid), _FIRST)
        self._index: ChunkIndex | None = None
        self._raw = RawFile.of(dataset.file)

    def expect(self, count: int, stop: Stop | None = None) -> None:
        """Say that chunks are read now; make the index of all, where that pays.

        Parameters
        ----------
        count : int
            How many.
        stop : callable, optional
            Ends the making of the index; the chunks are then read through HDF5.
        """
        if self._raw is None or self._index is not None:
            return
        if self._expectation.is_due(count) and not self.get_ready(stop):
            self._expectation.put_off()

    def begin(self, count: int) -> None:
        """Make ready to read some chunks."""
        if self._raw is not None:
            self._raw.check(0)
        if self._expectation.is_small:
            self.expect(count)

    @property
    def index(self) -> "ChunkIndex | None":
        """Where all chunks lie; None where that is not known."""
        return self._index

    def get_ready(self, stop: Stop | None = None) -> bool:
        """Make the index; whether that was not stopped."""
        if self._raw is None or self._index is not None:
            return True
        self._raw.check(0)
        try:
            self._index = remembered(self._dataset, stop)
        except Disturbed:
            return False
        if self._index is None:
            self._raw = None
        return True

    def read(self, numbers: tuple[int, ...]) -> StoredChunk | None:
        """Read a chunk.

        Parameters
        ----------
        numbers : tuple of int
            Of the chunk, along each axis.

        Returns
        -------
        StoredChunk or None
            None for a chunk that was never written.

        Raises
        ------
        DamagedDataError
            If it is not where it should be.
        """
        raw, index = self._raw, self._index
        if index is None or raw is None:
            return self._from_hdf5(numbers)
        start, size = int(index.offsets[numbers]), int(index.sizes[numbers])
        if start < 0:
            return None
        self._check(numbers, size)
        content = np.empty(size, np.uint8)
        try:
            raw.read(content, start)
        except (TruncatedFileError, OSError) as error:
            raise self.damaged(numbers, f"reading at {start}: {error}") from error
        return StoredChunk(content.data, int(index.masks[numbers]))

    def _from_hdf5(self, numbers: tuple[int, ...]) -> StoredChunk | None:
        corner = tuple(n * c for n, c in zip(numbers, self._chunk, strict=True))
        room = np.empty(self._most, np.uint8)
        try:
            mask, content = self._dataset.id.read_direct_chunk(corner, out=room)
        except DAMAGE as error:
            if _ABSENT not in str(error) and self._is_written(numbers, corner):
                raise self.damaged(numbers, str(error)) from error
            return None
        return StoredChunk(content, mask)

    def _is_written(self, numbers: tuple[int, ...], corner: tuple[int, ...]) -> bool:
        self.get_ready()
        if self._index is not None:
            return bool(self._index.offsets[numbers] >= 0)
        try:
            # It walks over all chunks up to this one.
            info = self._dataset.id.get_chunk_info_by_coord(corner)
        except DAMAGE:
            return True
        return info.byte_offset is not None

    def _check(self, numbers: tuple[int, ...], size: int) -> None:
        if size > self._most:
            raise self.damaged(numbers, f"it is said to take {size} bytes")

    def damaged(self, numbers: tuple[int, ...], reason: str) -> DamagedDataError:
        """Make an error of what is wrong with a chunk."""
        name = plain(safe_name(self._dataset.name))
        text = f"Some values of '{name}' are damaged in the file."
        return DamagedDataError(text, f"chunk {numbers}: {reason}")
