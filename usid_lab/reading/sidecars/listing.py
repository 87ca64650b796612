"""What lies in the folder of sidecars, for people; and taking it away."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from usid_lab.errors import UsidError, WriteError
from usid_lab.reading.sidecars.folder import Folder, drop, size, used
from usid_lab.reading.sidecars.notes import Note

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One sidecar.

    Attributes
    ----------
    place : Path
        Its file.
    source : str
        File of its dataset, the one it was used with last; '' if nobody knows.
    dataset : str
        HDF5 path; '' if nobody knows.
    nbytes : int
        How much it takes.
    used : float
        When it was used last, in seconds since 1970.
    is_fresh : bool
        Whether the file is as it was when all values were compared.
    """

    place: Path
    source: str
    dataset: str
    nbytes: int
    used: float
    is_fresh: bool

    def to_text(self) -> str:
        """Return one line."""
        day = datetime.fromtimestamp(self.used).astimezone()
        state = "fresh" if self.is_fresh else "stale"
        name = f"{self.source}: {self.dataset}" if self.source else "unknown"
        return f"{bytes_text(self.nbytes):>8}  {day:%Y-%m-%d %H:%M}  {state}  {name}"


def entries(folder: Folder) -> Iterator[Entry]:
    """Give what there is, the one that was used last at the end."""
    for place in folder.files():
        note = Note.read(place)
        source = note.files[0][0] if note.files else ""
        yield Entry(
            place, source, note.dataset, size(place), used(place), note.is_fresh()
        )


def listing(folder: Folder) -> str:
    """Say what lies in a folder, how much it is, and how much it may be."""
    found = list(entries(folder))
    lines = [str(folder.path), *(entry.to_text() for entry in found)]
    total = bytes_text(sum(entry.nbytes for entry in found))
    lines.append(f"{_copies(len(found))}, {total} of {bytes_text(folder.most())}")
    return "\n".join(lines)


def clear(folder: Folder, older_than: float = 0.0, file: Path | None = None) -> str:
    """Take sidecars away, and what was left unfinished.

    Parameters
    ----------
    folder : Folder
        Where they are.
    older_than : float, optional
        Days since they were used; younger ones stay.
    file : Path, optional
        Only those of datasets of this file, which may be gone by now.

    Returns
    -------
    str
        How much it was.

    Raises
    ------
    WriteError
        The system keeps some, because they are in use.
    """
    last = time.time() - older_than * _DAY
    chosen = [
        entry
        for entry in entries(folder)
        if (not older_than or entry.used < last)
        and (file is None or Note.read(entry.place).is_of(file))
    ]
    gone = [entry for entry in chosen if drop(entry.place)]
    with suppress(UsidError, OSError), folder.locked():
        pass  # who holds the lock has cleaned up
    if len(gone) < len(chosen):
        raise WriteError(
            f"{_copies(len(chosen) - len(gone))} could not be removed; close the "
            "viewers that use them."
        )
    return f"Removed {_copies(len(gone))}, {bytes_text(sum(e.nbytes for e in gone))}."


def bytes_text(nbytes: int) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> bytes_text(0), bytes_text(2_147_483_648)
    ('0.0 MB', '2.1 GB')
    """
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e9 else f"{nbytes / 1e6:.1f} MB"


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"
