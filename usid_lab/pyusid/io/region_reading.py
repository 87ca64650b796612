"""Region references: what they select, and its values."""

import warnings
from itertools import product

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.arguments import of_type
from usid_lab.storage.regions import read_region, region_slices

_METHODS = ("slices", "corners", "points")


def get_region(h5_dset: h5py.Dataset, reg_ref_name: str) -> NDArray[np.generic]:
    """Read the values of a region.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        The dataset whose attribute is the region reference.
    reg_ref_name : str
        Name of the attribute.

    Returns
    -------
    ndarray
        Axes of length 1 are squeezed out.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    ObjectNotFoundError
        If there is no such region; also a KeyError.
    """
    dataset = of_type(h5_dset, h5py.Dataset, "h5_dset")
    return read_region(dataset, of_type(reg_ref_name, str, "reg_ref_name")).squeeze()


def get_indices_for_region_ref(
    h5_main: h5py.Dataset, ref: h5py.RegionReference, return_method: str = "slices"
) -> NDArray[np.generic]:
    """Say what a region reference selects.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The dataset to which it refers.
    ref : h5py.RegionReference
        A region of blocks.
    return_method : {"slices", "corners", "points"}, optional
        What is returned of each block.

    Returns
    -------
    ndarray
        "slices": objects, shape (blocks, axes), ends exclusive as in all of Python
        (pyUSID leaves out the last index). "corners": first and last index of each
        block, both inclusive, shape (2 blocks, axes). "points": indices of all
        points, shape (points, axes). Empty, with a warning, where nothing is selected.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    ArgumentError
        If the method is unknown; also a ValueError.
    """
    dataset = of_type(h5_main, h5py.Dataset, "h5_main")
    reference = of_type(ref, h5py.RegionReference, "ref")
    if of_type(return_method, str, "return_method") not in _METHODS:
        text = f"'return_method' must be one of {', '.join(_METHODS)}."
        raise ArgumentError(text, repr(return_method))
    boxes = region_slices(dataset, reference)
    if not boxes:
        warnings.warn("The region reference selects nothing.", stacklevel=2)
        return np.empty(0)
    if return_method == "slices":
        return np.array(boxes, dtype=object)
    if return_method == "corners":
        return np.array([corner for box in boxes for corner in _corners(box)])
    ranges = ([range(part.start, part.stop) for part in box] for box in boxes)
    return np.array([point for box in ranges for point in product(*box)])


def _corners(box: tuple[slice, ...]) -> tuple[list[int], list[int]]:
    return [part.start for part in box], [part.stop - 1 for part in box]
