"""One writer at a time: ``<name>.lock`` beside a file.

The lock file is locked itself where the system can do that; then it is known for
certain whether its owner still lives. Elsewhere, on some network disks, the host and
the process number in it must do.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.errors import LockedFileError, WriteError
from usid_lab.storage.commit import disk
from usid_lab.storage.filenames import shown

WAIT_SECONDS = 20.0
_POLL_SECONDS = 0.05
_YOUNG_SECONDS = 60.0
_here: dict[Path, int] = {}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock.

    Attributes
    ----------
    host : str
        Name of the computer; '' if the lock file does not tell.
    pid : int
        Number of the process there.
    """

    host: str
    pid: int

    @classmethod
    def myself(cls) -> "Owner":
        """Return this process."""
        return cls(socket.gethostname(), os.getpid())

    @classmethod
    def read(cls, place: Path) -> "Owner":
        """Read who made a lock file."""
        try:
            facts = json.loads(place.read_bytes())
            return cls(str(facts["host"]), int(facts["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls("", 0)


class WriterLock:
    """The right to write a file, among programs that use usid_lab.

    Parameters
    ----------
    path : Path
        The file.
    seconds : float, optional
        How long to wait for another writer.
    """

    def __init__(self, path: Path, seconds: float = WAIT_SECONDS) -> None:
        self.path = path
        self.place = place_of(path)
        self._seconds = seconds
        self._descriptor = -1

    def acquire(self, pause: Callable[[], object] = lambda: None) -> None:
        """Take the lock, as soon as no other writer has it.

        Parameters
        ----------
        pause : callable, optional
            Called again and again while another writer has it; what it raises ends
            the waiting.

        Raises
        ------
        LockedFileError
            Another writer has it, and does not let go in time.
        WriteError
            The folder cannot be written.
        """
        if _here.get(self.path) == threading.get_ident():
            text = f"'{shown(self.path)}' is being written by this program already."
            raise LockedFileError(text, "one writer is inside another")
        until = time.monotonic() + self._seconds
        while not self._try():
            if time.monotonic() > until:
                raise _locked(self.path, Owner.read(self.place))
            pause()
            time.sleep(_POLL_SECONDS)
        _here[self.path] = threading.get_ident()

    def release(self) -> None:
        """Give the lock back; nothing if it was not taken."""
        if self._descriptor < 0:
            return
        _here.pop(self.path, None)
        descriptor, self._descriptor = self._descriptor, -1
        if os.name == "nt":
            os.close(descriptor)
            self._unlink()
        else:
            # Removed while it is still locked: who waits sees that it is gone.
            self._unlink()
            os.close(descriptor)

    def _unlink(self) -> None:
        with suppress(OSError):
            self.place.unlink()

    def _try(self) -> bool:
        descriptor, is_new = self._opened()
        try:
            if self._mine(descriptor, is_new=is_new):
                self._descriptor = descriptor
                self._sign(descriptor)
                return True
        except OSError as error:
            self.release()
            raise _refused(self.path, error) from error
        finally:
            if self._descriptor != descriptor:
                with suppress(OSError):
                    os.close(descriptor)
        return False

    def _opened(self) -> tuple[int, bool]:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        for extra, is_new in ((os.O_EXCL, True), (0, False)):
            try:
                return os.open(self.place, flags | extra, 0o666), is_new
            except FileExistsError:
                continue
            except OSError as error:
                raise _refused(self.path, error) from error
        raise _refused(self.path, FileExistsError(str(self.place)))

    def _mine(self, descriptor: int, *, is_new: bool) -> bool:
        """Whether the open lock file is ours now, and still the one of that name."""
        got = lock_now(descriptor)
        if got is False:
            return False
        if not _is_at(descriptor, self.place):
            return False
        return is_new or _is_stale(self.place, certain=got is True)

    def _sign(self, descriptor: int) -> None:
        owner = Owner.myself()
        told = json.dumps({"host": owner.host, "pid": owner.pid}).encode()
        disk.cut(descriptor, 0)
        disk.write_at(descriptor, told, 0)


def place_of(path: Path) -> Path:
    """Where the lock file of a file is, or would be."""
    return path.with_name(f"{path.name}.lock")


def is_held(path: Path) -> bool:
    """Whether a program that still lives is writing a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        As far as its lock file tells.
    """
    owner = Owner.read(place_of(path))
    if not owner.host:
        return False
    return owner.host != socket.gethostname() or _lives(owner.pid)


def lock_now(descriptor: int) -> bool | None:
    """Lock an open file for this process, if nobody else has it locked.

    Parameters
    ----------
    descriptor : int
        The file, open.

    Returns
    -------
    bool or None
        Whether it is locked; None where the system cannot lock it.
    """
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except (ImportError, OSError):
        return None
    return True


def _is_at(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except OSError:
        return False


def _is_stale(place: Path, *, certain: bool) -> bool:
    """Whether the owner of a lock file that was there is gone.

    Where it could be locked, nobody on this computer holds it. Another computer may
    still, on a network disk where locks end at each computer.
    """
    owner = Owner.read(place)
    if not owner.host:
        return certain or time.time() - place.stat().st_mtime > _YOUNG_SECONDS
    if owner.host != socket.gethostname():
        return False
    return certain or not _lives(owner.pid)


def _lives(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


def _locked(path: Path, owner: Owner) -> LockedFileError:
    who = "Another program"
    if owner.host and owner.host != socket.gethostname():
        who = f"A program on '{owner.host}'"
    text = f"{who} is writing '{shown(path)}'. Wait until it is done, and try again."
    reason = f"process {owner.pid} on {owner.host}" if owner.host else "it is locked"
    told = f"{reason}; if it is gone, remove '{place_of(path).name}'"
    return LockedFileError(text, told)


def _refused(path: Path, error: OSError) -> WriteError:
    text = f"The folder of '{shown(path)}' cannot be written; choose another."
    return WriteError(text, str(error))
