"""Whether a disk has room."""

import shutil
from pathlib import Path

RESERVE = 64 << 20


def free_bytes(folder: Path) -> int:
    """Tell how much this user may still write into a folder.

    Parameters
    ----------
    folder : Path
        It exists.

    Returns
    -------
    int
        Bytes.
    """
    return shutil.disk_usage(folder).free


def has_room(folder: Path, nbytes: int) -> bool:
    """Whether so many bytes fit into a folder, with 64 MB to spare.

    Parameters
    ----------
    folder : Path
        It exists.
    nbytes : int
        How many.

    Returns
    -------
    bool
        True also where the system does not tell.
    """
    try:
        return free_bytes(folder) >= nbytes + RESERVE
    except OSError:
        return True
