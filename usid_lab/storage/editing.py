"""Changing attributes of objects that were in a file before."""

from collections.abc import Collection, Mapping

import h5py

from usid_lab.errors import ArgumentError
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import flattened, place, refusals, write_attributes


def edit_attributes(
    target: h5py.HLObject, attributes: Mapping[str, object], remove: Collection[str]
) -> None:
    """Write attributes and remove others.

    Parameters
    ----------
    target : h5py object
        Open for writing.
    attributes : mapping of str to value
        As for :func:`usid_lab.storage.writing.write_attributes`.
    remove : collection of str
        Attributes that are to go.

    Raises
    ------
    ArgumentError
        One of them refers to other objects, or there is none of that name.
    """
    for name in (*flattened(attributes), *remove):
        if _refers(target, name):
            text = f"The attribute '{plain(safe_name(name))}' of {place(target)} stays:"
            raise ArgumentError(f"{text} it refers to other objects.")
    write_attributes(target, attributes)
    for name in remove:
        if name not in target.attrs:
            text = f"{place(target)} has no attribute '{plain(safe_name(name))}'."
            raise ArgumentError(text)
        with refusals(f"The attribute '{plain(safe_name(name))}'", target):
            del target.attrs[name]


def _refers(target: h5py.HLObject, name: str) -> bool:
    """Whether an attribute holds references, which tie datasets to their tables."""
    try:
        kind = target.attrs.get_id(name).dtype
    except DAMAGE:
        return False
    return h5py.check_ref_dtype(kind) is not None
