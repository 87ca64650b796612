"""The entries of a file, one level at a time, and walks through all of it."""

from collections.abc import Iterator

import h5py

from usid_lab.errors import DamagedDataError, ObjectNotFoundError, UsidError
from usid_lab.model.contents import Kind, Node, Page
from usid_lab.storage.attributes import has_attribute, text_attribute
from usid_lab.storage.links import (
    DAMAGE,
    Link,
    LinkKind,
    address,
    join,
    missing,
    open_child,
    read_link,
    resolve,
    root_of,
    stored_name,
    whole_path,
)
from usid_lab.storage.mains import faults_of, is_main, looks_main
from usid_lab.storage.numbers import dtype_text, shape_of
from usid_lab.storage.outside import outside_of
from usid_lab.storage.permission import ADVICE
from usid_lab.storage.screening import refusal
from usid_lab.storage.text import plain, safe_name

_TABLES = ("_Indices", "_Values")
_MAX_DEPTH = 200
_MAX_VISITED = 200_000


def list_children(file: h5py.File, path: str, start: int, stop: int) -> Page:
    """List some entries of a group.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    path : str
        A group.
    start, stop : int
        Which entries, in the order of their names.

    Returns
    -------
    Page
        Links are not followed.
    """
    group = resolve(file, path)
    if not isinstance(group, h5py.Group):
        raise ObjectNotFoundError(f"'{plain(path)}' is not a group.")
    total = _members(group)
    names = _names(group, max(0, start), min(stop, total))
    nodes = tuple(_entry(group, join(path, safe_name(raw)), raw) for raw in names)
    return Page(path, start, total, nodes)


def node_at(file: h5py.File, path: str) -> Node:
    """Describe one entry; a link at the end of the path is not followed."""
    parent, _, name = whole_path(path).rpartition("/")
    if not name:
        return _group(root_of(file), "/", "/")
    try:
        group = resolve(file, parent)
    except ObjectNotFoundError as error:
        raise missing(file, path) from error
    if isinstance(group, h5py.Group):
        raw = stored_name(group, name)
        if read_link(group, raw) is not None:
            return _entry(group, path, raw)
    raise missing(file, path)


