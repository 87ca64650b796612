"""The bytes of a shard.

In this order: ``b"USIDSHRD"``; version, length and CRC-32 of the header (little-endian
32-bit numbers); the header as JSON; the arrays. The header says which run and which
places these are, and of each array its name, type, shape, offset, length and CRC-32.
"""

import json
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.processing.ledger.durable import Part
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.span import Span
from usid_lab.storage.identity import type_text

Array = NDArray[np.generic]

VERSION = 1
_MAGIC = b"USIDSHRD"
_PREFIX = struct.Struct("<8sIII")
_LONGEST = 1 << 20  # bytes of a header


@dataclass(frozen=True, slots=True)
class Title:
    """Whose results a shard holds.

    Attributes
    ----------
    run_id : str
        Of the run.
    span : Span
        Which places.
    """

    run_id: str
    span: Span

    def to_json(self) -> dict[str, object]:
        """Return it as it stands in the header."""
        return {"run": self.run_id, "span": [self.span.start, self.span.stop]}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One array of a shard; `offset` counts from the end of the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int
    crc32: int


def parts_of(title: Title, arrays: Sequence[tuple[str, Array]]) -> list[Part]:
    """Give the bytes of a shard, one after the other.

    Parameters
    ----------
    title : Title
        Whose results.
    arrays : sequence of (str, ndarray)
        By name; of numbers, also complex and compound ones.

    Returns
    -------
    list of bytes or memoryview of bytes
        Arrays are not copied if they are in one piece.
    """
    entries: list[_Entry] = []
    blobs: list[Part] = []
    offset = 0
    for name, array in arrays:
        blob = _bytes_of(np.ascontiguousarray(array))
        about = name, type_text(array.dtype), array.shape, offset
        entries.append(_Entry(*about, blob.nbytes, zlib.crc32(blob)))
        blobs.append(blob)
        offset += blob.nbytes
    told = {**title.to_json(), "arrays": [asdict(entry) for entry in entries]}
    header = json.dumps(told).encode()
    prefix = _PREFIX.pack(_MAGIC, VERSION, len(header), zlib.crc32(header))
    return [prefix + header, *blobs]


def check(stream: BufferedReader, title: Title, outputs: Sequence[Resolved]) -> None:
    """Make sure that a shard has a header, and its whole length.

    Parameters
    ----------
    stream : binary file
        At its beginning.
    title : Title
        Whose results it should hold.
    outputs : sequence of Resolved
        Which arrays.

    Raises
    ------
    DamagedDataError
        It is something else, or torn.
    """
    _entries(stream, title, outputs)


def read_array(
    stream: BufferedReader, title: Title, outputs: Sequence[Resolved], output: Resolved
) -> Array:
    """Read one array, and compare it with its checksum.

    Parameters
    ----------
    stream : binary file
        At its beginning.
    title : Title
        Whose results it should hold.
    outputs : sequence of Resolved
        Which arrays.
    output : Resolved
        The one that is wanted.

    Returns
    -------
    ndarray, shape (places, *output.shape)

    Raises
    ------
    DamagedDataError
        It is something else, torn, or not what was written.
    """
    entry = _entries(stream, title, outputs)[output.name]
    values = output.empty(len(title.span))
    blob = _bytes_of(values)
    stream.seek(entry.offset, os.SEEK_CUR)
    if stream.readinto(blob) != entry.nbytes:
        raise _damage("its end is missing")
    if zlib.crc32(blob) != entry.crc32:
        raise _damage(f"the checksum of '{output.name}' is another")
    return values


def _bytes_of(array: Array) -> memoryview:
    """Look at the bytes of an array in one piece, whatever its type."""
    return array.reshape(-1).view(np.uint8).data


def _entries(
    stream: BufferedReader, title: Title, outputs: Sequence[Resolved]
) -> dict[str, _Entry]:
    """Read the header, leave the stream at its end, and compare it with the length."""
    told = _header(stream)
    expected = _expected(title, outputs)
    crcs = [one.pop("crc32", None) for one in told.get("arrays", ())]
    if told != expected or not all(isinstance(crc, int) for crc in crcs):
        raise _damage("its header is that of another")
    found = [
        _Entry(**one, crc32=crc)
        for one, crc in zip(expected["arrays"], crcs, strict=True)  # type: ignore[call-overload]
    ]
    here = stream.tell()
    if stream.seek(0, os.SEEK_END) - here != sum(one.nbytes for one in found):
        raise _damage("its length is wrong")
    stream.seek(here)
    return {one.name: one for one in found}


def _expected(title: Title, outputs: Sequence[Resolved]) -> dict[str, object]:
    arrays: list[dict[str, object]] = []
    offset = 0
    for output in outputs:
        nbytes = len(title.span) * output.place_bytes
        shape = [len(title.span), *output.shape]
        about = {"name": output.name, "dtype": type_text(output.dtype), "shape": shape}
        arrays.append({**about, "offset": offset, "nbytes": nbytes})
        offset += nbytes
    return {**title.to_json(), "arrays": arrays}


def _header(stream: BufferedReader) -> dict[str, list[dict[str, object]]]:
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise _damage("it has no beginning")
    magic, version, length, crc = _PREFIX.unpack(prefix)
    if magic != _MAGIC or version != VERSION or length > _LONGEST:
        raise _damage("its first bytes are those of another kind of file")
    text = stream.read(length)
    if len(text) < length or zlib.crc32(text) != crc:
        raise _damage("the checksum of its header is another")
    try:
        told = json.loads(text)
        arrays = told["arrays"]
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise _damage("its header cannot be understood") from error
    if not (isinstance(arrays, list) and all(isinstance(one, dict) for one in arrays)):
        raise _damage("its header cannot be understood")
    return dict(told)


def _damage(reason: str) -> DamagedDataError:
    text = "A file of results that were kept is damaged. They are computed again when"
    return DamagedDataError(f"{text} the run is started again.", reason)
