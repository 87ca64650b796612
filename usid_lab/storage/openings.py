"""Opening a file for reading, and why it may fail, in words."""

import os
import re
import stat
import time
from pathlib import Path

import h5py

from usid_lab.errors import (
    EmptyFileError,
    FileError,
    LockedFileError,
    MissingFileError,
    NotHDF5Error,
    SpecialFileError,
    TruncatedFileError,
    UnreadableFileError,
)
from usid_lab.storage.commit.journal import is_there
from usid_lab.storage.commit.pending import check_settled, is_about_to_change
from usid_lab.storage.text import plain, safe_name

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LAST_USER_BLOCK = 1 << 26
_PATIENCE_SECONDS = 2.0
_BRIEF_SECONDS = 0.1
_POLL_SECONDS = 0.02
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_OTHERS = (
    (b"\x89PNG", "a PNG image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"CDF", "a netCDF 3 file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"MATLAB", "an old MATLAB file"),
)


def open_read_only(path: Path) -> h5py.File:
    """Open an HDF5 file for reading; its bytes are never changed.

    Parameters
    ----------
    path : Path
        Looked at before HDF5 may touch it.

    Returns
    -------
    h5py.File
        Open in mode ``"r"``.
    """
    check_file(path)
    began = time.monotonic()
    while True:
        check_settled(path)
        waited = time.monotonic() - began
        if waited < _PATIENCE_SECONDS and is_about_to_change(path):
            time.sleep(_POLL_SECONDS)
            continue
        try:
            return h5py.File(path, "r")
        except (OSError, RuntimeError, ValueError) as error:
            if not _ends_soon(path, error, time.monotonic() - began):
                raise _explain(path, error) from error
        time.sleep(_POLL_SECONDS)


def _ends_soon(path: Path, error: Exception, waited: float) -> bool:
    """Whether a file is locked only while results enter it, some milliseconds."""
    if not isinstance(error, BlockingIOError | PermissionError):
        return False
    return waited < (_PATIENCE_SECONDS if is_there(path) else _BRIEF_SECONDS)


def check_file(path: Path) -> os.stat_result:
    """Make sure that a path is a readable, regular file with an HDF5 signature."""
    status = _status(path)
    name = _shown(path)
    for is_kind, kind in _KINDS:
        if is_kind(status.st_mode):
            raise SpecialFileError(f"'{name}' is {kind}, not a data file.", str(path))
    if status.st_size == 0:
        raise EmptyFileError(f"'{name}' is empty: it holds 0 bytes.", str(path))
    _check_signature(path, status.st_size)
    return status


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        text = f"There is no file '{_shown(path)}' in that folder."
        raise MissingFileError(text, str(path)) from error
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except (OSError, ValueError) as error:
        raise MissingFileError("That is not the name of a file.", str(error)) from error


def _check_signature(path: Path, size: int) -> None:
    # A pipe may have taken the file's place since: never block on it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _unreadable(path, error) from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise SpecialFileError(f"'{_shown(path)}' is not a data file.", str(path))
        head = stream.read(512)
        offset = 512
        while not head.startswith(_SIGNATURE):
            if offset + len(_SIGNATURE) > min(size, _LAST_USER_BLOCK):
                raise _foreign(path, stream, size)
            stream.seek(offset)
            head = stream.read(len(_SIGNATURE))
            offset *= 2


def _foreign(path: Path, stream: object, size: int) -> NotHDF5Error:
    stream.seek(0)  # type: ignore[attr-defined]
    head = stream.read(512)  # type: ignore[attr-defined]
    kind = next((text for mark, text in _OTHERS if head.startswith(mark)), "")
    if not kind and head.isascii() and b"\0" not in head:
        kind = "a text file"
    guess = f"it looks like {kind}" if kind else "it is another kind of file"
    return NotHDF5Error(
        f"'{_shown(path)}' is not an HDF5 file: {guess}.",
        f"no HDF5 signature in {size} bytes",
    )


def _unreadable(path: Path, error: Exception) -> UnreadableFileError:
    text = f"You may not read '{_shown(path)}'. Ask its owner for permission."
    return UnreadableFileError(text, str(error))


def _explain(path: Path, error: Exception) -> FileError:
    name, detail = _shown(path), str(error)
    if sizes := re.search(r"truncated file: eof = (\d+).*stored_eof = (\d+)", detail):
        held, wanted = (f"{int(number):,}" for number in sizes.groups())
        return TruncatedFileError(
            f"The end of '{name}' is missing: it holds {held} of {wanted} bytes. "
            "Copy it again from its source; nothing was changed.",
            detail,
        )
    if isinstance(error, BlockingIOError) or "unable to lock file" in detail:
        return _locked(name, detail)
    if "already open for write" in detail:
        return _marked(name, detail)
    if isinstance(error, PermissionError):
        return _unreadable(path, error)
    if isinstance(error, FileNotFoundError):
        return MissingFileError(f"'{name}' has just been removed.", detail)
    return NotHDF5Error(
        f"'{name}' begins like an HDF5 file, but its header is damaged. "
        "Nothing was changed.",
        detail,
    )


def _locked(name: str, detail: str) -> LockedFileError:
    return LockedFileError(
        f"'{name}' is in use by a program that writes it. Close it there, or wait "
        "until it is done, and try again.",
        detail,
    )


def _marked(name: str, detail: str) -> LockedFileError:
    return LockedFileError(
        f"'{name}' is marked as being written. Close it in the program that writes it; "
        f"if that was killed, the mark is cleared by: usid-lab recover {name}",
        detail,
    )


def _shown(path: Path) -> str:
    return plain(safe_name(path.name)) or str(path)
