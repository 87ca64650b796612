"""Chunks that hold less than they should.

HDF5 does not look at how much a chunk unpacks to. Where it is too little, the rest
of the values are whatever lay in memory, given out as data without a word.
"""

import math
import zlib
from collections.abc import Iterator

import h5py

from usid_lab.errors import Fault
from usid_lab.model.rules import Rule
from usid_lab.storage.growth import tells_places
from usid_lab.storage.links import DAMAGE

_MOST_BYTES = 1 << 25  # as stored, of one dataset
_MOST_CHUNKS = 1 << 14
_PIECE = 1 << 20
# What leaves the number of bytes as it is, but for a checksum of four.
_PLAIN = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}


def chunk_faults(dataset: h5py.Dataset) -> Iterator[Fault]:
    """Look for chunks that are too short, in the first 32 MB of a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened. Chunks that are packed otherwise than by gzip are left out.

    Yields
    ------
    Fault
        An error for the first chunk that does not hold all of its values.
    """
    plist = dataset.id.get_create_plist()
    if plist.get_layout() != h5py.h5d.CHUNKED or not tells_places(dataset):
        return
    filters = [plist.get_filter(n)[0] for n in range(plist.get_nfilters())]
    if not set(filters) <= {*_PLAIN, h5py.h5z.FILTER_DEFLATE}:
        return
    packed = filters.index(h5py.h5z.FILTER_DEFLATE) if _gzip(filters) else None
    wanted = math.prod(plist.get_chunk()) * dataset.id.get_type().get_size()
    for chunk in _chunks(dataset):
        skipped = packed is None or chunk.filter_mask >> packed & 1
        held = chunk.size if skipped else _unpacked(dataset, chunk, wanted)
        if held is None or held < wanted:
            yield Fault(Rule.INTACT, _told(chunk, held, wanted))
            return


def _told(chunk: h5py.h5d.StoreInfo, held: int | None, wanted: int) -> str:
    where = f"Its chunk at {tuple(map(int, chunk.chunk_offset))}"
    if held is None:
        return f"{where} is damaged: it cannot be unpacked."
    return (
        f"{where} holds {held:,} of {wanted:,} bytes; the values beyond are whatever "
        "lay in memory."
    )


def _gzip(filters: list[int]) -> bool:
    return h5py.h5z.FILTER_DEFLATE in filters


def _chunks(dataset: h5py.Dataset) -> list[h5py.h5d.StoreInfo]:
    """Return the first chunks that are stored, within limits."""
    found: list[h5py.h5d.StoreInfo] = []
    total = 0

    def collect(chunk: h5py.h5d.StoreInfo) -> bool | None:
        nonlocal total
        found.append(chunk)
        total += chunk.size
        return True if total > _MOST_BYTES or len(found) >= _MOST_CHUNKS else None

    dataset.id.chunk_iter(collect)
    return found


def _unpacked(
    dataset: h5py.Dataset, chunk: h5py.h5d.StoreInfo, wanted: int
) -> int | None:
    """Count the bytes to which a chunk unpacks; None if it does not."""
    if chunk.size > _MOST_BYTES:
        return wanted
    try:
        _, packed = dataset.id.read_direct_chunk(chunk.chunk_offset)
        unpacker, total = zlib.decompressobj(), 0
        while packed and total < wanted:
            total += len(unpacker.decompress(packed, _PIECE))
            packed = unpacker.unconsumed_tail
    except (*DAMAGE, zlib.error):
        return None
    return total
