"""Helpers that prepare what is written, without touching a file."""

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.model.ancillary import index_table, indices_from_values, value_table
from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.pyusid.io.dimension import Dimension, DimType
from usid_lab.pyusid.io.dtype_utils import contains_integers
from usid_lab.storage.writing import fixed_text

__all__ = [
    "INDICES_DTYPE",
    "VALUES_DTYPE",
    "DimType",
    "Dimension",
    "build_ind_val_matrices",
    "calc_chunks",
    "clean_string_att",
    "create_spec_inds_from_vals",
    "get_aux_dset_slicing",
    "make_indices_matrix",
    "validate_dimensions",
]

INDICES_DTYPE = np.uint32
# Values that float32 cannot tell apart are written as float64 nevertheless.
VALUES_DTYPE = np.float32


def get_aux_dset_slicing(
    dim_names: Sequence[str],
    last_ind: int | None = None,
    is_spectroscopic: bool = False,
) -> dict[str, tuple[slice, slice]]:
    """Give the part of an ancillary table that belongs to each dimension.

    Parameters
    ----------
    dim_names : list of str
        Names of the dimensions, in the order of the table.
    last_ind : int, optional
        How many entries belong to them; all by default.
    is_spectroscopic : bool, optional
        Whether the dimensions are the rows of the table, not its columns.

    Returns
    -------
    dict of str to tuple of slice
        Row and column slices by name.

    Raises
    ------
    ArgumentError
        If there are no names (a ValueError).

    Examples
    --------
    >>> get_aux_dset_slicing(["X"])
    {'X': (slice(None, None, None), slice(0, 1, None))}
    """
    names = texts_of(dim_names, "dim_names")
    if not names:
        raise ArgumentError("'dim_names' must not be empty.")
    entries = slice(last_ind)
    slices = {name: (entries, slice(i, i + 1)) for i, name in enumerate(names)}
    if not is_spectroscopic:
        return slices
    return {name: (own, entries) for name, (entries, own) in slices.items()}


def make_indices_matrix(
    num_steps: int | Sequence[int] | NDArray[np.integer], is_position: bool = True
) -> NDArray[np.uint32]:
    """Make the index table of a grid.

    Later versions and 0.0.4 leave out dimensions of size 1, or refuse them. Here
    every dimension has its column, as every table of a file must.

    Parameters
    ----------
    num_steps : int or list of int
        Sizes of the dimensions, fastest first.
    is_position : bool, optional
        Whether entries are rows (positions) or columns (spectroscopic).

    Returns
    -------
    ndarray of uint32, shape (prod(num_steps), len(num_steps))
        Transposed for spectroscopic tables.

    Raises
    ------
    ArgumentTypeError
        If it is no list (a TypeError).
    ArgumentError
        If a size is not a whole number of at least 1 (a ValueError).

    Examples
    --------
    >>> make_indices_matrix([2, 2], is_position=False).tolist()
    [[0, 1, 0, 1], [0, 0, 1, 1]]
    """
    given: Any = [num_steps] if isinstance(num_steps, Integral) else num_steps
    of_type(given, (list, tuple, np.ndarray), "num_steps")
    if not contains_integers(given, min_val=1):
        text = "'num_steps' must hold whole numbers of at least 1."
        raise ArgumentError(text, repr(num_steps))
    table = index_table([int(size) for size in given][::-1])
    return table if is_position else table.T


def build_ind_val_matrices(
    unit_values: Sequence[ArrayLike], is_spectral: bool = True
) -> tuple[NDArray[np.uint32], NDArray[np.floating]]:
    """Make the index table and the value table of a grid.

    Parameters
    ----------
    unit_values : list of array_like, shape (size,)
        Values of each dimension, fastest first.
    is_spectral : bool, optional
        Whether dimensions are rows (spectroscopic) or columns (positions).

    Returns
    -------
    indices : ndarray of uint32, shape (len(unit_values), entries)
        Transposed for positions.
    values : ndarray of float32 or float64, same shape
        float64 where float32 cannot tell the values apart; pyUSID rounds them.

    Raises
    ------
    ArgumentTypeError
        If it is no list (a TypeError).
    ArgumentError
        If a dimension is not a list of numbers (a ValueError).
    """
    of_type(unit_values, (list, tuple), "unit_values")
    vectors = [np.asarray(vector, dtype=np.float64) for vector in unit_values]
    wrong = [str(vector.shape) for vector in vectors if vector.ndim != 1]
    if wrong or not vectors:
        text = "'unit_values' must hold a list of numbers for each dimension."
        raise ArgumentError(text, f"shapes {', '.join(wrong)}")
    slowest_first = vectors[::-1]
    indices = index_table([len(vector) for vector in slowest_first])
    values = value_table(slowest_first)
    return (indices.T, values.T) if is_spectral else (indices, values)


