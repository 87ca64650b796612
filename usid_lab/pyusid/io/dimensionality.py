"""What ancillary tables say of dimensions: sizes, order, values, names."""

import warnings
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DimensionError,
    LayoutError,
    ObjectNotFoundError,
)
from usid_lab.model.dimension import Side, unique_names
from usid_lab.pyusid.arguments import in_memory, of_type, texts_of
from usid_lab.pyusid.io.dtype_utils import contains_integers
from usid_lab.storage.attributes import text_attribute, texts_attribute
from usid_lab.storage.tables import descriptions
from usid_lab.storage.text import plain
from usid_lab.storage.writing import place

Table: TypeAlias = h5py.Dataset | NDArray[np.number]
_TABLES = (np.ndarray, h5py.Dataset)


def get_dimensionality(
    ds_index: Table, index_sort: Sequence[int] | None = None
) -> list[int]:
    """Count the different indices of each dimension.

    Parameters
    ----------
    ds_index : h5py.Dataset or ndarray, 2-D
        Index table. Dimensions are along the axis that the table's labels count; of
        an array, along the shorter one (the first of two that are equal).
    index_sort : sequence of int, optional
        Order in which they are returned; that of the table by default.

    Returns
    -------
    list of int
        Sizes.

    Raises
    ------
    ArgumentTypeError
        If the table is none; also a TypeError.
    ArgumentError
        If `index_sort` does not name dimensions; also a ValueError.
    """
    rows = _rows(of_type(in_memory(ds_index), _TABLES, "ds_index"))
    order = range(len(rows)) if index_sort is None else _order(index_sort, len(rows))
    return [len(np.unique(rows[row])) for row in order]


def get_sort_order(ds_spec: Table) -> NDArray[np.intp]:
    """Order the dimensions by how often their index changes.

    Parameters
    ----------
    ds_spec : h5py.Dataset or ndarray, 2-D
        Index table, dimensions as for :func:`get_dimensionality`.

    Returns
    -------
    ndarray of int
        Numbers of the dimensions from fastest to slowest; of those that change
        equally often, the later one first.

    Raises
    ------
    ArgumentTypeError
        If the table is none; also a TypeError.
    """
    rows = _rows(of_type(in_memory(ds_spec), _TABLES, "ds_spec"))
    within = (rows[:, 1:] != rows[:, :-1]).sum(axis=1)
    around = rows[:, 0] != rows[:, -1]
    return np.argsort(within + around, kind="stable")[::-1]


def get_unit_values(
    h5_inds: Table,
    h5_vals: Table,
    dim_names: str | Iterable[str] | None = None,
    all_dim_names: Iterable[str] | None = None,
    verbose: bool = False,  # noqa: ARG001
    *,
    is_spec: bool | None = None,
) -> dict[str, NDArray[np.number]]:
    """Take the values of dimensions out of a pair of tables.

    Parameters
    ----------
    h5_inds, h5_vals : h5py.Dataset or ndarray, 2-D
        Index and value table of one side.
    dim_names : str or list of str, optional
        Which dimensions; all by default.
    all_dim_names : list of str, optional
        Names of all of them; needed for arrays, which have no labels.
    verbose : bool, optional
        Taken for the sake of old scripts; nothing is printed.
    is_spec : bool, optional
        Whether the tables are spectroscopic, an entry in each column. Known by the
        labels, or by the shape, where they tell. Not in 0.0.4.

    Returns
    -------
    dict
        Values by name, where each index is met first, in the order of the indices.
        Of a set of scattered points these are all values of a dimension; later
        versions raise a ValueError for some of these tables.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type, or arrays come without names.
    DimensionError
        If there is no such dimension; also a KeyError.
    LayoutError
        If shapes or names do not fit; also a ValueError.
    """
    inds = of_type(in_memory(h5_inds), _TABLES, "h5_inds")
    vals = of_type(in_memory(h5_vals), _TABLES, "h5_vals")
    if inds.shape != vals.shape:
        text = "Index and value table have different shapes."
        raise LayoutError(text, f"{inds.shape} and {vals.shape}")
    by_rows = _dims_in_rows(inds) if is_spec is None else is_spec
    names = _all_names(inds, vals, all_dim_names, by_rows)
    wanted = names if dim_names is None else texts_of(dim_names, "dim_names")
    for name in wanted:
        if name not in names:
            known = plain(", ".join(names))
            text = f"There is no dimension '{plain(name)}'; there are: {known}."
            raise DimensionError(text)
    values, indices = (_rows(table, by_rows=by_rows) for table in (vals, inds))
    return {name: _met(indices, values, names.index(name)) for name in wanted}


