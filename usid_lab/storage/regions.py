"""Region references: parts of a dataset that have a name."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentError,
    DamagedDataError,
    ObjectNotFoundError,
    SelectionError,
)
from usid_lab.storage.attributes import attribute_names
from usid_lab.storage.links import DAMAGE, wrap
from usid_lab.storage.screening import check_dataset
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import place, refusals, write_attributes

Region = tuple[slice, ...] | Sequence[tuple[slice, ...]]


def region_names(owner: h5py.HLObject) -> tuple[str, ...]:
    """Names of the region references of an object, also of unreadable ones.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.

    Returns
    -------
    tuple of str
        In the order of the names.
    """
    return tuple(
        safe_name(raw) for raw in attribute_names(owner) if _is_region(owner, raw)
    )


def _is_region(owner: h5py.HLObject, name: bytes) -> bool:
    try:
        kind = h5py.h5a.open(owner.id, name).get_type()
        return bool(kind.equal(h5py.h5t.STD_REF_DSETREG))
    except DAMAGE:
        return False


def region_of(owner: h5py.HLObject, name: str) -> h5py.RegionReference:
    """Region reference of that name.

    Parameters
    ----------
    owner : h5py object
        Group or dataset.
    name : str
        Name of the attribute.

    Returns
    -------
    h5py.RegionReference
        ObjectNotFoundError if there is none.
    """
    names = {safe_name(raw): raw for raw in attribute_names(owner)}
    if name not in names or not _is_region(owner, names[name]):
        known = ", ".join(map(plain, region_names(owner))) or "none"
        text = f"{place(owner)} has no region '{plain(str(name))}'; it has: {known}."
        raise ObjectNotFoundError(text)
    try:
        found = owner.attrs[names[name]]
    except DAMAGE as error:
        raise _unreadable(owner, error) from error
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.ravel()[0]
    if not isinstance(found, h5py.RegionReference) or not found:
        text = f"The region '{plain(name)}' of {place(owner)} refers to nothing."
        raise ObjectNotFoundError(text)
    return found


def region_target(
    owner: h5py.HLObject, reference: h5py.RegionReference
) -> h5py.Dataset:
    """Dataset of which a reference names a part; screened."""
    try:
        found = wrap(h5py.h5r.dereference(reference, owner.file.id))
    except DAMAGE as error:
        raise _unreadable(owner, error) from error
    if not isinstance(found, h5py.Dataset):
        raise _unreadable(owner, "it does not refer to a dataset")
    check_dataset(found)
    return found


def read_region(owner: h5py.HLObject, name: str) -> NDArray[np.generic]:
    """Read the values of a region.

    Parameters
    ----------
    owner : h5py object
        Where the reference is an attribute; mostly the dataset itself.
    name : str
        Name of the region.

    Returns
    -------
    ndarray
        With the axes of the dataset where the region is a box or a grid, else 1-D.
    """
    reference = region_of(owner, name)
    target = region_target(owner, reference)
    boxes = region_slices(target, reference)
    if not boxes:
        return np.empty((0,), target.dtype)
    if not _fits(boxes, target.shape):
        raise _unreadable(owner, f"it goes beyond the shape {target.shape}")
    try:
        found: NDArray[np.generic] = target[boxes[0] if len(boxes) == 1 else reference]
    except DAMAGE as error:
        raise _unreadable(owner, error) from error
    return found


def region_slices(
    owner: h5py.HLObject, reference: h5py.RegionReference
) -> list[tuple[slice, ...]]:
    """Say what a region reference selects.

    Parameters
    ----------
    owner : h5py object
        Any object of the file.
    reference : h5py.RegionReference
        A selection of blocks, of points, of all or of nothing.

    Returns
    -------
    list of tuple of slice
        One box for each block or point, ends exclusive, in the order of HDF5; one
        for a whole dataset, none for an empty selection.
    """
    try:
        space = h5py.h5r.get_region(reference, owner.file.id)
        kind = space.get_select_type()
        if kind == h5py.h5s.SEL_NONE or not space.get_select_npoints():
            return []
        if kind == h5py.h5s.SEL_ALL:
            return [tuple(slice(0, size) for size in space.shape)]
        if kind == h5py.h5s.SEL_POINTS:
            first = last = space.get_select_elem_pointlist()
        else:
            blocks = space.get_select_hyper_blocklist()
            first, last = blocks[:, 0], blocks[:, 1]
    except DAMAGE as error:
        raise _unreadable(owner, error) from error
    return [
        tuple(slice(int(a), int(b) + 1) for a, b in zip(start, stop, strict=True))
        for start, stop in zip(first, last, strict=True)
    ]


def region_reference(
    dataset: h5py.Dataset, boxes: Sequence[Sequence[slice]]
) -> h5py.RegionReference:
    """Make a reference to one box of a dataset, or to several.

    Parameters
    ----------
    dataset : h5py.Dataset
        What it refers to.
    boxes : sequence of sequence of slice
        One slice for each axis, with a step if need be; cut at the dataset's ends
        as slices are.

    Returns
    -------
    h5py.RegionReference
        To all of them together.
    """
    space = h5py.h5s.create_simple(dataset.shape)
    space.select_none()
    found = [_ranges(dataset, box) for box in boxes]
    for ranges in found if len(found) == 1 else _blocks(found):
        space.select_hyperslab(
            tuple(r.start for r in ranges),
            tuple(map(len, ranges)),
            stride=tuple(r.step for r in ranges),
            op=h5py.h5s.SELECT_OR,
        )
    return h5py.h5r.create(dataset.id, b".", h5py.h5r.DATASET_REGION, space)


def _blocks(boxes: Sequence[Sequence[range]]) -> Iterator[tuple[range, ...]]:
    """Cut boxes with steps into pieces without.

    HDF5 2.0.0 loses values where a grid with steps meets another selection.
    """
    for box in boxes:
        pieces = [
            [axis] if axis.step == 1 else [range(i, i + 1) for i in axis]
            for axis in box
        ]
        yield from itertools.product(*pieces)


def _ranges(dataset: h5py.Dataset, box: Sequence[slice]) -> list[range]:
    if len(box) != len(dataset.shape) or not all(isinstance(s, slice) for s in box):
        text = f"A region of {place(dataset)} has {len(dataset.shape)} slices."
        raise ArgumentError(text, f"got {box!r}")
    ranges = [range(*s.indices(n)) for s, n in zip(box, dataset.shape, strict=True)]
    if not all(ranges) or any(r.step < 1 for r in ranges):
        text = f"A region of {place(dataset)} holds at least one value, forwards."
        raise SelectionError(text, f"shape {dataset.shape}, got {box!r}")
    return ranges


def write_regions(
    dataset: h5py.Dataset,
    regions: Mapping[str, Region],
) -> None:
    """Name parts of a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open for writing.
    regions : mapping of str to tuple of slice, or to a list of such tuples
        One slice for each axis; a list makes a region of several boxes.
    """
    made = {}
    for name, given in regions.items():
        boxes = [given] if isinstance(given, tuple) else list(given)
        with refusals(f"The region '{plain(str(name))}'", dataset):
            made[name] = region_reference(dataset, boxes)
    write_attributes(dataset, made)


def moved_region(
    source: h5py.HLObject, target: h5py.HLObject, reference: h5py.RegionReference
) -> h5py.RegionReference | None:
    """Make the same region of another dataset; None where that has no such region."""
    datasets = isinstance(source, h5py.Dataset) and isinstance(target, h5py.Dataset)
    try:
        boxes = region_slices(source, reference) if datasets and reference else []
        same = boxes and region_target(source, reference) == source
    except DAMAGE:
        return None
    if not same or len(target.shape) != len(source.shape):
        return None
    return region_reference(target, boxes) if _fits(boxes, target.shape) else None


def _fits(boxes: Sequence[tuple[slice, ...]], shape: tuple[int, ...]) -> bool:
    ends = np.array([[part.stop for part in box] for box in boxes])
    return bool((ends <= shape).all())


def _unreadable(owner: h5py.HLObject, reason: object) -> DamagedDataError:
    text = f"A region reference of {place(owner)} cannot be read."
    return DamagedDataError(text, str(reason))


__all__ = [
    "Region",
    "moved_region",
    "read_region",
    "region_names",
    "region_of",
    "region_reference",
    "region_slices",
    "region_target",
    "write_regions",
]
