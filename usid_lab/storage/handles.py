"""Shared read handles, lent for as long as somebody reads.

A file is closed about a second after the last reader is done, so that it never
stands in the way of a program that wants to write it.
"""

import atexit
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import h5py

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DamagedDataError,
    FileError,
    UsidError,
)
from usid_lab.storage.openings import check_file, open_read_only
from usid_lab.storage.outside import Outside, Permission
from usid_lab.storage.text import plain, safe_name

IDLE_SECONDS = 1.0
END_SECONDS = 5.0
VACANT_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0
Stamp = tuple[int, int, int, int, int]
_Key = Path | tuple[Path, Permission]


@dataclass(slots=True, eq=False)
class _Handle:
    path: Path
    stamp: Stamp
    file: h5py.File
    permission: Permission | None
    outside: Outside | None
    users: int = 0
    idle_since: float = 0.0

    @property
    def key(self) -> "_Key":
        """By which the pool has it."""
        return self.path if self.permission is None else (self.path, self.permission)

    @property
    def has_changed(self) -> bool:
        """Whether the file, or one that was reached from it, is another by now."""
        if self.stamp != quick_stamp(self.path):
            return True
        return self.outside is not None and self.outside.has_changed

    def close(self) -> None:
        """Close the file, and those that were reached from it."""
        if self.outside is not None:
            self.outside.close()
        self.file.close()

    @classmethod
    def opened(cls, path: Path, permission: Permission | None) -> "_Handle":
        """Open a file for reading."""
        stamp = stamp_of(path)
        file = open_read_only(path)
        outside = None if permission is None else Outside(file, permission)
        return cls(path, stamp, file, permission, outside)


def stamp_of(path: Path) -> Stamp:
    """Device, inode, size and times of change: another stamp is another file."""
    return as_stamp(check_file(path))


def quick_stamp(path: Path) -> Stamp | None:
    """Like :func:`stamp_of`, without looking into the file; None if it is gone."""
    # Asked at every read: a Path would be made into text each time anew.
    try:
        return as_stamp(os.stat(path))  # noqa: PTH116
    except OSError:
        return None


def as_stamp(status: os.stat_result) -> Stamp:
    """Make a stamp of what the system says of a file."""
    # The last one cannot be set back, as programs that synchronise files do with mtime.
    changed = status.st_ctime_ns if os.name == "posix" else 0
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        changed,
    )


class _Lease:
    """One use of a file: a class, for a generator takes as long as a small read."""

    __slots__ = ("_handle", "_path", "_permission", "_pool", "_thread")

    def __init__(
        self, pool: "HandlePool", path: Path, permission: Permission | None
    ) -> None:
        self._pool = pool
        self._path = path
        self._permission = permission

    def __enter__(self) -> h5py.File:
        self._handle = self._pool.take(self._path, self._permission)
        self._thread = threading.get_ident()
        return self._handle.file

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.give_back(self._handle, self._thread)
        if isinstance(error, RuntimeError | OSError) and not isinstance(
            error, UsidError
        ):
            # What HDF5 says where a damaged file surprises it.
            name = plain(safe_name(self._path.name))
            text = f"'{name}' is damaged where it was to be read."
            raise DamagedDataError(text, str(error)) from error


class _Pin:
    """One wish that a file stays open; it does not stand in a commit's way."""

    __slots__ = ("_path", "_permission", "_pool")

    def __init__(
        self, pool: "HandlePool", path: Path, permission: Permission | None
    ) -> None:
        self._pool = pool
        self._path = path
        self._permission = permission

    def __enter__(self) -> h5py.File:
        with _Lease(self._pool, self._path, self._permission) as file:
            self._pool.keep(self._path, 1)
            return file

    def __exit__(self, *_: object) -> None:
        self._pool.keep(self._path, -1)


