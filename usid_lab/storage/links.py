"""Following the links inside a file, and only those.

HDF5 follows links into other files without a word, so every path is walked here,
link by link.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import h5py

from usid_lab.errors import (
    ArgumentTypeError,
    DamagedDataError,
    ObjectNotFoundError,
    RefusedError,
    UsidError,
)
from usid_lab.storage.filenames import file_name
from usid_lab.storage.outside import outside_of
from usid_lab.storage.permission import ADVICE
from usid_lab.storage.rawvalues import beside, opened_beside
from usid_lab.storage.text import plain, safe_name

_MAX_SOFT_LINKS = 16  # as many as HDF5 itself follows
DAMAGE = (KeyError, OSError, RuntimeError, ValueError, TypeError)


class LinkKind(StrEnum):
    """How a name is tied to an object."""

    HARD = "hard"
    SOFT = "soft"
    EXTERNAL = "external"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its kind, and its target where it is not hard.

    Attributes
    ----------
    kind : LinkKind
        How the name is tied to the object.
    target : str
        Safe text, to be shown.
    path : bytes
        The target as it is stored, to be followed. Two names that are not UTF-8 may
        look the same as text.
    file : bytes
        Of an external link: the file in which the target lies, as stored.
    """

    kind: LinkKind
    target: str = ""
    path: bytes = b""
    file: bytes = b""


def read_link(group: h5py.Group, name: bytes) -> Link | None:
    """Look at a link without following it; None if there is none of that name."""
    links = group.id.links
    try:
        kind = links.get_info(name).type
        if kind == h5py.h5l.TYPE_HARD:
            return Link(LinkKind.HARD)
        if kind == h5py.h5l.TYPE_SOFT:
            path = links.get_val(name)
            return Link(LinkKind.SOFT, safe_name(path), path)
        if kind == h5py.h5l.TYPE_EXTERNAL:
            file, path = links.get_val(name)
            shown = f"{safe_name(file)}:{safe_name(path)}"
            return Link(LinkKind.EXTERNAL, shown, path, file)
    except DAMAGE:
        return None
    return Link(LinkKind.OTHER)


def resolve(file: h5py.File, path: str | bytes) -> h5py.HLObject:
    """Find an object by its path, through hard and soft links.

    Links into other files are followed where their user permitted that.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    path : str or bytes
        HDF5 path: text as listed (names that are not UTF-8 in their safe form), or
        the very bytes that HDF5 itself would follow.

    Returns
    -------
    h5py.Group, h5py.Dataset or h5py.Datatype
        Nothing of its values has been touched.
    """
    home, here = file, root_of(file)
    todo: deque[str | bytes] = deque(_parts(path))
    shown = safe_name(path)
    soft = 0
    while todo:
        part = todo.popleft()
        if not isinstance(here, h5py.Group):
            raise missing(file, shown)
        name = part if isinstance(part, bytes) else stored_name(here, part)
        link = read_link(here, name)
        if link is None:
            raise missing(file, shown)
        if link.kind is LinkKind.HARD:
            here = open_child(here, name)
            continue
        soft += 1
        if soft > _MAX_SOFT_LINKS:
            text = f"'{plain(shown)}' is a link that leads to itself."
            raise ObjectNotFoundError(text, "too many soft links")
        if link.kind is not LinkKind.SOFT:
            home = _linked(here, link, shown)
        if link.kind is not LinkKind.SOFT or link.path.startswith(b"/"):
            here = root_of(home)
        todo.extendleft(reversed(_parts(link.path)))
    return here


def _linked(group: h5py.Group, link: Link, shown: str) -> h5py.File:
    """Open the file to which a link leads, if its user permitted that."""
    reason = f"{link.kind} link to {plain(link.target)}"
    outside = outside_of(group)
    if outside is None or link.kind is not LinkKind.EXTERNAL:
        text = f"'{plain(shown)}' lies in another file, which is not opened"
        raise RefusedError(f"{text}; {ADVICE}.", reason)
    try:
        return outside.file(link.file, group.file)
    except UsidError as error:
        text = f"'{plain(shown)}' is not opened: {error.message}"
        raise type(error)(f"{text.rstrip('.')}.", error.reason or reason) from error


