"""Attributes: names first, values on demand, previews that stay small."""

from contextlib import suppress

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError, ObjectNotFoundError, RefusedError
from usid_lab.model.contents import Attribute, AttributePage
from usid_lab.storage.links import DAMAGE, path_of, resolve
from usid_lab.storage.text import clean_text, plain, safe_name, safe_text

PREVIEW = 4096  # characters
_LONGEST_LINE = 4 * PREVIEW  # bytes of UTF-8
_LARGEST_PREVIEWED = 1 << 20  # bytes
_LARGEST_READ = 1 << 28
_SHOWN_ITEMS = 256
_VARIABLE = h5py.string_dtype()

AttributeData = (
    str | bool | int | float | complex | NDArray[np.generic] | tuple[str, ...] | None
)


def attribute_count(owner: h5py.HLObject) -> int:
    """Count the attributes of an object."""
    try:
        return int(h5py.h5a.get_num_attrs(owner.id))
    except DAMAGE as error:
        raise _damaged(owner, error) from error


def has_attribute(owner: h5py.HLObject, name: str) -> bool:
    """Whether there is such an attribute; False where that cannot be read."""
    try:
        return bool(h5py.h5a.exists(owner.id, name.encode()))
    except DAMAGE:
        return False


def attribute_names(
    owner: h5py.HLObject, start: int = 0, stop: int | None = None
) -> list[bytes]:
    """Names of attributes, as they are stored.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.
    start, stop : int, optional
        Which of them, in the order of their names.

    Returns
    -------
    list of bytes
        Stored names.
    """
    total = attribute_count(owner)
    wanted = max(0, min(total, total if stop is None else stop) - start)
    names: list[bytes] = []

    def collect(name: bytes, *_: object) -> bool | None:
        names.append(name)
        return True if len(names) >= wanted else None

    try:
        if wanted:
            h5py.h5a.iterate(owner.id, collect, index=start)
    except DAMAGE as error:
        raise _damaged(owner, error) from error
    return names


def attribute_page(
    owner: h5py.HLObject, start: int = 0, stop: int = 200
) -> AttributePage:
    """Preview some attributes of an object.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.
    start, stop : int, optional
        Which of them, in the order of their names.

    Returns
    -------
    AttributePage
        Values as text, each at most 4 KB; what is larger is not read.
    """
    names = attribute_names(owner, start, stop)
    shown = tuple(_preview(owner, name) for name in names)
    return AttributePage(start, attribute_count(owner), shown)


def read_attribute(owner: h5py.HLObject, name: str | bytes) -> AttributeData:
    """Read the value of an attribute.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.
    name : str or bytes
        Name of the attribute.

    Returns
    -------
    str, number, ndarray, tuple of str or None
        Text is decoded; references become the paths of their targets.
    """
    raw = name if isinstance(name, bytes) else _stored_name(owner, name)
    nbytes = _stored_size(owner, raw)
    if nbytes > _LARGEST_READ:
        text = f"The attribute '{plain(safe_name(raw))}' takes {nbytes:,} bytes."
        raise RefusedError(text)
    try:
        return _value(owner.attrs[raw], owner.file)
    except DAMAGE as error:
        text = f"The attribute '{plain(safe_name(raw))}' cannot be read."
        raise ObjectNotFoundError(text, str(error)) from error


def find_attribute(owner: h5py.HLObject, name: str) -> AttributeData:
    """Like :func:`read_attribute`, but None where there is none of sensible size."""
    raw = name.encode()
    if _opened(owner, raw) is None:
        return None
    try:
        return _value(owner.attrs[raw], owner.file)
    except (*DAMAGE, RefusedError):
        return None


def text_attribute(owner: h5py.HLObject, name: str) -> str | None:
    """Text of a scalar attribute, on one line; None where it is missing."""
    found = _opened(owner, name.encode())
    if found is None:
        return None
    stored = _one_text(found)
    if stored is not None:
        return clean_text(stored[:_LONGEST_LINE])[:PREVIEW]
    value = find_attribute(owner, name)
    if isinstance(value, tuple):
        value = value[0] if value else ""
    if isinstance(value, np.ndarray):
        value = str(value.ravel()[0]) if value.size else ""
    return None if value is None else _line(value)


def count_of(owner: h5py.HLObject, name: str) -> int | None:
    """Count the items of an attribute without reading it; None where it is missing."""
    found = _opened(owner, name.encode())
    try:
        return None if found is None else found.get_space().get_simple_extent_npoints()
    except DAMAGE:
        return None


def texts_attribute(owner: h5py.HLObject, name: str) -> tuple[str, ...] | None:
    """Texts of a list attribute, each on one line; None where it is missing."""
    value = find_attribute(owner, name)
    if value is None:
        return None
    if isinstance(value, tuple):
        return tuple(_line(text) for text in value)
    if isinstance(value, np.ndarray):
        return tuple(_line(text) for text in value.ravel())
    return (_line(value),)


def _line(value: object) -> str:
    return clean_text(str(value)[:PREVIEW])


