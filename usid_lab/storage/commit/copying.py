"""Adding to a file by adding to a copy, which then takes its place in one step."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from usid_lab.errors import LockedFileError, WriteError
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.cloning import clone
from usid_lab.storage.commit.datalock import DataLock
from usid_lab.storage.commit.space import require_room
from usid_lab.storage.commit.stream import Direct
from usid_lab.storage.commit.way import Way
from usid_lab.storage.filenames import shown
from usid_lab.storage.handles import release

WAIT_SECONDS = 10.0
_PIECE_BYTES = 4 << 20  # takes some milliseconds
_ON_WINDOWS = os.name == "nt"
_POLL_SECONDS = 0.02


class Copying(Way[Direct]):
    """A copy of a file, which takes its place.

    Parameters
    ----------
    path : Path
        The file.
    data : DataLock
        The file, open; nobody else writes it.
    pause : callable
        Told now and then which fraction is copied, and once all is on the disk. What
        it raises ends the save: nothing has changed by then.
    """

    def __init__(
        self, path: Path, data: DataLock, pause: Callable[[float], None]
    ) -> None:
        super().__init__(path)
        self._data = data
        self._pause = pause

    def _made(self) -> Direct:
        """Copy the file."""
        try:
            if not clone(self.path, self.part):
                require_room(self.path, self.path.stat().st_size)
                self._copy(self.path.stat().st_size)
            _keep(self.path, self.part)
            flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
            return Direct(self.path, os.open(self.part, flags))
        except OSError as error:
            if isinstance(error, WriteError):
                raise
            text = f"'{shown(self.path)}' could not be copied, to add to the copy."
            raise WriteError(text, str(error)) from error

    def _copy(self, size: int) -> None:
        done = 0
        with self.path.open("rb", 0) as source, self.part.open("wb", 0) as target:
            while count := disk.pass_on(source, target, _PIECE_BYTES):
                done += count
                self._pause(done / max(size, done))

    def _finish(self, stream: Direct) -> None:
        """Bring the copy to the disk, then to the place of the file, in one step."""
        disk.sync(stream.descriptor)
        self._pause(1.0)
        stream.close()
        release(self.path)
        if _ON_WINDOWS:
            self._data.close()  # no open file can be replaced there
        self._replace()
        # The new name too must outlive a power cut; too late to take it back.
        with suppress(OSError):
            disk.sync_folder(self.path.parent)

    def _replace(self) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return disk.move(self.part, self.path)
            except PermissionError as error:
                # Windows: somebody has the file open.
                if not _ON_WINDOWS:
                    raise
                if time.monotonic() > until:
                    text = f"'{shown(self.path)}' is open in another program."
                    reason = f"close it there, and save again; {error}"
                    raise LockedFileError(text, reason) from error
            time.sleep(_POLL_SECONDS)


def _keep(path: Path, part: Path) -> None:
    """Give a copy the owner, the rights and the marks of its file."""
    status = path.stat()
    if hasattr(os, "chown"):
        made = part.stat()
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
            os.chown(part, status.st_uid, status.st_gid)
    shutil.copystat(path, part)
