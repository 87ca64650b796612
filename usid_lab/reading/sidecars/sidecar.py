"""A transposed copy of a dataset: a map of it is one read."""

import os
import stat
import weakref
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.model.raster import strides
from usid_lab.reading.planning.parts import entries_of
from usid_lab.reading.planning.pieces import Box, Pacer, Storage, boxes_of
from usid_lab.reading.planning.runs import IntArray, Run
from usid_lab.reading.routes.positioned import PositionedBytes
from usid_lab.reading.routes.segments import segments_of
from usid_lab.reading.sidecars.header import BEGIN, Checks, Header
from usid_lab.reading.sidecars.ownfile import OwnFile
from usid_lab.reading.sidecars.rawbytes import bytes_of, row_sums
from usid_lab.reading.watch import Watch, so_far

Array = NDArray[np.generic]

_GAP = 6 << 10  # bytes: to copy them takes as long as another call
_SPAN = 1 << 19
_GONE = "A copy of a dataset in the cache folder was removed or damaged."


class Sidecar:
    """A transposed copy, open; several threads may read it.

    Its file is read, never mapped: it could be cut short under a mapping.

    Parameters
    ----------
    path : Path
        Where it is.
    descriptor : int
        Of its file, closed with this object.
    header : Header
        What it says of itself.
    checks : ndarray of uint64
        Sum of each row, checksum of each tile.
    """

    def __init__(
        self, path: Path, descriptor: int, header: Header, checks: Checks
    ) -> None:
        self.path = path
        self.header = header
        self.turn = header.turn
        """How the axes of the dataset follow each other here."""
        self.storage = Storage(self.turn.turned, header.itemsize, None)
        """How it lies in its file: in the order of `turn`."""
        sizes = strides(self.storage.shape)
        self._steps = tuple(size * header.itemsize for size in sizes)
        self._file = OwnFile(descriptor, str(path))
        self._fetch = PositionedBytes.of(self._file)
        self._descriptor = descriptor
        self._nbytes = header.nbytes
        self._checks = checks
        self._checked = np.zeros(self.turn.rows, bool)
        self._pacer = Pacer(self.storage)
        self.close = weakref.finalize(self, os.close, descriptor)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a sidecar, and check that it is complete.

        Raises
        ------
        DamagedDataError
            It is not as it was written.
        OSError
            It cannot be opened.
        """
        descriptor = _opened(path)
        try:
            header = Header.from_bytes(os.read(descriptor, BEGIN))
            if os.fstat(descriptor).st_size != header.nbytes:
                raise DamagedDataError(_GONE, "another size")
            return cls(path, descriptor, header, _checks(descriptor, header))
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def tile_checks(self) -> list[int]:
        """Checksums of the tiles in which the dataset was read."""
        return [int(check) for check in self._checks[self.turn.rows :]]

    @property
    def is_whole(self) -> bool:
        """Whether its file is still there, and of its size."""
        found = os.fstat(self._descriptor)
        return found.st_size == self._nbytes and found.st_nlink > 0

    def seconds(self, runs: Sequence[Sequence[Run]]) -> float:
        """As :meth:`Turn.seconds` estimates it."""
        return self.turn.seconds(self.header.itemsize, runs)

    def gains(self, storage: Storage, runs: Sequence[Sequence[Run]]) -> bool:
        """As :meth:`Turn.gains` says it."""
        return self.turn.gains(storage, runs)

    def fetch(
        self,
        runs: Sequence[Sequence[Run]],
        dtype: np.dtype[np.generic],
        watch: Watch,
    ) -> Array:
        """Read hyperslabs, in pieces.

        Parameters
        ----------
        runs : sequence of sequence of Run
            For each axis of the dataset.
        dtype : numpy.dtype
            Native, of the item size that it has.
        watch : Watch
            Who waits.

        Returns
        -------
        ndarray
            The axes of the dataset; transposed, and so not in C order.

        Raises
        ------
        DamagedDataError
            The file is not as it was written.
        OSError
            It cannot be read.
        """
        turned, back = self.turn.of(runs), self.turn.back
        buffer = np.empty([sum(run.size for run in along) for along in turned], dtype)
        read: list[Box] = []
        done = 0
        for box in self._pacer.pieces(boxes_of(turned)):
            watch.go_on()
            self._pacer.timed(box, partial(self.read, box, buffer))
            done += box.size
            read.append(box)
            watch.tell(done / buffer.size)
            watch.offer(lambda: so_far(buffer, read).transpose(back))
        return buffer.transpose(back)

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab of the turned array into its place in `buffer`."""
        place = buffer[box.place]
        values = place if place.flags.c_contiguous else np.empty_like(place, order="C")
        if self._has_small_gaps(box.runs[-1]):
            self._read_lines(box, values)
        else:
            segments = segments_of(box, self._steps, self.storage.itemsize, BEGIN)
            self._fetch.suited(segments).fill(segments, bytes_of(values))
        outer = len(self.turn.outer)
        if box.shape[outer:] == self.storage.shape[outer:]:
            self._check(self._rows(box.runs[:outer]), values)
        if values is not place:
            place[...] = values

    def _has_small_gaps(self, along: Run) -> bool:
        gap = (along.stride - along.block) * self.storage.itemsize
        return along.count > 1 and gap <= _GAP

    def _read_lines(self, box: Box, values: Array) -> None:
        """Read all between the first and the last along the last axis, and choose."""
        *before, along = box.runs
        begins = Box((*before, Run(along.start)), box.offsets)
        lines = segments_of(begins, self._steps, self.storage.itemsize, BEGIN)
        targets = values.reshape(-1, along.size)
        for start, target in zip(lines.starts.tolist(), targets, strict=True):
            self._read_line(start, along, target)

    def _read_line(self, start: int, along: Run, target: Array) -> None:
        width = along.stride * self.storage.itemsize
        some = max(1, _SPAN // width)
        for first in range(0, along.count, some):
            part = Run(0, along.stride, min(some, along.count - first), along.block)
            scratch = np.empty(part.last + 1, target.dtype)
            self._file.read(bytes_of(scratch), start + first * width)
            place = target[first * part.block : first * part.block + part.size]
            np.take(scratch, entries_of(part), out=place)

    def _rows(self, runs: Sequence[Run]) -> IntArray:
        """Numbers of the rows at some places along the outer axes."""
        apart = strides(self.storage.shape[: len(runs)])
        pairs = list(zip(runs, apart, strict=True))
        numbers = np.array([sum(run.start * step for run, step in pairs)], np.int64)
        for run, step in pairs:
            if run.size > 1:
                along = (entries_of(run) - run.start) * step
                numbers = np.add.outer(numbers, along).ravel()
        return numbers

    def _check(self, rows: IntArray, values: Array) -> None:
        """Compare whole rows with their sums, once for each row."""
        if self._checked[rows].all():
            return
        stored = values.reshape(len(rows), -1)
        if (row_sums(stored, self.header.word) != self._checks[rows]).any():
            raise DamagedDataError(_GONE, f"sums of rows {rows[0]} to {rows[-1]}")
        self._checked[rows] = True


def _opened(path: Path) -> int:
    """Open a regular file, and nothing else that has its name."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise DamagedDataError(_GONE, "no file")


def _checks(descriptor: int, header: Header) -> Checks:
    """Read the checksums at the end, which have one of their own."""
    os.lseek(descriptor, header.end, os.SEEK_SET)
    found = b""
    while more := os.read(descriptor, header.nbytes - header.end - len(found)):
        found += more
    complete = len(found) == header.nbytes - header.end
    if not complete or zlib.crc32(found) != header.checks:
        raise DamagedDataError(_GONE, "checksums")
    return np.frombuffer(found, "<u8").astype(np.uint64)
