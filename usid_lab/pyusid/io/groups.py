"""Making groups, by the documented names."""

from warnings import warn

import h5py

from usid_lab.errors import ReadOnlyError
from usid_lab.pyusid.arguments import of_type, text_of
from usid_lab.storage.groups import (
    indexed_name,
    make_indexed_group,
    make_results_group,
)
from usid_lab.storage.text import plain
from usid_lab.storage.writing import place

__all__ = ["assign_group_index", "create_indexed_group", "create_results_group"]


def assign_group_index(
    h5_parent_group: h5py.Group,
    base_name: str,
    verbose: bool = False,  # noqa: ARG001
) -> str:
    """Find the name of the next group of a series. Nothing is made.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Where the group will lie.
    base_name : str
        Beginning of its name, with or without ``_``.
    verbose : bool, optional
        Taken, without effect.

    Returns
    -------
    str
        Such as ``"Measurement_001"``. Groups whose names do not end in a number do
        not count (pyUSID fails on them).

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    ArgumentError
        If the name is empty (a ValueError).
    """
    of_type(h5_parent_group, h5py.Group, "h5_parent_group")
    return indexed_name(h5_parent_group, text_of(base_name, "base_name"))


def create_indexed_group(h5_parent_group: h5py.Group, base_name: str) -> h5py.Group:
    """Make the next group of a series, with book-keeping attributes.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Where the group will lie; open for writing.
    base_name : str
        Beginning of its name, with or without ``_``.

    Returns
    -------
    h5py.Group
        The new group, such as ``Measurement_000``.
    """
    parent = group_for_writing(h5_parent_group)
    return make_indexed_group(parent, text_of(base_name, "base_name"))


def create_results_group(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> h5py.Group:
    """Make a group for what a tool finds in a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    tool_name : str
        Name of the tool; a hyphen becomes an underscore in the group's name.
    h5_parent_group : h5py.Group, optional
        Where to make it; beside the source by default. Not in 0.0.4. In another
        file the source is named by path, as references do not lead there.

    Returns
    -------
    h5py.Group
        ``<source>-<tool>_NNN``, which refers to its source by ``source_000``.
    """
    of_type(h5_main, h5py.Dataset, "h5_main")
    tool = text_of(tool_name, "tool_name")
    parent = group_for_writing(
        h5_main.parent if h5_parent_group is None else h5_parent_group
    )
    if "-" in tool:
        warn(f"'-' in the name '{plain(tool)}' is written as '_'.", stacklevel=2)
    return make_results_group(parent, [h5_main], tool)


def group_for_writing(group: object) -> h5py.Group:
    """Return a group into which something can be written.

    Parameters
    ----------
    group : h5py.Group
        What the caller gave.

    Returns
    -------
    h5py.Group
        The same.

    Raises
    ------
    ArgumentTypeError
        If it is none (a TypeError).
    ArgumentError, ReadOnlyError
        If its file is closed, or open for reading only (a ValueError).
    """
    found: h5py.Group = of_type(group, h5py.Group, "h5_parent_group")
    if found.file.mode == "r":
        text = f"The file of {place(found)} is open for reading only."
        raise ReadOnlyError(text, "open it with 'r+'")
    return found
