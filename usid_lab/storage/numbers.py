"""Number types of datasets, and sizes that are safe to ask for."""

import math

import h5py
import numpy as np

from usid_lab.storage.links import DAMAGE


def dtype_of(dataset: h5py.Dataset) -> np.dtype[np.generic] | None:
    """Type of the values; None for a type that numpy has no name for."""
    try:
        found: np.dtype[np.generic] = dataset.id.dtype
    except DAMAGE:
        return None
    return found


def dtype_text(dataset: h5py.Dataset) -> str:
    """Type of the values, for people."""
    dtype = dtype_of(dataset)
    if dtype is None:
        return "unsupported type"
    if dtype.names:
        return f"compound of {len(dtype.names)}"
    if h5py.check_string_dtype(dtype) is not None:
        return "text"
    if h5py.check_ref_dtype(dtype) is not None:
        return "references"
    return str(dtype.newbyteorder("="))


def shape_of(dataset: h5py.Dataset) -> tuple[int, ...] | None:
    """Shape of a screened dataset; None if it holds no array."""
    try:
        shape = dataset.id.shape
    except DAMAGE:
        return None
    return None if shape is None else tuple(int(size) for size in shape)


def is_numeric(dtype: np.dtype[np.generic] | None) -> bool:
    """Whether values are numbers: real, complex, boolean, or compounds of them.

    Examples
    --------
    >>> is_numeric(np.dtype("c8")), is_numeric(np.dtype("S3"))
    (True, False)
    """
    if dtype is None:
        return False
    if dtype.fields:
        return all(is_numeric(field[0]) for field in dtype.fields.values())
    return dtype.kind in "biufc"


def native(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    """Return the type in this machine's byte order, as it is handed out."""
    if dtype.isnative:
        return dtype
    return dtype.newbyteorder("=")


def array_bytes(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> int:
    """Bytes of an array; no overflow however large it claims to be."""
    return math.prod(shape) * dtype.itemsize
