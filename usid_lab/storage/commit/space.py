"""Whether a disk has room."""

import shutil
from pathlib import Path

from usid_lab.errors import WriteError
from usid_lab.storage.filenames import shown

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


def require_room(path: Path, nbytes: int) -> None:
    """Refuse to write where the disk has no room for it.

    Parameters
    ----------
    path : Path
        The file that is to be written.
    nbytes : int
        How much is written, on the way too.

    Raises
    ------
    WriteError
        With 64 MB to spare, it does not fit.
    """
    if has_room(path.parent, nbytes):
        return
    text = (
        f"The disk of '{shown(path)}' has too little space to save safely. Make "
        "room, or save to another file."
    )
    needed = f"{(nbytes + RESERVE) / 1e6:,.0f} MB are needed"
    raise WriteError(
        text, f"{needed}, {free_bytes(path.parent) / 1e6:,.0f} MB are free"
    )
