"""Finding objects in open files, and printing what is there."""

import warnings
from collections.abc import Iterable

import h5py

from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.pyusid.io.attributes import OBJECTS
from usid_lab.pyusid.io.checking import check_if_main
from usid_lab.pyusid.io.usi_data import USIDataset
from usid_lab.storage.listing import walk
from usid_lab.storage.text import plain, safe_name

_GROUPS = (h5py.Group, h5py.File)


def get_all_main(parent: h5py.Group, verbose: bool = False) -> list[USIDataset]:
    """Find all Main datasets in a file or group.

    Parameters
    ----------
    parent : h5py.Group or h5py.File
        Where to look, all the way down.
    verbose : bool, optional
        Print what is looked at.

    Returns
    -------
    list of USIDataset
        In the order of names, each once. An odd or damaged object hides nothing but
        itself.

    Raises
    ------
    ArgumentTypeError
        If it is no group; also a TypeError.
    """
    mains = []
    for path, found in walk(of_type(parent, _GROUPS, "parent")):
        if verbose:
            print(plain(path), found)  # noqa: T201
        if check_if_main(found, verbose=False):
            mains.append(USIDataset(found))
    return mains


def find_dataset(h5_group: h5py.Group, dset_name: str) -> list[h5py.Dataset]:
    """Find datasets by a part of their name.

    Parameters
    ----------
    h5_group : h5py.Group or h5py.File
        Where to look, all the way down.
    dset_name : str
        What the name contains.

    Returns
    -------
    list of h5py.Dataset
        In the order of names; a USIDataset where it is a Main dataset. (The
        documentation speaks of pairs of name and dataset; pyUSID never gave those.)

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    """
    group = of_type(h5_group, _GROUPS, "h5_group")
    part = of_type(dset_name, str, "dset_name")
    return [
        as_main(found)
        for path, found in walk(group)
        if isinstance(found, h5py.Dataset) and part in path.rpartition("/")[2]
    ]


def get_h5_obj_refs(
    obj_names: str | Iterable[str], h5_refs: h5py.HLObject | Iterable[object]
) -> list[h5py.HLObject]:
    """Pick objects by their name.

    Parameters
    ----------
    obj_names : str or list of str
        Names, without the path.
    h5_refs : HDF5 object or list of them
        From which to pick; what is no HDF5 object is passed over.

    Returns
    -------
    list of HDF5 objects
        For each name the objects that are called so; a USIDataset where it is a Main
        dataset.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    """
    names = texts_of(obj_names, "obj_names")
    single = isinstance(h5_refs, OBJECTS)
    given = [h5_refs] if single else of_type(h5_refs, (list, tuple), "h5_refs")
    objects = [found for found in given if isinstance(found, OBJECTS)]
    return [
        as_main(found) for name in names for found in objects if _name(found) == name
    ]


def get_group_refs(group_name: str, h5_refs: Iterable[object]) -> list[h5py.Group]:
    """Pick groups by the beginning of their name.

    Parameters
    ----------
    group_name : str
        With which the name begins; the index may be left out.
    h5_refs : list of HDF5 objects
        From which to pick. A warning is given for each that is no group.

    Returns
    -------
    list of h5py.Group
        Those whose name begins so. (Gone from later versions.)

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    """
    start = of_type(group_name, str, "group_name")
    groups = []
    for found in of_type(h5_refs, (list, tuple), "h5_refs"):
        if isinstance(found, h5py.Group):
            groups.append(found)
        else:
            text = f"Passed over what is no group: {type(found).__name__}."
            warnings.warn(text, stacklevel=2)
    return [group for group in groups if _name(group).startswith(start)]


def print_tree(
    parent: h5py.Group, rel_paths: bool = False, main_dsets_only: bool = False
) -> None:
    """Print what a file or group contains.

    Parameters
    ----------
    parent : h5py.Group or h5py.File
        Where to begin.
    rel_paths : bool, optional
        Print paths; else names, indented by depth, those of groups underlined.
    main_dsets_only : bool, optional
        Print only groups and Main datasets.

    Raises
    ------
    ArgumentTypeError
        If it is no group; also a TypeError.
    """
    group = of_type(parent, _GROUPS, "parent")
    print(plain(safe_name(group.name)))  # noqa: T201
    for path, found in walk(group):
        is_group = isinstance(found, h5py.Group)
        if main_dsets_only and not is_group and not check_if_main(found):
            continue
        depth, name = path.count("/"), plain(path.rpartition("/")[2])
        print(plain(path) if rel_paths else f"{'  ' * depth}├ {name}")  # noqa: T201
        if is_group and not rel_paths:
            print(f"{'  ' * (depth + 1)}{'-' * len(name)}")  # noqa: T201


def is_editable_h5(h5_obj: h5py.HLObject) -> bool:
    """Whether the file of an object is open for writing.

    Parameters
    ----------
    h5_obj : h5py.Dataset, h5py.Group or h5py.File
        Any object of it.

    Returns
    -------
    bool
        False if the file was opened for reading only.

    Raises
    ------
    ArgumentTypeError
        If it is no HDF5 object; also a TypeError.
    ArgumentError
        If the file is closed; also a ValueError.
    """
    return bool(of_type(h5_obj, OBJECTS, "h5_obj").file.mode != "r")


def as_main(found: h5py.HLObject) -> h5py.HLObject:
    """Return a USIDataset for a Main dataset, anything else as it is."""
    return USIDataset(found) if check_if_main(found) else found


def _name(found: h5py.HLObject) -> str:
    return safe_name(found.name or "").rpartition("/")[2]