def create_spec_inds_from_vals(
    ds_spec_val_mat: ArrayLike | h5py.Dataset,
) -> NDArray[np.integer]:
    """Find the indices that belong to a table of spectroscopic values.

    Parameters
    ----------
    ds_spec_val_mat : array_like, shape (dimensions, entries)
        Values of the dimensions.

    Returns
    -------
    ndarray of int, shape (dimensions, entries)
        Indices of the dimensions. Where no value changes, the fastest dimension goes
        on by a step, such as at the turning points of a sweep; pyUSID stays there.

    Raises
    ------
    ArgumentTypeError
        If it is no array (a TypeError).
    ArgumentError
        If it does not have two axes (a ValueError).
    """
    kinds = (np.ndarray, h5py.Dataset, list, tuple)
    values = np.asarray(of_type(ds_spec_val_mat, kinds, "ds_spec_val_mat"))
    if values.ndim != 2:
        text = "A table of values has two axes: dimensions and entries."
        raise ArgumentError(text, f"shape {values.shape}")
    return indices_from_values(values)


def calc_chunks(
    dimensions: Sequence[int],
    dtype_byte_size: int,
    unit_chunks: Sequence[int] | None = None,
    max_chunk_mem: int = 10240,
) -> tuple[int, ...]:
    """Choose the shape of chunks.

    Parameters
    ----------
    dimensions : list of int
        Shape of the dataset.
    dtype_byte_size : int
        Bytes of one value.
    unit_chunks : list of int, optional
        By which steps the chunk grows along each axis; 1 by default.
    max_chunk_mem : int, optional
        Bytes of a chunk; it ends with the first step that exceeds them.

    Returns
    -------
    tuple of int
        Shape of a chunk, at most that of the dataset.

    Raises
    ------
    ArgumentTypeError
        If something is not a whole number, or a list of them (a TypeError).
    ArgumentError
        If `unit_chunks` is not as long as `dimensions` (a ValueError).

    Examples
    --------
    >>> calc_chunks((16384, 65536), 4)
    (26, 100)
    """
    shape = np.asarray(_whole(dimensions, "dimensions"), dtype=np.int64)
    steps = np.ones_like(shape)
    if unit_chunks is not None:
        steps = np.asarray(_whole(unit_chunks, "unit_chunks"), dtype=np.int64)
    if len(steps) != len(shape):
        text = "'unit_chunks' must have as many entries as 'dimensions'."
        raise ArgumentError(text, f"{len(steps)} and {len(shape)}")
    most = of_type(max_chunk_mem, Integral, "max_chunk_mem")
    values = int(most) // of_type(dtype_byte_size, Integral, "dtype_byte_size")
    chunk = steps.copy()
    while math.prod(chunk.tolist()) <= values and (chunk < shape).any():
        longest = np.argmax(shape / chunk)
        chunk[longest] += steps[longest]
    return tuple(np.clip(chunk, 1, shape).tolist())


def clean_string_att(att_val: Any) -> Any:
    """Make text fit for an attribute.

    Parameters
    ----------
    att_val : object
        Any value of an attribute.

    Returns
    -------
    object
        Lists and arrays that hold text become arrays of bytes in UTF-8 (0.0.4
        refuses what is not ASCII); everything else is returned as it is.

    Examples
    --------
    >>> clean_string_att(["a", "bc"])
    array([b'a', b'bc'], dtype='|S2')
    """
    if isinstance(att_val, str):
        return str(att_val)
    if isinstance(att_val, bytes | Mapping) or not isinstance(att_val, Iterable):
        return att_val
    if isinstance(att_val, np.ndarray) and att_val.dtype.kind not in "OSU":
        return att_val
    items = list(att_val.flat if isinstance(att_val, np.ndarray) else att_val)
    if not any(isinstance(item, str | bytes) for item in items):
        return att_val
    shape = att_val.shape if isinstance(att_val, np.ndarray) else (len(items),)
    return fixed_text([_decoded(item) for item in items]).reshape(shape)


def validate_dimensions(
    dimensions: Dimension | Iterable[Dimension], dim_type: str = "Position"
) -> list[Dimension]:
    """Return dimensions as a list, whatever they came in. Not in 0.0.4.

    Parameters
    ----------
    dimensions : Dimension or iterable of Dimension
        One or several.
    dim_type : str, optional
        What they are, for messages.

    Returns
    -------
    list of Dimension
        In the order in which they came.

    Raises
    ------
    ArgumentTypeError
        If something else is among them (a TypeError).
    """
    given: Any = [dimensions] if isinstance(dimensions, Dimension) else dimensions
    of_type(given, (list, tuple, np.ndarray), f"{dim_type} dimensions")
    return [of_type(one, Dimension, f"{dim_type} dimension") for one in np.ravel(given)]


def _whole(numbers: Any, what: str) -> list[int]:
    of_type(numbers, (list, tuple, np.ndarray), what)
    if not contains_integers(numbers, min_val=1):
        text = f"'{what}' must hold whole numbers of at least 1."
        raise ArgumentTypeError(text, repr(numbers))
    return [int(number) for number in numbers]


def _decoded(item: object) -> str:
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
