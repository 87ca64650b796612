"""Ways to read hyperslabs of a dataset; which one is taken."""

from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.chunked import ChunkedSource, chunks_of
from usid_lab.reading.chunkindex import ChunkIndex
from usid_lab.reading.contiguous import ContiguousSource
from usid_lab.reading.inflating import InflatingSource
from usid_lab.reading.mapped import MappedBytes
from usid_lab.reading.outside import OutsideSource
from usid_lab.reading.pieces import Box, Storage
from usid_lab.reading.positioned import FileBytes, PositionedBytes
from usid_lab.reading.rawfile import RawFile
from usid_lab.reading.slabs import SlabSource
from usid_lab.storage.outside import reaches_out

_SOON = 1 << 17  # chunks of which HDF5 tells the places in some tenths of a second


class Source(Protocol):
    """A dataset that gives hyperslabs; several threads may ask at a time."""

    storage: Storage
    """How it lies in its file."""

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it."""

    def slab(self, box: Box) -> NDArray[np.generic]:
        """Read a hyperslab of its own."""

    def read(self, box: Box, buffer: NDArray[np.generic]) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""


def source_of(
    dataset: h5py.Dataset,
    lent: h5py.File | None = None,
    *,
    mapped: bool = False,
    room: int | None = None,
) -> Source:
    """Choose how to read a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; open as long as the source is used.
    lent : h5py.File, optional
        The file that was opened to find it; a link may have led to another.
    mapped : bool, optional
        Whether the file may be mapped: one that is cut short meanwhile then ends this
        process.
    room : int, optional
        Bytes of the chunks that are decoded at a time.

    Returns
    -------
    Source
        The quickest one that is right for it; all of them give the same values.
    """
    if lent is not None and reaches_out(dataset, lent):
        return OutsideSource(dataset)
    file = RawFile.of(dataset.file)
    plain = None if file is None else _plain(dataset, _fetch(file, mapped))
    return plain or InflatingSource.of(dataset, room) or SlabSource(dataset)


def get_ready(source: Source) -> None:
    """Find out where chunks lie, before somebody waits for it."""
    if not isinstance(source, ChunkedSource | InflatingSource):
        return
    if chunks_of(source.storage) <= _SOON:
        source.get_ready()


def places(source: Source) -> ChunkIndex | None:
    """Say where chunks lie that are read past HDF5, once that was found out."""
    if isinstance(source, ChunkedSource | InflatingSource):
        return source.index
    return None


def is_in_any_order(source: Source) -> bool:
    """Whether chunks are read as quickly in any order: they are in memory."""
    return isinstance(source, ChunkedSource) and source.is_warm()


def _plain(dataset: h5py.Dataset, fetch: FileBytes) -> Source | None:
    return ContiguousSource.of(dataset, fetch) or ChunkedSource.of(dataset, fetch)


def _fetch(file: RawFile, mapped: bool) -> FileBytes:
    positioned = PositionedBytes.of(file)
    if not mapped:
        return positioned
    return MappedBytes.of(file, positioned) or positioned
