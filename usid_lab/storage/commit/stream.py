"""Files as HDF5 sees them while something is added to them.

HDF5 ends the process where a file cannot be closed, on a full disk for instance, and
h5py passes no exception through HDF5. So these files never raise: what went wrong is
kept in `fault`, nothing is written any more, and whoever commits asks for it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from usid_lab.storage.commit import disk

Check = Callable[[int, int], str]
"""Why the bytes between two places must not be written; '' if they may be."""


class Source(Protocol):
    """Bytes that can be read at any place."""

    def read_at(self, nbytes: int, offset: int) -> bytes:
        """Read `nbytes` at `offset`; fewer at the end."""


class Stream:
    """What h5py asks of a file in Python, on `read_at`, `put` and `cut`.

    Parameters
    ----------
    path : Path
        What the file is called in messages.
    size : int
        Its length, in bytes.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self.fault = ""
        self.check: Check | None = None
        self._here = 0

    def __repr__(self) -> str:
        # h5py makes the name of the file of this.
        return str(self.path)

    def read_at(self, nbytes: int, offset: int) -> bytes:
        """Read `nbytes` at `offset`; fewer at the end."""
        raise NotImplementedError

    def put(self, data: memoryview, offset: int) -> None:
        """Write all of `data` at `offset`."""
        raise NotImplementedError

    def cut(self, size: int) -> None:
        """Give the file another length."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of everything that is open."""
        raise NotImplementedError

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as files in Python do."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._here, os.SEEK_END: self.size}
        self._here = start[whence] + offset
        return self._here

    def tell(self) -> int:
        """Return the place."""
        return self._here

    def read(self, nbytes: int) -> bytes:
        """Read from here on."""
        buffer = bytearray(nbytes)
        return bytes(buffer[: self.readinto(buffer)])

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Read from here on, as much as there is room for; what is missing is 0."""
        view = memoryview(buffer).cast("B")
        try:
            data = self.read_at(len(view), self._here)
        except OSError as error:
            self._fail(str(error))
            data = b""
        view[: len(data)] = data
        view[len(data) :] = bytes(len(view) - len(data))
        self._here += len(view)
        return len(view)

    def write(self, data: bytes | memoryview) -> int:
        """Write here."""
        view = memoryview(data).cast("B")
        stop = self._here + len(view)
        if self.check and (objection := self.check(self._here, stop)):
            self._fail(objection)
        if not self.fault:
            try:
                self.put(view, self._here)
            except OSError as error:
                self._fail(str(error))
        self._here = stop
        self.size = max(self.size, stop)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Give the file another length."""
        size = self._here if size is None else size
        if not self.fault:
            try:
                self.cut(size)
            except OSError as error:
                self._fail(str(error))
        self.size = size
        return size

    def flush(self) -> None:
        """Do nothing: what must be on the disk is brought there by the commit."""

    def _fail(self, reason: str) -> None:
        self.fault = self.fault or reason


class Direct(Stream):
    """A file that is written where it lies: one in the making.

    Parameters
    ----------
    path : Path
        What the file is called in messages.
    descriptor : int
        The file, open for reading and writing; it belongs to this object.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        super().__init__(path, os.fstat(descriptor).st_size)
        self.descriptor = descriptor

    def read_at(self, nbytes: int, offset: int) -> bytes:
        """Read `nbytes` at `offset`; fewer at the end."""
        return disk.read_at(self.descriptor, nbytes, offset)

    def put(self, data: memoryview, offset: int) -> None:
        """Write all of `data` at `offset`."""
        disk.write_at(self.descriptor, data, offset)

    def cut(self, size: int) -> None:
        """Give the file another length."""
        disk.cut(self.descriptor, size)

    def close(self) -> None:
        """Close the file."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
