"""Region references, written and copied, by the documented names."""

from collections.abc import Mapping, Sequence
from typing import Any
from warnings import warn

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import (
    ArgumentError,
    LayoutError,
    ObjectNotFoundError,
    UsidError,
)
from usid_lab.model.dimension import Side
from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.pyusid.io.write_utils import get_aux_dset_slicing
from usid_lab.storage.regions import (
    region_names,
    region_of,
    region_reference,
    region_slices,
    write_regions,
)
from usid_lab.storage.tables import find_table, labels_of
from usid_lab.storage.writing import place, write_attributes

__all__ = [
    "attempt_reg_ref_build",
    "clean_reg_ref",
    "copy_reg_ref_reduced_dim",
    "copy_region_refs",
    "create_region_reference",
    "simple_region_ref_copy",
    "write_region_references",
]

Box = tuple[slice, ...]
Corners = NDArray[np.integer]


def attempt_reg_ref_build(
    h5_dset: h5py.Dataset,
    dim_names: Sequence[str],
    verbose: bool = False,  # noqa: ARG001
) -> dict[str, tuple[slice, slice]]:
    """Guess which part of a two-dimensional dataset belongs to each name.

    Parameters
    ----------
    h5_dset : h5py.Dataset, shape (rows, columns)
        A table of dimensions.
    dim_names : list of str
        As many names as rows, or else as columns.
    verbose : bool, optional
        Taken, without effect.

    Returns
    -------
    dict of str to tuple of slice
        Row by row or column by column, with a warning that this is a guess; empty
        where the number of names fits neither.
    """
    of_type(h5_dset, h5py.Dataset, "h5_dset")
    names = texts_of(dim_names, "dim_names")
    if len(h5_dset.shape) != 2 or len(names) not in h5_dset.shape:
        return {}
    by_rows = len(names) == h5_dset.shape[0]
    what = "row" if by_rows else "column"
    text = f"Each {what} of {place(h5_dset)} is taken to be one of {', '.join(names)}."
    warn(text, stacklevel=2)
    return get_aux_dset_slicing(names, is_spectroscopic=by_rows)


def clean_reg_ref(
    h5_dset: h5py.Dataset,
    reg_ref_tuple: slice | Sequence[slice],
    verbose: bool = False,  # noqa: ARG001
) -> Box:
    """Cut a region at the ends of its dataset.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        Any.
    reg_ref_tuple : tuple of slice
        One for each axis; a single one for a dataset of one axis.
    verbose : bool, optional
        Taken, without effect.

    Returns
    -------
    tuple of slice
        The region. The documentation speaks of a bool; what pyUSID returns, and
        what callers need, are the slices.

    Raises
    ------
    ArgumentTypeError
        If something is no slice (a TypeError).
    ArgumentError
        If there is not one slice for each axis (a ValueError).
    """
    of_type(h5_dset, h5py.Dataset, "h5_dset")
    given = [reg_ref_tuple] if isinstance(reg_ref_tuple, slice) else reg_ref_tuple
    of_type(given, (list, tuple), "reg_ref_tuple")
    if len(given) != len(h5_dset.shape):
        text = f"A region of {place(h5_dset)} has {len(h5_dset.shape)} slices."
        raise ArgumentError(text, f"got {len(given)}")
    parts = [of_type(part, slice, "reg_ref_tuple") for part in given]
    return tuple(map(_cut, parts, h5_dset.maxshape))


def write_region_references(
    h5_dset: h5py.Dataset,
    reg_ref_dict: Mapping[str, slice | Sequence[slice]],
    add_labels_attr: bool = True,
    verbose: bool = False,  # noqa: ARG001
) -> None:
    """Name parts of a dataset by region references.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        Open for writing.
    reg_ref_dict : dict of str to tuple of slice
        The regions.
    add_labels_attr : bool, optional
        Whether to write their names as ``labels`` too, in the order of the regions.
    verbose : bool, optional
        Taken, without effect.
    """
    of_type(h5_dset, h5py.Dataset, "h5_dset")
    given = of_type(reg_ref_dict, Mapping, "reg_ref_dict")
    regions = {name: clean_reg_ref(h5_dset, part) for name, part in given.items()}
    write_regions(h5_dset, regions)
    if add_labels_attr and regions:
        names = sorted(regions, key=lambda name: _starts(regions[name]))
        write_attributes(h5_dset, {"labels": names})


def create_region_reference(
    h5_main: h5py.Dataset, ref_inds: ArrayLike
) -> h5py.RegionReference | None:
    """Make a reference to blocks of a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Any.
    ref_inds : array_like of int, shape (blocks, 2, axes)
        First and last corner of each block, both inside.

    Returns
    -------
    h5py.RegionReference or None
        To all blocks together; None, with a warning, if they are no blocks of it.
    """
    of_type(h5_main, h5py.Dataset, "h5_main")
    try:
        return region_reference(h5_main, _boxes(np.asarray(ref_inds), h5_main))
    except (UsidError, TypeError, ValueError) as error:
        text = f"No region of {place(h5_main)} was made."
        warn(f"{text} {error}", stacklevel=2)
        return None


