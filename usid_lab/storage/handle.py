"""A file that is open for reading, with those that were reached from it."""

from dataclasses import dataclass
from pathlib import Path

import h5py

from usid_lab.storage.openings import open_read_only
from usid_lab.storage.outside import Outside
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp, is_settled, quick_stamp, stamp_of

Key = Path | tuple[Path, Permission]


@dataclass(slots=True, eq=False)
class Handle:
    """An open file.

    Attributes
    ----------
    path : Path
    stamp : tuple of int
        Of the file when it was opened.
    settled : bool
        Whether any change since then shows: HDF5 keeps what it read.
    file : h5py.File
        Open for reading.
    permission : Permission or None
        What it may reach.
    outside : Outside or None
        What it has reached.
    users : int
        How many are reading.
    idle_since : float
        Since when nobody is, by ``time.monotonic``.
    """

    path: Path
    stamp: Stamp
    settled: bool
    file: h5py.File
    permission: Permission | None
    outside: Outside | None
    users: int = 0
    idle_since: float = 0.0

    @property
    def key(self) -> Key:
        """By which the pool has it."""
        return self.path if self.permission is None else (self.path, self.permission)

    @property
    def has_changed(self) -> bool:
        """Whether the file, or one that was reached from it, is another by now."""
        if self.stamp != quick_stamp(self.path):
            return True
        if not self.settled and is_settled(self.stamp):
            return True
        return self.outside is not None and self.outside.has_changed

    def close(self) -> None:
        """Close the file, and those that were reached from it."""
        if self.outside is not None:
            self.outside.close()
        self.file.close()

    @classmethod
    def opened(cls, path: Path, permission: Permission | None) -> "Handle":
        """Open a file for reading."""
        stamp = stamp_of(path)
        settled = is_settled(stamp)
        file = open_read_only(path)
        outside = None if permission is None else Outside(file, permission)
        return cls(path, stamp, settled, file, permission, outside)