def get_data_descriptor(h5_dset: h5py.Dataset) -> str:
    """Say what a dataset holds.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        A Main dataset.

    Returns
    -------
    str
        ``"quantity (units)"``; 'unknown quantity', 'unknown units' where missing.

    Raises
    ------
    ArgumentTypeError
        If it is no dataset; also a TypeError.
    """
    dataset = of_type(h5_dset, h5py.Dataset, "h5_dset")
    quantity = text_attribute(dataset, "quantity")
    units = text_attribute(dataset, "units")
    return "{} ({})".format(
        "unknown quantity" if quantity is None else quantity,
        "unknown units" if units is None else units,
    )


def get_formatted_labels(h5_dset: h5py.Dataset) -> list[str]:
    """Say what the dimensions of a table are.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        An ancillary table with the attributes `labels` and `units`.

    Returns
    -------
    list of str
        ``"label (unit)"`` for each dimension. A warning where units are missing.

    Raises
    ------
    ArgumentTypeError
        If it is no dataset; also a TypeError.
    ObjectNotFoundError
        If it has no labels; also a KeyError.
    LayoutError
        If there are not as many units as labels; also a ValueError.
    """
    dataset = of_type(h5_dset, h5py.Dataset, "h5_dset")
    labels = texts_attribute(dataset, "labels")
    if labels is None:
        raise ObjectNotFoundError(f"{place(dataset)} has no attribute 'labels'.")
    units = texts_attribute(dataset, "units")
    if units is None:
        text = f"{place(dataset)} has no attribute 'units'."
        warnings.warn(text, stacklevel=2)
        units = ("",) * len(labels)
    if len(labels) != len(units):
        text = f"{place(dataset)} has {len(labels)} labels and {len(units)} units."
        raise LayoutError(text)
    return [described(*both) for both in zip(labels, units, strict=True)]


def described(label: str, unit: str) -> str:
    """Write a label with its unit.

    Examples
    --------
    >>> described("X", "m"), described("Cycle", "")
    ('X (m)', 'Cycle ()')
    """
    return f"{label} ({unit})"


def _rows(table: Table, *, by_rows: bool | None = None) -> NDArray[np.number]:
    """Read a table, one row for each dimension."""
    if by_rows is None:
        by_rows = _dims_in_rows(table)
    whole: NDArray[np.number] = table[()]
    whole = np.atleast_2d(whole)
    return whole if by_rows else whole.T


def _dims_in_rows(table: Table) -> bool:
    if len(table.shape) != 2:
        return True
    rows, columns = (int(size) for size in table.shape)
    if isinstance(table, h5py.Dataset):
        count = len(texts_attribute(table, "labels") or ())
        if rows != columns and count in (rows, columns):
            return count == rows
        name = str(table.name).rsplit("/", 1)[-1]
        if rows == columns and name.startswith("Position"):
            return False
    return rows <= columns


def _order(given: Sequence[int], count: int) -> list[int]:
    order = np.asarray(given)
    if order.ndim != 1 or not contains_integers(given, min_val=0):
        text = "'index_sort' must be a list of whole numbers from 0."
        raise ArgumentError(text, repr(given))
    if order.max() >= count:
        text = f"'index_sort' names a dimension beyond the {count} of the table."
        raise ArgumentError(text, repr(given))
    return [int(number) for number in order]


def _all_names(
    inds: Table, vals: Table, given: Iterable[str] | None, by_rows: bool
) -> list[str]:
    count = int(inds.shape[0 if by_rows else 1])
    if given is not None:
        names = texts_of(given, "all_dim_names")
        if len(names) != count:
            text = f"'all_dim_names' has {len(names)} names for {count} dimensions."
            raise LayoutError(text)
        return names
    if not isinstance(inds, h5py.Dataset) or not isinstance(vals, h5py.Dataset):
        text = "Arrays have no labels: 'all_dim_names' must name their dimensions."
        raise ArgumentTypeError(text)
    side = Side.SPECTROSCOPIC if by_rows else Side.POSITION
    labels, _ = descriptions(inds, vals, side, count)
    return list(unique_names([(label, side) for label in labels]))


def _met(
    indices: NDArray[np.number], values: NDArray[np.number], row: int
) -> NDArray[np.number]:
    """Return the value at each index, where it is met first."""
    _, first = np.unique(indices[row], return_index=True)
    met: NDArray[np.number] = values[row, first]
    return met
