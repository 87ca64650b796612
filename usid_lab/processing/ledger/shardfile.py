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
    crc32: str  # eight digits, so that the length of a header is known


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
        entries.append(_Entry(*about, blob.nbytes, _crc(blob)))
        blobs.append(blob)
        offset += blob.nbytes
    header = json.dumps({**title.to_json(), "arrays": list(map(asdict, entries))})
    text = header.encode()
    prefix = _PREFIX.pack(_MAGIC, VERSION, len(text), zlib.crc32(text))
    return [prefix + text, *blobs]


def length(title: Title, outputs: Sequence[Resolved]) -> int:
    """Say how many bytes a shard has.

    Parameters
    ----------
    title : Title
        Whose results it holds.
    outputs : sequence of Resolved
        Which arrays.

    Returns
    -------
    int
    """
    entries = _expected(title, outputs)
    blank = [{**entry, "crc32": _crc(b"")} for entry in entries]
    header = json.dumps({**title.to_json(), "arrays": blank})
    held = sum(len(title.span) * output.place_bytes for output in outputs)
    return _PREFIX.size + len(header.encode()) + held


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
    if _crc(blob) != entry.crc32:
        raise _damage(f"the checksum of '{output.name}' is another")
    return values


def _bytes_of(array: Array) -> memoryview:
    """Look at the bytes of an array in one piece, whatever its type."""
    return array.reshape(-1).view(np.uint8).data


def _crc(blob: bytes | memoryview) -> str:
    return f"{zlib.crc32(blob):08x}"


def _entries(
    stream: BufferedReader, title: Title, outputs: Sequence[Resolved]
) -> dict[str, _Entry]:
    """Read the header, and leave the stream at its end."""
    arrays = _arrays(stream, title)
    crcs = [str(array.pop("crc32", "")) for array in arrays]
    expected = _expected(title, outputs)
    if arrays != expected:
        raise _damage("its arrays are those of another run")
    found = zip(expected, crcs, strict=True)
    return {str(one["name"]): _Entry(**one, crc32=crc) for one, crc in found}  # type: ignore[arg-type]


def _expected(title: Title, outputs: Sequence[Resolved]) -> list[dict[str, object]]:
    arrays: list[dict[str, object]] = []
    offset = 0
    for output in outputs:
        nbytes = len(title.span) * output.place_bytes
        shape = [len(title.span), *output.shape]
        about = {"name": output.name, "dtype": type_text(output.dtype), "shape": shape}
        arrays.append({**about, "offset": offset, "nbytes": nbytes})
        offset += nbytes
    return arrays


def _arrays(stream: BufferedReader, title: Title) -> list[dict[str, object]]:
    """Read what the header says of the arrays, if it is that of these places."""
    try:
        told = json.loads(_header(stream))
    except (ValueError, RecursionError) as error:
        raise _damage("its header cannot be understood") from error
    arrays = told.pop("arrays", None) if isinstance(told, dict) else None
    if not isinstance(arrays, list) or told != title.to_json():
        raise _damage("its header is that of another")
    if not all(isinstance(array, dict) for array in arrays):
        raise _damage("its header cannot be understood")
    return arrays


def _header(stream: BufferedReader) -> bytes:
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise _damage("it has no beginning")
    magic, version, size, crc = _PREFIX.unpack(prefix)
    if magic != _MAGIC or version != VERSION or size > _LONGEST:
        raise _damage("its first bytes are those of another kind of file")
    text = stream.read(size)
    if len(text) < size or zlib.crc32(text) != crc:
        raise _damage("the checksum of its header is another")
    return text


def _damage(reason: str) -> DamagedDataError:
    text = "A file of results that were kept is damaged. They are computed again when"
    return DamagedDataError(f"{text} the run is started again.", reason)
