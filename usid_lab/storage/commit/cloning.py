"""Copies that cost nothing, where the filesystem shares blocks between files."""

import ctypes
import os
import platform
from pathlib import Path

_FICLONE = 0x40049409  # <linux/fs.h>


def clone(source: Path, target: Path) -> bool:
    """Make a file that shares its blocks with another until one of them is written.

    Parameters
    ----------
    source : Path
        A file.
    target : Path
        A new one, on the same disk.

    Returns
    -------
    bool
        Whether it could be made; if not, there is no `target`.
    """
    ways = {"Linux": _clone_linux, "Darwin": _clone_mac}
    way = ways.get(platform.system())
    return way is not None and way(source, target)


def _clone_linux(source: Path, target: Path) -> bool:
    from fcntl import ioctl

    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        made = os.fdopen(os.open(target, flags, 0o600), "wb")
        with source.open("rb") as old, made as new:
            ioctl(new.fileno(), _FICLONE, old.fileno())
    except FileExistsError:
        return False
    except OSError:
        target.unlink(missing_ok=True)
        return False
    return True


def _clone_mac(source: Path, target: Path) -> bool:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(source), os.fsencode(target)
        return bool(library.clonefile(*names, 0) == 0)
    except (AttributeError, OSError):
        return False
