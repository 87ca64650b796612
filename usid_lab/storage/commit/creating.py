"""A new file, which gets its name once it is whole."""

import os
from contextlib import suppress
from pathlib import Path

from usid_lab.errors import ExistsError, MissingFileError, WriteError
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.stream import Direct
from usid_lab.storage.commit.way import Way
from usid_lab.storage.filenames import shown


class Creating(Way[Direct]):
    """A new file, beside the place that it will take."""

    def _made(self) -> Direct:
        """Make the file, empty."""
        check_place(self.path)
        try:
            descriptor = new_file(self.part)
        except OSError as error:
            text = (
                f"The folder of '{shown(self.path)}' cannot be written; choose another."
            )
            raise WriteError(text, str(error)) from error
        return Direct(self.path, descriptor)

    def _finish(self, stream: Direct) -> None:
        """Bring the file to the disk, then to its place, in one step."""
        disk.sync(stream.descriptor)
        stream.close()
        give_name(self.part, self.path)


def new_file(path: Path, mode: int = 0o666) -> int:
    """Make a file that was not there, open for reading and writing.

    Parameters
    ----------
    path : Path
        Its name.
    mode : int, optional
        Who may use it, as far as the user's mask allows.

    Returns
    -------
    int
        Its descriptor.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, mode)


def check_place(path: Path) -> None:
    """Make sure that a new file can have a name.

    Parameters
    ----------
    path : Path
        Its place.

    Raises
    ------
    ExistsError
        The place is taken.
    MissingFileError
        There is no such folder.
    """
    if os.path.lexists(path):
        raise ExistsError(f"'{shown(path)}' exists already; choose another name.")
    if not path.parent.is_dir():
        text = f"The folder for '{shown(path)}' does not exist."
        raise MissingFileError(text, str(path.parent))


def give_name(part: Path, path: Path) -> None:
    """Give a file its name, unless that was taken meanwhile.

    Parameters
    ----------
    part : Path
        The file, whole and on the disk.
    path : Path
        Its name.

    Raises
    ------
    ExistsError
        Another program made a file of that name; it stays.
    """
    try:
        os.link(part, path)
        disk.remove(part)
    except FileExistsError as error:
        text = f"'{shown(path)}' was made by another program meanwhile."
        raise ExistsError(text) from error
    except OSError:
        # A filesystem without hard links.
        check_place(path)
        disk.move(part, path)
    with suppress(OSError):
        disk.sync_folder(path.parent)