class HandlePool:
    """Open files by path.

    Parameters
    ----------
    idle : float, optional
        Seconds after which a handle that nobody uses is closed.
    """

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._handles: dict[_Key, _Handle] = {}
        self._retired: list[_Handle] = []
        self._changed = threading.Condition(threading.RLock())
        self._reaper: threading.Thread | None = None
        self._busy: dict[int, int] = {}
        self._pins: Counter[Path] = Counter()
        self._vacant: set[Path] = set()
        self._ended = False

    def lease(
        self, path: Path, permission: Permission | None = None
    ) -> AbstractContextManager[h5py.File]:
        """Lend the file of `path`, open for reading."""
        return _Lease(self, path, permission)

    def pin(
        self, path: Path, permission: Permission | None = None
    ) -> AbstractContextManager[h5py.File]:
        """Keep the file of `path` open while nobody reads it, too."""
        return _Pin(self, path, permission)

    def keep(self, path: Path, more: int) -> None:
        """Count those who want `path` to stay open."""
        with self._changed:
            self._pins[path] += more
            if not self._pins[path]:
                del self._pins[path]
                self._watch()

    def release(self, path: Path) -> None:
        """Close the handle of `path` at once, unless somebody is reading."""
        with self._changed:
            for handle in self._of(path):
                if not (handle.users or self._pins[path]):
                    self._close(handle)

    @contextmanager
    def vacant(self, path: Path, seconds: float = VACANT_SECONDS) -> Iterator[None]:
        """Lend no file of `path`, and have none open if those who read end in time."""
        with self._changed:
            self._vacant.add(path)
            self._changed.wait_for(lambda: not self._is_used(path), seconds)
            for handle in self._of(path):
                if not handle.users:
                    self._close(handle)
        try:
            yield
        finally:
            with self._changed:
                self._vacant.discard(path)
                self._changed.notify_all()

    def _is_used(self, path: Path) -> bool:
        handles = (*self._of(path), *self._retired)
        return any(handle.users for handle in handles if handle.path == path)

    def close(self) -> None:
        """Close everything that nobody uses."""
        with self._changed:
            for handle in list(self._handles.values()):
                if not handle.users:
                    self._close(handle)

    def end(self, seconds: float = END_SECONDS) -> None:
        """Lend nothing any more, and wait for other threads to finish reading.

        A thread that is inside HDF5 while the interpreter goes down ends the process
        with a crash, or keeps it from ending.

        Parameters
        ----------
        seconds : float, optional
            How long to wait at most.
        """
        with self._changed:
            self._ended = True
            self._changed.wait_for(lambda: not self._others(), seconds)
            self.close()

    def before_fork(self) -> None:
        """Wait until nobody is at work in here: a child could not wait for them."""
        self._changed.acquire()

    def after_fork(self) -> None:
        """Go on."""
        self._changed.release()

    def after_fork_in_child(self) -> None:
        """Go on without the threads of the parent process."""
        mine = threading.get_ident()
        self._busy = {t: uses for t, uses in self._busy.items() if t == mine}
        self._reaper = None
        self._vacant.clear()
        if not self._busy:
            self._retired.clear()
            for handle in self._handles.values():
                handle.users = 0
        self._changed.release()

    def _others(self) -> bool:
        mine = threading.get_ident()
        return any(thread != mine for thread in self._busy)

    def is_open(self, path: Path) -> bool:
        """Whether a handle of `path` is open just now."""
        with self._changed:
            return bool(self._of(path))

    def _of(self, path: Path) -> list[_Handle]:
        """Return the handles of a file, whoever permitted what."""
        return [handle for handle in self._handles.values() if handle.path == path]

    def take(self, path: Path, permission: Permission | None = None) -> _Handle:
        """Begin to use the file of `path`."""
        key: _Key = path if permission is None else (path, permission)
        with self._changed:
            if path in self._vacant:
                self._changed.wait_for(
                    lambda: path not in self._vacant, _PATIENCE_SECONDS
                )
            if self._ended:
                raise FileError("Python is ending; nothing is read any more.")
            handle = self._handles.get(key)
            if handle is not None and handle.has_changed:
                self._retire(handle)
                handle = None
            if handle is None:
                handle = _Handle.opened(path, permission)
                self._handles[key] = handle
            handle.users += 1
            thread = threading.get_ident()
            self._busy[thread] = self._busy.get(thread, 0) + 1
            return handle

    def give_back(self, handle: _Handle, thread: int) -> None:
        """End what began in a thread."""
        with self._changed:
            handle.users -= 1
            more = self._busy.pop(thread) - 1
            if more:
                self._busy[thread] = more
            if self._ended or self._vacant:
                self._changed.notify_all()
            if handle.users:
                return
            if handle in self._retired:
                self._retired.remove(handle)
                handle.close()
                return
            if self._ended:
                self._close(handle)
                return
            handle.idle_since = time.monotonic()
            self._watch()

    def _retire(self, handle: _Handle) -> None:
        """Let the file go that was changed on disk, once its readers are done."""
        if not handle.users:
            self._close(handle)
            return
        del self._handles[handle.key]
        self._retired.append(handle)

    def _close(self, handle: _Handle) -> None:
        self._handles.pop(handle.key, None)
        handle.close()
        self._changed.notify_all()

    def _watch(self) -> None:
        if self._reaper is None:
            self._reaper = threading.Thread(
                target=self._reap, name="usid_lab handles", daemon=True
            )
            self._reaper.start()

    def _reap(self) -> None:
        with self._changed:
            # It stays for a while: files are opened in a row, and to start a thread
            # takes longer than to open one.
            while self._changed.wait_for(self._any_idle, self._idle):
                wait = self._close_idle()
                if wait is not None:
                    self._changed.wait(wait)
            self._reaper = None

    def _any_idle(self) -> bool:
        return bool(self._idle_handles())

    def _idle_handles(self) -> list[_Handle]:
        return [
            handle
            for handle in self._handles.values()
            if not (handle.users or self._pins[handle.path])
        ]

    def _close_idle(self) -> float | None:
        """Close what is due; seconds until the next, None if all is closed."""
        now = time.monotonic()
        idle = self._idle_handles()
        due = {handle: handle.idle_since + self._idle - now for handle in idle}
        for handle, left in due.items():
            if left <= 0:
                self._close(handle)
        waiting = [left for left in due.values() if left > 0]
        return min(waiting, default=None)


