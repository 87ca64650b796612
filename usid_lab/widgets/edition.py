"""The state of the file that a viewer shows: all that is seen is of one state.

A file can be written, replaced, cut short or deleted while it is on the screen. What
was read before then stays what it was, and nothing is put beside it that was read
after: a map of the new file under the axes and limits of the old one would be wrong
in a way that nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from usid_lab.errors import ChangedFileError, MissingFileError
from usid_lab.storage.handles import quick_stamp
from usid_lab.storage.text import plain, safe_name

if TYPE_CHECKING:
    from pathlib import Path

    from usid_lab.storage.handles import Stamp

State = Literal["same", "changed", "missing"]
STATES: tuple[State, ...] = ("same", "changed", "missing")


@dataclass(frozen=True, slots=True)
class Edition:
    """A file as it was at one moment.

    Attributes
    ----------
    path : Path
    stamp : tuple of int or None
        None where there was no file.
    """

    path: Path
    stamp: Stamp | None

    @classmethod
    def of(cls, path: Path) -> Edition:
        """Return the file as it is now.

        Parameters
        ----------
        path : Path

        Returns
        -------
        Edition
        """
        return cls(path, quick_stamp(path))

    @property
    def token(self) -> str:
        """A short text that no other state of the file has."""
        return "-".join(f"{part:x}" for part in self.stamp or ())

    def state(self) -> State:
        """Say what has become of the file since."""
        now = quick_stamp(self.path)
        if now is None:
            return "missing"
        return "same" if now == self.stamp else "changed"

    def require(self, cause: BaseException | None = None) -> None:
        """Raise unless the file is still what it was.

        Parameters
        ----------
        cause : BaseException, optional
            What went wrong with it, for the technical reason.

        Raises
        ------
        ChangedFileError, MissingFileError
        """
        state = self.state()
        if state == "same":
            return
        name = plain(safe_name(self.path.name))
        reason = str(self.path) if cause is None else f"{self.path}: {cause}"
        if state == "missing":
            raise MissingFileError(
                f"'{name}' is not there any more: since it was opened it was deleted, "
                "moved or renamed.",
                reason,
            ) from cause
        raise changed(name, reason) from cause


def changed(name: str, reason: str) -> ChangedFileError:
    """Say that a file is not what it was when it was opened.

    Parameters
    ----------
    name : str
        Of the file, fit to be shown.
    reason : str
        The technical detail.

    Returns
    -------
    ChangedFileError
        To be raised.
    """
    text = f"'{name}' was changed on disk since it was opened. Load it again."
    return ChangedFileError(text, reason)
