"""Putting a file in order after a program was killed while it wrote it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from usid_lab.storage.commit import disk, journal
from usid_lab.storage.commit.datalock import DataLock
from usid_lab.storage.commit.parts import leftovers, sweep
from usid_lab.storage.commit.pending import Pending, look
from usid_lab.storage.commit.replaying import State, complete, take_back
from usid_lab.storage.commit.superblock import Superblock, is_marked
from usid_lab.storage.commit.writerlock import WriterLock
from usid_lab.storage.filenames import shown
from usid_lab.storage.handles import vacant
from usid_lab.storage.paths import resolved


class Trouble(StrEnum):
    """What can be put in order."""

    JOURNAL = "journal"
    PARTS = "parts"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is to be put in order.

    Attributes
    ----------
    trouble : Trouble
        What it is.
    text : str
        A sentence.
    """

    trouble: Trouble
    text: str


def findings(path: str | os.PathLike[str]) -> list[Finding]:
    """Look for what a killed program left behind; changes nothing.

    Parameters
    ----------
    path : str or path-like
        A data file.

    Returns
    -------
    list of Finding
        Nothing if the file is in order. While a program writes the file, what it
        does looks the same.
    """
    file = resolved(path)
    found = []
    if unfinished := look(file):
        found.append(Finding(Trouble.JOURNAL, unfinished.text))
    if parts := leftovers(file):
        text = f"A killed program left {len(parts)} unfinished file(s) beside it."
        found.append(Finding(Trouble.PARTS, text))
    if is_marked(file):
        found.append(Finding(Trouble.MARK, _mark_text(file)))
    return found


def recover(path: str | os.PathLike[str], *, discard: bool = False) -> list[str]:
    """Complete or discard an interrupted save, and clear what else is left of it.

    Parameters
    ----------
    path : str or path-like
        A data file that nobody else has open.
    discard : bool, optional
        Take an interrupted save back, even if it could be completed.

    Returns
    -------
    list of str
        What was done, in sentences; nothing if the file was in order.

    Raises
    ------
    LockedFileError
        A program has the file open.
    """
    file = resolved(path)
    lock = WriterLock(file)
    lock.acquire()
    try:
        with _alone(file) as descriptor:
            told = settle(file, descriptor, discard=discard)
            return told + _cleared(file, descriptor)
    finally:
        lock.release()


def settle(file: Path, descriptor: int, *, discard: bool = False) -> list[str]:
    """Complete or discard an interrupted save, and remove unfinished files.

    Parameters
    ----------
    file : Path
        The file; the caller has its writer lock.
    descriptor : int
        The file, open for writing; nobody else has it open.
    discard : bool, optional
        Take the save back even if it could be completed.

    Returns
    -------
    list of str
        What was done.
    """
    told = []
    if unfinished := look(file):
        told.append(_settled(unfinished, descriptor, discard=discard))
        journal.discard(file)
    if parts := leftovers(file):
        sweep(file)
        told.append(f"{len(parts)} unfinished file(s) beside it were removed.")
    return told


def _settled(unfinished: Pending, descriptor: int, *, discard: bool) -> str:
    found = journal.read(unfinished.path)
    name = shown(unfinished.path)
    if found is None or unfinished.state is State.FOREIGN:
        return f"'{name}' was left as it is; the journal beside it was removed."
    if unfinished.state is State.BEGUN or discard:
        take_back(descriptor, found)
        return f"'{name}' is what it was before the interrupted save."
    complete(descriptor, found)
    return f"The interrupted save into '{name}' is complete."


def _cleared(file: Path, descriptor: int) -> list[str]:
    found = Superblock.read(descriptor)
    if found is None or not found.is_marked:
        return []
    disk.write_at(descriptor, found.cleared(), found.start)
    disk.sync(descriptor)
    return [f"'{shown(file)}' is not marked as open any more."]


def _mark_text(file: Path) -> str:
    return (
        f"'{shown(file)}' is marked as open for writing by a program that never closed "
        "it. If that was killed, the mark can be cleared; what it wrote last may be "
        "missing or damaged. Copy the file first if it cannot be replaced."
    )


@contextmanager
def _alone(file: Path) -> Iterator[int]:
    data = DataLock(file)
    data.open()
    try:
        with vacant(file):
            data.alone()
            yield data.descriptor
    finally:
        data.close()
