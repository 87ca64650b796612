"""The beginning and the end of a sidecar: what it says of itself.

.. code-block:: text

    magic, length and checksum of the description, the description (JSON)
    from byte 16384: for each map, its values; of a Main dataset all of one step
    a sum of each of these, then a checksum of each tile of the source: 8 bytes each

The description holds a checksum of the checksums, and how long the file is.
"""

import json
import math
import struct
import zlib
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.reading.sidecars.turn import POSITIONS, Turn

BEGIN = 16384
VERSION = 2
_MAGIC = b"usidT\r\n\x1a"
_HEAD = struct.Struct("<8sII")
_BROKEN = "A copy of a dataset in the cache folder is damaged; it is not used."

Checks = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Header:
    """What a sidecar is.

    Attributes
    ----------
    key : str
        Of the identity of its dataset.
    shape : tuple of int
        Of its dataset. The sidecar holds the transposed array.
    dtype : str
        As stored in the dataset; here in this machine's byte order.
    itemsize : int
        Bytes of a value.
    tile : tuple of int
        How the source was read.
    tiles : int
        Number of tiles.
    checks : int
        Checksum of all checksums.
    identity : dict
        Of the dataset, for people.
    inner : tuple of int
        Axes of the dataset that come last here: those of a map.
    version : int
        Of this format.
    """

    key: str
    shape: tuple[int, ...]
    dtype: str
    itemsize: int
    tile: tuple[int, ...]
    tiles: int
    checks: int
    identity: dict[str, object]
    inner: tuple[int, ...] = POSITIONS
    version: int = VERSION

    @property
    def turn(self) -> Turn:
        """How the axes follow each other."""
        return Turn(self.shape, self.inner)

    @property
    def row(self) -> int:
        """Bytes of the values of a map."""
        return self.turn.entries * self.itemsize

    @property
    def word(self) -> int:
        """Bytes of the numbers of which sums are made: tiles end between two."""
        below = self.itemsize
        for axis in reversed(self.inner):
            size, high = self.shape[axis], self.tile[axis]
            if high < size:
                whole = 0 if axis == self.inner[0] else size * below
                return math.gcd(4, high * below, whole)
            below *= size
        return 4

    @property
    def end(self) -> int:
        """Where the values end, and the checksums begin."""
        return BEGIN + self.turn.rows * self.row

    @property
    def nbytes(self) -> int:
        """How long the file is."""
        return self.end + 8 * (self.turn.rows + self.tiles)

    def to_bytes(self) -> bytes:
        """Return what stands at the beginning of the file.

        Raises
        ------
        DamagedDataError
            The names in it are too long.
        """
        text = json.dumps(asdict(self)).encode()
        head = _HEAD.pack(_MAGIC, len(text), zlib.crc32(text))
        if len(head) + len(text) > BEGIN:
            raise DamagedDataError("The names of this dataset are too long to cache.")
        return head + text

    @classmethod
    def from_bytes(cls, data: bytes) -> "Header":
        """Read the beginning of a file.

        Raises
        ------
        DamagedDataError
            It is not what was written.
        """
        try:
            magic, length, check = _HEAD.unpack_from(data)
            text = data[_HEAD.size : _HEAD.size + length]
            if magic != _MAGIC or len(text) != length or zlib.crc32(text) != check:
                raise DamagedDataError(_BROKEN, "header")
            found = cls(**json.loads(text))
            return cls(**asdict(found) | _tuples(found))
        except (struct.error, ValueError, TypeError, RecursionError) as error:
            raise DamagedDataError(_BROKEN, str(error)) from error


def _tuples(found: Header) -> dict[str, object]:
    shape, tile, inner = tuple(found.shape), tuple(found.tile), tuple(found.inner)
    if found.version != VERSION or min(*shape, *tile, found.itemsize) < 1:
        raise DamagedDataError(_BROKEN, "version or sizes")
    axes = range(len(shape))
    if (
        len(tile) != len(shape)
        or not inner
        or list(inner) != [axis for axis in axes if axis in inner]
    ):
        raise DamagedDataError(_BROKEN, "axes")
    return {"shape": shape, "tile": tile, "inner": inner}
