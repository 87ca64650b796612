"""Where runs are kept until they are recorded: one folder for each."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from usid_lab.errors import WriteError
from usid_lab.processing.ledger.lock import Lock
from usid_lab.processing.ledger.record import Note, RunRecord
from usid_lab.storage.filenames import short_name
from usid_lab.storage.userdata import user_data

NOTE = "run.json"
_TRASH = ".trash-"
HOME = ".usid"
"""Ending of a folder of runs."""


def homes(file: Path) -> list[Path]:
    """Folders that may hold the runs of a file.

    Parameters
    ----------
    file : Path
        A data file, absolute.

    Returns
    -------
    list of Path
        ``.<name>.usid`` beside it, which goes with it when it is copied; one in the
        user's data folder, for where the first cannot be written.
    """
    digest = hashlib.blake2b(os.fsencode(file), digest_size=6).hexdigest()
    own = _own() / f"{short_name(file, 80)}-{digest}{HOME}"
    return [file.with_name(f".{file.name}{HOME}"), own]


def own_homes() -> list[Path]:
    """Folders of runs in the user's data folder, whatever their files."""
    return sorted(_own().glob(f"*{HOME}"))


def _own() -> Path:
    return user_data() / "runs"


def existing(record: RunRecord) -> list[Path]:
    """Folders in which a run was begun."""
    found = [home / record.run_id for home in homes(record.sources[0].file)]
    # A Path raises where its name is too long for the disk.
    return [folder for folder in found if os.path.isdir(folder)]  # noqa: PTH112


def make(record: RunRecord) -> Path:
    """Find the folder of a run, or make it.

    Parameters
    ----------
    record : RunRecord
        The run.

    Returns
    -------
    Path
        One that can be written; if it was begun in one of them, that.

    Raises
    ------
    WriteError
        None can be written.
    """
    file = record.sources[0].file
    for folder in existing(record):
        if _can_write(folder):
            return folder
    errors = []
    for home in homes(file):
        folder = home / record.run_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _try(folder)
        except OSError as error:
            errors.append(str(error))
        else:
            return folder
    text = "Results cannot be kept: neither the folder of the file nor your own data"
    raise WriteError(f"{text} folder can be written.", "; ".join(errors))


def others(record: RunRecord) -> Iterator[tuple[Path, Note]]:
    """Find runs that ask the same of the same datasets, which held other values."""
    for home in homes(record.sources[0].file):
        with suppress(OSError):
            for folder in sorted(home.iterdir()):
                note = Note.read(folder / NOTE)
                same = note is not None and note.question == record.question
                gone = folder.name.startswith(_TRASH)
                if note and same and not gone and folder.name != record.run_id:
                    yield folder, note


def remove(folder: Path) -> None:
    """Remove the folder of a run: at once for others, then what it holds.

    Parameters
    ----------
    folder : Path
        If that is interrupted, the next removal beside it clears the rest.
    """
    trash = folder.with_name(f"{_TRASH}{secrets.token_hex(6)}")
    with suppress(OSError):
        folder.rename(trash)
    shutil.rmtree(folder, ignore_errors=True)
    _empty(folder.parent)


def empty_trash(record: RunRecord) -> None:
    """Go on with removals that were interrupted."""
    for home in homes(record.sources[0].file):
        _empty(home)


def _empty(home: Path) -> None:
    with suppress(OSError):  # a name that the disk cannot take, above all
        for left in home.glob(f"{_TRASH}*"):
            shutil.rmtree(left, ignore_errors=True)
    if home.suffix == HOME:
        with suppress(OSError):
            home.rmdir()


def remove_if_free(folder: Path) -> bool:
    """Remove the folder of a run, unless somebody goes on with it.

    Returns
    -------
    bool
        Whether it is gone.
    """
    try:
        lock = Lock(folder)
    except OSError:
        return False
    remove(folder)
    lock.release()
    return not folder.exists()


def _can_write(folder: Path) -> bool:
    try:
        _try(folder)
    except OSError:
        return False
    return True


def _try(folder: Path) -> None:
    """Make sure that files can be made there: what the mode says is not enough."""
    trial = folder / f".trial-{secrets.token_hex(6)}"
    try:
        os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    finally:
        trial.unlink(missing_ok=True)