_pool = HandlePool()
atexit.register(_pool.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_pool.before_fork,
        after_in_parent=_pool.after_fork,
        after_in_child=_pool.after_fork_in_child,
    )


def lease(
    path: str | os.PathLike[str], permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Lend a file, open for reading, to a ``with`` statement.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file.
    permission : Permission, optional
        What it may reach outside itself.

    Returns
    -------
    context manager of h5py.File
        Shared with other readers; never close it.
    """
    return _pool.lease(resolved(path), permission)


def lend(
    path: Path, permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Like :func:`lease`, for a path that :func:`resolved` gave: for hot paths."""
    return _pool.lease(path, permission)


def pin(
    path: str | os.PathLike[str], permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Keep a file open while a ``with`` statement lasts, as :func:`lease` does."""
    return _pool.pin(resolved(path), permission)


def vacant(path: Path, seconds: float = VACANT_SECONDS) -> AbstractContextManager[None]:
    """Have a file closed here while a ``with`` statement lasts.

    Parameters
    ----------
    path : Path
        As :func:`resolved` gave it. Who wants to read it waits until the end.
    seconds : float, optional
        How long to wait for those who are reading it; then it may still be open.

    Returns
    -------
    context manager
        Files that are pinned are opened again at the next reading.
    """
    return _pool.vacant(path, seconds)


def release(path: str | os.PathLike[str]) -> None:
    """Close the shared handle of a file now, if nobody is reading it."""
    _pool.release(resolved(path))


def is_open(path: str | os.PathLike[str]) -> bool:
    """Whether the shared handle of a file is open just now."""
    return _pool.is_open(resolved(path))


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return the one absolute path under which a file is known here: no links."""
    return Path(os.path.realpath(named(path)))


def named(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file as it was given, if it names one.

    Parameters
    ----------
    path : str or path-like
        Name of a file, not empty.

    Returns
    -------
    Path
        As it was given.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        That names no file.
    """
    given: object = path
    if not isinstance(given, str | os.PathLike):
        text = "A file is named by text or a Path."
        raise ArgumentTypeError(text, f"got {type(path).__name__}")
    if not (name := os.fspath(path)) or "\0" in name:
        raise ArgumentError("That is not the name of a file.", repr(name))
    return Path(name)
