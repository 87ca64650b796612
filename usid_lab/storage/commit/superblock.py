"""The first bytes of an HDF5 file: its version, and whether it is marked as open.

Format: "HDF5 File Format Specification", section II.A; the checksum of versions 2 and 3
is Bob Jenkins' lookup3, ``hashlittle`` with the initial value 0.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from usid_lab.storage.commit import disk

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FLAGS = 11
_MASK = 0xFFFFFFFF
_LAST_USER_BLOCK = 1 << 26


@dataclass(frozen=True, slots=True)
class Superblock:
    """What the first bytes say.

    Attributes
    ----------
    start : int
        Where they are: after the user block.
    version : int
        0 to 3.
    data : bytes
        All of them, in versions 2 and 3; else the first 16.
    """

    start: int
    version: int
    data: bytes

    @classmethod
    def read(cls, descriptor: int) -> "Superblock | None":
        """Look for it where it may be.

        Parameters
        ----------
        descriptor : int
            A file, open for reading.

        Returns
        -------
        Superblock or None
            None if there is none.
        """
        size = os.fstat(descriptor).st_size
        start = 0
        while start + len(SIGNATURE) <= min(size, _LAST_USER_BLOCK):
            head = disk.read_at(descriptor, 16, start)
            if head.startswith(SIGNATURE) and len(head) == 16:
                return cls._whole(descriptor, start, head)
            start = start * 2 or 512
        return None

    @classmethod
    def _whole(cls, descriptor: int, start: int, head: bytes) -> "Superblock":
        version = head[8]
        if version in (2, 3):
            # Signature, four bytes, four addresses, checksum.
            head = disk.read_at(descriptor, 12 + 4 * head[9] + 4, start)
        return cls(start, version, head)

    @property
    def is_marked(self) -> bool:
        """Whether the file is marked as open for writing."""
        return self.version in (2, 3) and bool(self.data[_FLAGS])

    def cleared(self) -> bytes:
        """Return the bytes without that mark, with the checksum they then have."""
        body = self.data[:_FLAGS] + b"\0" + self.data[_FLAGS + 1 : -4]
        return body + lookup3(body).to_bytes(4, "little")


def is_marked(path: Path) -> bool:
    """Whether a file is marked as open for writing.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    bool
        A program that writes it just now marks it too.
    """
    with path.open("rb") as stream:
        found = Superblock.read(stream.fileno())
    return found is not None and found.is_marked


def lookup3(data: bytes) -> int:
    """Compute the checksum that HDF5 has for its metadata.

    Parameters
    ----------
    data : bytes
        Not empty.

    Returns
    -------
    int
        32 bits.

    Examples
    --------
    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    while len(data) > 12:
        x, y, z = _words(data[:12])
        a, b, c = _mixed((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
        data = data[12:]
    x, y, z = _words(data.ljust(12, b"\0"))
    return _last((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)


def _words(data: bytes) -> tuple[int, int, int]:
    x, y, z = (int.from_bytes(data[n : n + 4], "little") for n in (0, 4, 8))
    return x, y, z


def _turned(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in (4, 6, 8, 16, 19, 4):
        a = ((a - c) & _MASK) ^ _turned(c, bits)
        c = (c + b) & _MASK
        a, b, c = b, c, a
    return a, b, c


def _last(a: int, b: int, c: int) -> int:
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _turned(b, bits)) & _MASK
        a, b, c = b, c, a
    return b
