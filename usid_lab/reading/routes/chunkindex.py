"""Where the chunks of a dataset lie in its file."""

import itertools
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.routes.rawfile import is_one_file, is_verbatim
from usid_lab.reading.stopping import Stop, watcher
from usid_lab.storage.growth import tells_places
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.stamps import as_stamp

_MOST_CHUNKS = 1 << 22  # of them the index takes some 80 MB
_BATCH = 1024  # entries that are Python objects at a time
_OFTEN = 64  # entries between two looks at the clock: a few disk accesses
_LOOK = 0.005  # seconds between two questions whether somebody waits
FARTHEST = 1 << 60  # of a file: sums with it are still numbers
_PROBE = 1 << 16
_KEPT = 32 << 20  # bytes of indexes that outlive the handles of their files
_SETTLED = 2_000_000_000  # nanoseconds

Filters = tuple[tuple[int, tuple[int, ...]], ...]
_Row = tuple[tuple[int, ...], int, int | None, int]
Numbers = TypeVar("Numbers", bound=np.generic)


class Disturbed(Exception):  # noqa: N818
    """Somebody waits for something else: the places of all chunks were not found."""


@dataclass(frozen=True, slots=True, eq=False)
class ChunkIndex:
    """The place of every chunk of a dataset.

    Attributes
    ----------
    shape, chunk : tuple of int
        Of the array and of a chunk. Chunks at its edges are stored whole.
    grid : tuple of int
        Number of chunks along each axis.
    offsets : ndarray of int64, shape `grid`
        Where they begin in the file, its user block included; -1 for a chunk that
        was never written.
    sizes : ndarray of int64, shape `grid`
        Bytes that they take in the file; 0 for a chunk that was never written.
    masks : ndarray of uint32, shape `grid`
        Bit n is set where filter n was left out.
    filters : tuple of (int, tuple of int)
        Code and options of each filter, in the order in which they were applied.
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    grid: tuple[int, ...]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    masks: NDArray[np.uint32]
    filters: Filters

    @classmethod
    def of(cls, dataset: h5py.Dataset, stop: Stop | None = None) -> Self | None:
        """Ask HDF5 for the places of all chunks: one or two microseconds for each.

        Parameters
        ----------
        dataset : h5py.Dataset
            Screened; open.
        stop : callable, optional
            Asked every few milliseconds, while HDF5 waits for the answer.

        Returns
        -------
        ChunkIndex or None
            None for a dataset that only HDF5 should read: it is not chunked, its
            values are no plain numbers, its file is in several pieces or is written
            here, it claims to have very many chunks, or HDF5 cannot tell.

        Raises
        ------
        Disturbed
            If `stop` returned true, or has something to do. HDF5 cannot go on where
            it ended: to ask it for the chunks from a number on takes as long as to
            count all that come before.
        """
        try:
            if not _is_open_to_us(dataset):
                return None
            return cls._built(dataset, stop)
        except (*DAMAGE, OverflowError):  # places beyond what a number of ours holds
            return None

    @classmethod
    def _built(cls, dataset: h5py.Dataset, stop: Stop | None) -> Self | None:
        plist = dataset.id.get_create_plist()
        shape, chunk = dataset.shape, plist.get_chunk()
        grid = _grid(shape, chunk)
        if math.prod(grid) > _MOST_CHUNKS:
            return None
        table = _Table(chunk, grid)
        table.fill(dataset.id, _shift(dataset.file.id), stop)
        if (table.offsets > FARTHEST).any():
            return None
        filters = tuple(
            (int(code), tuple(map(int, options)))
            for code, _, options, _ in map(
                plist.get_filter, range(plist.get_nfilters())
            )
        )
        sizes, masks = _slim(table.sizes), _slim(table.masks)
        return cls(shape, chunk, grid, table.offsets, sizes, masks, filters)

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        arrays = (self.offsets, self.sizes, self.masks)
        return sum(array.nbytes for array in arrays if any(array.strides))


_known: OrderedDict[tuple[int, ...], ChunkIndex] = OrderedDict()
_lock = threading.Lock()


def remembered(dataset: h5py.Dataset, stop: Stop | None = None) -> ChunkIndex | None:
    """Return where chunks lie, as :meth:`ChunkIndex.of`; from before if it still holds.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; open.
    stop : callable, optional
        As for :meth:`ChunkIndex.of`.

    Returns
    -------
    ChunkIndex or None

    Raises
    ------
    Disturbed
        As from :meth:`ChunkIndex.of`.
    """
    try:
        status = os.fstat(dataset.file.id.get_vfd_handle())
        address = int(h5py.h5o.get_info(dataset.id).addr)
    except DAMAGE:
        return ChunkIndex.of(dataset, stop)
    stamp = as_stamp(status)
    index = _recalled((*stamp, address)) or ChunkIndex.of(dataset, stop)
    # What was written a moment ago may be written again without another time.
    if index is not None and time.time_ns() - max(stamp[3:]) > _SETTLED:
        _keep((*stamp, address), index)
    return index


def _recalled(key: tuple[int, ...]) -> ChunkIndex | None:
    with _lock:
        return _known.pop(key, None)


def _keep(key: tuple[int, ...], index: ChunkIndex) -> None:
    with _lock:
        _known[key] = index
        while sum(known.nbytes for known in _known.values()) > _KEPT:
            _known.popitem(last=False)


class _Table:
    """Arrays that are filled with what HDF5 tells, batch by batch."""

    def __init__(self, chunk: tuple[int, ...], grid: tuple[int, ...]) -> None:
        self._chunk = np.array(chunk, np.int64)
        self._grid = grid
        self.offsets = np.full(grid, -1, np.int64)
        self.sizes = np.zeros(grid, np.int64)
        self.masks = np.zeros(grid, np.uint32)

    def fill(self, dataset: h5py.h5d.DatasetID, shift: int, stop: Stop | None) -> None:
        """Walk over the chunks that exist; `shift` is added to every place."""
        rows: list[_Row] = []
        break_ = _Break(stop)
        collector = self._collect(rows, shift, break_)
        next(collector)
        # In C but for the loop body: a function would be called for every chunk.
        dataset.chunk_iter(collector.send)
        break_.check()
        self._put(rows, shift)

    def _collect(
        self, rows: list[_Row], shift: int, break_: "_Break"
    ) -> Generator[bool | None, _Row, None]:
        ends = None  # anything else ends the walk
        while True:
            for _ in range(_OFTEN):
                rows.append((yield ends))  # noqa: PERF401 - one comes each time
            ends = break_.is_due() or None
            if len(rows) >= _BATCH:
                self._put(rows, shift)
                rows.clear()

    def _put(self, rows: list[_Row], shift: int) -> None:
        placed = [row for row in rows if row[2] is not None]
        if not placed:
            return
        corners, masks, places, sizes = zip(*placed, strict=True)
        flat = itertools.chain.from_iterable(corners)
        count = len(placed) * len(self._grid)
        corner = np.fromiter(flat, np.int64, count).reshape(len(placed), -1)
        numbers = corner // self._chunk
        inside = (numbers < self._grid).all(axis=1)
        at = tuple(numbers[inside].T)
        self.offsets[at] = np.array(places, np.int64)[inside] + shift
        self.sizes[at] = np.array(sizes, np.int64)[inside]
        self.masks[at] = np.array(masks, np.uint32)[inside]


class _Break:
    """Asks now and then whether to end a walk; never raises, for HDF5 is in between."""

    def __init__(self, stop: Stop | None) -> None:
        self._asks = None if stop is None else watcher(stop)
        self._next = time.monotonic()
        self._error: Exception | None = None
        self._is_due = False

    def is_due(self) -> bool:
        """Whether to end it now."""
        now = time.monotonic()
        if self._asks is None or now < self._next:
            return False
        self._next = now + _LOOK
        try:
            self._is_due = self._asks()
        except Exception as error:  # raised once HDF5 is done
            self._error, self._is_due = error, True
        return self._is_due

    def check(self) -> None:
        """Say outside HDF5 why it was ended."""
        if self._error is not None:
            raise self._error
        if self._is_due:
            raise Disturbed


def _is_open_to_us(dataset: h5py.Dataset) -> bool:
    return (
        dataset.id.get_create_plist().get_layout() == h5py.h5d.CHUNKED
        and hasattr(dataset.id, "chunk_iter")
        and is_one_file(dataset.file.id)
        and is_verbatim(dataset)
        and tells_places(dataset)
    )


def _slim(array: NDArray[Numbers]) -> NDArray[Numbers]:
    """Keep one number where all are the same."""
    if array.size and (array == array.flat[0]).all():
        return np.broadcast_to(array.flat[0], array.shape)
    return array


def _grid(shape: tuple[int, ...], chunk: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-size // length) for size, length in zip(shape, chunk, strict=True))


def _shift(file: h5py.h5f.FileID) -> int:
    """Bytes to add to the places that HDF5 tells."""
    user_block = int(file.get_create_plist().get_userblock())
    return 0 if not user_block or _counts_user_blocks() else user_block


@cache
def _counts_user_blocks() -> bool:
    """Whether HDF5 tells places from the beginning of the file, as 2.0 does.

    Older ones tell them from the end of the user block. A file in memory shows it: its
    first chunk is nearer to one of them than the user block is long.
    """
    block: dict[str, Any] = {"driver": "core", "backing_store": False}
    with h5py.File("user block", "w", userblock_size=_PROBE, **block) as file:
        probe = file.create_dataset("x", data=[0], chunks=(1,))
        return int(probe.id.get_chunk_info(0).byte_offset) >= _PROBE
