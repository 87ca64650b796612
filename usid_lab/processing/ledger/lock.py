"""One program at a time goes on with a run."""

import json
import os
import platform
import secrets
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from usid_lab.errors import LockedFileError
from usid_lab.processing.ledger.durable import held_by, part_of, write_synced

NAME = "lock"
SILENT = 300.0  # seconds after which somebody on another machine counts as dead
_SOON = 10.0  # seconds in which who made a lock has signed it
_BEAT = 30.0  # seconds between two signs of life
_TOLERANCE = 5.0  # seconds by which a clock that is set shifts the start of a process


@dataclass(frozen=True, slots=True)
class Owner:
    """Who goes on with a run.

    Attributes
    ----------
    host : str
        Name of the machine.
    pid : int
        Of the process.
    started : float
        When that process began, in seconds since 1970: numbers are used again.
    inode : int
        Of the file that says so: a copy of a folder is nobody's.
    token : str
        Of this use of it.
    """

    host: str
    pid: int
    started: float
    inode: int
    token: str

    @classmethod
    def read(cls, path: Path) -> "Owner | None":
        """Read a lock; None if there is none, or none that can be understood."""
        try:
            told = json.loads(held_by(path))
            host, token = str(told["host"]), str(told["token"])
            numbers = int(told["pid"]), float(told["started"]), int(told["inode"])
            return cls(host, *numbers, token)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def is_alive(self) -> bool:
        """Whether the process is still there; only its own machine can tell."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return bool(abs(process.create_time() - self.started) < _TOLERANCE)
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return False
        except psutil.Error:
            return True


class Lock:
    """A run that this program goes on with, until it is released.

    Parameters
    ----------
    folder : Path
        Of the run; it exists.

    Raises
    ------
    LockedFileError
        Another program goes on with it, or this one does already.
    OSError
        Nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._token = _taken(self.path)
        self._ended = threading.Event()
        about = (self.path, self._token, os.getpid(), self._ended)
        self._end = weakref.finalize(self, _release, *about)
        _start_beating(self.path, self._ended)

    @property
    def is_held(self) -> bool:
        """Whether it was not released yet."""
        return self._end.alive

    def release(self) -> None:
        """Let others go on with the run."""
        self._end()


def is_held(folder: Path) -> bool:
    """Whether somebody goes on with a run, as far as its folder tells.

    Parameters
    ----------
    folder : Path
        Of the run.

    Returns
    -------
    bool
    """
    path = folder / NAME
    return path.exists() and not _is_stale(path, Owner.read(path), time.time())


def _taken(path: Path) -> str:
    """Make the lock; returns its token."""
    part = part_of(path)
    try:
        for _ in range(3):
            token, now = _prepared(part)
            if _placed(part, path):
                return token
            _clear(path, now)
        raise _busy(Owner.read(path))
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _prepared(part: Path) -> tuple[str, float]:
    """Write a lock beside its place; returns its token, and the time over there."""
    from psutil import Process

    token = secrets.token_hex(8)
    part.unlink(missing_ok=True)
    write_synced(part, [])
    found = part.stat()
    started = Process().create_time()
    owner = Owner(platform.node(), os.getpid(), started, found.st_ino, token)
    part.write_bytes(json.dumps(asdict(owner)).encode())
    return token, found.st_mtime


def _placed(part: Path, path: Path) -> bool:
    """Give the lock its name, unless there is one."""
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        return _copied(part, path)  # a filesystem without hard links
    return True


def _copied(part: Path, path: Path) -> bool:
    try:
        write_synced(path, [])
    except FileExistsError:
        return False
    owner = {**json.loads(held_by(part)), "inode": path.stat().st_ino}
    path.write_bytes(json.dumps(owner).encode())
    return True


def _clear(path: Path, now: float) -> None:
    """Take away a lock whose owner is dead."""
    owner = Owner.read(path)
    if not _is_stale(path, owner, now):
        raise _busy(owner)
    aside = part_of(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        found = Owner.read(aside)
        if found != owner and not _placed(aside, path):
            raise _busy(found)  # two others were quicker
        aside.unlink(missing_ok=True)


def _is_stale(path: Path, owner: Owner | None, now: float) -> bool:
    try:
        found = path.stat()
    except OSError:
        return True
    if owner is None:
        return now - found.st_mtime > _SOON  # torn, or just being written
    if owner.inode != found.st_ino:
        return True  # a copy of a folder
    if owner.host == platform.node():
        return not owner.is_alive()
    return now - found.st_mtime > SILENT


def _busy(owner: Owner | None) -> LockedFileError:
    if owner is not None and owner.pid == os.getpid() and owner.host == platform.node():
        text = "The same run is under way in this program. Wait for it, or cancel it."
        return LockedFileError(text)
    text = "The same run is under way in another program. Wait until that one has ended"
    who = "" if owner is None else f"process {owner.pid} of '{owner.host}'"
    return LockedFileError(f"{text}, then start again.", who)


def _release(path: Path, token: str, pid: int, ended: threading.Event) -> None:
    ended.set()
    if os.getpid() != pid:
        return  # a child that was forked: the lock is its parent's
    owner = Owner.read(path)
    if owner is not None and owner.token == token:
        with suppress(OSError):
            path.unlink()


def _start_beating(path: Path, ended: threading.Event) -> None:
    """Give signs of life, for other machines that share the folder."""

    def beat() -> None:
        while not ended.wait(_BEAT):
            with suppress(OSError):
                os.utime(path)

    threading.Thread(target=beat, name="usid-lab-run", daemon=True).start()
