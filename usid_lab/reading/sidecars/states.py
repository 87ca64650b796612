"""States of a file: another number once anybody wrote into it."""

import os
import time
from pathlib import Path

State = tuple[int, int, int, int, int]
_SETTLED = 2.0  # seconds; times of some file systems have no finer steps


def state_of(path: Path) -> State | None:
    """Device, inode, size, and times of change of contents and of description.

    The last one cannot be set back by whoever sets back the other, where the system has
    it. A new name is another state too; then all is compared again.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    tuple of int or None
        None if it is gone.
    """
    try:
        # Asked at every read: a Path would be made into text each time anew.
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    changed = found.st_ctime_ns if os.name == "posix" else 0
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, changed)


def is_settled(state: State) -> bool:
    """Whether a change of the file from now on would be sure to give it another state.

    Parameters
    ----------
    state : tuple of int
        The one that it is in.
    """
    return time.time() - max(state[3:]) / 1e9 >= _SETTLED


def settle(state: State) -> None:
    """Wait until a change of the file would be sure to give it another state."""
    age = time.time() - max(state[3:]) / 1e9
    if 0 <= age < _SETTLED:
        time.sleep(_SETTLED - age)
