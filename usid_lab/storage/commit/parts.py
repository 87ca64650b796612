"""Names of files in the making, and what is left of them when a program was killed."""

import glob
import os
import secrets
from contextlib import suppress
from pathlib import Path

from usid_lab.storage.commit import journal
from usid_lab.storage.filenames import short_name

_ENDING = ".part"
_LONGEST = 200  # bytes of a name, of which the disk takes 255


def part_of(path: Path) -> Path:
    """Choose a name for a file in the making, beside the one that it is for.

    Parameters
    ----------
    path : Path
        That one.

    Returns
    -------
    Path
        Hidden, and of its own.
    """
    return path.with_name(f"{_stem(path)}{secrets.token_hex(8)}{_ENDING}")


def leftovers(path: Path) -> list[Path]:
    """Find what writers of a file left behind.

    Parameters
    ----------
    path : Path
        The file; nobody writes it now.

    Returns
    -------
    list of Path
        Files in the making.
    """
    pattern = f"{glob.escape(_stem(path))}{'[0-9a-f]' * 16}{_ENDING}"
    found = sorted(path.parent.glob(pattern))
    unfinished = journal.part_of(path)
    return [*found, unfinished] if os.path.lexists(unfinished) else found


def sweep(path: Path) -> None:
    """Remove what writers of a file left behind.

    Parameters
    ----------
    path : Path
        The file; the caller has its writer lock.
    """
    for part in leftovers(path):
        with suppress(OSError):
            part.unlink()


def _stem(path: Path) -> str:
    return f".{short_name(path, _LONGEST)}."
