"""Files that are open, by path, until nobody has read them for a while."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import h5py

from usid_lab.errors import FileError
from usid_lab.storage.handle import Handle, Key
from usid_lab.storage.leases import Lease, Pin
from usid_lab.storage.permission import Permission

IDLE_SECONDS = 1.0
END_SECONDS = 5.0
VACANT_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0


class HandlePool:
    """Open files by path.

    Parameters
    ----------
    idle : float, optional
        Seconds after which a handle that nobody uses is closed.
    """

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._handles: dict[Key, Handle] = {}
        self._retired: list[Handle] = []
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
        return Lease(self, path, permission)

    def pin(
        self, path: Path, permission: Permission | None = None
    ) -> AbstractContextManager[h5py.File]:
        """Keep the file of `path` open while nobody reads it, too."""
        return Pin(self, path, permission)

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

    def _of(self, path: Path) -> list[Handle]:
        """Return the handles of a file, whoever permitted what."""
        return [handle for handle in self._handles.values() if handle.path == path]

    def take(self, path: Path, permission: Permission | None = None) -> Handle:
        """Begin to use the file of `path`."""
        key: Key = path if permission is None else (path, permission)
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
                handle = Handle.opened(path, permission)
                self._handles[key] = handle
            handle.users += 1
            thread = threading.get_ident()
            self._busy[thread] = self._busy.get(thread, 0) + 1
            return handle

    def give_back(self, handle: Handle, thread: int) -> None:
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

    def _retire(self, handle: Handle) -> None:
        """Let the file go that was changed on disk, once its readers are done."""
        if not handle.users:
            self._close(handle)
            return
        del self._handles[handle.key]
        self._retired.append(handle)

    def _close(self, handle: Handle) -> None:
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

    def _idle_handles(self) -> list[Handle]:
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
