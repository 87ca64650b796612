"""What a commit is about to do to a file, written down before it does it.

The journal ``<name>.journal`` lies beside the file while a commit lasts. It says how
long the file was, and holds the few pages that change, as they are and as they will be.
Its first form stands while bytes are appended, to which nothing in the file refers yet:
that can only be taken back. The second form, `ready`, stands once they are on the disk;
from then on the commit can be completed, or taken back.

Format: ``USIDJRN1``, length of the header (8 bytes, little-endian), header (JSON),
pages (for each what it is, then what it is going to be), CRC-32 of all that (4 bytes,
little-endian).
"""

import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.storage.commit import disk

_MAGIC = b"USIDJRN1"
_ENDING = ".journal"
_NUMBER = 8
_CHECK = 4
Change = tuple[int, bytes, bytes]
"""Where a page is, what it is, what it is going to be."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What a commit does.

    Attributes
    ----------
    old_size, new_size : int
        Length of the file before and after, in bytes; a file never gets shorter.
    changes : tuple of (int, bytes, bytes)
        Pages before the old end that change: where, what is there, what will be.
    ready : bool
        Whether everything is appended, so that the commit can be completed.
    """

    old_size: int
    new_size: int
    changes: tuple[Change, ...] = ()
    ready: bool = False

    def encoded(self) -> bytes:
        """Return the journal as bytes."""
        facts = {
            "old_size": self.old_size,
            "new_size": self.new_size,
            "ready": self.ready,
            "pages": [[offset, len(new)] for offset, _, new in self.changes],
        }
        header = json.dumps(facts).encode()
        pages = b"".join(old + new for _, old, new in self.changes)
        whole = _MAGIC + len(header).to_bytes(_NUMBER, "little") + header + pages
        return whole + zlib.crc32(whole).to_bytes(_CHECK, "little")

    @classmethod
    def decoded(cls, data: bytes) -> "Journal | None":
        """Make a journal of bytes; None if they are not one, or not all of it.

        Parameters
        ----------
        data : bytes
            As :meth:`encoded` gave them.

        Returns
        -------
        Journal or None
            What was written.
        """
        whole, check = data[:-_CHECK], data[-_CHECK:]
        if not whole.startswith(_MAGIC) or check != _check_of(whole):
            return None
        start = len(_MAGIC) + _NUMBER
        stop = start + int.from_bytes(whole[len(_MAGIC) : start], "little")
        facts = json.loads(whole[start:stop])
        changes = []
        for offset, length in facts["pages"]:
            old, new = whole[stop : stop + length], whole[stop + length :][:length]
            changes.append((offset, old, new))
            stop += 2 * length
        return cls(facts["old_size"], facts["new_size"], tuple(changes), facts["ready"])

    def write(self, path: Path) -> None:
        """Put it beside a file, whole, in place of the one that is there.

        Parameters
        ----------
        path : Path
            The data file.
        """
        part = part_of(path)
        # Only one program writes: whatever has that name was left behind.
        part.unlink(missing_ok=True)
        try:
            self._put(part)
            disk.move(part, place_of(path))
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        disk.sync_folder(path.parent)

    def _put(self, part: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(part, flags, 0o600)
        try:
            disk.write_at(descriptor, self.encoded(), 0)
            disk.sync(descriptor)
        finally:
            os.close(descriptor)


def _check_of(whole: bytes) -> bytes:
    return zlib.crc32(whole).to_bytes(_CHECK, "little")


def place_of(path: Path) -> Path:
    """Where the journal of a file is, or would be."""
    return path.with_name(f"{path.name}{_ENDING}")


def part_of(path: Path) -> Path:
    """Where it is written."""
    return path.with_name(f"{path.name}{_ENDING}.part")


def is_there(path: Path) -> bool:
    """Whether a file has a journal; quick."""
    # Asked at every opening: a Path would be made into text each time anew.
    return os.path.lexists(f"{path}{_ENDING}")


def read(path: Path) -> Journal | None:
    """Read the journal of a file.

    Parameters
    ----------
    path : Path
        The data file.

    Returns
    -------
    Journal or None
        None if what is there is no journal, or not whole.
    """
    return Journal.decoded(place_of(path).read_bytes())


def discard(path: Path) -> None:
    """Remove the journal of a file.

    Parameters
    ----------
    path : Path
        The data file.
    """
    disk.remove(place_of(path))
    disk.sync_folder(path.parent)
