"""Files that are on the disk whole, under their name, or not there at all."""

import errno
import os
import platform
import secrets
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from usid_lab.storage.commit import disk

Part: TypeAlias = bytes | memoryview
_PART = ".part-"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_LARGE = 64 << 20  # bytes of a note
_OLD = 3600.0  # seconds after which nobody far away still writes a part


def write_whole(path: Path, parts: Iterable[Part]) -> None:
    """Write a file beside its place, bring it to the disk, then give it its name.

    Parameters
    ----------
    path : Path
        Its place; what is there is replaced in one step.
    parts : iterable of bytes or memoryview of bytes
        What it holds.

    Raises
    ------
    OSError
        The place is as it was, and nothing is left beside it.
    """
    part = part_of(path)
    try:
        write_synced(part, parts)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    disk.sync_folder(path.parent)


def part_of(path: Path) -> Path:
    """Name a file in the making, after who makes it."""
    host = "".join(c for c in platform.node() if c.isalnum())
    token = secrets.token_hex(4)
    return path.with_name(f"{_PART}{host}-{os.getpid()}-{token}")


def write_synced(path: Path, parts: Iterable[Part]) -> None:
    """Write a new file and bring it to the disk; it does not have its name yet."""
    descriptor, offset = os.open(path, _FLAGS, 0o666), 0
    try:
        for part in filter(len, parts):
            disk.write_at(descriptor, part, offset)
            offset += len(part)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def held_by(path: Path) -> bytes:
    """Read a small file that anybody may have put there.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    OSError
        It is no regular file (a pipe would never end), or a large one.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGE:
        raise OSError(errno.EINVAL, "not a small file", str(path))
    return path.read_bytes()


def sweep(folder: Path) -> None:
    """Remove what writers left that are dead.

    Parameters
    ----------
    folder : Path
        Of the parts. Those of a living process of this machine stay, and young ones
        of another machine.
    """
    from psutil import pid_exists

    mine = part_of(folder / "x").name.rsplit("-", 2)[0]
    for part in folder.glob(f"{_PART}*"):
        host, _, rest = part.name.rpartition("-")[0].rpartition("-")
        here = host == mine and rest.isdecimal()
        alive = pid_exists(int(rest)) if here else _is_young(part)
        if not alive:
            with suppress(OSError):
                part.unlink()


def _is_young(part: Path) -> bool:
    try:
        return time.time() - part.stat().st_mtime < _OLD
    except OSError:
        return False
