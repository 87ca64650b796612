"""Shared read handles, lent for as long as somebody reads.

A file is closed about a second after the last reader is done, so that it never
stands in the way of a program that wants to write it.
"""

import atexit
import os
import threading
import time
from contextlib import AbstractContextManager
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
from usid_lab.storage.text import plain, safe_name

IDLE_SECONDS = 1.0
END_SECONDS = 5.0
Stamp = tuple[int, int, int, int, int]


@dataclass(slots=True, eq=False)
class _Handle:
    path: Path
    stamp: Stamp
    file: h5py.File
    users: int = 0
    idle_since: float = 0.0


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

    __slots__ = ("_handle", "_path", "_pool", "_thread")

    def __init__(self, pool: "HandlePool", path: Path) -> None:
        self._pool = pool
        self._path = path

    def __enter__(self) -> h5py.File:
        self._handle = self._pool.take(self._path)
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


class HandlePool:
    """Open files by path.

    Parameters
    ----------
    idle : float, optional
        Seconds after which a handle that nobody uses is closed.
    """

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._handles: dict[Path, _Handle] = {}
        self._retired: list[_Handle] = []
        self._changed = threading.Condition(threading.RLock())
        self._reaper: threading.Thread | None = None
        self._busy: dict[int, int] = {}
        self._ended = False

    def lease(self, path: Path) -> AbstractContextManager[h5py.File]:
        """Lend the file of `path`, open for reading."""
        return _Lease(self, path)

    def release(self, path: Path) -> None:
        """Close the handle of `path` at once, unless somebody is reading."""
        with self._changed:
            handle = self._handles.get(path)
            if handle is not None and not handle.users:
                self._close(handle)

    def close(self) -> None:
        """Close everything that nobody uses."""
        with self._changed:
            for handle in list(self._handles.values()):
                self.release(handle.path)

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
            return path in self._handles

    def take(self, path: Path) -> _Handle:
        """Begin to use the file of `path`."""
        with self._changed:
            if self._ended:
                raise FileError("Python is ending; nothing is read any more.")
            handle = self._handles.get(path)
            if handle is not None and handle.stamp != quick_stamp(path):
                self._retire(handle)
                handle = None
            if handle is None:
                stamp = stamp_of(path)
                handle = _Handle(path, stamp, open_read_only(path))
                self._handles[path] = handle
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
            if self._ended:
                self._changed.notify_all()
            if handle.users:
                return
            if handle in self._retired:
                self._retired.remove(handle)
                handle.file.close()
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
        del self._handles[handle.path]
        self._retired.append(handle)

    def _close(self, handle: _Handle) -> None:
        self._handles.pop(handle.path, None)
        handle.file.close()
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
        return any(not handle.users for handle in self._handles.values())

    def _close_idle(self) -> float | None:
        """Close what is due; seconds until the next, None if all is closed."""
        now = time.monotonic()
        idle = [handle for handle in self._handles.values() if not handle.users]
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


def lease(path: str | os.PathLike[str]) -> AbstractContextManager[h5py.File]:
    """Lend a file, open for reading, to a ``with`` statement.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file.

    Returns
    -------
    context manager of h5py.File
        Shared with other readers; never close it.
    """
    return _pool.lease(resolved(path))


def lend(path: Path) -> AbstractContextManager[h5py.File]:
    """Like :func:`lease`, for a path that :func:`resolved` gave: for hot paths."""
    return _pool.lease(path)


def pin(path: str | os.PathLike[str]) -> AbstractContextManager[h5py.File]:
    """Keep a file open while a ``with`` statement lasts, as :func:`lease` does."""
    return lease(path)


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
