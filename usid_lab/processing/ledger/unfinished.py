"""Runs that were begun and not recorded, for people; and throwing them away."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from usid_lab.processing.ledger import places
from usid_lab.processing.ledger.lock import is_held
from usid_lab.processing.ledger.record import Note
from usid_lab.processing.ledger.shards import shards_in
from usid_lab.processing.span import merged
from usid_lab.reading.sidecars.listing import bytes_text
from usid_lab.storage.paths import resolved

_DAY = 86400.0
_RUN_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is kept of a run.

    Attributes
    ----------
    folder : Path
        Where it lies.
    source : str
        The data file.
    note : Note or None
        What it is; None where that was never written down.
    done : int
        Places that are kept.
    nbytes : int
        How much it takes.
    changed : float
        When something was kept last, in seconds since 1970.
    is_under_way : bool
        Whether somebody goes on with it now.
    """

    folder: Path
    source: str
    note: Note | None
    done: int
    nbytes: int
    changed: float
    is_under_way: bool

    @classmethod
    def read(cls, folder: Path, file: Path | None) -> "Unfinished":
        """Look at the folder of a run.

        Parameters
        ----------
        folder : Path
        file : Path or None
            The data file; None where only the note tells.
        """
        note = Note.read(folder / places.NOTE)
        sizes, times = [0], [folder.stat().st_mtime]
        for path in folder.iterdir():
            with suppress(OSError):
                found = path.lstat()
                sizes.append(found.st_size)
                times.append(found.st_mtime)
        source = str(file or (note.file if note else ""))
        done = sum(map(len, merged(shards_in(folder))))
        about = folder, source, note, done, sum(sizes), max(times)
        return cls(*about, is_held(folder))

    def to_text(self) -> str:
        """Return one line."""
        day = datetime.fromtimestamp(self.changed).astimezone()
        about = f"{bytes_text(self.nbytes):>8}  {day:%Y-%m-%d %H:%M}"
        tool, count = "unknown", "?"
        if self.note is not None:
            tool, count = self.note.tool, str(self.note.count)
        state = "under way" if self.is_under_way else "interrupted"
        what = f"{tool} of {self.source or 'an unknown file'}"
        return f"{about}  {state}  {self.done} of {count} places  {what}"


def unfinished(place: Path | None = None) -> list[Unfinished]:
    """Find runs that were begun and not recorded.

    Parameters
    ----------
    place : Path, optional
        A data file, which may be gone by now, or a folder of them. By default the
        present folder, and all that lies in the user's data folder.

    Returns
    -------
    list of Unfinished
        The one that was gone on with last at the end.
    """
    target = resolved(place or Path())
    found = [run for home, file in _homes(target) for run in _runs(home, file)]
    if place is not None:
        found = [run for run in found if _is_of(Path(run.source), target)]
    return sorted(found, key=lambda run: run.changed)


def _is_of(file: Path, place: Path) -> bool:
    return place in (file, file.parent)


def _homes(target: Path) -> Iterator[tuple[Path, Path | None]]:
    """Give folders that may hold runs, each with its file where the place tells it."""
    if target.is_dir():
        for home in target.glob(f".*{places.HOME}"):
            name = home.name.removeprefix(".").removesuffix(places.HOME)
            yield home, target / name
    else:
        yield places.homes(target)[0], target
    for home in places.own_homes():
        yield home, None


def _runs(home: Path, file: Path | None) -> Iterator[Unfinished]:
    with suppress(OSError):
        for folder in home.iterdir():
            if _RUN_ID.fullmatch(folder.name):
                with suppress(OSError):  # it has just ended
                    yield Unfinished.read(folder, file)


def summary(runs: list[Unfinished]) -> str:
    """Say what there is, a line for each, and how much it is."""
    total = bytes_text(sum(run.nbytes for run in runs))
    lines = [*(run.to_text() for run in runs), f"{_count(len(runs))}, {total}"]
    return "\n".join(lines)


def older(runs: list[Unfinished], days: float) -> list[Unfinished]:
    """Choose runs that nobody has gone on with for so many days."""
    last = time.time() - days * _DAY
    return [run for run in runs if not days or run.changed < last]


def throw_away(runs: list[Unfinished]) -> str:
    """Throw away what is kept of runs; those that are under way stay.

    Returns
    -------
    str
        How many it were.
    """
    gone = [run for run in runs if places.remove_if_free(run.folder)]
    text = f"Removed {_count(len(gone))}, {bytes_text(sum(r.nbytes for r in gone))}."
    kept = len(runs) - len(gone)
    return f"{text} {_count(kept)} under way, or not ours to remove." if kept else text


def _count(number: int) -> str:
    return "1 unfinished run" if number == 1 else f"{number} unfinished runs"
