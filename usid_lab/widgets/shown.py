"""The file that a viewer shows, in one state of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from usid_lab.reading import Stopped
from usid_lab.widgets.edition import Edition, Editions, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from usid_lab.file import USIDFile

T = TypeVar("T")


class ShownFile:
    """A file that is opened when it is needed, and guarded against changes.

    Parameters
    ----------
    open_file : callable
        Opens the file; called when something is first asked, and after
        :meth:`forget`.
    used : callable
        Gives the files of which something is shown: this one, or results beside it.
    """

    def __init__(
        self,
        open_file: Callable[[], USIDFile],
        used: Callable[[], Collection[Path]],
    ) -> None:
        self._open_file = open_file
        self._file: USIDFile | None = None
        self._editions = Editions(used)

    @property
    def file(self) -> USIDFile:
        """The file, opened when first asked for."""
        if self._file is None:
            self._file = self._open_file()
            self._editions.look(self._file)
        return self._file

    @property
    def edition(self) -> Edition:
        """The state of the file that is shown: the one in which it was opened."""
        return self._editions.look(self.file)

    @property
    def is_stale(self) -> bool:
        """Whether a state is shown that is not the file's any more."""
        return self._editions.is_stale

    def state(self, token: str | None) -> State:
        """Say what became of the file since it was shown: :meth:`Editions.state`."""
        return self._editions.state(token)

    def faithfully(self, token: str | None, answer: Callable[[], T]) -> T:
        """Answer from the state of the file that the asker sees, or not at all.

        Parameters
        ----------
        token : str, optional
            Of the edition that the asker sees.
        answer : callable
            Reads what is asked.

        Returns
        -------
        object
            What `answer` gives.

        Raises
        ------
        ChangedFileError, MissingFileError
            The file was another before, or was it afterwards.
        """
        edition = self.require(token)
        try:
            found = answer()
        except Stopped:
            raise
        except Exception as error:
            edition.require(error)  # what the file has become is the better reason
            raise
        edition.require()
        return found

    def require(self, token: str | None) -> Edition:
        """Return the state that somebody sees, or raise: :meth:`Editions.require`."""
        return self._editions.require(token, self.file)

    @contextmanager
    def ours(self, forget: Callable[[], object]) -> Iterator[None]:
        """Change the file: its new state is shown on under the old one's name too.

        Parameters
        ----------
        forget : callable
            Forgets all that is known of the file as it was.

        Raises
        ------
        ChangedFileError, MissingFileError
            It is not what is shown; nothing is changed then.
        """

        def renew() -> None:
            forget()
            self._editions.look(self.file)

        with self._editions.ours(self.file, renew):
            yield

    def renew(self, token: str | None) -> None:
        """Show the file with the results that lie beside it now.

        Parameters
        ----------
        token : str, optional
            Of the edition that the asker sees, which holds on.

        Raises
        ------
        ChangedFileError, MissingFileError
            The file is another.
        """
        self._editions.renew(token, self.file)

    def forget(self) -> None:
        """Open the file anew at the next question."""
        self._file = None
        self._editions.forget()
