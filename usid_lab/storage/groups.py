"""Groups of an h5USID file: indexed ones, and those that hold results."""

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import h5py

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    NameTakenError,
    ObjectNotFoundError,
)
from usid_lab.storage.bookkeeping import book_keeping
from usid_lab.storage.filenames import path_of
from usid_lab.storage.links import DAMAGE, read_link, resolve
from usid_lab.storage.results import ForeignSource, foreign_attributes
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import place, refusals, write_attributes

SEVERAL = "Multi_Dataset"  # stands for the sources in a name where there are several
Source: TypeAlias = h5py.Dataset | ForeignSource


def checked_name(name: object, what: str = "group") -> str:
    """Return the name of a new object, if HDF5 and USID can tell it apart.

    Parameters
    ----------
    name : str
        Not empty, without ``/`` and NUL, more than dots; without ``-`` too where
        `what` is a dataset, as that sign stands between a dataset and its tool.
    what : str, optional
        Kind of the object.

    Returns
    -------
    str
        The same name.
    """
    if not isinstance(name, str):
        text = f"The name of a {what} is text."
        raise ArgumentTypeError(text, f"got {name!r}")
    bad = "/\0-" if what == "dataset" else "/\0"
    if set(bad) & set(name) or not name.strip(". ") or not _is_utf8(name):
        signs = "'/' and '-'" if what == "dataset" else "'/'"
        text = f"The name of a {what} is text without {signs}, and more than dots."
        raise ArgumentError(text, f"got {name!r}")
    return name


def _is_utf8(name: str) -> bool:
    return name == name.encode("utf-8", "ignore").decode("utf-8")


def free_name(parent: h5py.Group, name: object, what: str = "group") -> str:
    """Like :func:`checked_name`; raises NameTakenError if the group has it already."""
    name = checked_name(name, what)
    if parent and read_link(parent, name.encode()) is not None:
        text = f"{place(parent)} already has an entry '{plain(name)}'."
        raise NameTakenError(text)
    return name


def next_index(parent: h5py.Group, base: str) -> int:
    """Index that the next group of a series gets.

    Parameters
    ----------
    parent : h5py.Group
        Where the series lies.
    base : str
        Beginning of the names, such as ``"Measurement"``, with or without ``_``.

    Returns
    -------
    int
        One more than the largest there is, 0 where there is none. Gaps are not
        filled, and names that do not end in a number do not count.
    """
    stem = re.escape(base.removesuffix("_"))
    pattern = re.compile(rf"{stem}_([0-9]+)", re.ASCII)
    taken = [int(found[1]) for name in parent if (found := pattern.fullmatch(name))]
    return max(taken, default=-1) + 1


def indexed_name(parent: h5py.Group, base: str, taken: Collection[str] = ()) -> str:
    """Name of the next group of a series: ``<base>_NNN``; none that is taken."""
    stem = checked_name(base).removesuffix("_")
    numbers = itertools.count(next_index(parent, stem))
    names = (f"{checked_name(stem)}_{number:03d}" for number in numbers)
    return next(name for name in names if name not in taken)


def make_group(
    parent: h5py.Group, name: str, attrs: Mapping[str, object] | None = None
) -> h5py.Group:
    """Make a group, with its book-keeping.

    Parameters
    ----------
    parent : h5py.Group
        Open for writing.
    name : str
        A name that is free there.
    attrs : mapping of str to value, optional
        More attributes.

    Returns
    -------
    h5py.Group
        The new group.
    """
    name = free_name(parent, name)
    with refusals(f"The group '{plain(name)}'", parent):
        group = parent.create_group(name)
    write_attributes(group, {**book_keeping(), **(attrs or {})})
    return group


def make_indexed_group(
    parent: h5py.Group,
    base: str,
    attrs: Mapping[str, object] | None = None,
    taken: Collection[str] = (),
) -> h5py.Group:
    """Make the next group of a series, such as ``Measurement_001``.

    Parameters
    ----------
    parent : h5py.Group
        Open for writing.
    base : str
        Beginning of its name, with or without ``_``.
    attrs : mapping of str to value, optional
        More attributes.
    taken : collection of str, optional
        Names that it must not get.

    Returns
    -------
    h5py.Group
        The new group.
    """
    return make_group(parent, indexed_name(parent, base, taken), attrs)


def require_group(root: h5py.Group, path: str) -> h5py.Group:
    """Find a group, and make those on the way that are missing.

    Parameters
    ----------
    root : h5py.Group
        The file, open for writing.
    path : str
        HDF5 path, from the root. No link leads out of the file.

    Returns
    -------
    h5py.Group
        The last one.
    """
    here = "/"
    group = resolve(root.file, here)
    if not isinstance(path, str):
        raise ArgumentTypeError("The path of a group is text.", f"got {path!r}")
    for part in filter(None, path.split("/")):
        here = f"{here.rstrip('/')}/{checked_name(part)}"
        if read_link(group, part.encode()) is None:
            group = make_group(group, part)
        else:
            group = resolve(root.file, here)
        if not isinstance(group, h5py.Group):
            text = f"No group can be made at '{plain(path)}'."
            raise NameTakenError(text, f"{place(group)} is not a group")
    return group


