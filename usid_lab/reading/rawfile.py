"""What may be read past HDF5: a file that it reads as one, and types as they stand."""

import h5py

from usid_lab.storage.links import DAMAGE
from usid_lab.storage.numbers import dtype_of, is_numeric


def is_one_file(file: h5py.h5f.FileID) -> bool:
    """Whether HDF5 reads a file as it is on the disk, and nobody here writes it."""
    try:
        driver = file.get_access_plist().get_driver()
        return bool(
            driver == h5py.h5fd.SEC2 and file.get_intent() == h5py.h5f.ACC_RDONLY
        )
    except DAMAGE:
        return False


def descriptor_of(file: h5py.h5f.FileID) -> int | None:
    """HDF5's own descriptor: so it is the same file, whatever has its name."""
    return int(file.get_vfd_handle()) if is_one_file(file) else None


def is_verbatim(dataset: h5py.Dataset) -> bool:
    """Whether values stand in the file with the bytes that numpy gives them.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.

    Returns
    -------
    bool
        True for numbers and compounds of them, in either byte order; false for text,
        references, numbers of odd widths, and compounds with other gaps.
    """
    dtype = dtype_of(dataset)
    if dtype is None or not is_numeric(dtype):
        return False
    return bool(h5py.h5t.py_create(dtype, logical=True) == dataset.id.get_type())
