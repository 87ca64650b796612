"""A file that HDF5 has open, as bytes; what may be read past HDF5."""

import os
from itertools import repeat
from pathlib import Path
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import FileError, TruncatedFileError
from usid_lab.reading.planning.runs import IntArray
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import dtype_of, is_numeric
from usid_lab.storage.text import plain, safe_name

Bytes = NDArray[np.uint8]


class RawFile:
    """The bytes of a file, by HDF5's own descriptor: the same, whatever has its name.

    Parameters
    ----------
    descriptor : int
        Open as long as this is used.
    path : str
        Under which the file was opened; for words, and to be mapped.
    """

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor = descriptor
        self._file = _identity(os.fstat(descriptor))
        self._path = path

    @classmethod
    def of(cls, file: h5py.File) -> Self | None:
        """Take the descriptor of a file; None where only HDF5 should read it."""
        if not hasattr(os, "preadv"):
            return None
        try:
            descriptor = descriptor_of(file.id)
            return None if descriptor is None else cls(descriptor, file.filename)
        except DAMAGE:
            return None

    @property
    def name(self) -> str:
        """Name of the file, for people."""
        return plain(safe_name(Path(self._path).name))

    @property
    def state(self) -> tuple[int, int, int]:
        """Device, inode and length."""
        return *self._file, os.fstat(self._descriptor).st_size

    def check(self, end: int) -> None:
        """Make sure that this is still the file, and that it reaches to `end`.

        Raises
        ------
        FileError
            If it was closed, so that its descriptor may be another file's.
        TruncatedFileError
            If it is shorter.
        """
        status = os.fstat(self._descriptor)
        if _identity(status) != self._file:
            text = f"'{self.name}' was closed while it was read; read it again."
            raise FileError(text)
        if status.st_size < end:
            raise self._too_short()

    def open_again(self) -> int | None:
        """Open it a second time, by its path; None if another file has that now.

        A copy of the descriptor would hold HDF5's lock on the file.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        if _identity(os.fstat(descriptor)) == self._file:
            return descriptor
        os.close(descriptor)
        return None

    def read(self, target: Bytes, start: int) -> None:
        """Fill an array with the bytes from `start`."""
        done = os.preadv(self._descriptor, [target.data], start)
        while done < len(target):
            more = os.preadv(self._descriptor, [target[done:].data], start + done)
            if not more:
                raise self._too_short()
            done += more

    def pieces(self, starts: IntArray, length: int) -> Bytes:
        """Read many small pieces of one length, one behind the other."""
        # The loop is in C: one in Python would double the time of each call.
        calls = map(os.pread, repeat(self._descriptor), repeat(length), starts.tolist())
        joined = b"".join(calls)
        if len(joined) != len(starts) * length:
            raise self._too_short()
        return np.frombuffer(joined, np.uint8)

    def is_warm(self, starts: IntArray, probes: int) -> bool:
        """Whether what lies there is in memory already; no where none can tell.

        Parameters
        ----------
        starts : ndarray of int
            Places in the file.
        probes : int
            How many of them are asked for.

        Returns
        -------
        bool
        """
        if not hasattr(os, "RWF_NOWAIT"):
            return False
        byte = bytearray(1)
        step = max(1, len(starts) // probes)
        try:
            for start in starts[::step].tolist():
                os.preadv(self._descriptor, [byte], start, os.RWF_NOWAIT)
        except OSError:
            return False
        return True

    def _too_short(self) -> TruncatedFileError:
        return TruncatedFileError(
            f"The end of '{self.name}' went missing while it was read. "
            "Copy it again from its source; nothing was changed."
        )


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def is_one_file(file: h5py.h5f.FileID) -> bool:
    """Whether HDF5 reads a file as it is on the disk, and nobody here writes it."""
    try:
        driver = file.get_access_plist().get_driver()
        return bool(
            driver == h5py.h5fd.SEC2 and file.get_intent() == h5py.h5f.ACC_RDONLY
        )
    except DAMAGE:
        return False


def descriptor_of(file: h5py.h5f.FileID) -> int | None:
    """HDF5's own descriptor: so it is the same file, whatever has its name."""
    return int(file.get_vfd_handle()) if is_one_file(file) else None


def is_verbatim(dataset: h5py.Dataset) -> bool:
    """Whether values stand in the file with the bytes that numpy gives them.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.

    Returns
    -------
    bool
        True for numbers and compounds of them, in either byte order; false for text,
        references, numbers of odd widths, and compounds with other gaps.
    """
    dtype = dtype_of(dataset)
    if dtype is None or not is_numeric(dtype):
        return False
    return bool(h5py.h5t.py_create(dtype, logical=True) == dataset.id.get_type())
