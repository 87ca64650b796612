"""The folder of sidecars: where it is, how much it may hold, who may change it.

One file for each dataset, named by its identity, and a note beside it. Both appear in
one step, complete. What is being built has another ending; whoever holds the lock of
the folder builds, so that anything with that ending, found by its next holder, was
left by a process that was killed.
"""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.errors import FileError, WriteError

PLACE = "USID_LAB_CACHE"
SIZE = "USID_LAB_CACHE_GB"
SWITCH = "USID_LAB_SIDECARS"
MOST = 20 * 10**9
SHARE = 0.1
_ENDING = ".sidecar"
_PART = ".part"
_LOCK = "lock"


class BusyError(WriteError):
    """Another process builds a sidecar."""


def is_on() -> bool:
    """Whether the user wants sidecars."""
    return os.environ.get(SWITCH, "on").lower() not in ("off", "0", "no", "false")


@dataclass(frozen=True)
class Folder:
    """A folder of sidecars, which need not exist.

    Attributes
    ----------
    path : Path
        Where it is.
    """

    path: Path

    @classmethod
    def of_user(cls) -> "Folder":
        """Return the user's: where USID_LAB_CACHE says, or the system's place."""
        given = os.environ.get(PLACE)
        if given:
            return cls(Path(given).absolute() / "sidecars")
        from platformdirs import user_cache_path

        return cls(user_cache_path("usid_lab", appauthor=False) / "sidecars")

    def place(self, key: str) -> Path:
        """Where the sidecar of a dataset is, or would be."""
        return self.path / f"{key}{_ENDING}"

    def part(self, key: str) -> Path:
        """Where it is built."""
        return self.path / f"{key}{_PART}"

    @property
    def state(self) -> int:
        """Another number once a sidecar came or went; 0 where there is no folder."""
        try:
            return os.stat(self.path).st_mtime_ns  # noqa: PTH116
        except OSError:
            return 0

    @property
    def is_ours(self) -> bool:
        """Whether nobody else could have put something into it."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        if not stat.S_ISDIR(found.st_mode):
            return False
        if sys.platform == "win32":
            return True
        return found.st_uid == os.getuid() and not found.st_mode & 0o022

    def make(self) -> None:
        """Make it, for this user only."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.is_ours:
            text = (
                f"The folder {self.path} belongs to others too; nothing is kept in it."
            )
            raise FileError(text, "its owner or its mode")

    def files(self, kind: str = "") -> list[Path]:
        """Sidecars, the one that was used last at the end.

        Parameters
        ----------
        kind : str, optional
            With keys that begin so.
        """
        with suppress(OSError):
            return sorted(self.path.glob(f"{kind}*{_ENDING}"), key=used)
        return []

    def total(self) -> int:
        """Bytes of all sidecars."""
        return sum(map(size, self.files()))

    def most(self) -> int:
        """Bytes that all sidecars may take: a share of what is free but for them."""
        given = os.environ.get(SIZE)
        with suppress(ValueError):
            if given:
                return int(float(given) * 1e9)
        free = shutil.disk_usage(_existing(self.path)).free
        return min(MOST, int(SHARE * (free + self.total())))

    def make_room(self, nbytes: int) -> bool:
        """Drop those that were not used for longest; false if that is not enough.

        Parameters
        ----------
        nbytes : int
            Size of the one that is to come.
        """
        most = self.most()
        if nbytes > most:
            return False
        total = self.total()
        for path in self.files():
            if total + nbytes <= most:
                break
            held = size(path)
            if drop(path):
                total -= held
        return total + nbytes <= most

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who builds; what was left unfinished is removed.

        Raises
        ------
        BusyError
            Somebody else is.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.path / _LOCK, flags, 0o600)
        try:
            _lock(descriptor)
            self._clean()
            yield
        finally:
            os.close(descriptor)

    def _clean(self) -> None:
        for left in self.path.glob(f"*{_PART}"):
            with suppress(OSError):
                left.unlink()
        for note in self.path.glob("*.json"):
            if not note.with_suffix(_ENDING).exists():
                with suppress(OSError):
                    note.unlink()


def note_of(path: Path) -> Path:
    """Where the note of a sidecar is."""
    return path.with_suffix(".json")


def drop(path: Path) -> bool:
    """Remove a sidecar; false where it is held open and the system forbids that."""
    try:
        path.unlink(missing_ok=True)
        note_of(path).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def touch(path: Path) -> None:
    """Note that a sidecar was used now."""
    with suppress(OSError):
        os.utime(path)


def used(path: Path) -> float:
    """When a sidecar was used last, in seconds since 1970; 0 if it is gone."""
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def size(path: Path) -> int:
    """Bytes that a sidecar and its note take."""
    total = 0
    for each in (path, note_of(path)):
        with suppress(OSError):
            total += each.stat().st_size
    return total


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise _busy(error) from error

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _busy(error) from error


def _busy(error: OSError) -> BusyError:
    return BusyError("Another process builds a sidecar just now.", str(error))
