"""Main datasets and plain arrays: what is known of them without their values."""

from dataclasses import dataclass

import h5py
import numpy as np

from usid_lab.errors import (
    Fault,
    LayoutError,
    NotMainError,
    ObjectNotFoundError,
    UsidError,
)
from usid_lab.model.axis import Axis, derive_axis
from usid_lab.model.conformance import TABLES, MainFacts, TableFacts, faults
from usid_lab.model.dimension import Side
from usid_lab.model.layout import Layout, combine
from usid_lab.storage.attributes import (
    count_of,
    find_attribute,
    has_attribute,
    text_attribute,
)
from usid_lab.storage.cache import AxisCache
from usid_lab.storage.links import address, resolve
from usid_lab.storage.numbers import dtype_of, is_numeric, shape_of
from usid_lab.storage.outside import outside_of
from usid_lab.storage.scales import scaled_axes
from usid_lab.storage.screening import check_dataset
from usid_lab.storage.stamps import Stamp
from usid_lab.storage.tables import StoredTable, descriptions, find_table, table_facts
from usid_lab.storage.text import plain, safe_name

_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)
_ORIGINS = ("source_000", "source_dataset_path", "source_dataset_path_000")
_axes = AxisCache()


@dataclass(frozen=True, slots=True)
class Header:
    """A dataset, described without its values.

    Attributes
    ----------
    path : str
        HDF5 path.
    shape : tuple of int
        As stored.
    dtype : numpy.dtype
        As stored; may be of the other byte order.
    quantity, units : str
        Cleaned text, '' where the file gives none.
    chunks : tuple of int, optional
        Shape of its chunks; None where it is stored in one piece.
    """

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    quantity: str
    units: str
    chunks: tuple[int, ...] | None = None


def find_dataset(file: h5py.File, path: str) -> h5py.Dataset:
    """Find a dataset, screened; nothing of it is read."""
    found = resolve(file, path)
    if not isinstance(found, h5py.Dataset):
        raise ObjectNotFoundError(f"'{plain(path)}' is not a dataset.")
    check_dataset(found)
    return found


def header(dataset: h5py.Dataset, path: str) -> Header:
    """Describe a dataset of numbers.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.
    path : str
        The path by which it was asked for.

    Returns
    -------
    Header
        Shape, type, quantity and units.
    """
    dtype, shape = dtype_of(dataset), shape_of(dataset)
    if dtype is None or shape is None or not is_numeric(dtype):
        raise LayoutError(f"'{plain(path)}' does not hold an array of numbers.")
    quantity = text_attribute(dataset, "quantity") or ""
    units = text_attribute(dataset, "units") or ""
    return Header(path, shape, dtype, quantity, units, dataset.chunks)


def main_header(file: h5py.File, path: str) -> Header | None:
    """Describe a Main dataset; None if there is anything else, or nothing."""
    try:
        dataset = find_dataset(file, path)
    except UsidError:
        return None
    found = looks_main(dataset) and is_main(faults_of(dataset))
    return header(dataset, path) if found else None


def looks_main(dataset: h5py.Dataset) -> bool:
    """Whether somebody meant this to be a Main dataset."""
    if any(has_attribute(dataset, role) for role in TABLES):
        return True
    shape = shape_of(dataset)
    has_quantity = has_attribute(dataset, "quantity")
    return has_quantity and shape is not None and len(shape) == 2


def foreign_format(dataset: h5py.Dataset) -> str:
    """Name of another format whose marks a dataset bears; '' if there are none."""
    marks = ("DIMENSION_LIST", "data_type", "modality")
    return "NSID" if all(has_attribute(dataset, mark) for mark in marks) else ""


def faults_of(dataset: h5py.Dataset) -> tuple[Fault, ...]:
    """Find every rule of a Main dataset that a screened dataset breaks."""
    tables: dict[str, TableFacts] = {}
    for role in TABLES:
        if has_attribute(dataset, role):
            side = Side.POSITION if role.startswith("P") else Side.SPECTROSCOPIC
            tables[role] = table_facts(*find_table(dataset, role), side)
    facts = MainFacts(
        shape_of(dataset) or (),
        is_numeric(dtype_of(dataset)),
        count_of(dataset, "quantity"),
        count_of(dataset, "units"),
        tables,
        foreign_format(dataset),
    )
    return faults(facts)


def is_main(found: tuple[Fault, ...]) -> bool:
    """Whether the faults leave a Main dataset that can be used."""
    return not any(fault.severity == "error" for fault in found)


def require_main(dataset: h5py.Dataset) -> None:
    """Raise, with all reasons, unless a dataset is a Main dataset."""
    found = faults_of(dataset)
    if not is_main(found):
        name = plain(safe_name(dataset.name))
        raise NotMainError(f"'{name}' is not a Main dataset.", found)


def main_layout(dataset: h5py.Dataset, stamp: Stamp) -> Layout:
    """Derive the N-D form of a Main dataset from its tables.

    Parameters
    ----------
    dataset : h5py.Dataset
        A Main dataset.
    stamp : tuple of int
        Identity of the file's contents; tables are read once for each.

    Returns
    -------
    Layout
        Two axes, positions and spectra.
    """
    return combine([_axis(dataset, side, stamp) for side in _SIDES])


def array_layout(dataset: h5py.Dataset, stamp: Stamp) -> Layout:
    """Return the layout of a plain array, with its dimension scales if it has any.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.
    stamp : tuple of int
        As for :func:`main_layout`; scales are small and read each time.

    Returns
    -------
    Layout
        One axis for each of the array.
    """
    del stamp
    return combine(scaled_axes(dataset))


def _axis(dataset: h5py.Dataset, side: Side, stamp: Stamp) -> Axis:
    role = side.capitalize()
    indices, _ = find_table(dataset, f"{role}_Indices")
    values, _ = find_table(dataset, f"{role}_Values")
    if indices is None or values is None:
        raise LayoutError(f"'{plain(safe_name(dataset.name))}' lacks its tables.")
    reached = outside_of(dataset)
    state = () if reached is None else (dataset.file.filename, reached.state)
    key = (stamp, state, side, address(indices), address(values))
    return _axes.get(key, lambda: _derive(indices, values, side))


def _derive(indices: h5py.Dataset, values: h5py.Dataset, side: Side) -> Axis:
    table = StoredTable(indices, side)
    labels, units = descriptions(indices, values, side, table.width)
    return derive_axis(table, StoredTable(values, side), labels, units, side)


def source_of(dataset: h5py.Dataset, path: str) -> str | None:
    """Path of the dataset from which a results group was made.

    Parameters
    ----------
    dataset : h5py.Dataset
        A dataset, maybe in a results group.
    path : str
        Its path.

    Returns
    -------
    str or None
        By the group's reference, or by what it says of another file; else by its name
        ``<source>-<tool>_NNN``.
    """
    group_path = path.rsplit("/", 1)[0]
    file = dataset.file
    group = resolve(file, group_path)
    for name in _ORIGINS:
        target = find_attribute(group, name)
        if isinstance(target, str) and target.startswith("/") and target != path:
            return target
    parent, _, name = group_path.rpartition("/")
    pieces = name.split("-")
    for count in range(len(pieces) - 1, 0, -1):
        sibling = f"{parent}/{'-'.join(pieces[:count])}"
        if _is_dataset(file, sibling):
            return sibling
    return None


def _is_dataset(file: h5py.File, path: str) -> bool:
    try:
        return isinstance(resolve(file, path), h5py.Dataset)
    except (OSError, KeyError):
        return False
