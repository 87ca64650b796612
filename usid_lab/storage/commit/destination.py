"""Where results of a file go: into it, beside it, or into the user's own folder."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from usid_lab.storage.commit.space import has_room
from usid_lab.storage.filenames import short_name, shown
from usid_lab.storage.paths import resolved
from usid_lab.storage.results import ENDING, is_results, results_path
from usid_lab.storage.userdata import user_data

_LONGEST = 240  # bytes of a name; the disk takes 255, with what we append


@dataclass(frozen=True, slots=True)
class Destination:
    """A file that takes results.

    Attributes
    ----------
    path : Path
        The file; it need not exist.
    reason : str
        Why it is another than the one that was asked for: a sentence; '' if it is
        that one.
    """

    path: Path
    reason: str = ""


def choose(path: str | os.PathLike[str], nbytes: int = 0) -> Destination:
    """Choose the file that takes results of a data file.

    Parameters
    ----------
    path : str or path-like
        The data file, or a file of results.
    nbytes : int, optional
        How many bytes are to be written.

    Returns
    -------
    Destination
        The file itself where it can and should be written; else
        ``<name>.results.h5`` beside it; else one in the user's data folder, which is
        there then, of a name that follows from the path of the data file.
    """
    file = resolved(path)
    if not (reason := _objection(file, nbytes)):
        return Destination(file)
    beside = results_path(file)
    if beside != file and not _objection(beside, nbytes):
        return Destination(beside, reason)
    own = _own(file)
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Destination(own, reason)


def side_files(path: str | os.PathLike[str]) -> list[Path]:
    """Find the files that hold results of a data file, and exist.

    Parameters
    ----------
    path : str or path-like
        The data file.

    Returns
    -------
    list of Path
        The one beside it, and the one in the user's data folder.
    """
    file = resolved(path)
    if is_results(file):
        return []
    both = results_path(file), _own(file)
    # A Path raises where its name is too long for the disk.
    return [found for found in both if os.path.isfile(found)]  # noqa: PTH113


def _objection(file: Path, nbytes: int) -> str:
    """Say why a file is not to be written, in a sentence; '' if it may be."""
    name, folder = shown(file), file.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"The folder of '{name}' is read-only."
    if len(os.fsencode(file.name)) > _LONGEST:
        return f"The name of '{name}' is too long for files beside it."
    try:
        status = file.stat()
    except OSError:
        return "" if has_room(folder, nbytes) else _full(name)
    if not os.access(file, os.W_OK):
        return f"'{name}' is read-only."
    if _is_foreign(status):
        return f"'{name}' belongs to somebody else."
    # Results are beside the file, and in it, for a moment.
    return "" if has_room(folder, 2 * nbytes) else _full(name)


def _full(name: str) -> str:
    return f"The disk of '{name}' has too little space."


def _is_foreign(status: os.stat_result) -> bool:
    mine = getattr(os, "geteuid", lambda: 0)()
    return mine not in (0, status.st_uid)


def _own(file: Path) -> Path:
    digest = hashlib.blake2b(os.fsencode(file), digest_size=6).hexdigest()
    beside = results_path(file)
    stem = short_name(beside.with_name(beside.name.removesuffix(ENDING)), 200)
    return user_data() / "results" / f"{stem}-{digest}{ENDING}"