def reference_attribute(
    owner: h5py.HLObject, name: str | bytes
) -> h5py.Reference | None:
    """Return the object reference of an attribute; None if it holds no such thing."""
    found = _opened(owner, name if isinstance(name, bytes) else name.encode())
    try:
        if found is None or found.get_type() != h5py.h5t.STD_REF_OBJ:
            return None
        if found.get_space().get_simple_extent_npoints() != 1:
            return None
        values = np.empty(found.shape, h5py.ref_dtype)
        found.read(values)
    except DAMAGE:
        return None
    return values.item()


def _opened(owner: h5py.HLObject, raw: bytes) -> h5py.h5a.AttrID | None:
    """Return an attribute of sensible size; opened once, for many are looked at."""
    try:
        if not h5py.h5a.exists(owner.id, raw):
            return None
        found = h5py.h5a.open(owner.id, raw)
    except DAMAGE:
        return None
    return found if _size(found) <= _LARGEST_PREVIEWED else None


def _size(found: h5py.h5a.AttrID) -> int:
    try:
        return int(found.get_storage_size())
    except DAMAGE:  # HDF5 takes a size of 0 for an error.
        return 0


def _one_text(found: h5py.h5a.AttrID) -> bytes | None:
    """Read a single text as it is stored, without what h5py makes of it."""
    try:
        kind = found.get_type()
        if kind.get_class() != h5py.h5t.STRING or found.shape != ():
            return None
        variable = kind.is_variable_str()
        value = np.empty((), _VARIABLE if variable else f"S{kind.get_size()}")
        found.read(value)
    except DAMAGE:
        return None
    # A text of variable length that was never written is a null pointer.
    return bytes(value.item() or b"")


def _stored_name(owner: h5py.HLObject, name: str) -> bytes:
    direct = name.encode("utf-8", "surrogateescape")
    if h5py.h5a.exists(owner.id, direct):
        return direct
    alike = (raw for raw in attribute_names(owner) if safe_name(raw) == name)
    found = next(alike, None)
    if found is None:
        raise ObjectNotFoundError(f"There is no attribute '{plain(name)}'.")
    return found


def _stored_size(owner: h5py.HLObject, name: bytes) -> int:
    try:
        return _size(h5py.h5a.open(owner.id, name))
    except DAMAGE:
        return 0


def _damaged(owner: h5py.HLObject, error: Exception) -> DamagedDataError:
    text = f"The attributes of '{plain(safe_name(owner.name))}' are damaged."
    return DamagedDataError(text, str(error))


def _preview(owner: h5py.HLObject, name: bytes) -> Attribute:
    shown = safe_name(name)
    nbytes = _stored_size(owner, name)
    if nbytes > _LARGEST_PREVIEWED:
        return Attribute(shown, f"({nbytes / 2**20:,.1f} MB)", truncated=True)
    try:
        value = _value(owner.attrs[name], owner.file)
    except (*DAMAGE, RefusedError) as error:
        return Attribute(shown, f"(cannot be read: {plain(str(error))})"[:PREVIEW])
    text, cut = _as_text(value)
    return Attribute(shown, text[:PREVIEW], truncated=cut or len(text) > PREVIEW)


def _as_text(value: AttributeData) -> tuple[str, bool]:
    if value is None:
        return "(empty)", False
    if isinstance(value, tuple):
        return ", ".join(value[:_SHOWN_ITEMS]), len(value) > _SHOWN_ITEMS
    if not isinstance(value, np.ndarray):
        return str(value), False
    items = [str(item) for item in value.ravel()[:_SHOWN_ITEMS]]
    return ", ".join(items), value.size > _SHOWN_ITEMS


def _value(raw: object, file: h5py.File) -> AttributeData:
    if isinstance(raw, h5py.Empty):
        return None
    if isinstance(raw, str | bytes | np.bytes_ | np.str_ | h5py.Reference):
        return _text(raw, file)
    array = np.asarray(raw)
    if array.dtype.kind in "SUO":
        return tuple(_text(item, file) for item in array.ravel())
    if array.ndim:
        return array
    item = array.item()
    return item if isinstance(item, bool | int | float | complex) else array


def _text(raw: object, file: h5py.File) -> str:
    if isinstance(raw, h5py.RegionReference):
        target = path_of(raw, file)
        return f"region of {target}" if target else "null reference"
    if isinstance(raw, h5py.Reference):
        return path_of(raw, file) or "null reference"
    if isinstance(raw, np.ndarray):
        return safe_text(", ".join(str(item) for item in raw.ravel()[:_SHOWN_ITEMS]))
    return safe_text(raw)


def owner_at(file: h5py.File, path: str) -> h5py.HLObject:
    """Find the object whose attributes are asked for."""
    return resolve(file, path)


def shown_names(owner: h5py.HLObject) -> list[str]:
    """Names of all attributes, as safe text."""
    return [safe_name(raw) for raw in attribute_names(owner)]


def attribute_values(owner: h5py.HLObject) -> dict[str, AttributeData]:
    """Read all attributes; what cannot be read is left out.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.

    Returns
    -------
    dict
        Values by name.
    """
    values: dict[str, AttributeData] = {}
    for raw in attribute_names(owner):
        with suppress(ObjectNotFoundError, RefusedError):
            values[safe_name(raw)] = read_attribute(owner, raw)
    return values
