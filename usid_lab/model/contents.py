"""What a file contains, as it is listed: objects and attributes."""

from dataclasses import dataclass
from enum import StrEnum

from usid_lab.errors import Fault


class Kind(StrEnum):
    """What an entry of a file is."""

    GROUP = "group"
    MAIN = "main"
    ANCILLARY = "ancillary"
    DATASET = "dataset"
    LINK = "link"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of a file.

    Attributes
    ----------
    path, name : str
        HDF5 path and its last part, as text that is safe to show.
    kind : Kind
        What it is.
    shape : tuple of int, optional
        Of datasets that hold an array.
    dtype : str
        Type of the values; says so where it is not supported.
    quantity, units : str
        Of datasets; '' where the file gives none.
    target : str
        Where a link points to.
    reason : str
        Why it is refused or not a Main dataset, though it looks like one.
    members : int, optional
        Number of entries of a group.
    address : int, optional
        Where in the file a group lies: the same for every link to it.
    file : str
        Name of the file of results that holds it; '' for the data file.
    """

    path: str
    name: str
    kind: Kind
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    quantity: str = ""
    units: str = ""
    target: str = ""
    reason: str = ""
    members: int | None = None
    address: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the entries of a group.

    Attributes
    ----------
    path : str
        The group.
    start : int
        Number of the first entry shown.
    total : int
        Number of entries of the group.
    nodes : tuple of Node
        Entries in the order of their names.
    """

    path: str
    start: int
    total: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute as it is shown: its name and the beginning of its value."""

    name: str
    value: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class AttributePage:
    """Part of the attributes of an object."""

    start: int
    total: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class NotMain:
    """A dataset that looks like a Main dataset, and why it is none."""

    path: str
    faults: tuple[Fault, ...]
