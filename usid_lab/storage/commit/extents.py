"""Where the values of datasets lie in their file."""

import itertools
from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.storage.links import DAMAGE
from usid_lab.storage.listing import walk

Extents = NDArray[np.int64]
NONE: Extents = np.empty((0, 2), dtype=np.int64)


def extents(dataset: h5py.Dataset) -> Extents:
    """Tell the places of a dataset's stored values.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of an open file; its values are not touched.

    Returns
    -------
    ndarray of int, shape (pieces, 2)
        First byte of each piece, and its length; none where values are kept in the
        description, in another file or nowhere yet.
    """
    plist = dataset.id.get_create_plist()
    layout = plist.get_layout()
    if layout == h5py.h5d.CONTIGUOUS and plist.get_external_count() == 0:
        offset = dataset.id.get_offset()
        if offset is None:
            return NONE
        return np.array([[offset, dataset.id.get_storage_size()]], dtype=np.int64)
    if layout == h5py.h5d.CHUNKED and dataset.id.get_storage_size():
        pairs = ((found.byte_offset, found.size) for found in stored_chunks(dataset))
        flat = itertools.chain.from_iterable(pairs)
        return np.fromiter(flat, dtype=np.int64).reshape(-1, 2)
    return NONE


def stored_chunks(dataset: h5py.Dataset) -> list[h5py.h5d.StoreInfo]:
    """Tell where the chunks of a dataset are; those that were never written are not.

    Parameters
    ----------
    dataset : h5py.Dataset
        In chunks.

    Returns
    -------
    list of h5py.h5d.StoreInfo
    """
    stored = dataset.id
    if not hasattr(stored, "chunk_iter"):  # an older HDF5, and much slower
        return [stored.get_chunk_info(n) for n in range(stored.get_num_chunks())]
    found: list[h5py.h5d.StoreInfo] = []
    stored.chunk_iter(found.append)
    return found


def datasets(file: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    """Walk all datasets of a file, those too that are never opened for reading.

    Parameters
    ----------
    file : h5py.File
        Open.

    Yields
    ------
    path : str
        HDF5 path.
    dataset : h5py.Dataset
        Not screened: ask for its description only.
    """
    for path, found in walk(file["/"]):
        if isinstance(found, h5py.Dataset):
            yield path, found


def known(dataset: h5py.Dataset) -> Extents | None:
    """Like :func:`extents`; None where the description of the dataset is damaged."""
    try:
        return extents(dataset)
    except DAMAGE:
        return None
