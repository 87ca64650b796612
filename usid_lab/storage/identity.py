"""What makes a dataset the same one, whatever its file is called and holds besides.

Caches and finished runs belong to a dataset. A commit into its file, a copy and a new
name leave it what it is; other values make it another one. Values are sampled: that
two identities differ says for certain that the datasets do, that they are equal is only
as good as the sample. Whoever needs certainty compares all values once for each state
of the file.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import h5py
import numpy as np

from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import dtype_of, shape_of

_SAMPLES = 64
_SAMPLE_BYTES = 4096
_MOST_SAMPLED = 16 << 20  # bytes of chunks, which are read whole
_MOST_EXTENTS = 1 << 17  # chunks of which every place is known; a second of work


@dataclass(frozen=True)
class Identity:
    """What a dataset is known by.

    Attributes
    ----------
    path : str
        HDF5 path.
    shape : tuple of int
        As stored.
    dtype : str
        Its type, byte order and fields included.
    storage : str
        Digest of how it is stored: layout, chunks, filters, places and sizes.
    ancillaries : tuple of str
        For each axis the digest of its tables: dimensions, values, order.
    sample : str
        Digest of some of its stored bytes.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    storage: str
    ancillaries: tuple[str, ...]
    sample: str

    @classmethod
    def of(
        cls, dataset: h5py.Dataset, path: str, ancillaries: Sequence[str]
    ) -> "Identity | None":
        """Look at a dataset: its description and 64 places of it; all of a small one.

        Parameters
        ----------
        dataset : h5py.Dataset
            Screened; open.
        path : str
            By which it was asked for.
        ancillaries : sequence of str
            Keys of the axes of its layout.

        Returns
        -------
        Identity or None
            None where HDF5 cannot tell, or the dataset holds no array of numbers.
        """
        shape, dtype = shape_of(dataset), dtype_of(dataset)
        if shape is None or dtype is None:
            return None
        try:
            places, storage = _storage(dataset)
            sample = _digest(_samples(dataset, places))
        except (*DAMAGE, MemoryError):
            return None
        return cls(path, shape, type_text(dtype), storage, tuple(ancillaries), sample)

    @cached_property
    def key(self) -> str:
        """Name of its own: its kind, and a digest of all of it."""
        whole = _digest([json.dumps(self.to_json(), sort_keys=True).encode()])
        return f"{self.kind}-{whole}"

    @property
    def kind(self) -> str:
        """As :func:`kind_key` says it."""
        return _kind_key(self.path, self.shape, self.dtype)

    def to_json(self) -> dict[str, object]:
        """Return all of it as JSON."""
        return asdict(self)


def kind_key(path: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> str:
    """Begin the key of every dataset of this path, shape and type; reads nothing."""
    return _kind_key(path, shape, type_text(dtype))


def _kind_key(path: str, shape: tuple[int, ...], dtype: str) -> str:
    facts = json.dumps([path, list(map(int, shape)), dtype]).encode()
    return hashlib.blake2b(facts, digest_size=6).hexdigest()


def type_text(dtype: np.dtype[np.generic]) -> str:
    """Name a type so that no other has the same name.

    Examples
    --------
    >>> type_text(np.dtype(">f4")), type_text(np.dtype([("a", "i2"), ("b", "u1")]))
    ('>f4', '{a:<i2@0,b:|u1@2}3')
    """
    if not dtype.fields:
        return dtype.str
    inner = [f"{n}:{type_text(f[0])}@{f[1]}" for n, f in dtype.fields.items()]
    return f"{{{','.join(inner)}}}{dtype.itemsize}"


def _storage(dataset: h5py.Dataset) -> tuple[list[tuple[int, ...]], str]:
    """Give corners of chunks to sample, and the digest of how all is stored."""
    plist = dataset.id.get_create_plist()
    layout = int(plist.get_layout())
    filters = [
        (code, flags, list(options))
        for code, flags, options, _ in map(
            plist.get_filter, range(plist.get_nfilters())
        )
    ]
    if layout != h5py.h5d.CHUNKED:
        facts = [layout, dataset.id.get_offset(), dataset.id.get_storage_size()]
        return [], _digest([json.dumps(facts).encode()])
    chunk = plist.get_chunk()
    corners = _corners(dataset.shape, chunk)
    facts = [layout, list(chunk), filters, dataset.id.get_storage_size()]
    described = json.dumps(facts).encode()
    return corners, _digest(itertools.chain([described], _places(dataset, corners)))


def _places(
    dataset: h5py.Dataset, corners: Sequence[tuple[int, ...]]
) -> Iterator[bytes]:
    """Tell where chunks lie: all of them, or those of a sample of very many."""
    grid = zip(dataset.shape, dataset.chunks, strict=True)
    count = math.prod(-(-size // length) for size, length in grid)
    if count > _MOST_EXTENTS or not hasattr(dataset.id, "chunk_iter"):
        for corner in corners:
            found = dataset.id.get_chunk_info_by_coord(corner)
            yield repr((corner, found.byte_offset, found.size)).encode()
        return
    rows: list[tuple[object, ...]] = []
    dataset.id.chunk_iter(lambda found: rows.append(tuple(found)))
    yield repr(sorted(rows, key=repr)).encode()


def _corners(shape: tuple[int, ...], chunk: tuple[int, ...]) -> list[tuple[int, ...]]:
    grid = [-(-size // length) for size, length in zip(shape, chunk, strict=True)]
    return [
        tuple(n * length for n, length in zip(number, chunk, strict=True))
        for number in _spread(grid)
    ]


def _spread(grid: Sequence[int]) -> list[tuple[int, ...]]:
    """Choose places of a grid: the first, the last, and some anywhere between."""
    total = math.prod(grid)
    if total <= _SAMPLES:
        flat = np.arange(total)
    else:
        drawn = np.random.default_rng(total).integers(0, total, _SAMPLES - 2)
        flat = np.unique(np.concatenate(([0, total - 1], drawn)))
    return [tuple(map(int, np.unravel_index(int(one), grid))) for one in flat]


def _samples(
    dataset: h5py.Dataset, corners: Sequence[tuple[int, ...]]
) -> Iterator[bytes]:
    """Give stored bytes of some chunks, or values where there are no chunks."""
    if not corners:
        yield from _values(dataset)
        return
    left = _MOST_SAMPLED
    for corner in corners:
        found = dataset.id.get_chunk_info_by_coord(corner)
        if found.byte_offset is None or found.size > left:
            continue
        left -= found.size
        mask, stored = dataset.id.read_direct_chunk(corner)
        yield repr((corner, mask)).encode()
        yield stored


def _values(dataset: h5py.Dataset) -> Iterator[bytes]:
    shape, itemsize = dataset.shape, max(1, dataset.dtype.itemsize)
    if math.prod(shape) * itemsize <= _SAMPLES * _SAMPLE_BYTES:
        yield np.ascontiguousarray(dataset[()]).tobytes()
        return
    step = max(1, _SAMPLE_BYTES // itemsize)
    for *before, last in _spread([*shape[:-1], -(-shape[-1] // step)]):
        along = slice(last * step, min(shape[-1], (last + 1) * step))
        yield np.ascontiguousarray(dataset[(*before, along)]).tobytes()


def _digest(parts: Iterator[bytes] | Sequence[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
