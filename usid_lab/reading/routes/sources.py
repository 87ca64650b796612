"""Ways to read hyperslabs of a dataset; which one is taken."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import TruncatedFileError
from usid_lab.reading.outside import OutsideSource
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.routes.chunked import ChunkedSource, chunks_of
from usid_lab.reading.routes.chunkindex import ChunkIndex
from usid_lab.reading.routes.contiguous import ContiguousSource
from usid_lab.reading.routes.inflating import InflatingSource
from usid_lab.reading.routes.mapped import MappedBytes
from usid_lab.reading.routes.positioned import FileBytes, PositionedBytes
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.stopping import Stop
from usid_lab.storage.outside import reaches_out

_SOON = 1 << 20  # chunks of which HDF5 tells the places in some seconds


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


def get_ready(source: Source, stop: Stop | None = None) -> bool:
    """Find out where chunks lie, before somebody waits for it.

    Parameters
    ----------
    source : Source
    stop : callable, optional
        Asked every few milliseconds; true ends it.

    Returns
    -------
    bool
        Whether there is nothing left to find out.
    """
    if not isinstance(source, ChunkedSource | InflatingSource):
        return True
    return chunks_of(source.storage) > _SOON or source.get_ready(stop)


def expect(source: Source, box: Box, stop: Stop | None = None) -> None:
    """Find out where chunks lie if a read is one of those for which that pays.

    Parameters
    ----------
    source : Source
    box : Box
        What is read next.
    stop : callable, optional
        Ends it, once somebody waits for something else: the read is then as right,
        but slower. To be asked again before the read.
    """
    if isinstance(source, ChunkedSource | InflatingSource):
        with suppress(TruncatedFileError):  # the read says where
            source.expect(box, stop)


def places(source: Source) -> ChunkIndex | None:
    """Say where chunks lie that are read past HDF5, once that was found out."""
    if isinstance(source, ChunkedSource | InflatingSource):
        return source.index
    return None


def sweep(
    source: Source, box: Box, stop: Stop | None = None
) -> Iterator[NDArray[np.generic]] | None:
    """Read rows of a hyperslab, some at a time, each valid until the next.

    Parameters
    ----------
    source : Source
    box : Box
        Of it.
    stop : callable, optional
        As for :func:`expect`.

    Returns
    -------
    iterator of ndarray or None
        None where a block is better read at once.
    """
    if not isinstance(source, ContiguousSource | ChunkedSource):
        return None
    expect(source, box, stop)
    return source.sweep(box)


def is_in_any_order(source: Source, stop: Stop | None = None) -> bool:
    """Whether chunks are read as quickly in any order: they are in memory.

    Parameters
    ----------
    source : Source
        All of it is read next: it is found out first where its chunks lie, for nobody
        else can be served while another thread asks HDF5 for that.
    stop : callable, optional
        Ends that; true is no answer then.
    """
    if not _is_learnt(source, stop):
        return False
    return isinstance(source, ChunkedSource) and source.is_warm()


def is_serial(source: Source) -> bool:
    """Whether several threads read no sooner than one: HDF5 serves one at a time."""
    if isinstance(source, InflatingSource):
        return bool(source.is_serial)
    return isinstance(source, SlabSource | OutsideSource)


def _is_learnt(source: Source, stop: Stop | None) -> bool:
    """Find out where chunks lie, after whatever is more urgent."""
    if not isinstance(source, ChunkedSource | InflatingSource):
        return True
    while not source.get_ready(stop):
        if stop is not None and stop():
            return False
    return True


def _plain(dataset: h5py.Dataset, fetch: FileBytes) -> Source | None:
    return ContiguousSource.of(dataset, fetch) or ChunkedSource.of(dataset, fetch)


def _fetch(file: RawFile, mapped: bool) -> FileBytes:
    positioned = PositionedBytes.of(file)
    if not mapped:
        return positioned
    return MappedBytes.of(file, positioned) or positioned
