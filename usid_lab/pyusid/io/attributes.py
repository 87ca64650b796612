"""Attributes of open HDF5 objects, read and compared."""

from collections.abc import Iterable, Mapping

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError, ObjectNotFoundError
from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.pyusid.io.metadata import as_written
from usid_lab.storage.attributes import reference_attribute
from usid_lab.storage.links import DAMAGE, wrap
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import place

Attributes = dict[str, object]
OBJECTS = (h5py.Dataset, h5py.Group, h5py.File)


def get_attr(h5_object: h5py.HLObject, attr_name: str) -> object:
    """Read one attribute.

    Parameters
    ----------
    h5_object : h5py.Dataset, h5py.Group or h5py.File
        The owner of the attribute.
    attr_name : str
        Its name.

    Returns
    -------
    object
        Bytes become str, arrays of text become arrays of str; anything else is as
        h5py gives it, references too.

    Raises
    ------
    ArgumentTypeError
        If the object is none of HDF5, or the name no text; also a TypeError.
    ObjectNotFoundError
        If there is no such attribute; also a KeyError.
    """
    owner = of_type(h5_object, OBJECTS, "h5_object")
    name = of_type(attr_name, str, "attr_name")
    if name not in owner.attrs:
        raise ObjectNotFoundError(f"{place(owner)} has no attribute '{plain(name)}'.")
    try:
        return _decoded(owner.attrs[name])
    except DAMAGE as error:
        text = f"The attribute '{plain(name)}' of {place(owner)} cannot be read."
        raise DamagedDataError(text, str(error)) from error


def get_attributes(
    h5_object: h5py.HLObject, attr_names: str | Iterable[str] | None = None
) -> Attributes:
    """Read some attributes, or all.

    Parameters
    ----------
    h5_object : h5py.Dataset, h5py.Group or h5py.File
        The owner of the attributes.
    attr_names : str or list of str, optional
        Which ones; all by default.

    Returns
    -------
    dict
        Values by name, as :func:`get_attr` gives them.

    Raises
    ------
    ArgumentTypeError, ObjectNotFoundError
        As :func:`get_attr` does.
    """
    owner = of_type(h5_object, OBJECTS, "h5_object")
    names = _names(owner, attr_names, "attr_names")
    return {name: get_attr(owner, name) for name in names}


def get_auxiliary_datasets(
    h5_object: h5py.HLObject, aux_dset_name: str | Iterable[str] | None = None
) -> list[h5py.Dataset]:
    """Find the datasets to which attributes refer.

    Parameters
    ----------
    h5_object : h5py.Dataset, h5py.Group or h5py.File
        The owner of the attributes.
    aux_dset_name : str or list of str, optional
        Names of attributes; all by default.

    Returns
    -------
    list of h5py.Dataset
        In the order of the names. Attributes that refer to a region, to a group or
        to nothing are passed over.

    Raises
    ------
    ArgumentTypeError, ObjectNotFoundError
        As :func:`get_attr` does.
    """
    owner = of_type(h5_object, OBJECTS, "h5_object")
    targets = []
    for name in _names(owner, aux_dset_name, "aux_dset_name"):
        if name not in owner.attrs:
            text = f"{place(owner)} has no attribute '{plain(name)}'."
            raise ObjectNotFoundError(text)
        targets.append(_target(owner, name))
    return [target for target in targets if isinstance(target, h5py.Dataset)]


def check_for_matching_attrs(
    h5_obj: h5py.HLObject,
    new_parms: Mapping[str, object] | None = None,
    verbose: bool = False,  # noqa: ARG001
) -> bool:
    """Whether an object has all the attributes that are asked for.

    Parameters
    ----------
    h5_obj : h5py.Dataset, h5py.Group or h5py.File
        What is looked at.
    new_parms : dict, optional
        Values by name, as they were given to :func:`write_simple_attrs`; those that
        are None are passed over.
    verbose : bool, optional
        Taken for the sake of old scripts; nothing is printed.

    Returns
    -------
    bool
        False if one of them is missing or has another value. Further attributes do
        not matter; numbers are compared as :func:`numpy.allclose` does.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type.
    """
    owner = of_type(h5_obj, OBJECTS, "h5_obj")
    wanted = {} if new_parms is None else of_type(new_parms, Mapping, "new_parms")
    return all(
        name in owner.attrs and _same(get_attr(owner, name), value)
        for name, value in as_written(wanted).items()
    )


def _names(
    owner: h5py.HLObject, given: str | Iterable[str] | None, what: str
) -> list[str]:
    return list(owner.attrs) if given is None else texts_of(given, what)


def _target(owner: h5py.HLObject, name: str) -> h5py.HLObject | None:
    reference = reference_attribute(owner, name)
    try:
        found = h5py.h5r.dereference(reference, owner.id) if reference else None
    except DAMAGE:
        return None
    return None if found is None else wrap(found)


def _decoded(value: object) -> object:
    if isinstance(value, bytes | str):
        return safe_name(bytes(value) if isinstance(value, bytes) else value)
    return _as_text(value) if isinstance(value, np.ndarray) else value


def _as_text(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Decode an array of text; leave any other as it is."""
    items = array.ravel().tolist()
    if array.dtype.kind not in "SUO" or not all(
        isinstance(item, bytes | str) for item in items
    ):
        return array
    texts = [safe_name(item) for item in items]
    return np.array(texts, dtype=np.str_).reshape(array.shape)


def _same(stored: object, wanted: object) -> bool:
    here, there = (_as_text(np.asarray(_decoded(v))) for v in (stored, wanted))
    if here.ndim:
        if here.size != there.size:
            return False
        here, there = here.ravel(), there.ravel()
    kinds = {here.dtype.kind, there.dtype.kind}
    if kinds <= set("biufc"):
        return bool(np.allclose(here, there, equal_nan=True))
    return kinds == {"U"} and bool(np.all(here == there))
