"""Attributes as they are written, and what HDF5 refuses, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentTypeError, ReadOnlyError, UsidError, WriteError
from usid_lab.storage.filenames import file_name
from usid_lab.storage.text import plain, safe_name

REFUSALS = (KeyError, TypeError, ValueError, OSError, RuntimeError)
_LARGEST = 64_000  # bytes that the header of an object takes for one attribute
_NESTED = 8


def write_attributes(target: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    """Write attributes; nothing is left out.

    Text becomes text, also where it is long; None an empty attribute, which is read
    as None again. The entries of a nested mapping get joined names: ``{"fit":
    {"method": "lm"}}`` is written as ``fit.method``.

    Parameters
    ----------
    target : h5py object
        Open for writing.
    attributes : mapping of str to value
        Numbers, text, references, lists and arrays of them, None, and mappings.

    Raises
    ------
    WriteError
        HDF5 cannot hold one of them, which it names. Attributes before it have been
        written.
    """
    for name, value in flattened(attributes).items():
        with _named(target, name, value):
            target.attrs[name] = _checked(name, value)


def check_attributes(target: h5py.HLObject, attributes: Mapping[str, object]) -> None:
    """Raise the WriteError of :func:`write_attributes`, before anything is written.

    Parameters
    ----------
    target : h5py object
        Where they are to go, or the group in which that will lie.
    attributes : mapping of str to value
        As there.
    """
    for name, value in flattened(attributes).items():
        with _named(target, name, value):
            _checked(name, value)


@contextmanager
def _named(target: h5py.HLObject, name: str, value: object) -> Iterator[None]:
    try:
        yield
    except REFUSALS as error:
        reason = error.message if isinstance(error, UsidError) else str(error)
        _check_mode(target, error)
        text = (
            f"The attribute '{plain(safe_name(name))}' of {place(target)} cannot "
            f"be written to HDF5: it is {_described(value)}."
        )
        raise WriteError(text, reason) from error


def flattened(attributes: Mapping[str, object]) -> dict[str, object]:
    """Attributes without nesting.

    Examples
    --------
    >>> flattened({"gain": 2, "fit": {"method": "lm", "start": {"A": 1}}})
    {'gain': 2, 'fit.method': 'lm', 'fit.start.A': 1}
    """
    found: dict[str, object] = {}
    for name, value in _entries(attributes, "", 0):
        if name in found:
            raise WriteError(f"Two attributes would be called '{plain(name)}'.")
        found[name] = value
    return found


def _entries(
    attributes: Mapping[str, object], prefix: str, depth: int
) -> Iterator[tuple[str, object]]:
    if depth > _NESTED:
        raise WriteError(f"The attribute '{plain(prefix)}' is nested too deeply.")
    given: object = attributes
    if not isinstance(given, Mapping):
        text = "Attributes are a mapping of their names to their values."
        raise ArgumentTypeError(text, f"got {type(given).__name__}")
    items: Iterable[tuple[object, object]] = attributes.items()
    for name, value in items:
        if not isinstance(name, str):
            text = "Names of attributes are text."
            raise ArgumentTypeError(text, f"got {name!r}")
        if isinstance(value, Mapping) and value:
            yield from _entries(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name, None if isinstance(value, Mapping) else value


def _checked(name: str, value: object) -> object:
    if not name or "\0" in name:
        # HDF5 would cut the name without a word.
        raise WriteError("a name is not empty, and holds no NUL")
    return storable(value)


def storable(value: object) -> object:
    """Return what h5py takes for an attribute; WriteError if HDF5 cannot hold it."""
    found = _storable(value)
    if isinstance(found, np.ndarray) and found.nbytes > _LARGEST:
        text = "an attribute holds at most 64 kB; write a dataset instead"
        raise WriteError(text)
    return found


def _storable(value: object) -> object:
    if value is None:
        return h5py.Empty(np.float32)
    if isinstance(value, np.str_):
        return str(value)
    if isinstance(value, str | bytes | h5py.Reference | h5py.Empty):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "O" and h5py.check_ref_dtype(array.dtype):
        return array
    if array.dtype.kind == "O" and all(isinstance(v, str | bytes) for v in array.flat):
        array = _bytes_of(list(array.flat)).reshape(array.shape)
    if array.dtype.kind == "U":
        array = fixed_text([str(text) for text in array.flat]).reshape(array.shape)
    if array.dtype.kind in "OMmV" and array.dtype.names is None:
        raise WriteError("HDF5 has no place for that type")
    return array if array.ndim else array[()]


def _bytes_of(texts: Sequence[str | bytes]) -> NDArray[np.bytes_]:
    encoded = [text if isinstance(text, bytes) else _encoded(text) for text in texts]
    length = max((len(text) for text in encoded), default=0)
    return np.array(encoded, dtype=f"S{max(1, length)}")


def _encoded(text: str) -> bytes:
    if "\0" in text:
        raise WriteError("text in a list holds no NUL")
    return text.encode("utf-8")


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
    try:
        return _bytes_of(texts)
    except UnicodeEncodeError as error:
        raise WriteError("That text has no form in UTF-8.", str(error)) from error


@contextmanager
def refusals(what: str, owner: h5py.HLObject) -> Iterator[None]:
    """Say in words what HDF5 refuses to write.

    Parameters
    ----------
    what : str
        Beginning of the sentence, such as ``"The group 'a'"``.
    owner : h5py object
        Where it was to be written.
    """
    try:
        yield
    except UsidError:
        raise
    except REFUSALS as error:
        _check_mode(owner, error)
        text = f"{what} cannot be written in {place(owner)}."
        raise WriteError(text, str(error)) from error


def _check_mode(owner: h5py.HLObject, error: Exception) -> None:
    if owner and owner.file.mode == "r":
        text = f"The file of {place(owner)} is open for reading only."
        raise ReadOnlyError(text, "open it with 'r+'") from error


def place(owner: h5py.HLObject) -> str:
    """HDF5 path and file of an object, for messages."""
    if not owner:
        return "a file that is closed"
    return f"'{plain(safe_name(owner.name or '?'))}' of '{file_name(owner.file)}'"


def _described(value: object) -> str:
    if isinstance(value, str | bytes):
        return f"text of {len(value):,} characters"
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    if isinstance(shape, tuple):
        return f"a {kind} of dtype {getattr(value, 'dtype', '?')}, shape {shape}"
    shown = plain(repr(value))
    return f"the {kind} {shown if len(shown) <= 60 else shown[:57] + '...'}"