def simple_region_ref_copy(
    h5_source: h5py.Dataset, h5_target: h5py.Dataset, key: str
) -> Corners:
    """Copy a region to a dataset whose last axis may be of another length.

    Parameters
    ----------
    h5_source : h5py.Dataset
        Has the region.
    h5_target : h5py.Dataset
        Gets it; open for writing. Blocks that reach to the end of the last axis do
        so here too. (pyUSID lets all blocks do so, also single columns.)
    key : str
        Name of the region.

    Returns
    -------
    ndarray of uint64, shape (blocks, 2, 2)
        First and last corner of each block.
    """
    corners = _corners(h5_source, key)
    of_type(h5_target, h5py.Dataset, "h5_target")
    to_the_end = corners[:, 1, -1] == h5_source.shape[-1] - 1
    corners[to_the_end, 1, -1] = h5_target.shape[-1] - 1
    _write_corners(h5_target, key, corners)
    return corners.astype(np.uint64)


def copy_reg_ref_reduced_dim(
    h5_source: h5py.Dataset,
    h5_target: h5py.Dataset,
    h5_source_inds: h5py.Dataset,
    h5_target_inds: h5py.Dataset,
    key: str,
) -> Corners:
    """Copy a region to a dataset that lost spectroscopic dimensions.

    Parameters
    ----------
    h5_source : h5py.Dataset, shape (positions, steps)
        Has the region.
    h5_target : h5py.Dataset, shape (positions, fewer steps)
        Gets it; open for writing.
    h5_source_inds, h5_target_inds : h5py.Dataset
        Their spectroscopic indices, with labels.
    key : str
        Name of the region.

    Returns
    -------
    ndarray of uint64, shape (blocks, 2, 2)
        First and last corner of each block, of the steps at which the lost
        dimensions have their lowest index.

    Raises
    ------
    LayoutError
        If no step of the region is left (a ValueError).
    """
    corners = _corners(h5_source, key)
    kept = _kept_steps(h5_source_inds, h5_target_inds)
    before = np.concatenate([[0], np.cumsum(kept)])
    corners[:, 0, 1] = before[corners[:, 0, 1]]
    corners[:, 1, 1] = before[corners[:, 1, 1] + 1] - 1
    left = corners[corners[:, 0, 1] <= corners[:, 1, 1]]
    if not len(left):
        raise LayoutError(f"{place(h5_target)} has nothing of the region '{key}'.")
    _write_corners(h5_target, key, left)
    return left.astype(np.uint64)


def copy_region_refs(h5_source: h5py.Dataset, h5_target: h5py.Dataset) -> None:
    """Copy all regions of a Main dataset to another, and to its spectroscopic tables.

    Parameters
    ----------
    h5_source : h5py.Dataset
        Main dataset with region references.
    h5_target : h5py.Dataset
        Main dataset, open for writing, with the same spectroscopic dimensions or
        fewer.
    """
    of_type(h5_source, h5py.Dataset, "h5_source")
    of_type(h5_target, h5py.Dataset, "h5_target")
    source_inds = _table(h5_source, "Spectroscopic_Indices")
    tables = [
        _table(h5_target, f"Spectroscopic_{what}") for what in ("Indices", "Values")
    ]
    same = source_inds.shape[0] == tables[0].shape[0]
    for key in region_names(h5_source):
        if same:
            corners = simple_region_ref_copy(h5_source, h5_target, key)
        else:
            corners = copy_reg_ref_reduced_dim(
                h5_source, h5_target, source_inds, tables[0], key
            )
        # Tables have a row for each dimension, not for each position.
        corners[:, :, 0] = np.minimum(corners[:, :, 0], tables[0].shape[0] - 1)
        for table in tables:
            _write_corners(table, key, corners)


def _cut(part: slice, most: int | None) -> slice:
    if most is None or part.stop is None:
        return part
    return slice(part.start, min(part.stop, most), part.step)


def _starts(part: Box) -> list[int]:
    return [one.start or 0 for one in part]


def _boxes(corners: NDArray[Any], dataset: h5py.Dataset) -> list[Box]:
    axes = len(dataset.shape)
    if corners.ndim == 2 and axes == corners.shape[-1]:
        corners = corners[None]
    if corners.ndim != 3 or corners.shape[1:] != (2, axes):
        text = f"Blocks of {place(dataset)} are given by two corners of {axes} indices."
        raise ArgumentError(text, f"shape {corners.shape}")
    if (corners < 0).any() or (corners >= dataset.shape).any():
        text = f"A corner lies outside {place(dataset)}."
        raise ArgumentError(text, f"shape {dataset.shape}, corners {corners.tolist()}")
    return [
        tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
        for first, last in corners
    ]


def _corners(source: object, key: str) -> Corners:
    dataset = of_type(source, h5py.Dataset, "h5_source")
    boxes = region_slices(dataset, region_of(dataset, of_type(key, str, "key")))
    found = [[[s.start for s in box], [s.stop - 1 for s in box]] for box in boxes]
    return np.array(found, dtype=np.int64).reshape(-1, 2, len(dataset.shape))


def _write_corners(target: h5py.Dataset, key: str, corners: Corners) -> None:
    made = region_reference(target, _boxes(corners, target))
    write_attributes(target, {key: made})


def _kept_steps(source: h5py.Dataset, target: h5py.Dataset) -> NDArray[np.bool_]:
    labels = [labels_of(table, Side.SPECTROSCOPIC) or () for table in (source, target)]
    lost = [row for row, label in enumerate(labels[0]) if label not in labels[1]]
    indices = source[()][lost]
    lowest = indices == indices.min(axis=1, keepdims=True)
    kept: NDArray[np.bool_] = lowest.all(axis=0)
    return kept


def _table(main: h5py.Dataset, role: str) -> h5py.Dataset:
    table, problem = find_table(main, role)
    if table is None:
        raise ObjectNotFoundError(f"'{role}' of {place(main)} {problem}.")
    return table
