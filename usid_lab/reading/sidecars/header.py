"""The beginning and the end of a sidecar: what it says of itself.

.. code-block:: text

    magic, length and checksum of the description, the description (JSON)
    from byte 16384: for each spectrum step, the values of all positions
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
        Of its dataset: positions, steps. The sidecar holds the transposed array.
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
    version : int
        Of this format.
    """

    key: str
    shape: tuple[int, int]
    dtype: str
    itemsize: int
    tile: tuple[int, int]
    tiles: int
    checks: int
    identity: dict[str, object]
    version: int = VERSION

    @property
    def row(self) -> int:
        """Bytes of the values of all positions at one step."""
        return self.shape[0] * self.itemsize

    @property
    def word(self) -> int:
        """Bytes of the numbers of which sums are made: tiles end between two."""
        high = self.tile[0]
        return 4 if high >= self.shape[0] else math.gcd(4, high * self.itemsize)

    @property
    def end(self) -> int:
        """Where the values end, and the checksums begin."""
        return BEGIN + self.shape[1] * self.row

    @property
    def nbytes(self) -> int:
        """How long the file is."""
        return self.end + 8 * (self.shape[1] + self.tiles)

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
            return cls(**asdict(found) | _pairs(found))
        except (struct.error, ValueError, TypeError, RecursionError) as error:
            raise DamagedDataError(_BROKEN, str(error)) from error


def _pairs(found: Header) -> dict[str, object]:
    (positions, steps), (rows, columns) = found.shape, found.tile
    if found.version != VERSION or min(positions, steps, found.itemsize, rows) < 1:
        raise DamagedDataError(_BROKEN, "version or sizes")
    return {"shape": (positions, steps), "tile": (rows, columns)}
