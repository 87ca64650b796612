"""References between objects of one file."""

from collections.abc import Mapping

import h5py
import numpy as np

from usid_lab.errors import ArgumentError, ArgumentTypeError, LayoutError, WriteError
from usid_lab.model.conformance import TABLES
from usid_lab.storage.attributes import attribute_names
from usid_lab.storage.groups import free_name
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.regions import moved_region
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import place, refusals, storable, write_attributes

_SCALES = frozenset((b"DIMENSION_LIST", b"REFERENCE_LIST", b"CLASS", b"NAME"))


def check_same_file(target: h5py.HLObject, other: h5py.HLObject) -> None:
    """Raise unless two objects lie in one file: references lead no further."""
    if not (target and other) or target.file.id != other.file.id:
        text = f"A reference from {place(target)} cannot lead to another file."
        raise ArgumentError(text, f"the target is {place(other)}")


def link_main(
    dataset: h5py.Dataset,
    position_indices: h5py.Dataset,
    position_values: h5py.Dataset,
    spectroscopic_indices: h5py.Dataset,
    spectroscopic_values: h5py.Dataset,
) -> None:
    """Make a dataset a Main dataset by its four references.

    Parameters
    ----------
    dataset : h5py.Dataset, shape (positions, steps)
        Open for writing.
    position_indices, position_values : h5py.Dataset, shape (positions, dimensions)
        Tables in the same file, of any name.
    spectroscopic_indices, spectroscopic_values : h5py.Dataset
        Shape (dimensions, steps).

    Raises
    ------
    LayoutError
        A table does not fit; the message gives the shapes.
    """
    given = (
        position_indices,
        position_values,
        spectroscopic_indices,
        spectroscopic_values,
    )
    tables = dict(zip(TABLES, given, strict=True))
    for role, table in tables.items():
        if not isinstance(table, h5py.Dataset):
            text = f"'{role}' is a dataset of the file."
            raise ArgumentTypeError(text, f"got {type(table).__name__}")
        check_same_file(dataset, table)
    _check_shapes(dataset, tables)
    link(dataset, tables)


def _check_shapes(dataset: h5py.Dataset, tables: Mapping[str, h5py.Dataset]) -> None:
    if len(dataset.shape) != 2:
        text = f"{place(dataset)} has {len(dataset.shape)} dimensions, not 2."
        raise LayoutError(f"A Main dataset has 2 dimensions; {text}")
    for axis, side in enumerate(("Position", "Spectroscopic")):
        indices, values = tables[f"{side}_Indices"], tables[f"{side}_Values"]
        if indices.shape != values.shape:
            text = f"{place(indices)} has the shape {indices.shape}, "
            raise LayoutError(f"{text}{place(values)} {values.shape}.")
        if len(indices.shape) != 2 or indices.shape[axis] != dataset.shape[axis]:
            what = ("rows", "columns")[axis]
            text = f"{place(indices)} has the shape {indices.shape}; it needs "
            wanted = f"{dataset.shape[axis]} {what} for {place(dataset)}."
            raise LayoutError(text + wanted)


def link(target: h5py.HLObject, objects: Mapping[str, h5py.HLObject]) -> None:
    """Refer to objects by attributes.

    Parameters
    ----------
    target : h5py object
        Open for writing.
    objects : mapping of str to h5py object
        Groups or datasets of the same file, by the names of the attributes.
    """
    for alias, found in objects.items():
        if not isinstance(found, h5py.HLObject):
            text = f"'{plain(str(alias))}' of {place(target)} needs a group or dataset."
            raise ArgumentTypeError(text, f"got {type(found).__name__}")
        check_same_file(target, found)
    write_attributes(target, {alias: found.ref for alias, found in objects.items()})


def make_alias(group: h5py.Group, name: str, target: h5py.HLObject) -> None:
    """Give an object a second name: a soft link, which names its path.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    name : str
        A name that is free there.
    target : h5py object
        Group or dataset of the same file.
    """
    check_same_file(group, target)
    name = free_name(group, name)
    with refusals(f"The link '{plain(name)}'", group):
        group[name] = h5py.SoftLink(target.name)


def copy_attributes(
    source: h5py.HLObject, target: h5py.HLObject, references: bool = False
) -> tuple[str, ...]:
    """Copy attributes from one object to another.

    Parameters
    ----------
    source, target : h5py object
        Of one file or of two; the target is open for writing.
    references : bool, optional
        Copy references too: to objects where both lie in one file, to regions of the
        source where the target has such a region too.

    Returns
    -------
    tuple of str
        Names of the attributes that were left out: references that were not wanted
        or lead to what the target does not have, dimension scales, and values of
        types that cannot be read or written here.
    """
    left_out = []
    for raw in attribute_names(source):
        value = None if raw in _SCALES else _copied(source, target, raw, references)
        if value is None:
            left_out.append(safe_name(raw))
        else:
            write_attributes(target, {raw.decode("utf-8", "surrogateescape"): value})
    return tuple(left_out)


def _copied(
    source: h5py.HLObject, target: h5py.HLObject, name: bytes, references: bool
) -> object:
    """Value for the target; None where it can have none."""
    try:
        value: object = source.attrs[name]
    except DAMAGE:
        return None
    if isinstance(value, h5py.RegionReference):
        return moved_region(source, target, value) if references else None
    if isinstance(value, h5py.Reference) or _holds_references(value):
        together = source.file.id == target.file.id
        return value if references and together else None
    return _held(value)


def _held(value: object) -> object:
    if isinstance(value, str) and not value.isascii():
        # Old files have bytes in their text that are not UTF-8; they stay as they are.
        raw = value.encode("utf-8", "surrogateescape")
        value = value if raw.decode("utf-8", "replace") == value else raw
    try:
        return storable(value)
    except WriteError:
        return None


def _holds_references(value: object) -> bool:
    if not isinstance(value, np.ndarray):
        return False
    names = value.dtype.names or ()
    dtypes = [value.dtype, *(value.dtype[name] for name in names)]
    return any(h5py.check_ref_dtype(dtype) is not None for dtype in dtypes)
