"""From two dimensions to N and back, by the documented functions."""

from typing import TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError, LayoutError
from usid_lab.model.dimension import Side
from usid_lab.pyusid.arguments import in_memory, is_lazy, of_type
from usid_lab.pyusid.io.checking import require_main
from usid_lab.pyusid.io.ndform import nd_form
from usid_lab.pyusid.io.unfolding import Unfolding, plain_unfolding, unfolding_of
from usid_lab.storage.attributes import texts_attribute
from usid_lab.storage.tables import find_table

Array: TypeAlias = NDArray[np.generic]
Table: TypeAlias = h5py.Dataset | NDArray[np.number]
_SIDES = (Side.POSITION, Side.SPECTROSCOPIC)
_ARRAYS = (h5py.Dataset, np.ndarray)
_NAMES = {
    Side.POSITION: ("h5_pos", "Position_Indices", "Position Dimension"),
    Side.SPECTROSCOPIC: ("h5_spec", "Spectroscopic_Indices", "Spectral Dimension"),
}


def reshape_to_n_dims(
    h5_main: h5py.Dataset | Array,
    h5_pos: Table | None = None,
    h5_spec: Table | None = None,
    get_labels: bool = False,
    verbose: bool = False,  # noqa: ARG001
    sort_dims: bool = False,
    lazy: bool = False,
) -> list[object]:
    """Unfold a 2-D dataset into the N dimensions of its tables.

    Parameters
    ----------
    h5_main : h5py.Dataset or ndarray, 2-D
        A Main dataset; with one of the tables given, any 2-D array, also of dask:
        the result is lazy then too.
    h5_pos, h5_spec : h5py.Dataset or ndarray, 2-D, optional
        Index tables of its rows and columns. Those of a Main dataset are found by
        its references; an axis without a table is one dimension.
    get_labels : bool, optional
        Return the labels of the dimensions too.
    verbose : bool, optional
        Taken for the sake of old scripts; nothing is printed.
    sort_dims : bool, optional
        Dimensions from fastest to slowest, positions first; else in the order of the
        tables. (Later versions sort from slowest to fastest.)
    lazy : bool, optional
        Return a dask array, read when it is computed. Not in 0.0.4.

    Returns
    -------
    values : ndarray
        N-D, each value where its indices say; a place without an entry is NaN, and
        integers then become float64.
    success : bool or str
        True; "Positions" where only the rows have a grid; False where they have none
        and the values stay in two dimensions. (Later versions raise a ValueError.)
    labels : ndarray of str
        Only if asked for.

    Raises
    ------
    NotMainError
        If there are no tables and it is no Main dataset; also a ValueError.
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    LayoutError
        If a table does not fit the dataset; also a ValueError.
    """
    if h5_pos is None and h5_spec is None:
        require_main(h5_main, "h5_main")
    lazy = lazy or is_lazy(h5_main)
    main = h5_main if is_lazy(h5_main) else of_type(h5_main, _ARRAYS, "h5_main")
    rows = _side(main, Side.POSITION, h5_pos)
    columns = _side(main, Side.SPECTROSCOPIC, h5_spec)
    form = nd_form(rows, columns, sort_dims=sort_dims)
    values = form.lazy(main) if lazy else form.read(main)
    found: list[object] = [values, form.success]
    return [*found, np.array(form.labels)] if get_labels else found


def reshape_from_n_dims(
    data_n_dim: Array,
    h5_pos: Table | None = None,
    h5_spec: Table | None = None,
    verbose: bool = False,  # noqa: ARG001
) -> tuple[Array, bool]:
    """Fold N dimensions into two, the inverse of :func:`reshape_to_n_dims`.

    Parameters
    ----------
    data_n_dim : ndarray
        Its dimensions in the order of the tables, positions first. Those of a side
        without a table go from slowest to fastest.
    h5_pos, h5_spec : h5py.Dataset or ndarray, 2-D, optional
        Index tables of the rows and columns; at least one of them.
    verbose : bool, optional
        Taken for the sake of old scripts; nothing is printed.

    Returns
    -------
    values : ndarray, 2-D
        Positions, spectroscopic steps. An array of fewer than two dimensions is
        handed back as it is.
    success : bool
        True.

    Raises
    ------
    ArgumentError
        If there is no table; also a ValueError.
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    LayoutError
        If the array does not fit the tables; also a ValueError.
    """
    if not is_lazy(data_n_dim):
        of_type(data_n_dim, np.ndarray, "data_n_dim")
    if h5_pos is None and h5_spec is None:
        raise ArgumentError("Either 'h5_pos' or 'h5_spec' must be given.")
    if data_n_dim.ndim < 2:
        return data_n_dim, True
    rows, columns = _table(Side.POSITION, h5_pos), _table(Side.SPECTROSCOPIC, h5_spec)
    if rows is None:
        assert columns is not None
        rows, data_n_dim = _leading(data_n_dim, columns)
    elif columns is None:
        columns, data_n_dim = _trailing(data_n_dim, rows)
    return nd_form(rows, columns).folded(data_n_dim), True


def _leading(values: Array, columns: Unfolding) -> tuple[Unfolding, Array]:
    """Join the dimensions before those of the columns to one."""
    kept = values.shape[values.ndim - len(columns.grid.sizes) :]
    joined = values.reshape((-1, *kept))
    return plain_unfolding(len(joined), "Position"), joined


def _trailing(values: Array, rows: Unfolding) -> tuple[Unfolding, Array]:
    """Join the dimensions behind those of the rows to one."""
    kept = values.shape[: len(rows.grid.sizes)]
    joined = values.reshape((*kept, -1))
    return plain_unfolding(joined.shape[-1], "Spectral Step"), joined


def _side(main: h5py.Dataset | Array, side: Side, given: Table | None) -> Unfolding:
    """Return the unfolding of an axis, by the table that is given or that it has."""
    argument, role, label = _NAMES[side]
    axis = _SIDES.index(side)
    table = given
    if table is None and isinstance(main, h5py.Dataset):
        table, _ = find_table(main, role)
    found = _table(side, table)
    if found is None:
        return plain_unfolding(int(main.shape[axis]), f"{label} 0")
    if found.length != main.shape[axis]:
        text = f"'{argument}' describes {found.length} entries, not {main.shape[axis]}."
        raise LayoutError(text)
    return found


def _table(side: Side, table: Table | None) -> Unfolding | None:
    argument, _, label = _NAMES[side]
    if table is None:
        return None
    indices = of_type(in_memory(table), _ARRAYS, argument)
    if isinstance(indices, np.ndarray):
        indices = np.atleast_2d(indices)
    if len(indices.shape) != 2:
        text = f"'{argument}' has {len(indices.shape)} dimensions, not 2."
        raise LayoutError(text)
    width = int(indices.shape[1 if side is Side.POSITION else 0])
    return unfolding_of(indices, side, _labels(indices, width, label))


def _labels(indices: Table, width: int, label: str) -> list[str]:
    found: tuple[str, ...] = ()
    if isinstance(indices, h5py.Dataset):
        found = texts_attribute(indices, "labels") or ()
    return [*found[:width], *(f"{label} {n}" for n in range(len(found), width))]
