"""The data file itself, open and locked as HDF5 locks it.

HDF5 locks a file that it reads against writers, and one that it writes against
everybody (flock on Linux and macOS). On Windows it locks nothing; there a file is
opened for nobody else while it is changed.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from usid_lab.errors import LockedFileError, WriteError
from usid_lab.storage.filenames import shown

WAIT_SECONDS = 10.0
_ON_WINDOWS = os.name == "nt"
_POLL_SECONDS = 0.005
_NUDGE_SECONDS = 0.2


class DataLock:
    """A file that nobody else writes as long as this is open.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = -1

    def open(self) -> None:
        """Open the file, for reading and writing, as one of those that read it.

        Raises
        ------
        LockedFileError
            A program writes it.
        WriteError
            This user may not write it.
        """
        flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self.descriptor = os.open(self.path, flags)
        except OSError as error:
            text = f"'{shown(self.path)}' cannot be opened for writing."
            raise WriteError(text, str(error)) from error
        if not _flock(self.descriptor, exclusive=False):
            self.close()
            text = (
                f"'{shown(self.path)}' is in use by a program that writes it. Close "
                "it there, or wait until it is done, and try again."
            )
            raise LockedFileError(text, "its lock is taken")

    def alone(
        self,
        seconds: float = WAIT_SECONDS,
        nudge: Callable[[], object] = lambda: None,
    ) -> None:
        """Wait until nobody else has the file open, and let nobody open it.

        Parameters
        ----------
        seconds : float, optional
            How long to wait.
        nudge : callable, optional
            Called from time to time while somebody has it open.

        Raises
        ------
        LockedFileError
            Somebody has it open all the time.
        """
        began = nudged = time.monotonic()
        while not self._alone_now():
            now = time.monotonic()
            if now > nudged + _NUDGE_SECONDS:
                nudged = now
                nudge()
            if now > began + seconds:
                text = (
                    f"'{shown(self.path)}' is open in another program, or here. Close "
                    "it there, and save again."
                )
                raise LockedFileError(text, "nothing was changed in it")
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Close the file, which unlocks it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _alone_now(self) -> bool:
        if not _ON_WINDOWS:
            if _flock(self.descriptor, exclusive=True):
                return True
            # Who fails to get the whole lock loses the one that it had.
            _flock(self.descriptor, exclusive=False)
            return False
        self.close()
        descriptor = unshared(self.path)
        if descriptor < 0:
            flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
            self.descriptor = os.open(self.path, flags)
            return False
        self.descriptor = descriptor
        return True


def unshared(path: Path) -> int:
    """Open a file on Windows so that nobody else can; -1 where somebody has it open.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    int
        A descriptor for reading and writing.
    """
    import ctypes
    import msvcrt

    read_and_write, existing, normal = 0xC0000000, 3, 0x80
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    kernel.CreateFileW.restype = ctypes.c_void_p
    name = ctypes.c_wchar_p(str(path))
    handle = kernel.CreateFileW(name, read_and_write, 0, None, existing, normal, None)
    if handle in (None, ctypes.c_void_p(-1).value):
        return -1
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
    return int(msvcrt.open_osfhandle(handle, flags))  # type: ignore[attr-defined]


def _flock(descriptor: int, *, exclusive: bool) -> bool:
    """Whether a file could be locked; True too where there are no such locks."""
    with suppress(ImportError):
        import fcntl

        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a disk without locks; <name>.lock keeps our own writers out
    return True
