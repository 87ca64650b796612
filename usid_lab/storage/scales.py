"""Dimension scales: names, units and values of a plain array's dimensions."""

from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import LayoutError
from usid_lab.model.axis import Axis, plain_axis
from usid_lab.model.dimension import Dimension, Side
from usid_lab.storage.attributes import text_attribute
from usid_lab.storage.links import DAMAGE, wrap
from usid_lab.storage.numbers import dtype_of, shape_of
from usid_lab.storage.screening import refusal
from usid_lab.storage.text import clean_text, plain, safe_name

_LONGEST = 1 << 25


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    name: str
    units: str
    values: NDArray[np.float64] | None


def scaled_axes(dataset: h5py.Dataset) -> list[Axis]:
    """Axes of a plain array.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; scales that are attached to it name its dimensions.

    Returns
    -------
    list of Axis
        One for each dimension; without a scale its values count from 0.
    """
    shape = shape_of(dataset) or ()
    if max(shape, default=0) > _LONGEST:
        text = f"'{plain(safe_name(dataset.name))}' is too long for a viewer."
        raise LayoutError(text, f"shape {shape}")
    return [_axis(dataset, number, size) for number, size in enumerate(shape)]


def _axis(dataset: h5py.Dataset, number: int, size: int) -> Axis:
    scale = _scale(dataset, number, size)
    label = _label(dataset, number) or scale.name
    counted = np.arange(size, dtype=np.float64)
    values = counted if scale.values is None else scale.values
    name = label or f"Dimension {number + 1}"
    found = Dimension.found(name, scale.units, values, Side.ARRAY, label=label)
    return plain_axis(found)


def _label(dataset: h5py.Dataset, number: int) -> str:
    try:
        return clean_text(dataset.dims[number].label)
    except DAMAGE:
        return ""


def _scale(dataset: h5py.Dataset, number: int, size: int) -> _Scale:
    nothing = _Scale("", "", None)
    try:
        reference = _attached(dataset, number)
        found = wrap(h5py.h5r.dereference(reference, dataset.file.id))
    except (*DAMAGE, IndexError):
        return nothing
    if not isinstance(found, h5py.Dataset) or refusal(found):
        return nothing
    name = text_attribute(found, "NAME") or safe_name(found.name).rsplit("/", 1)[-1]
    if name.startswith("This is a netCDF dimension"):
        name = ""
    return _Scale(name, text_attribute(found, "units") or "", _values(found, size))


def _attached(dataset: h5py.Dataset, number: int) -> h5py.Reference:
    """Return the first scale of a dimension: the list is long only in a bad file."""
    name = b"DIMENSION_LIST"
    attribute = h5py.h5a.open(dataset.id, name)
    if attribute.shape != (dataset.ndim,):
        raise ValueError("DIMENSION_LIST does not fit")
    return dataset.attrs[name][number][0]


def _values(scale: h5py.Dataset, size: int) -> NDArray[np.float64] | None:
    dtype = dtype_of(scale)
    if dtype is None or dtype.kind not in "biuf" or shape_of(scale) != (size,):
        return None
    try:
        values: NDArray[np.float64] = scale[:].astype(np.float64)
    except DAMAGE:
        return None
    return values
