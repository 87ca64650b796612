"""Ancillary datasets: index and value tables, labels and units."""

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.model.conformance import TableFacts
from usid_lab.model.dimension import Side
from usid_lab.storage.attributes import (
    attribute_names,
    count_of,
    reference_attribute,
    texts_attribute,
)
from usid_lab.storage.links import DAMAGE, wrap
from usid_lab.storage.numbers import dtype_of, shape_of
from usid_lab.storage.screening import refusal
from usid_lab.storage.text import clean_text, plain, safe_name

_SMALL = 1 << 16  # entries


class StoredTable:
    """An index or value table in a file, read in blocks.

    Parameters
    ----------
    dataset : h5py.Dataset
        Two-dimensional, screened.
    side : Side
        Position tables hold an entry in each row, spectroscopic ones in each column.
    """

    def __init__(self, dataset: h5py.Dataset, side: Side) -> None:
        self._dataset = dataset
        self._by_rows = side is Side.POSITION
        rows, columns = dataset.shape
        self.length = int(rows if self._by_rows else columns)
        self.width = int(columns if self._by_rows else rows)
        self._whole: NDArray[np.number] | None = None

    def block(self, start: int, stop: int) -> NDArray[np.number]:
        """Entries from `start` to `stop`, shape (width, stop - start)."""
        if self.length > _SMALL:
            return self._read(start, stop)
        # One read costs less than finding out what to read.
        if self._whole is None:
            self._whole = self._read(0, self.length)
        return self._whole[:, start:stop]

    def _read(self, start: int, stop: int) -> NDArray[np.number]:
        try:
            if self._by_rows:
                found: NDArray[np.number] = self._dataset[start:stop].T
            else:
                found = self._dataset[:, start:stop]
        except DAMAGE as error:
            name = plain(safe_name(self._dataset.name))
            raise DamagedDataError(f"'{name}' cannot be read.", str(error)) from error
        return found


def referred(owner: h5py.HLObject, raw: bytes) -> tuple[h5py.Dataset | None, str]:
    """Follow an attribute that should refer to a dataset.

    Parameters
    ----------
    owner : h5py.Group or h5py.Dataset
        Where the attribute is.
    raw : bytes
        Its stored name.

    Returns
    -------
    dataset : h5py.Dataset or None
        What it refers to, not screened.
    problem : str
        Why there is none: the rest of a sentence that begins with its name.
    """
    reference = reference_attribute(owner, raw)
    if reference is None:
        return None, "is not a reference to an object"
    if not reference:
        return None, "is a null reference"
    try:
        found = wrap(h5py.h5r.dereference(reference, owner.id))
    except DAMAGE:
        return None, "refers to nothing that exists"
    if not isinstance(found, h5py.Dataset):
        return None, "refers to something that is not a dataset"
    return found, ""


def find_table(main: h5py.Dataset, role: str) -> tuple[h5py.Dataset | None, str]:
    """Follow one of the four references of a Main dataset.

    Parameters
    ----------
    main : h5py.Dataset
        Where the reference is an attribute.
    role : str
        Name of the attribute, such as ``"Position_Indices"``.

    Returns
    -------
    table : h5py.Dataset or None
        Screened, nothing of it read.
    problem : str
        Why there is none: the rest of a sentence that begins with its name.
    """
    found, problem = referred(main, role.encode())
    if found is None:
        return None, problem
    reason = refusal(found)
    return (None, f"is refused: {reason}") if reason else (found, "")


def table_facts(table: h5py.Dataset | None, problem: str, side: Side) -> TableFacts:
    """Sum up a table without reading it."""
    if table is None:
        return TableFacts(problem=problem)
    shape = shape_of(table)
    if shape is None:
        return TableFacts(problem="holds no array")
    dtype = dtype_of(table)
    numeric = dtype is not None and dtype.kind in "biuf"
    return TableFacts(shape, numeric, _labels(table, side), count_of(table, "units"))


def _labels(table: h5py.Dataset, side: Side) -> int | None:
    count = count_of(table, "labels")
    if count is None:
        names = _region_names(table, side)
        return None if names is None else len(names)
    return count


def labels_of(table: h5py.Dataset, side: Side) -> tuple[str, ...] | None:
    """Labels of a table; of old files, the names of its region references."""
    labels = texts_attribute(table, "labels")
    return _region_names(table, side) if labels is None else labels


def _region_names(table: h5py.Dataset, side: Side) -> tuple[str, ...] | None:
    axis = 1 if side is Side.POSITION else 0
    starts = {}
    for raw in attribute_names(table)[:1000]:
        try:
            value = table.attrs[raw]
            if isinstance(value, h5py.RegionReference) and value:
                space = h5py.h5r.get_region(value, table.id)
                starts[clean_text(raw)] = int(space.get_select_bounds()[0][axis])
        except DAMAGE:
            continue
    return tuple(sorted(starts, key=starts.__getitem__)) or None


def descriptions(
    indices: h5py.Dataset, values: h5py.Dataset, side: Side, width: int
) -> tuple[list[str], list[str]]:
    """Labels and units, one for each dimension whatever the file gives.

    Parameters
    ----------
    indices, values : h5py.Dataset
        The two tables of a side.
    side : Side
        Positions or spectra.
    width : int
        Number of dimensions.

    Returns
    -------
    labels, units : list of str
        Labels that are missing are numbered, units that are missing are ''.
    """
    labels = labels_of(indices, side) or labels_of(values, side) or ()
    units = texts_attribute(values, "units") or texts_attribute(indices, "units") or ()
    named = [
        label or _numbered(side, number)
        for number, label in enumerate(_padded(labels, width))
    ]
    return named, _padded(units, width)


def _padded(texts: tuple[str, ...], width: int) -> list[str]:
    return [*texts[:width], *[""] * (width - len(texts))]


def _numbered(side: Side, number: int) -> str:
    return f"{side.capitalize()} dimension {number + 1}"
