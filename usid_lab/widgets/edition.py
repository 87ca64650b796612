"""The state of the file that a viewer shows: all that is seen is of one state.

A file can be written, replaced, cut short or deleted while it is on the screen. What
was read before then stays what it was, and nothing is put beside it that was read
after: a map of the new file under the axes and limits of the old one would be wrong
in a way that nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal

from usid_lab.errors import ChangedFileError, MissingFileError
from usid_lab.storage.handles import quick_stamp
from usid_lab.storage.text import plain, safe_name

if TYPE_CHECKING:
    from pathlib import Path

    from usid_lab.storage.handles import Stamp
    from usid_lab.storage.outside import Permission

State = Literal["same", "changed", "missing"]
_numbers = count(1)
STATES: tuple[State, ...] = ("same", "changed", "missing")


@dataclass(frozen=True, slots=True)
class Edition:
    """A file as it was at one moment.

    Attributes
    ----------
    path : Path
    stamp : tuple of int or None
        None where there was no file.
    permission : Permission, optional
        What the file may reach: it knows those that were reached, as they were.
    number : int
        Of this look at them; 0 where none are permitted.
    """

    path: Path
    stamp: Stamp | None
    permission: Permission | None = None
    number: int = 0

    @classmethod
    def of(cls, path: Path, permission: Permission | None = None) -> Edition:
        """Return the file as it is now.

        Parameters
        ----------
        path : Path
        permission : Permission, optional
            What it may reach; looked at anew.

        Returns
        -------
        Edition
        """
        if permission is None:
            return cls(path, quick_stamp(path))
        permission.forget()
        return cls(path, quick_stamp(path), permission, next(_numbers))

    @property
    def token(self) -> str:
        """A short text that no other state of the file has."""
        number = (self.number,) if self.number else ()
        return "-".join(f"{part:x}" for part in (*(self.stamp or ()), *number))

    def state(self) -> State:
        """Say what has become of the file since."""
        now = quick_stamp(self.path)
        if now is None:
            return "missing"
        reached = self.permission is None or self.permission.is_as_seen
        return "same" if now == self.stamp and reached else "changed"

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
