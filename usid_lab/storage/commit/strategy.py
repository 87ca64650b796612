"""Which way something enters a file: by a copy, or where it lies."""

import os
from pathlib import Path

from usid_lab.storage.commit.cloning import clone
from usid_lab.storage.commit.parts import part_of
from usid_lab.storage.commit.space import has_room

CHEAP = 1 << 30
"""Bytes of a file that is copied; a larger one only where that costs nothing."""


def is_copied(path: Path) -> bool:
    """Whether to add to a copy of a file, which then takes its place.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        A copy has one name only, takes room, and belongs to whoever makes it: a file
        of several names, of somebody else, or on a full disk is added to where it
        lies.
    """
    status = path.stat()
    if status.st_nlink > 1 or not keeps_owner(status):
        return False
    if status.st_size < CHEAP and has_room(path.parent, status.st_size):
        return True
    return can_clone(path)


def keeps_owner(status: os.stat_result) -> bool:
    """Whether a copy of a file that this user makes can belong to its owner."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return True  # also where files belong to nobody
    groups = {os.getegid(), *os.getgroups()}
    return status.st_uid == os.geteuid() and status.st_gid in groups


def can_clone(path: Path) -> bool:
    """Whether the disk of a file makes copies that cost nothing.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        As a trial tells.
    """
    trial = part_of(path)
    try:
        return clone(path, trial)
    finally:
        trial.unlink(missing_ok=True)
