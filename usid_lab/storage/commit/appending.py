"""Adding to a large file where it lies: append, journal, apply.

Nothing refers to what is appended until the first pages of the file are changed, a few
of them, which are in the journal by then as they were and as they are going to be. So
wherever it is stopped, the file is the old one, or the journal leads to the new one and
back to the old one.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from usid_lab.errors import LockedFileError, WriteError
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.datalock import DataLock
from usid_lab.storage.commit.journal import Journal, discard, is_there, read
from usid_lab.storage.commit.overlay import Overlay
from usid_lab.storage.commit.replaying import State, complete, state_of, take_back
from usid_lab.storage.commit.space import require_room
from usid_lab.storage.commit.way import Way
from usid_lab.storage.filenames import shown
from usid_lab.storage.handles import vacant


class Appending(Way[Overlay]):
    """What is to be added to a file, beside it; then in it.

    Parameters
    ----------
    path : Path
        The file.
    data : DataLock
        The file, open; nobody else writes it.
    pause : callable
        Told 1 while bytes are appended, and while somebody has the file open. What it
        raises ends the save: what was appended is cut off.
    """

    def __init__(
        self, path: Path, data: DataLock, pause: Callable[[float], None]
    ) -> None:
        super().__init__(path)
        self._data = data
        self._pause = pause

    def _made(self) -> Overlay:
        """Lay an overlay over the file."""
        require_room(self.path, 0)
        try:
            return Overlay(self.path, self._data.descriptor, self.part)
        except OSError as error:
            text = f"The folder of '{shown(self.path)}' cannot be written."
            raise WriteError(text, str(error)) from error

    def _finish(self, overlay: Overlay) -> None:
        """Add all of it to the file, or nothing."""
        changes = tuple(overlay.changes())
        if not changes and not overlay.appended:
            return
        require_room(self.path, overlay.appended)
        size = overlay.old_size + overlay.appended
        journal = Journal(overlay.old_size, size, changes)
        try:
            self._append(overlay, journal)
            # From now on who opens the file lets us go first.
            ready = replace(journal, ready=True)
            ready.write(self.path)
            with vacant(self.path):
                self._apply(ready)
        except BaseException as error:
            self._take_back(journal, error)
            raise
        # Too late to take it back: a journal of what is done does no harm.
        with suppress(OSError):
            discard(self.path)

    def _append(self, overlay: Overlay, journal: Journal) -> None:
        journal.write(self.path)
        for place, piece in overlay.pieces():
            disk.write_at(self._data.descriptor, piece, place)
            self._pause(1.0)
        disk.sync(self._data.descriptor)
        self._pause(1.0)

    def _apply(self, journal: Journal) -> None:
        self._data.alone(nudge=self._nudge)
        if state_of(self._data.descriptor, journal) is not State.READY:
            text = f"'{shown(self.path)}' was changed by another program meanwhile."
            raise LockedFileError(text, "nothing was saved; try again")
        complete(self._data.descriptor, journal)

    def _nudge(self) -> None:
        """Let those who have the file open see that it is another by now.

        They open it anew, and let us go first. On a disk that takes no times, they
        are waited for.
        """
        self._pause(1.0)
        with suppress(OSError):
            os.utime(self.path)

    def _undo(self, journal: Journal) -> None:
        """Take back what was done, unless another program changed the file since."""
        noted = read(self.path) or journal
        if state_of(self._data.descriptor, noted) is not State.FOREIGN:
            take_back(self._data.descriptor, noted)

    def _take_back(self, journal: Journal, error: BaseException) -> None:
        """Leave the file as it was, unless the disk refuses that too."""
        try:
            if is_there(self.path):
                self._undo(journal)
                discard(self.path)
        except OSError as failure:
            text = (
                f"Saving into '{shown(self.path)}' was interrupted by its disk. "
                f"Complete or discard it: usid-lab recover {shown(self.path)}"
            )
            raise WriteError(text, f"{error}; then {failure}") from error
