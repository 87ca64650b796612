"""Whether what was in a file is still in it, and what was added can be read."""

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import h5py
import numpy as np

from usid_lab.storage.commit.extents import Extents, datasets, known
from usid_lab.storage.commit.stream import Source
from usid_lab.storage.links import DAMAGE, address
from usid_lab.storage.numbers import shape_of

_SAMPLES = 8
_SAMPLE_BYTES = 16 << 10
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One dataset of a file.

    Attributes
    ----------
    path : str
        HDF5 path.
    extents : ndarray of int, shape (pieces, 2)
        Where its values lie.
    digest : str
        Of its shape, those places, and some of the bytes there.
    """

    path: str
    extents: Extents
    digest: str


Survey = dict[int, Found]
"""All datasets of a file, by the places of their descriptions."""


def survey(
    file: h5py.File,
    source: Source,
    *,
    whole: bool = False,
    besides: Container[int] = (),
) -> Survey:
    """Look at all datasets of a file.

    Parameters
    ----------
    file : h5py.File
        Open, and flushed if it was written.
    source : Source
        Its bytes.
    whole : bool, optional
        Look at all bytes of all values, not only at eight places of each dataset.
    besides : container of int, optional
        Addresses of datasets that are left out.

    Returns
    -------
    dict of int to Found
        By address; datasets of which the description is damaged are left out.
    """
    seen: Survey = {}
    for path, dataset in datasets(file):
        place = address(dataset)
        extents = None if place in besides else known(dataset)
        if extents is not None:
            digest = _digest(dataset, extents, source, whole=whole)
            seen[place] = Found(f"/{path}", extents, digest)
    return seen


def difference(before: Mapping[int, Found], after: Mapping[int, Found]) -> str:
    """Say what of one survey is not in a later one, in words; '' if all is.

    Parameters
    ----------
    before, after : mapping of int to Found
        Two surveys.

    Returns
    -------
    str
        The path of the first dataset that is gone or another, and what is wrong.
    """
    for place, found in before.items():
        if place not in after:
            return f"{found.path} is gone"
        if after[place].digest != found.digest:
            return f"{found.path} is not what it was"
    return ""


def _digest(
    dataset: h5py.Dataset, places: Extents, source: Source, *, whole: bool
) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(shape_of(dataset)).encode())
    digest.update(np.ascontiguousarray(places).tobytes())
    for part in _all(places, source) if whole else _some(places, source):
        digest.update(part)
    digest.update(_within(dataset))
    return digest.hexdigest()


def _within(dataset: h5py.Dataset) -> bytes:
    """Values that are kept in the description itself."""
    try:
        if dataset.id.get_create_plist().get_layout() != h5py.h5d.COMPACT:
            return b""
        return np.ascontiguousarray(dataset[()]).tobytes()
    except DAMAGE:
        return b""


def _all(places: Extents, source: Source) -> Iterator[bytes]:
    for start, length in places.tolist():
        for offset in range(start, start + length, _BLOCK_BYTES):
            yield source.read_at(min(_BLOCK_BYTES, start + length - offset), offset)


def _some(places: Extents, source: Source) -> Iterator[bytes]:
    """Bytes of the first piece, the last, and some between; ends of long ones."""
    count = min(_SAMPLES, len(places))
    for number in np.linspace(0, len(places) - 1, count, dtype=np.int64):
        start, length = map(int, places[number])
        if length <= _SAMPLE_BYTES:
            yield source.read_at(length, start)
            continue
        steps = 2 if len(places) >= _SAMPLES else _SAMPLES
        span = _SAMPLE_BYTES // 2
        for offset in np.linspace(0, length - span, steps, dtype=np.int64):
            yield source.read_at(span, start + int(offset))
