"""Assertions on arrays, datasets and files."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.dataset import PlainArray
from usid_lab.model.dimension import Dimension

Array = NDArray[np.generic]


def assert_arrays_equal(actual: ArrayLike, expected: ArrayLike) -> None:
    """Assert that arrays have the same shape, type and values.

    Parameters
    ----------
    actual, expected : array_like
        Numbers of any type, compounds too. NaN equals NaN; byte order does not
        matter.

    Raises
    ------
    AssertionError
        They differ; the message says where first.

    Examples
    --------
    >>> assert_arrays_equal([1.0, float("nan")], [1.0, float("nan")])
    >>> assert_arrays_equal([[1, 2]], [[1, 3]])
    Traceback (most recent call last):
    AssertionError: 1 of 2 values differ, first at [0, 1]: 2 is not 3
    """
    got, wanted = _native(actual), _native(expected)
    if got.shape != wanted.shape:
        raise AssertionError(f"the shape {got.shape} is not {wanted.shape}")
    if got.dtype != wanted.dtype:
        raise AssertionError(f"the type {got.dtype} is not {wanted.dtype}")
    different = _differences(got, wanted)
    count = np.count_nonzero(different)
    if count:
        place = tuple(int(index) for index in np.argwhere(different)[0])
        spot = f"at [{', '.join(map(str, place))}]: {got[place]} is not {wanted[place]}"
        raise AssertionError(f"{count} of {got.size} values differ, first {spot}")


def assert_datasets_equal(
    actual: PlainArray, expected: PlainArray, *, rtol: float = 0.0
) -> None:
    """Assert that datasets hold the same values in the same dimensions.

    How the files store them does not matter: not the order of their tables and
    rows, not the chunks.

    Parameters
    ----------
    actual, expected : USIDataset or PlainArray
        Both are read whole.
    rtol : float, optional
        How much values at the indices of dimensions may differ, as a part of the
        largest; what is measured must be equal.

    Raises
    ------
    AssertionError
        They differ; the message says in what.
    """
    for what in ("quantity", "units", "dims"):
        got, wanted = getattr(actual, what), getattr(expected, what)
        if got != wanted:
            raise AssertionError(f"{what}: {got!r} is not {wanted!r}")
    for mine, other in zip(actual.dimensions, expected.dimensions, strict=True):
        _check_dimension(mine, other, rtol)
    for name, (_, grid) in expected.layout.grids.items():
        got = actual.layout.grids.get(name, ((), np.empty(0)))[1]
        _check_close(got, grid, rtol, f"values of {name!r} at each place")
    for one, two in zip(actual.layout.along, expected.layout.along, strict=True):
        _check_dimension(one, two, rtol)
    assert_arrays_equal(actual.read(), expected.read())


@contextmanager
def untouched(*paths: str | os.PathLike[str]) -> Iterator[None]:
    r"""Assert that files are the same after a block of code as before it.

    Parameters
    ----------
    *paths : str or path-like
        Files that nothing may write.

    Yields
    ------
    None

    Raises
    ------
    AssertionError
        A file is gone, or holds other bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "data.h5")
    ...     _ = path.write_bytes(b"raw")
    ...     with untouched(path):
    ...         _ = path.write_bytes(b"new")
    Traceback (most recent call last):
    AssertionError: '...data.h5' was changed
    """
    files = [Path(path) for path in paths]
    before = [_digest(file) for file in files]
    yield
    for file, digest in zip(files, before, strict=True):
        if not file.exists():
            raise AssertionError(f"'{file}' is gone")
        if _digest(file) != digest:
            raise AssertionError(f"'{file}' was changed")


def _native(values: ArrayLike) -> Array:
    array = np.asarray(values)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _differences(got: Array, wanted: Array) -> NDArray[np.bool_]:
    if got.dtype.names:
        fields = [(_field(got, n), _field(wanted, n)) for n in got.dtype.names]
        found = [_differences(mine, other) for mine, other in fields]
        different: NDArray[np.bool_] = np.logical_or.reduce(found)
        return different
    nan = (got != got) & (wanted != wanted)
    unequal: NDArray[np.bool_] = (got != wanted) & ~nan
    return unequal


def _field(array: Array, name: str) -> Array:
    field: Array = array[name]  # type: ignore[call-overload]
    return field


def _check_dimension(got: Dimension, wanted: Dimension, rtol: float) -> None:
    for what in ("name", "label", "units", "mode", "side"):
        one, two = getattr(got, what), getattr(wanted, what)
        if one != two:
            text = f"{what} of dimension {wanted.name!r}: {one!r} is not {two!r}"
            raise AssertionError(text)
    _check_close(got.values, wanted.values, rtol, f"values of {wanted.name!r}")


def _check_close(
    got: NDArray[np.floating], wanted: NDArray[np.floating], rtol: float, what: str
) -> None:
    if got.shape != wanted.shape:
        raise AssertionError(f"{what}: the shape {got.shape} is not {wanted.shape}")
    finite = wanted[np.isfinite(wanted)]
    allowed = rtol * float(np.abs(finite).max(initial=0.0))
    if not np.allclose(got, wanted, rtol=0, atol=allowed, equal_nan=True):
        raise AssertionError(f"{what}: {got} are not {wanted}")


def _digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").digest()