def results_name(source_name: str, tool: str) -> str:
    """Beginning of the name of a results group: ``<source>-<tool>``.

    Examples
    --------
    >>> results_name("Raw_Data", "SHO-Fit")
    'Raw_Data-SHO_Fit'
    """
    return f"{checked_name(source_name)}-{checked_name(tool, 'tool').replace('-', '_')}"


def make_results_group(
    parent: h5py.Group,
    sources: Sequence[Source],
    tool: str,
    attrs: Mapping[str, object] | None = None,
    taken: Collection[str] = (),
) -> h5py.Group:
    """Make a group for what a tool finds in one or several Main datasets.

    Parameters
    ----------
    parent : h5py.Group
        Open for writing; customary is the group of the first source.
    sources : sequence of h5py.Dataset or ForeignSource
        Those in this file are referred to by ``source_000`` and so on, those in
        another file by its name and their path.
    tool : str
        A hyphen in the group's name becomes an underscore.
    attrs : mapping of str to value, optional
        Parameters of the tool, such as ``algorithm``.
    taken : collection of str, optional
        Names that it must not get: those of results in files beside this one.

    Returns
    -------
    h5py.Group
        ``<source>-<tool>_NNN``, with ``Multi_Dataset`` for several sources.
    """
    if not sources:
        raise ArgumentError("Results need at least one source.", f"tool {tool!r}")
    names = {str(source.name).rsplit("/", 1)[-1] for source in sources}
    stem = results_name(names.pop() if len(sources) == 1 else SEVERAL, tool)
    origin = _origin(parent, sources, tool)
    if clashes := sorted(set(origin) & set(attrs or {})):
        text = f"Results have the attribute '{clashes[0]}' from their sources and tool."
        raise ArgumentError(text, "a parameter of that name needs another one")
    return make_indexed_group(parent, stem, {**origin, **(attrs or {})}, taken)


def _origin(
    parent: h5py.Group, sources: Sequence[Source], tool: str
) -> dict[str, object]:
    count = len(sources)
    origin: dict[str, object] = {
        "tool": tool,
        "num_sources": count,
        "num_source_dsets": count,
    }
    for number, source in enumerate(sources):
        if isinstance(source, h5py.Dataset) and source.file.id == parent.file.id:
            origin[f"source_{number:03d}"] = source.ref
        else:
            suffix = f"_{number:03d}" if count > 1 else ""
            origin |= foreign_attributes(source, path_of(parent.file), suffix)
    return origin


def results_groups(
    main: h5py.Dataset, tool: str, parent: h5py.Group | None = None
) -> list[h5py.Group]:
    """Find the groups that hold what a tool found in a dataset.

    Parameters
    ----------
    main : h5py.Dataset
        The source.
    tool : str
        Name of the tool, the whole of it.
    parent : h5py.Group, optional
        Where to look; the group of `main` by default.

    Returns
    -------
    list of h5py.Group
        Exactly those called ``<dataset>-<tool>_NNN``, by their number.
    """
    home = main.parent if parent is None else parent
    stem = re.escape(results_name(str(main.name).rsplit("/", 1)[-1], tool))
    pattern = re.compile(rf"{stem}_([0-9]+)", re.ASCII)
    found = {int(hit[1]): name for name in home if (hit := pattern.fullmatch(name))}
    groups = [entry(home, found[number]) for number in sorted(found)]
    return [group for group in groups if isinstance(group, h5py.Group)]


def entry(parent: h5py.Group, name: str) -> h5py.HLObject | None:
    """Entry of a group; None where there is none that lies in the file."""
    try:
        return resolve(parent.file, f"{parent.name.rstrip('/')}/{name}")
    except DAMAGE:
        return None


def source_of(group: h5py.Group) -> h5py.Dataset:
    """Dataset from which a results group was made.

    Parameters
    ----------
    group : h5py.Group
        A results group.

    Returns
    -------
    h5py.Dataset
        By the reference ``source_000``, else by the group's name, which begins with
        that of its source. ObjectNotFoundError if neither leads to a dataset.
    """
    reference = group.attrs.get("source_000")
    if isinstance(reference, h5py.Reference) and reference:
        try:
            found = group.file[reference]
        except DAMAGE:
            found = None
        if isinstance(found, h5py.Dataset):
            return found
    pieces = str(group.name).rsplit("/", 1)[-1].split("-")
    for count in range(len(pieces) - 1, 0, -1):
        found = entry(group.parent, "-".join(pieces[:count]))
        if isinstance(found, h5py.Dataset):
            return found
    text = f"The source of {place(group)} is not in this file."
    raise ObjectNotFoundError(text, f"its name is '{plain(safe_name(group.name))}'")
