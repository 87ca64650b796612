"""How something enters a file: what all ways to do that have in common."""

from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from usid_lab.storage.commit.parts import part_of
from usid_lab.storage.commit.stream import Stream

Made = TypeVar("Made", bound=Stream)


class Way(ABC, Generic[Made]):
    """A file in the making, beside the one that it is for.

    Parameters
    ----------
    path : Path
        That one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = part_of(path)
        self._stream: Made | None = None

    def begin(self) -> Made:
        """Make what HDF5 sees for the file, and writes to.

        Raises
        ------
        ExistsError, MissingFileError
            A new file cannot have this name.
        WriteError
            There is no room for it, or the folder cannot be written.
        """
        self._stream = self._made()
        return self._stream

    def finish(self) -> None:
        """Make it the file that everybody sees, or change nothing.

        Raises
        ------
        LockedFileError
            Somebody else has the file open all the time, or changed it.
        WriteError
            There is no room, or the disk fails.
        """
        if self._stream is not None:
            self._finish(self._stream)

    def forget(self) -> None:
        """Let go; nothing is left of what was not finished."""
        if self._stream is not None:
            self._stream.close()
        with suppress(OSError):
            self.part.unlink(missing_ok=True)

    @abstractmethod
    def _made(self) -> Made:
        """Make it."""

    @abstractmethod
    def _finish(self, stream: Made) -> None:
        """Bring it to its place."""
