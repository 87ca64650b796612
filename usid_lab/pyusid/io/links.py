"""References between objects, by the documented names."""

from collections.abc import Sequence
from typing import Any
from warnings import warn

import h5py

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.arguments import of_type, text_of, texts_of
from usid_lab.pyusid.io.metadata import H5_OBJECT
from usid_lab.storage.linking import check_same_file, link, link_main
from usid_lab.storage.mains import faults_of, is_main
from usid_lab.storage.writing import write_attributes

__all__ = [
    "check_and_link_ancillary",
    "link_as_main",
    "link_h5_obj_as_alias",
    "link_h5_objects_as_attrs",
]


def link_h5_objects_as_attrs(
    src: h5py.HLObject, h5_objects: h5py.HLObject | Sequence[h5py.HLObject]
) -> None:
    """Refer to objects by attributes of their own names.

    Parameters
    ----------
    src : h5py.File, h5py.Group or h5py.Dataset
        Gets the attributes; open for writing.
    h5_objects : h5py object or list of them
        Groups or datasets of the same file.
    """
    of_type(src, H5_OBJECT, "src")
    single = isinstance(h5_objects, H5_OBJECT)
    given = [h5_objects] if single else of_type(h5_objects, (list, tuple), "h5_objects")
    for found in given:
        of_type(found, H5_OBJECT, "h5_objects")
    link(src, {_name(found): found for found in given})


def link_h5_obj_as_alias(
    h5_main: h5py.HLObject, h5_ancillary: h5py.HLObject, alias_name: str
) -> None:
    """Refer to an object by an attribute of any name.

    Parameters
    ----------
    h5_main : h5py.File, h5py.Group or h5py.Dataset
        Gets the attribute; open for writing.
    h5_ancillary : h5py.Group or h5py.Dataset
        Of the same file.
    alias_name : str
        Name of the attribute.
    """
    of_type(h5_main, H5_OBJECT, "h5_main")
    of_type(h5_ancillary, H5_OBJECT, "h5_ancillary")
    link(h5_main, {text_of(alias_name, "alias_name"): h5_ancillary})


def link_as_main(
    h5_main: h5py.Dataset,
    h5_pos_inds: h5py.Dataset,
    h5_pos_vals: h5py.Dataset,
    h5_spec_inds: h5py.Dataset,
    h5_spec_vals: h5py.Dataset,
    anc_dsets: Sequence[h5py.Dataset] | None = None,
) -> h5py.Dataset:
    """Refer from a dataset to the four tables that make it a Main dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset, shape (positions, steps)
        Gets the references; open for writing.
    h5_pos_inds, h5_pos_vals : h5py.Dataset, shape (positions, dimensions)
        Tables of the positions.
    h5_spec_inds, h5_spec_vals : h5py.Dataset, shape (dimensions, steps)
        Tables of the spectroscopic steps.
    anc_dsets : list of h5py.Dataset, optional
        More datasets, referred to by their own names.

    Returns
    -------
    USIDataset or h5py.Dataset
        The dataset itself where quantity and units are still missing. 0.0.4 returns
        nothing.

    Raises
    ------
    ArgumentTypeError
        If something is no dataset (a TypeError).
    LayoutError
        If shapes do not fit (a ValueError).
    """
    of_type(h5_main, h5py.Dataset, "h5_main")
    link_main(h5_main, h5_pos_inds, h5_pos_vals, h5_spec_inds, h5_spec_vals)
    if anc_dsets is not None:
        link_h5_objects_as_attrs(h5_main, anc_dsets)
    return as_main(h5_main)


def check_and_link_ancillary(
    h5_dset: h5py.Dataset,
    anc_names: str | Sequence[str],
    h5_main: h5py.Dataset | None = None,
    anc_refs: Any = None,
) -> None:
    """Refer to ancillary datasets that are given, or that another dataset has.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        Gets the references; open for writing.
    anc_names : str or list of str
        Names of the attributes.
    h5_main : h5py.Dataset, optional
        Its attributes of these names are copied where no reference is given.
    anc_refs : h5py.Dataset, h5py.Reference or list of them, optional
        What the names refer to; these come first.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    ArgumentError
        If neither `h5_main` nor `anc_refs` is given, or what is referred to lies in
        another file (a ValueError).
    """
    of_type(h5_dset, h5py.Dataset, "h5_dset")
    if h5_main is None and anc_refs is None:
        raise ArgumentError("Either 'h5_main' or 'anc_refs' must be given.")
    if h5_main is not None:
        of_type(h5_main, h5py.Dataset, "h5_main")
    names = texts_of(anc_names, "anc_names")
    given = anc_refs if isinstance(anc_refs, list | tuple) else [anc_refs]
    for place, name in enumerate(names):
        own = given[place] if place < len(given) else None
        _link_ancillary(h5_dset, name, own, h5_main)
    h5_dset.file.flush()


def as_main(dataset: h5py.Dataset) -> h5py.Dataset:
    """Return a dataset as a USIDataset, if it is a Main dataset by now.

    Parameters
    ----------
    dataset : h5py.Dataset
        Any.

    Returns
    -------
    USIDataset or h5py.Dataset
        The same dataset.
    """
    from usid_lab.pyusid.io.usi_data import USIDataset

    return USIDataset(dataset) if is_main(faults_of(dataset)) else dataset


def _link_ancillary(
    target: h5py.Dataset, name: str, given: Any, main: h5py.Dataset | None
) -> None:
    if isinstance(given, h5py.Dataset):
        link(target, {name: given})
    elif isinstance(given, h5py.Reference):
        write_attributes(target, {name: given})
    elif main is not None and name in main.attrs:
        check_same_file(target, main)
        write_attributes(target, {name: main.attrs[name]})
    else:
        warn(f"There is no ancillary dataset for '{name}'.", stacklevel=3)


def _name(found: h5py.HLObject) -> str:
    return str(found.name).rsplit("/", 1)[-1]
