"""Checks of data types, and the ways between compound, complex and real arrays."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.pyusid.arguments import of_type

Array: TypeAlias = NDArray[Any]
ToReal: TypeAlias = Callable[[Array], Array] | type[np.generic]

__all__ = [
    "check_dtype",
    "contains_integers",
    "flatten_complex_to_real",
    "flatten_compound_to_real",
    "flatten_to_real",
    "get_compound_sub_dtypes",
    "is_complex_dtype",
    "stack_real_to_complex",
    "stack_real_to_compound",
    "stack_real_to_target_dtype",
    "validate_dtype",
]


def contains_integers(iter_int: Iterable[Any], min_val: int | None = None) -> bool:
    """Tell whether every item is a whole number, and at least `min_val`.

    Parameters
    ----------
    iter_int : iterable
        The items; 5.0 counts as whole.
    min_val : int, optional
        Smallest value that is allowed.

    Returns
    -------
    bool
        False also where there are no items, or one is no number.

    Raises
    ------
    ArgumentTypeError
        If `iter_int` is no iterable (a TypeError).
    ArgumentError
        If `min_val` is not whole (a ValueError).

    Examples
    --------
    >>> contains_integers([1, 2, -3]), contains_integers([1, 5], min_val=2)
    (True, False)
    """
    of_type(iter_int, Iterable, "iter_int")
    if min_val is not None and not _whole(min_val):
        raise ArgumentError("'min_val' must be a whole number.", repr(min_val))
    items = list(iter_int)
    least = -np.inf if min_val is None else min_val
    return bool(items) and all(_whole(item) and item >= least for item in items)


def _whole(item: Any) -> bool:
    real = isinstance(item, int | float | np.integer | np.floating)
    return real and bool(np.isfinite(item)) and bool(item % 1 == 0)


def get_compound_sub_dtypes(struct_dtype: DTypeLike) -> dict[str, np.dtype[np.generic]]:
    """Give the data type of each field of a compound type.

    Parameters
    ----------
    struct_dtype : numpy.dtype
        A compound (structured) type.

    Returns
    -------
    dict of str to numpy.dtype
        In the order of the fields.

    Raises
    ------
    ArgumentTypeError
        If it is no compound type (a TypeError).
    """
    dtype = of_type(struct_dtype, np.dtype, "struct_dtype")
    if dtype.fields is None:
        raise ArgumentTypeError(f"{dtype} is not a compound data type.")
    return {name: dtype.fields[name][0] for name in dtype.names or ()}


def is_complex_dtype(dtype: DTypeLike) -> bool:
    """Tell whether a type is complex64 or complex128.

    Parameters
    ----------
    dtype : dtype_like
        Any numpy type.

    Returns
    -------
    bool
        False for complex256, as documented: HDF5 tools cannot hold it portably.
    """
    validate_dtype(dtype)
    return np.dtype(dtype).newbyteorder("=") in (np.complex64, np.complex128)


def validate_dtype(dtype: DTypeLike) -> bool:
    """Make sure that something is a data type.

    Parameters
    ----------
    dtype : dtype_like
        A numpy type, a scalar type, or a description of a compound type.

    Returns
    -------
    bool
        True.

    Raises
    ------
    ArgumentTypeError
        If numpy cannot make a data type of it (a TypeError).
    """
    text = "'dtype' is not a data type."
    # numpy takes None for float64.
    if dtype is None:
        raise ArgumentTypeError(text, "None")
    try:
        np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(text, str(error)) from error
    return True


def flatten_complex_to_real(ds_main: Array | h5py.Dataset) -> Array:
    """Put the imaginary parts behind the real parts, along the last axis.

    Parameters
    ----------
    ds_main : array of complex, shape (..., n)
        A numpy array or an HDF5 dataset.

    Returns
    -------
    ndarray of float, shape (..., 2 n)
        Real parts, then imaginary parts.

    Raises
    ------
    ArgumentTypeError
        If it is no array of complex64 or complex128 (a TypeError).
    """
    array = np.atleast_1d(_array(ds_main))
    if not is_complex_dtype(array.dtype):
        raise ArgumentTypeError("The data are not complex.", f"dtype {array.dtype}")
    return np.concatenate([array.real, array.imag], axis=-1)


def flatten_compound_to_real(ds_main: Array | h5py.Dataset) -> Array:
    """Put the fields of compound values behind each other, along the last axis.

    Parameters
    ----------
    ds_main : array of compound, shape (..., n)
        A numpy array, a single compound value or an HDF5 dataset.

    Returns
    -------
    ndarray of float, shape (..., fields * n)
        The fields in the order of the type.

    Raises
    ------
    ArgumentTypeError
        If the values are not compound (a TypeError).
    """
    array = _array(ds_main)
    if array.dtype.names is None:
        raise ArgumentTypeError("The data are not compound.", f"dtype {array.dtype}")
    fields = [np.atleast_1d(array[name]) for name in array.dtype.names]
    return np.concatenate(fields, axis=-1)


def flatten_to_real(ds_main: Array | h5py.Dataset) -> Array:
    """Make real numbers of complex or compound ones.

    Parameters
    ----------
    ds_main : array, shape (..., n)
        A numpy array or an HDF5 dataset.

    Returns
    -------
    ndarray, shape (..., k * n)
        k numbers a value; real data come back as they are.
    """
    data = _array_like(ds_main)
    if is_complex_dtype(data.dtype):
        return flatten_complex_to_real(data)
    if data.dtype.names is not None:
        return flatten_compound_to_real(data)
    real: Array = data
    return real


def check_dtype(h5_dset: h5py.Dataset) -> tuple[ToReal, bool, bool, int, int]:
    """Tell how a two-dimensional dataset becomes real numbers.

    Parameters
    ----------
    h5_dset : h5py.Dataset, shape (rows, columns)
        The dataset.

    Returns
    -------
    func : callable
        Makes real numbers of the values.
    is_complex, is_compound : bool
        What the values are.
    n_features : int
        Columns once they are real.
    type_mult : int
        Bytes of one value once it is real; fields of compounds count as float32.

    Raises
    ------
    ArgumentTypeError
        If it is no dataset (a TypeError).
    ArgumentError
        If it does not have two axes (a ValueError).
    """
    of_type(h5_dset, h5py.Dataset, "h5_dset")
    if len(h5_dset.shape) != 2:
        raise ArgumentError("'h5_dset' must have two axes.", f"shape {h5_dset.shape}")
    dtype, columns = h5_dset.dtype, int(h5_dset.shape[1])
    if dtype.names is not None:
        count = len(dtype.names)
        return flatten_compound_to_real, False, True, count * columns, 4 * count
    if is_complex_dtype(dtype):
        size = dtype.itemsize
        return flatten_complex_to_real, True, False, 2 * columns, size
    real = np.float64 if dtype.newbyteorder("=") == np.float64 else np.float32
    return real, False, False, columns, np.dtype(real).itemsize


def stack_real_to_complex(ds_real: Array | h5py.Dataset) -> Array:
    """Make complex numbers of real parts followed by imaginary parts.

    Parameters
    ----------
    ds_real : array of real numbers, shape (..., 2 n)
        What `flatten_complex_to_real` gives.

    Returns
    -------
    ndarray of complex, shape (..., n)
        The complex values.

    Raises
    ------
    ArgumentTypeError
        If the data are complex or compound already (a TypeError).
    ArgumentError
        If the last axis has an odd length (a ValueError).
    """
    array = _real(ds_real)
    real, imaginary = _parts(array, 2)
    return real + 1j * imaginary


def stack_real_to_compound(
    ds_real: Array | h5py.Dataset, compound_type: DTypeLike
) -> Array:
    """Make compound values of fields that lie behind each other.

    Parameters
    ----------
    ds_real : array of real numbers, shape (..., fields * n)
        What `flatten_compound_to_real` gives.
    compound_type : numpy.dtype
        The compound type.

    Returns
    -------
    ndarray of `compound_type`, shape (..., n)
        Axes of length 1 are dropped.

    Raises
    ------
    ArgumentTypeError
        If the data are not real, or the type is not compound (a TypeError).
    ArgumentError
        If the last axis cannot be divided (a ValueError).
    """
    array = _real(ds_real)
    names = list(get_compound_sub_dtypes(compound_type))
    parts = _parts(array, len(names))
    stacked = np.empty(parts[0].shape, dtype=compound_type)
    for name, part in zip(names, parts, strict=True):
        stacked[name] = part
    return np.squeeze(stacked)


def stack_real_to_target_dtype(
    ds_real: Array | h5py.Dataset, new_dtype: DTypeLike
) -> Array:
    """Make complex, compound or other real values of real ones.

    Parameters
    ----------
    ds_real : array of real numbers
        What `flatten_to_real` gives.
    new_dtype : dtype_like
        What the values were before.

    Returns
    -------
    ndarray of `new_dtype`
        The inverse of `flatten_to_real`.
    """
    validate_dtype(new_dtype)
    dtype = np.dtype(new_dtype)
    if is_complex_dtype(dtype):
        return stack_real_to_complex(ds_real).astype(dtype)
    if dtype.names is not None:
        return stack_real_to_compound(ds_real, dtype)
    real: Array = _array(ds_real).astype(dtype)[()]
    return real


def _array_like(data: object) -> Any:
    if isinstance(data, list | tuple):
        return np.asarray(data)
    return of_type(data, (np.ndarray, h5py.Dataset, np.generic), "ds_main")


def _array(data: object) -> Array:
    found: Array = np.asarray(_array_like(data)[()])
    return found


def _real(data: object) -> Array:
    array = _array(data)
    if array.dtype.kind not in "biuf":
        raise ArgumentTypeError("The data are not real numbers.", f"{array.dtype}")
    return array


def _parts(array: Array, count: int) -> list[Array]:
    if array.ndim == 0 or array.shape[-1] % count:
        text = f"The last axis cannot be divided into {count} equal parts."
        raise ArgumentError(text, f"shape {array.shape}")
    return np.split(array, count, axis=-1)
