"""The state of the file that a viewer shows: all that is seen is of one state.

A file can be written, replaced, cut short or deleted while it is on the screen. What
was read before then stays what it was, and nothing is put beside it that was read
after: a map of the new file under the axes and limits of the old one would be wrong
in a way that nobody sees.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Literal

from usid_lab.errors import ChangedFileError, MissingFileError
from usid_lab.storage.commit.destination import side_files
from usid_lab.storage.stamps import quick_stamp
from usid_lab.storage.text import plain, safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from usid_lab.file import USIDFile
    from usid_lab.storage.permission import Permission
    from usid_lab.storage.stamps import Stamp

# "grown": beside the file lie other results than before, none of which is shown.
State = Literal["same", "grown", "changed", "missing"]
_numbers = count(1)
STATES: tuple[State, ...] = ("same", "grown", "changed", "missing")


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
    beside : tuple of (Path, tuple of int)
        Files of results that are shown with it, and their stamps.
    used : callable
        Gives the files of which something is shown.
    """

    path: Path
    stamp: Stamp | None
    permission: Permission | None = None
    number: int = 0
    beside: tuple[tuple[Path, Stamp | None], ...] = ()
    used: Callable[[], Collection[Path]] = field(default=tuple, compare=False)

    @classmethod
    def of(
        cls,
        path: Path,
        permission: Permission | None = None,
        used: Callable[[], Collection[Path]] = tuple,
    ) -> Edition:
        """Return the file as it is now.

        Parameters
        ----------
        path : Path
        permission : Permission, optional
            What it may reach; looked at anew.
        used : callable, optional
            Gives the files of which something is shown.

        Returns
        -------
        Edition
        """
        number = 0
        if permission is not None:
            permission.forget()
            number = next(_numbers)
        stamp = quick_stamp(path)
        return cls(path, stamp, permission, number, _beside(path), used)

    def renewed(self) -> Edition:
        """Return the same state of the file, with the results that lie beside it."""
        return replace(self, beside=_beside(self.path))

    @property
    def token(self) -> str:
        """A short text that no other state of the file has."""
        number = (self.number,) if self.number else ()
        results = (part for _, stamp in self.beside for part in stamp or ())
        parts = (*(self.stamp or ()), *number, *results)
        return "-".join(f"{part:x}" for part in parts)

    def state(self) -> State:
        """Say what has become of the file since."""
        now = quick_stamp(self.path)
        if now is None:
            return "missing"
        reached = self.permission is None or self.permission.is_as_seen
        return self._state_beside() if now == self.stamp and reached else "changed"

    def _state_beside(self) -> State:
        """Say what has become of the results beside the file."""
        now = _beside(self.path)
        if now == self.beside:
            return "same"
        gone = {path for path, _ in set(self.beside) - set(now)}
        return "grown" if gone.isdisjoint(self.used()) else "changed"

    def require(self, cause: BaseException | None = None) -> None:
        """Raise unless the file is still what it was, what lies beside it apart.

        Parameters
        ----------
        cause : BaseException, optional
            What went wrong with it, for the technical reason.

        Raises
        ------
        ChangedFileError, MissingFileError
        """
        state = self.state()
        if state in ("same", "grown"):
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


def _beside(path: Path) -> tuple[tuple[Path, Stamp | None], ...]:
    return tuple((one, quick_stamp(one)) for one in side_files(path))


class Editions:
    """Which state of the file is on the screen, and whether it still is the file's.

    Where the file was changed by ourselves, what was shown of it before holds on:
    a save adds to a file and changes nothing in it. So it does where only results
    beside the file are others, of which nothing is shown.

    Parameters
    ----------
    used : callable
        Gives the files of which something is shown.
    """

    def __init__(self, used: Callable[[], Collection[Path]]) -> None:
        self._used = used
        self._shown: Edition | None = None
        # Editions from which only additions of our own lead to the present one.
        self._ours: frozenset[str] = frozenset()
        self._writing = False

    def look(self, file: USIDFile) -> Edition:
        """Return the edition that is shown; the file as it is now, if none is.

        Parameters
        ----------
        file : USIDFile

        Returns
        -------
        Edition
        """
        if self._shown is None:
            self._shown = Edition.of(file.path, file.permission, self._used)
        return self._shown

    def renew(self, token: str | None, file: USIDFile) -> None:
        """Show the file with the results that lie beside it now.

        Parameters
        ----------
        token : str, optional
            Of the edition that the asker sees, which holds on.
        file : USIDFile
            What is shown.

        Raises
        ------
        ChangedFileError, MissingFileError
            The file is another.
        """
        before = self.require(token, file)
        self._ours |= {before.token}
        self._shown = before.renewed()

    def forget(self) -> None:
        """Show none; a save of ours that is under way is remembered."""
        self._shown = None
        if not self._writing:
            self._ours = frozenset()

    @property
    def is_stale(self) -> bool:
        """Whether one is shown that is not the file's any more."""
        return self._shown is not None and self._shown.state() != "same"

    def state(self, token: str | None) -> State:
        """Say what has become of the file since somebody was shown it.

        Parameters
        ----------
        token : str, optional
            Of the edition that they were shown.

        Returns
        -------
        {"same", "grown", "changed", "missing"}
        """
        if self._writing:
            return "same"
        if self._shown is None or not self._is_shown(token):
            return "changed"
        return self._shown.state()

    def require(self, token: str | None, file: USIDFile) -> Edition:
        """Return the edition that is shown, if it is the one that somebody sees.

        Parameters
        ----------
        token : str, optional
            Of the edition that they see.
        file : USIDFile
            What is shown.

        Returns
        -------
        Edition

        Raises
        ------
        ChangedFileError, MissingFileError
            The file is another.
        """
        edition = self.look(file)
        if not self._is_shown(token):
            raise changed(plain(safe_name(file.path.name)), "It was loaded again.")
        edition.require()
        return edition

    @contextmanager
    def ours(self, file: USIDFile, renew: Callable[[], object]) -> Iterator[None]:
        """Change the file: its new state is shown on under the old one's name too.

        Parameters
        ----------
        file : USIDFile
            What is shown.
        renew : callable
            Forgets the file as it was and looks at it anew.

        Raises
        ------
        ChangedFileError, MissingFileError
            It is not what is shown; nothing is changed then.
        """
        before = self.require(None, file)
        self._writing = True
        try:
            yield
            self._ours |= {before.token}
            renew()
        finally:
            self._writing = False

    def _is_shown(self, token: str | None) -> bool:
        """Whether what was shown under a token is what is shown."""
        shown = self._shown.token if self._shown is not None else None
        return token is None or token == shown or token in self._ours


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
