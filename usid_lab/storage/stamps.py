"""Stamps of files: another stamp is another file."""

import os
import time
from pathlib import Path

from usid_lab.storage.openings import check_file

Stamp = tuple[int, int, int, int, int]
SETTLED = 2_000_000_000  # nanoseconds; times of some systems have no finer steps


def stamp_of(path: Path) -> Stamp:
    """Device, inode, size and times of change: another stamp is another file."""
    return as_stamp(check_file(path))


def quick_stamp(path: Path) -> Stamp | None:
    """Like :func:`stamp_of`, without looking into the file; None if it is gone."""
    # Asked at every read: a Path would be made into text each time anew.
    try:
        return as_stamp(os.stat(path))  # noqa: PTH116
    except OSError:
        return None


def as_stamp(status: os.stat_result) -> Stamp:
    """Make a stamp of what the system says of a file."""
    # The last one cannot be set back, as programs that synchronise files do with mtime.
    changed = status.st_ctime_ns if os.name == "posix" else 0
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        changed,
    )


def is_settled(stamp: Stamp) -> bool:
    """Whether a change from now on would be sure to give a file another stamp.

    What was read before holds only until then: another change in the same step of the
    clock left no trace.
    """
    return time.time_ns() - max(stamp[3:]) >= SETTLED
