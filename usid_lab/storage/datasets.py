"""Datasets, written: Main datasets, plain arrays, and empty ones filled later."""

from collections.abc import Mapping
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LayoutError,
    SelectionError,
    WriteError,
)
from usid_lab.model.conformance import TABLES
from usid_lab.storage.ancillaries import Tables
from usid_lab.storage.bookkeeping import book_keeping
from usid_lab.storage.chunking import Chunks, Compression, storage_options
from usid_lab.storage.groups import free_name
from usid_lab.storage.linking import link_main
from usid_lab.storage.numbers import is_numeric
from usid_lab.storage.recipe import Fold, check_numbers, two_dimensional
from usid_lab.storage.screening import check_dataset
from usid_lab.storage.text import plain
from usid_lab.storage.writing import flattened, place, refusals, write_attributes

Attributes = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Empty:
    """A dataset without values yet.

    Attributes
    ----------
    shape : tuple of int
        Its shape.
    dtype : numpy.dtype
        Type of its values. Until they are filled in, real and complex numbers are
        NaN, whole numbers 0.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


def make_main(
    group: h5py.Group,
    name: str,
    data: NDArray[np.generic] | Empty,
    *,
    quantity: str,
    units: str,
    positions: Tables,
    spectra: Tables,
    attrs: Attributes | None = None,
    compression: Compression = "auto",
    chunks: Chunks = None,
) -> h5py.Dataset:
    """Write a Main dataset whose tables are in the file already.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    name : str
        A name that is free there.
    data : ndarray or Empty, shape (positions, steps)
        Its values, or what it will hold.
    quantity, units : str
        What the values are; units may be ''.
    positions, spectra : tuple of (h5py.Dataset, h5py.Dataset)
        Index and value tables.
    attrs : mapping of str to value, optional
        More attributes; they go before book-keeping of the same name.
    compression : str, int or None, optional
        As for h5py; "auto" where it pays.
    chunks : tuple of int, False or None, optional
        Shape of the chunks; False for one piece, None for a sensible choice.

    Returns
    -------
    h5py.Dataset
        The dataset. Where anything of it cannot be written, nothing is left of it.
    """
    name = free_name(group, name, "dataset")
    own = _own_attributes(name, quantity, units, flattened(attrs or {}))
    values = None if isinstance(data, Empty) else data
    options = storage_options(data.shape, data.dtype, compression, chunks, values)
    dataset = _create(group, name, data, options)
    try:
        write_attributes(dataset, {**book_keeping(), **own})
        link_main(dataset, *positions, *spectra)
    except Exception:
        del group[name]
        raise
    return dataset


def _own_attributes(
    name: str, quantity: object, units: object, attrs: Attributes
) -> dict[str, object]:
    for what, text in (("quantity", quantity), ("units", units)):
        if not isinstance(text, str):
            sentence = f"The {what} of '{plain(name)}' must be text; '' for none."
            raise ArgumentTypeError(sentence, f"got {text!r}")
    own: dict[str, object] = {"quantity": quantity, "units": units}
    for key in sorted({*own, *TABLES} & set(attrs)):
        if not isinstance(attrs[key], str) or attrs[key] != own.get(key):
            text = f"The attribute '{key}' of '{plain(name)}' is given by its argument."
            raise ArgumentError(text, f"attrs has {attrs[key]!r}")
    return {**attrs, **own}


def make_array(
    group: h5py.Group,
    name: str,
    data: ArrayLike | Empty,
    attrs: Attributes | None = None,
    **options: object,
) -> h5py.Dataset:
    """Write a plain dataset: extra data, such as a status or a calibration.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    name : str
        A name that is free there.
    data : array_like or Empty
        Numbers of any type, or text.
    attrs : mapping of str to value, optional
        Its attributes.
    **options : object
        More options of ``h5py.Group.create_dataset``.

    Returns
    -------
    h5py.Dataset
        The dataset.
    """
    name = free_name(group, name, "plain dataset")
    values = data if isinstance(data, Empty) else _array(name, data)
    dataset = _create(group, name, values, options)
    try:
        write_attributes(dataset, attrs or {})
    except Exception:
        del group[name]
        raise
    return dataset


def _array(name: str, data: ArrayLike) -> NDArray[np.generic]:
    try:
        array = np.asarray(data)
    except ValueError as error:
        text = f"The data of '{plain(name)}' are not an array."
        raise LayoutError(text, str(error)) from error
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise WriteError("Masked values have no place in HDF5; fill them first.")
    if array.dtype.kind == "U":
        return array.astype(h5py.string_dtype())
    return array


def _create(
    group: h5py.Group,
    name: str,
    data: NDArray[np.generic] | Empty,
    options: Mapping[str, object],
) -> h5py.Dataset:
    with refusals(f"The dataset '{plain(name)}'", group):
        if not isinstance(data, Empty):
            return group.create_dataset(name, data=data, **options)
        fill = {"fillvalue": blank(data.dtype)} if is_numeric(data.dtype) else {}
        given = {"shape": data.shape, "dtype": data.dtype, **fill, **options}
        return group.create_dataset(name, **given)


def blank(dtype: DTypeLike) -> np.generic:
    """Value that says that nothing was measured yet: NaN where the type has it.

    Examples
    --------
    >>> float(blank("f4")), int(blank("u2"))
    (nan, 0)
    """
    value = np.zeros((), dtype)
    for part in _parts(value):
        if part.dtype.kind in "fc":
            part[...] = np.nan
    filled: np.generic = value.flat[0]
    return filled


def _parts(value: NDArray[np.void]) -> list[NDArray[np.generic]]:
    if not value.dtype.names:
        return [value]
    return [part for name in value.dtype.names for part in _parts(value[name])]


def fill_dataset(dataset: h5py.Dataset, selection: object, data: ArrayLike) -> None:
    """Write values into a part of a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open for writing.
    selection : int, slice, list of int, or tuple of them
        As for h5py: positions first, then steps.
    data : array_like
        Of the shape of the selection, or of one that numpy broadcasts to it.

    Raises
    ------
    WriteError
        Another shape, or values that the dataset's type cannot hold.
    SelectionError
        Places that the dataset does not have.
    """
    check_dataset(dataset)
    array = np.asarray(data)
    if not _holds(dataset.dtype, array):
        text = f"{place(dataset)} holds {dataset.dtype}, not {array.dtype}."
        raise WriteError(text, "or not such values; convert them first")
    try:
        with refusals("A part", dataset):
            dataset[selection] = array
    except IndexError as error:
        text = f"{place(dataset)} has the shape {dataset.shape}."
        raise SelectionError(text, f"got {selection!r}: {error}") from error


def _holds(dtype: np.dtype[np.generic], array: NDArray[np.generic]) -> bool:
    """Whether a type takes values as they are, or rounded; HDF5 would clip others."""
    if not array.size:
        return True
    if dtype.kind in "iu" and array.dtype.kind in "iu":
        limits = np.iinfo(dtype.str)
        return int(array.min()) >= limits.min and int(array.max()) <= limits.max
    return bool(np.can_cast(array.dtype, dtype, "same_kind"))


def held(
    data: ArrayLike | None, dtype: DTypeLike | None, rows: Fold, columns: Fold
) -> NDArray[np.generic] | Empty:
    """Lay out what a Main dataset holds.

    Parameters
    ----------
    data : array_like or None
        N-D; None for what is filled later.
    dtype : data-type or None
        Of the values that come later; only without `data`.
    rows, columns : Fold
        The two sides.

    Returns
    -------
    ndarray, shape (positions, steps), or Empty
    """
    if (data is None) == (dtype is None):
        text = "A Main dataset is made of data, or empty of a dtype."
        raise ArgumentError(text, f"data: {type(data).__name__}, dtype: {dtype!r}")
    if data is not None:
        return two_dimensional(data, rows, columns)
    kind = np.dtype(dtype)
    check_numbers(kind)
    return Empty((rows.length, columns.length), kind)
