"""Writing and copying attributes, by the documented names."""

from collections.abc import Mapping
from enum import Enum
from typing import Any
from warnings import warn

import h5py

from usid_lab.errors import ObjectNotFoundError
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.write_utils import clean_string_att
from usid_lab.storage import linking
from usid_lab.storage.bookkeeping import book_keeping
from usid_lab.storage.writing import flattened, place, write_attributes

__all__ = [
    "copy_attributes",
    "copy_main_attributes",
    "write_book_keeping_attrs",
    "write_simple_attrs",
]

H5_OBJECT = (h5py.Group, h5py.Dataset)


def write_book_keeping_attrs(h5_obj: h5py.HLObject) -> None:
    """Write who made an object, when, and with what.

    Parameters
    ----------
    h5_obj : h5py.File, h5py.Group or h5py.Dataset
        Open for writing.
    """
    write_attributes(of_type(h5_obj, H5_OBJECT, "h5_obj"), book_keeping())


def write_simple_attrs(
    h5_obj: h5py.HLObject,
    attrs: Mapping[str, Any],
    obj_type: str = "",  # noqa: ARG001
    verbose: bool = False,  # noqa: ARG001
) -> None:
    """Write attributes.

    Parameters
    ----------
    h5_obj : h5py.File, h5py.Group or h5py.Dataset
        Open for writing.
    attrs : dict
        Values by name: numbers, text, lists and arrays of them. None is left out;
        members of an Enum are written by name.
    obj_type : str, optional
        Taken, without effect.
    verbose : bool, optional
        Taken, without effect.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    WriteError
        If HDF5 cannot hold a value; the message names it. Later versions of pyUSID
        leave such values out without a word.
    """
    target = of_type(h5_obj, H5_OBJECT, "h5_obj")
    write_attributes(target, as_written(of_type(attrs, Mapping, "attrs")))


def as_written(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Give attributes the names and values that :func:`write_simple_attrs` writes.

    Parameters
    ----------
    attrs : mapping
        Values by name; also mappings of them.

    Returns
    -------
    dict
        Text as bytes in arrays, members of an Enum by name, nested mappings with
        joined names; without None.
    """
    named = {str(name).strip(): value for name, value in attrs.items()}
    flat = flattened(named)
    return {name: _clean(value) for name, value in flat.items() if value is not None}


def copy_attributes(
    source: h5py.HLObject, dest: h5py.HLObject, skip_refs: bool = True
) -> h5py.HLObject:
    """Copy the attributes of one object to another.

    Parameters
    ----------
    source : h5py.File, h5py.Group or h5py.Dataset
        Has them.
    dest : h5py.File, h5py.Group or h5py.Dataset
        Gets them; open for writing.
    skip_refs : bool, optional
        Whether references to objects and regions stay behind. (0.0.4 copies those
        to objects nevertheless.) If not, a warning names what cannot be copied.

    Returns
    -------
    h5py object
        `dest`.
    """
    of_type(source, H5_OBJECT, "source")
    of_type(dest, H5_OBJECT, "dest")
    left_out = linking.copy_attributes(source, dest, references=not skip_refs)
    if left_out and not skip_refs:
        text = f"These attributes of {place(source)} were not copied: "
        warn(text + ", ".join(left_out), stacklevel=2)
    return dest


def copy_main_attributes(h5_main: h5py.Dataset, h5_new: h5py.Dataset) -> None:
    """Copy quantity and units.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Has them.
    h5_new : h5py.Dataset
        Gets them; open for writing.

    Raises
    ------
    ObjectNotFoundError
        If one is missing (a KeyError).
    """
    of_type(h5_main, h5py.Dataset, "h5_main")
    of_type(h5_new, h5py.Dataset, "h5_new")
    names = ("quantity", "units")
    for name in names:
        if name not in h5_main.attrs:
            raise ObjectNotFoundError(f"{place(h5_main)} has no attribute '{name}'.")
    write_attributes(h5_new, {name: h5_main.attrs[name] for name in names})


def _clean(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else clean_string_att(value)