def walk_datasets(file: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    """Walk all datasets that may be touched, once each, in the order of names.

    Parameters
    ----------
    file : h5py.File
        Open for reading. Only hard links are followed.

    Yields
    ------
    path : str
        The first path under which the dataset is met.
    dataset : h5py.Dataset
        Screened.
    """
    for path, found in walk(root_of(file)):
        if isinstance(found, h5py.Dataset) and not refusal(found):
            yield f"/{path}", found


def walk(group: h5py.Group) -> Iterator[tuple[str, h5py.HLObject]]:
    """Walk all that lies in a group, once each, in the order of names.

    Parameters
    ----------
    group : h5py.Group
        Of an open file. Only hard links are followed; what is damaged is left out.

    Yields
    ------
    path : str
        From `group`, by the first names under which the object is met.
    found : h5py.Group, h5py.Dataset or h5py.Datatype
        Not screened.
    """
    seen: set[int] = set()
    _is_new(group, seen)
    stack = [(group, "", _links(group))]
    while stack and len(seen) < _MAX_VISITED:
        here, path, names = stack[-1]
        raw = next(names, None)
        if raw is None:
            stack.pop()
            continue
        child = _follow(here, raw)
        if child is None or not _is_new(child, seen):
            continue
        where = path + safe_name(raw)
        yield where, child
        if isinstance(child, h5py.Group) and len(stack) < _MAX_DEPTH:
            stack.append((child, f"{where}/", _links(child)))


def node_behind(file: h5py.File, path: str) -> Node:
    """Describe what a path leads to, links followed."""
    return _object(resolve(file, path), path, path.rpartition("/")[2])


def dataset_kind(dataset: h5py.Dataset, name: str) -> Kind:
    """Tell Main, ancillary and other datasets apart, by description only."""
    if looks_main(dataset):
        return Kind.MAIN if is_main(faults_of(dataset)) else Kind.DATASET
    if name.endswith(_TABLES) or has_attribute(dataset, "labels"):
        return Kind.ANCILLARY
    return Kind.DATASET


def _follow(group: h5py.Group, raw: bytes) -> h5py.HLObject | None:
    link = read_link(group, raw)
    if link is None or link.kind is not LinkKind.HARD:
        return None
    try:
        return open_child(group, raw)
    except UsidError:
        return None


def _links(group: h5py.Group) -> Iterator[bytes]:
    """Names in a group; none where it is damaged."""
    try:
        return iter(_names(group))
    except UsidError:
        return iter(())


def _is_new(found: h5py.HLObject, seen: set[int]) -> bool:
    try:
        where = address(found)
    except DAMAGE:
        return False
    new = where not in seen
    seen.add(where)
    return new


def _members(group: h5py.Group) -> int:
    try:
        return int(group.id.get_num_objs())
    except DAMAGE as error:
        raise _damaged(group, error) from error


def _damaged(group: h5py.Group, error: Exception) -> DamagedDataError:
    name = plain(safe_name(group.name))
    return DamagedDataError(f"The list of what '{name}' holds is damaged.", str(error))


def _names(group: h5py.Group, start: int = 0, stop: int | None = None) -> list[bytes]:
    total = _members(group)
    wanted = max(0, (total if stop is None else stop) - start)
    names: list[bytes] = []

    def collect(raw: bytes) -> bool | None:
        names.append(raw)
        return True if len(names) >= wanted else None

    try:
        if wanted and start < total:
            group.id.links.iterate(collect, idx=start)
    except DAMAGE as error:
        raise _damaged(group, error) from error
    return names


def _entry(group: h5py.Group, path: str, raw: bytes) -> Node:
    name = safe_name(raw)
    link = read_link(group, raw)
    if link is None:
        return Node(path, name, Kind.REFUSED, reason="Its link is damaged.")
    if link.kind is LinkKind.SOFT or _may_follow(group, link):
        return _soft(group, path, name, link.target)
    if link.kind is not LinkKind.HARD:
        reason = f"It lies in another file, which is not opened; {ADVICE}."
        return Node(path, name, Kind.REFUSED, target=link.target, reason=reason)
    try:
        return _object(open_child(group, raw), path, name)
    except UsidError as error:
        return Node(path, name, Kind.REFUSED, reason=error.message)
    except DAMAGE as error:
        reason = f"Its description is damaged ({plain(str(error))})."
        return Node(path, name, Kind.REFUSED, reason=reason)


def _may_follow(group: h5py.Group, link: Link) -> bool:
    return link.kind is LinkKind.EXTERNAL and outside_of(group) is not None


def _soft(group: h5py.Group, path: str, name: str, target: str) -> Node:
    reason = ""
    try:
        # By the path in the group's own file: a link may have led here.
        resolve(group.file, join(safe_name(group.name), name))
    except UsidError as error:
        reason = error.message
    return Node(path, name, Kind.LINK, target=target, reason=reason)


def _object(found: h5py.HLObject, path: str, name: str) -> Node:
    if isinstance(found, h5py.Group):
        return _group(found, path, name)
    if not isinstance(found, h5py.Dataset):
        return Node(path, name, Kind.DATASET, dtype="named type")
    reason = refusal(found)
    if reason:
        text = f"{reason[0].upper()}{reason[1:]}."
        return Node(path, name, Kind.REFUSED, reason=text)
    return _dataset(found, path, name)


def _group(group: h5py.Group, path: str, name: str) -> Node:
    where, members = address(group), _members(group)
    return Node(path, name, Kind.GROUP, members=members, address=where)


def _dataset(dataset: h5py.Dataset, path: str, name: str) -> Node:
    kind = dataset_kind(dataset, name)
    reason = ""
    if looks_main(dataset):
        reason = " ".join(fault.text for fault in faults_of(dataset))
    quantity = text_attribute(dataset, "quantity") or ""
    units = "" if kind is Kind.ANCILLARY else text_attribute(dataset, "units") or ""
    shape, dtype = shape_of(dataset), dtype_text(dataset)
    return Node(path, name, kind, shape, dtype, quantity, units, reason=reason)
