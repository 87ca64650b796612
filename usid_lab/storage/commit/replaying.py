"""Bringing a file to the state that a journal leads to, or back to where it began."""

import os
from enum import StrEnum

import numpy as np

from usid_lab.storage.commit import disk
from usid_lab.storage.commit.journal import Journal


class State(StrEnum):
    """How far a commit came."""

    BEGUN = "begun"  # bytes were appended, to which nothing refers
    READY = "ready"  # everything is written down, nothing changed yet
    TORN = "torn"  # some of the changes were made
    DONE = "done"  # all of them
    FOREIGN = "foreign"  # another program changed the file since


def state_of(descriptor: int, journal: Journal) -> State:
    """Compare a file with its journal.

    Parameters
    ----------
    descriptor : int
        The file, open for reading.
    journal : Journal
        Beside it.

    Returns
    -------
    State
        Where the commit stands.
    """
    size = os.fstat(descriptor).st_size
    old, new, mixed = _pages(descriptor, journal)
    if not journal.ready:
        return State.BEGUN if old and size >= journal.old_size else State.FOREIGN
    if size != journal.new_size:
        return State.FOREIGN
    if new:
        return State.DONE
    if old:
        return State.READY
    return State.TORN if mixed else State.FOREIGN


def _pages(descriptor: int, journal: Journal) -> tuple[bool, bool, bool]:
    """Whether all pages are old; new; of bytes that are old or new."""
    is_old = is_new = is_mixed = True
    for offset, old, new in journal.changes:
        there = disk.read_at(descriptor, len(old), offset).ljust(len(old), b"\0")
        is_old &= there == old
        is_new &= there == new
        is_mixed &= _is_between(there, old, new)
    return is_old, is_new, is_mixed


def _is_between(there: bytes, old: bytes, new: bytes) -> bool:
    """Whether each byte is one of two: a write may stop anywhere."""
    if there in (old, new):
        return True
    now, before, after = (np.frombuffer(page, "u1") for page in (there, old, new))
    return bool(((now == before) | (now == after)).all())


def complete(descriptor: int, journal: Journal) -> None:
    """Make all changes, and wait until they are on the disk.

    Parameters
    ----------
    descriptor : int
        The file, open for reading and writing; nobody else has it open.
    journal : Journal
        It is ready.
    """
    for offset, _, new in journal.changes:
        disk.write_at(descriptor, new, offset)
    disk.sync(descriptor)


def take_back(descriptor: int, journal: Journal) -> None:
    """Make the file what it was, and wait until that is on the disk.

    Parameters
    ----------
    descriptor : int
        The file, open for reading and writing; nobody else writes it.
    journal : Journal
        Ready or not.
    """
    for offset, old, _ in journal.changes:
        if disk.read_at(descriptor, len(old), offset) != old:
            disk.write_at(descriptor, old, offset)
    if journal.old_size != os.fstat(descriptor).st_size:
        disk.cut(descriptor, journal.old_size)
    disk.sync(descriptor)
