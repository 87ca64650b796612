"""A transposed copy of a dataset: a map of it is one read."""

import os
import stat
import threading
import weakref
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.reading.planning.pieces import Box, Pacer, Storage, boxes_of
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.sidecars.header import BEGIN, Checks, Header
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
        positions, steps = header.shape
        self.storage = Storage((steps, positions), header.itemsize, None)
        """How it lies in its file: steps x positions."""
        self._descriptor = descriptor
        self._checks = checks
        self._checked = np.zeros(steps, bool)
        self._pacer = Pacer(self.storage)
        self._lock = threading.Lock()
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
        return [int(check) for check in self._checks[self.header.shape[1] :]]

    @property
    def is_whole(self) -> bool:
        """Whether its file is still there, and of its size."""
        found = os.fstat(self._descriptor)
        return found.st_size == self.header.nbytes and found.st_nlink > 0

    def gains(self, storage: Storage, runs: Sequence[Sequence[Run]]) -> bool:
        """Whether it takes less than half of the time that the dataset takes.

        Parameters
        ----------
        storage : Storage
            How the dataset lies in its file.
        runs : sequence of sequence of Run
            Of positions, of steps.
        """
        direct = sum(storage.estimate(box)[1] for box in boxes_of(runs))
        turned = boxes_of(list(reversed(runs)))
        return 2 * sum(self.storage.estimate(box)[1] for box in turned) < direct

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
            Of positions, of steps.
        dtype : numpy.dtype
            Native, of the item size that it has.
        watch : Watch
            Who waits.

        Returns
        -------
        ndarray, shape (positions, steps)
            Transposed, and so not in C order.

        Raises
        ------
        DamagedDataError
            The file is not as it was written.
        OSError
            It cannot be read.
        """
        turned = list(reversed(runs))
        buffer = np.empty([sum(run.size for run in along) for along in turned], dtype)
        read: list[Box] = []
        done = 0
        for box in self._pacer.pieces(boxes_of(turned)):
            watch.go_on()
            self._pacer.timed(box, partial(self.read, box, buffer))
            done += box.size
            read.append(box)
            watch.tell(done / buffer.size)
            watch.offer(lambda: so_far(buffer, read).T)
        return buffer.T

    def read(self, box: Box, buffer: Array) -> None:
        """Read a hyperslab of steps x positions into its place in `buffer`."""
        steps, entries = box.runs
        place = buffer[box.place]
        whole = entries.size == self.storage.shape[1]
        if whole and steps.last - steps.start + 1 == steps.size:
            self._read(bytes_of(place), steps.start, 0)
        else:
            for number, step in enumerate(_entries(steps).tolist()):
                self._read_row(step, entries, place[number])
        if whole:
            self._check(_entries(steps), place)

    def _read_row(self, step: int, entries: Run, target: Array) -> None:
        """Read entries of one row: across small gaps, block by block else."""
        if entries.last - entries.start + 1 == entries.size:
            self._read(bytes_of(target), step, entries.start)
            return
        gap = (entries.stride - entries.block) * self.header.itemsize
        span = entries.stride * self.header.itemsize
        count = 1 if gap > _GAP else max(1, _SPAN // span)
        for first in range(0, entries.count, count):
            some = min(count, entries.count - first)
            part = Run(
                entries.start + first * entries.stride,
                entries.stride, some, entries.block,
            )  # fmt: skip
            begin = first * entries.block
            self._read_span(step, part, target[begin : begin + part.size])

    def _read_span(self, step: int, part: Run, target: Array) -> None:
        scratch = np.empty(part.last - part.start + 1, target.dtype)
        self._read(bytes_of(scratch), step, part.start)
        np.take(scratch, _entries(part) - part.start, out=target)

    def _check(self, steps: NDArray[np.int64], rows: Array) -> None:
        """Compare whole rows with their sums, once for each row."""
        if self._checked[steps].all():
            return
        if (row_sums(rows, self.header.word) != self._checks[steps]).any():
            raise DamagedDataError(_GONE, f"sums of rows {steps[0]} to {steps[-1]}")
        self._checked[steps] = True

    def _read(self, target: NDArray[np.uint8], step: int, entry: int) -> None:
        start = BEGIN + step * self.header.row + entry * self.header.itemsize
        done = 0
        while done < len(target):
            more = self._some(target[done:], start + done)
            if not more:
                raise DamagedDataError(_GONE, "its end is missing")
            done += more

    def _some(self, target: NDArray[np.uint8], start: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [target.data], start)
        with self._lock:
            os.lseek(self._descriptor, start, os.SEEK_SET)
            found = os.read(self._descriptor, len(target))
        target[: len(found)] = np.frombuffer(found, np.uint8)
        return len(found)


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


def _entries(run: Run) -> NDArray[np.int64]:
    blocks = np.arange(run.count)[:, None] * run.stride + np.arange(run.block)
    return blocks.ravel() + run.start
