"""Files that appear whole or not at all, and change whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from usid_lab.errors import ExistsError, LockedFileError, MissingFileError, WriteError
from usid_lab.storage.handles import Stamp, lease, quick_stamp, release, stamp_of
from usid_lab.storage.text import plain, safe_name


class Replacement:
    """A file in the making, beside the place that it will take.

    Parameters
    ----------
    path : Path
        Its place.
    extend : bool, optional
        Begin with a copy of the file that has that place now, if there is one.
    """

    def __init__(self, path: Path, *, extend: bool = False) -> None:
        self.path = path
        self.part = path.with_name(f".{secrets.token_hex(8)}.part")
        self._extend = extend
        self._old: Stamp | None = None
        self._held = ExitStack()

    @property
    def name(self) -> str:
        """Name of the file, fit for messages."""
        return plain(safe_name(self.path.name))

    def begin(self) -> bool:
        """Check the place; True if the part is a copy now, and False if there is none.

        Raises
        ------
        ExistsError
            The place is taken, and nothing is to be extended.
        MissingFileError
            There is no such folder.
        WriteError
            The file that is to be extended is read-only, or cannot be copied.
        LockedFileError
            Another program, or this one, is writing it.
        """
        if not (self._extend and os.path.lexists(self.path)):
            _check_place(self.path, self.name)
            return False
        self._old = stamp_of(self.path)
        if not os.access(self.path, os.W_OK):
            text = f"'{self.name}' is read-only; choose another path."
            raise WriteError(text, str(self.path))
        # As long as it is open here, HDF5 lets no other program write to it.
        held = self._held.enter_context(lease(self.path))
        if held.mode != "r":
            # HDF5 shares a file within a process: what is still to be written to the
            # old one would be lost, and this handle would keep it open for writing.
            self._held.close()
            release(self.path)
            text = f"'{self.name}' is open for writing in this program; close it first."
            raise LockedFileError(text, str(self.path))
        try:
            shutil.copyfile(self.path, self.part)
            shutil.copymode(self.path, self.part)
        except OSError as error:
            text = f"'{self.name}' could not be copied, to add to the copy."
            raise WriteError(text, str(error)) from error
        self._check_unchanged()
        return True

    def finish(self) -> None:
        """Bring the part to the disk, then to its place, in one step.

        Raises
        ------
        ExistsError, LockedFileError
            Another program made or changed the file meanwhile; its file stays.
        """
        _flush(self.part)
        with _only_one(self.path.parent):
            if self._old is None:
                _move(self.part, self.path, self.name)
            else:
                self._check_unchanged()
                self._held.close()
                release(self.path)
                self.part.replace(self.path)
        _flush_folder(self.path.parent)

    def forget(self) -> None:
        """Let go of the old file, and remove the part if it is still there."""
        self._held.close()
        with suppress(OSError):
            self.part.unlink(missing_ok=True)

    def _check_unchanged(self) -> None:
        if quick_stamp(self.path) != self._old:
            text = f"'{self.name}' was changed by another program meanwhile. Try again."
            raise LockedFileError(text, "nothing was written")


def _check_place(path: Path, name: str) -> None:
    if os.path.lexists(path):
        raise ExistsError(f"'{name}' exists already; choose another name.")
    if not path.parent.is_dir():
        text = f"The folder for '{name}' does not exist."
        raise MissingFileError(text, str(path.parent))


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    # The new name too must outlive a power cut. Windows opens no folders.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let one writer at a time look whether a file changed, and replace it.

    The folder is locked, not the file, which readers of HDF5 lock themselves. Where
    folders cannot be locked, two writers would have to meet within microseconds.
    """
    descriptor = -1
    with suppress(ImportError, OSError):
        from fcntl import LOCK_EX, flock

        descriptor = os.open(folder, os.O_RDONLY)
        flock(descriptor, LOCK_EX)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _move(part: Path, path: Path, name: str) -> None:
    """Give a file its name, unless that was taken meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        text = f"'{name}' was made by another program meanwhile."
        raise ExistsError(text) from error
    except OSError:
        # A filesystem without hard links.
        _check_place(path, name)
        part.rename(path)
