"""What a user permits one file to reach outside itself."""

import os
from collections.abc import Iterable
from pathlib import Path

from usid_lab.errors import ArgumentTypeError
from usid_lab.storage.stamps import Stamp, quick_stamp

ADVICE = "usid_lab.open(..., allow_outside=True) permits that for this file"
Allowed = bool | str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class Permission:
    """What one user permitted for one file, when opening it. It is never stored.

    Parameters
    ----------
    folders : iterable of Path, optional
        Other files may lie in these, or in folders below them; anywhere if None.
    """

    def __init__(self, folders: Iterable[Path] | None = None) -> None:
        self.folders = None if folders is None else tuple(folders)
        self._seen: dict[Path, Stamp | None] = {}

    @classmethod
    def of(cls, given: Allowed) -> "Permission | None":
        """Take what a user says.

        Parameters
        ----------
        given : bool, path-like or iterable of path-like
            Whether, or in which folders, other files may be read.

        Returns
        -------
        Permission or None
            None where nothing is permitted.
        """
        if isinstance(given, bool):
            return cls() if given else None
        several = [given] if isinstance(given, str | os.PathLike) else given
        try:
            return cls(Path(os.path.realpath(folder)) for folder in several)
        except TypeError as error:
            text = "allow_outside takes True, False, a folder or a list of folders."
            raise ArgumentTypeError(text, str(error)) from error

    def covers(self, path: Path) -> bool:
        """Whether a file, by its real path, may be read."""
        folders = self.folders
        return folders is None or any(path.is_relative_to(here) for here in folders)

    def note(self, path: Path, seen: Stamp | None) -> None:
        """Remember the state in which a file was first seen."""
        self._seen.setdefault(path, seen)

    @property
    def is_as_seen(self) -> bool:
        """Whether all files that were reached are still what they were."""
        return all(quick_stamp(path) == seen for path, seen in list(self._seen.items()))

    def forget(self) -> None:
        """Look at all files anew."""
        self._seen.clear()

    def __reduce__(self) -> tuple[type, tuple[tuple[Path, ...] | None]]:
        return type(self), (self.folders,)
