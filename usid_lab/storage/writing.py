"""Attributes and arrays as they are written."""

from collections.abc import Mapping, Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import WriteError
from usid_lab.storage.text import plain

AttributeValue = (
    str
    | bytes
    | int
    | float
    | complex
    | bool
    | np.generic
    | NDArray[np.generic]
    | Sequence[str]
    | Sequence[float]
    | None
)


def write_attributes(target: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    """Write attributes; None is left out.

    Parameters
    ----------
    target : h5py object
        Open for writing.
    attributes : mapping of str to value
        Numbers, text, and lists or arrays of them.
    """
    for name, value in attributes.items():
        if value is None:
            continue
        try:
            target.attrs[name] = _storable(value)
        except (TypeError, ValueError, OSError, RuntimeError) as error:
            text = f"The attribute '{plain(str(name))}' cannot be written to HDF5."
            raise WriteError(text, str(error)) from error


def _storable(value: object) -> object:
    if isinstance(value, np.str_):
        return str(value)
    if isinstance(value, str | bytes | h5py.Reference):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "U":
        return fixed_text([str(text) for text in array.ravel()]).reshape(array.shape)
    if array.dtype.kind in "OMmV" and array.dtype.names is None:
        raise WriteError(f"HDF5 has no place for {type(value).__name__}.")
    return array if array.ndim else array[()]


def fixed_text(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """Text as an array of bytes of one length, as the specification has labels.

    Parameters
    ----------
    texts : sequence of str
        Written as UTF-8.

    Returns
    -------
    ndarray of bytes, shape (len(texts),)
        dtype ``|S<longest>``, at least ``|S1``.
    """
    encoded = [text.encode("utf-8", "replace") for text in texts]
    length = max((len(text) for text in encoded), default=0)
    return np.array(encoded, dtype=f"S{max(1, length)}")
