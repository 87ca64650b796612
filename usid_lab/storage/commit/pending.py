"""Whether a save into a file was interrupted, and what that means for reading it."""

import os
from dataclasses import dataclass
from pathlib import Path

from usid_lab.errors import InterruptedSaveError
from usid_lab.storage.commit import journal, writerlock
from usid_lab.storage.commit.replaying import State, state_of
from usid_lab.storage.filenames import shown

_MEANING = {
    State.BEGUN: "the file is what it was before",
    State.READY: "the file is what it was before, and the save can be completed",
    State.TORN: "the file cannot be read before the save is completed or discarded",
    State.DONE: "all of it is in the file",
    State.FOREIGN: "another program has changed the file since, so it stays as it is",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A save that did not come to its end.

    Attributes
    ----------
    path : Path
        The file.
    state : State
        How far it came.
    """

    path: Path
    state: State

    @property
    def text(self) -> str:
        """What that means, in a sentence."""
        name, meaning = shown(self.path), _MEANING[self.state]
        return (
            f"A save into '{name}' was interrupted: {meaning}. "
            f"To put that in order: usid-lab recover {name}"
        )


def pending(path: str | os.PathLike[str]) -> Pending | None:
    """Look for a save that was interrupted; changes nothing.

    Parameters
    ----------
    path : str or path-like
        A data file.

    Returns
    -------
    Pending or None
        None where there is none, and while a program is at it.
    """
    file = Path(os.path.realpath(path))
    if not journal.is_there(file) or writerlock.is_held(file):
        return None
    return look(file)


def check_settled(file: Path) -> None:
    """Make sure that no save into a file stopped halfway; quick where there is none.

    Parameters
    ----------
    file : Path
        A data file, resolved.

    Raises
    ------
    InterruptedSaveError
        Some of its pages are old and some are new; no program is at it.
    """
    if not journal.is_there(file):
        return
    unfinished = pending(file)
    if unfinished is not None and unfinished.state is State.TORN:
        raise InterruptedSaveError(unfinished.text, "half of its journal is applied")


def is_about_to_change(file: Path) -> bool:
    """Whether a program is at work that waits for others to close a file.

    Parameters
    ----------
    file : Path
        A data file, resolved.

    Returns
    -------
    bool
        Whoever opens the file now lets it go first.
    """
    if not journal.is_there(file) or not writerlock.is_held(file):
        return False
    unfinished = look(file)
    return unfinished is not None and unfinished.state is State.READY


def look(file: Path) -> Pending | None:
    """Like :func:`pending`, for a resolved path, whoever is writing.

    Parameters
    ----------
    file : Path
        A data file.

    Returns
    -------
    Pending or None
        None if there is no journal.
    """
    try:
        found = journal.read(file)
        with file.open("rb") as stream:
            if found is None:
                return Pending(file, State.FOREIGN)
            return Pending(file, state_of(stream.fileno(), found))
    except FileNotFoundError:
        return None
