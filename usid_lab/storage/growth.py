"""Datasets that may grow, and what HDF5 tells wrong of them."""

import itertools

import h5py


def tells_places(dataset: h5py.Dataset) -> bool:
    """Whether HDF5 tells the places of chunks in the order in which it reads them.

    Since 1.10 it keeps the chunks of a dataset that may grow along one axis in an array
    in which that axis comes first, but counts through it as if that was not so.

    Parameters
    ----------
    dataset : h5py.Dataset
        Chunked.
    """
    growing = [axis for axis, most in enumerate(dataset.maxshape) if most is None]
    if len(growing) != 1:
        return True
    rows = zip(dataset.maxshape, dataset.chunks, strict=True)
    return all(most <= length for most, length in itertools.islice(rows, growing[0]))
