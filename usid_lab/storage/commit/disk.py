"""What a commit asks of the disk, and nothing else does.

Everything that must happen in an order goes through these few functions, so that tests
can write the order down, stop it anywhere, and let any call fail.
"""

import errno
import os
import platform
from contextlib import suppress
from io import FileIO
from pathlib import Path

_ON_LINUX = platform.system() == "Linux"
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF)
PIECE = 1 << 20  # bytes that are moved at a time: more than a cache holds is slow


def read_at(descriptor: int, nbytes: int, offset: int) -> bytes:
    """Read some bytes of an open file.

    Parameters
    ----------
    descriptor : int
        Open for reading.
    nbytes : int
        How many.
    offset : int
        Where.

    Returns
    -------
    bytes
        Fewer at the end of the file.
    """
    parts = []
    while nbytes > 0 and (part := _read_some(descriptor, nbytes, offset)):
        parts.append(part)
        nbytes -= len(part)
        offset += len(part)
    return b"".join(parts)


def read_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Read some bytes of an open file to where there is room for them.

    Parameters
    ----------
    descriptor : int
        Open for reading.
    buffer : memoryview
        As much as it holds is read.
    offset : int
        Where.

    Returns
    -------
    int
        How many: fewer at the end of the file.
    """
    done = 0
    while done < len(buffer):
        count = _read_some_into(descriptor, buffer[done:], offset + done)
        if not count:
            break
        done += count
    return done


def write_at(
    descriptor: int, data: bytes | bytearray | memoryview, offset: int
) -> None:
    """Write all of some bytes, however many calls that takes.

    Parameters
    ----------
    descriptor : int
        Open for writing.
    data : bytes-like
        What to write.
    offset : int
        Where.
    """
    left = memoryview(data).cast("B")
    while left:
        done = _write_some(descriptor, left, offset)
        if not done:
            raise OSError("the disk takes no more")
        left = left[done:]
        offset += done


def pass_on(source: FileIO, target: FileIO, nbytes: int) -> int:
    """Copy from where one open file stands to where another does.

    Parameters
    ----------
    source, target : FileIO
        Open for reading, and for writing.
    nbytes : int
        How many bytes at most.

    Returns
    -------
    int
        How many; 0 at the end.
    """
    if _ON_LINUX:
        try:  # within the system, at half the cost
            return os.sendfile(target.fileno(), source.fileno(), None, nbytes)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    piece = source.read(nbytes)
    left = memoryview(piece)
    while left:
        left = left[target.write(left) :]
    return len(piece)


def sync(descriptor: int) -> None:
    """Wait until what was written to a file is on the disk."""
    with suppress(ImportError):
        import fcntl

        # On macOS, fsync leaves it in the disk's own memory.
        if full := getattr(fcntl, "F_FULLFSYNC", None):
            with suppress(OSError):
                fcntl.fcntl(descriptor, full)
                return
    os.fsync(descriptor)


def cut(descriptor: int, size: int) -> None:
    """Give a file another length."""
    os.ftruncate(descriptor, size)


def move(old: Path, new: Path) -> None:
    """Give a file another name, in one step; a file that has it is replaced."""
    old.replace(new)


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk. Windows opens no folders."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network filesystems do not do this for folders.
        if error.errno not in _CANNOT:
            raise
    finally:
        os.close(descriptor)


def _read_some(descriptor: int, nbytes: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, nbytes, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, nbytes)


def _read_some_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [buffer], offset)
    data = _read_some(descriptor, len(buffer), offset)
    buffer[: len(data)] = data
    return len(data)


def _write_some(descriptor: int, data: memoryview, offset: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.write(descriptor, data)