def root_of(file: h5py.File) -> h5py.Group:
    """Open the group that holds everything else."""
    try:
        return file["/"]
    except DAMAGE as error:
        text = "The contents of the file cannot be listed: its beginning is damaged."
        raise DamagedDataError(text, str(error)) from error


def open_child(group: h5py.Group, name: bytes) -> h5py.HLObject:
    """Open what a hard link names; no value is read."""
    try:
        found = _opened(group, name)
    except DAMAGE as error:
        text = f"'{plain(safe_name(name))}' is damaged and cannot be opened."
        raise DamagedDataError(text, str(error)) from error
    return wrap(found)


def _opened(group: h5py.Group, name: bytes) -> h5py.h5g.GroupID:
    try:
        found = h5py.h5o.open(group.id, name)
    except DAMAGE:
        again = opened_beside(group, name)
        if again is None:
            raise
        return again
    return beside(found, group, name) if outside_of(group) is not None else found


def wrap(found: h5py.h5g.GroupID) -> h5py.HLObject:
    """Return the high-level object of a low-level one."""
    if isinstance(found, h5py.h5d.DatasetID):
        return h5py.Dataset(found)
    if isinstance(found, h5py.h5g.GroupID):
        return h5py.Group(found)
    return h5py.Datatype(found)


def stored_name(group: h5py.Group, name: str) -> bytes:
    """Bytes of a link's name, of which `name` is the safe form."""
    try:
        direct = name.encode("utf-8")
    except UnicodeEncodeError:
        direct = name.encode("utf-8", "surrogateescape")
    if read_link(group, direct) is not None or name.isascii():
        return direct
    alike = group.id.links.iterate(lambda raw: raw if safe_name(raw) == name else None)
    return direct if alike is None else _first(alike)


def _first(found: object) -> bytes:
    # h5py gives the value, or the value and where it was found.
    value = found[0] if isinstance(found, tuple) else found
    return value if isinstance(value, bytes) else b""


def address(found: h5py.HLObject) -> int:
    """Where in its file an object lies: the same for every link to it."""
    return place_of(found)[1]


def place_of(found: h5py.HLObject) -> tuple[int, int]:
    """Which open file, and where in it, an object is: no other object is there."""
    info = h5py.h5o.get_info(found.id)
    return int(info.fileno), int(info.addr)


def path_of(reference: h5py.Reference, file: h5py.File) -> str:
    """Path of what a reference refers to; '' if it refers to nothing."""
    try:
        name = h5py.h5r.get_name(reference, file.id) if reference else None
    except DAMAGE:
        return ""
    return safe_name(name) if name else ""


def whole_path(path: str) -> str:
    """Path from the root, without what says nothing.

    Examples
    --------
    >>> whole_path("a//b/"), whole_path("")
    ('/a/b', '/')
    """
    return "/" + "/".join(map(str, _parts(path)))


def join(parent: str, name: str) -> str:
    """Path of an entry of a group.

    Examples
    --------
    >>> join("/", "a"), join("/a", "b")
    ('/a', '/a/b')
    """
    return f"{parent.rstrip('/')}/{name}"


def _parts(path: str | bytes) -> Sequence[str | bytes]:
    given: object = path
    if not isinstance(given, str | bytes):
        text = "Entries of a file are named by their paths."
        raise ArgumentTypeError(text, f"got {path!r}")
    if isinstance(path, bytes):
        return [part for part in path.split(b"/") if part not in (b"", b".")]
    return [part for part in path.split("/") if part not in ("", ".")]


def missing(file: h5py.File, path: str) -> ObjectNotFoundError:
    """Make the error that says what a file does not have."""
    text = f"The file '{file_name(file)}' has nothing at '{plain(path)}'."
    return ObjectNotFoundError(text)
