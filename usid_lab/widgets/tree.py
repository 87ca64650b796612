"""Rows of the tree, one page at a time."""

from __future__ import annotations

import math
import posixpath
from typing import TYPE_CHECKING

from usid_lab.errors import UsidError
from usid_lab.widgets.forms import AttributeList, AttributeRow, TreeNode, TreePage

if TYPE_CHECKING:
    from usid_lab.file import USIDFile
    from usid_lab.model.contents import Node

PAGE = 200
# Beyond so many positions, finding the sizes of dims would keep the tree waiting.
_MOST_POSITIONS = 2**21


def children_of(
    file: USIDFile, path: str, start: int = 0, count: int = PAGE
) -> TreePage:
    """Part of what a group holds.

    Parameters
    ----------
    file : USIDFile
    path : str
        HDF5 path of the group.
    start, count : int
        First row, and how many.

    Returns
    -------
    TreePage
    """
    page = file.children(path, start, start + count)
    rows, positions = [], 0
    for node in page.nodes:
        if node.kind == "main":
            positions += math.prod((node.shape or (1,))[:1])
        rows.append(_row(file, node, sized=positions <= _MOST_POSITIONS))
    return TreePage(page.path, page.start, page.total, tuple(rows))


def pages_down_to(file: USIDFile, path: str) -> tuple[TreePage, ...]:
    """Return the groups above an object, each with its first children.

    Parameters
    ----------
    file : USIDFile
    path : str
        HDF5 path of the object.

    Returns
    -------
    tuple of TreePage
        From the top down, without the root.
    """
    parents: list[str] = []
    parent = posixpath.dirname(path)
    while parent not in ("/", ""):
        parents.insert(0, parent)
        parent = posixpath.dirname(parent)
    return tuple(children_of(file, parent) for parent in parents)


def attributes_of(file: USIDFile, path: str, start: int, count: int) -> AttributeList:
    """Part of the attributes of an object, as text.

    Parameters
    ----------
    file : USIDFile
    path : str
    start, count : int
        First row, and how many.

    Returns
    -------
    AttributeList
    """
    page = file.attributes(path, start, start + count)
    rows = (AttributeRow(a.name, a.value, a.truncated) for a in page.attributes)
    return AttributeList(page.total, tuple(rows))


def _row(file: USIDFile, node: Node, sized: bool) -> TreeNode:
    return TreeNode(
        path=node.path,
        name=node.name,
        kind=str(node.kind),
        summary=_located(_summary(file, node, sized), node),
        reason=node.reason,
        expandable=bool(node.members),
        viewable=is_viewable(node),
    )


def is_viewable(node: Node) -> bool:
    """Whether a viewer can show values of this object.

    Parameters
    ----------
    node : Node

    Returns
    -------
    bool
    """
    if node.kind not in ("main", "dataset", "ancillary") or node.shape is None:
        return False
    words = ("text", "references", "type", "object", "void", "|S", "|V")
    return all(node.shape) and not any(word in node.dtype for word in words)


def _summary(file: USIDFile, node: Node, sized: bool) -> str:
    kind = str(node.kind)
    if kind == "group":
        return _counted(node.members or 0)
    if kind == "link":
        return f"\N{RIGHTWARDS ARROW} {node.target}"
    if kind == "main":
        return _main_summary(file, node, sized)
    return "" if node.shape is None else f"{_product(node.shape)} {node.dtype}".strip()


def _located(summary: str, node: Node) -> str:
    """Add in which file it is, where that is not the data file."""
    return f"{summary} · in {node.file}".lstrip(" ·") if node.file else summary


def _counted(members: int) -> str:
    if members == 0:
        return "empty"
    return "1 object" if members == 1 else f"{members} objects"


def _main_summary(file: USIDFile, node: Node, sized: bool) -> str:
    sizes = tuple(node.shape or ())
    if sized:
        sizes = _sizes(file, node, sizes)
    return f"{_product(sizes)} · {node.quantity} {node.units}".strip(" ·")


def _sizes(file: USIDFile, node: Node, stored: tuple[int, ...]) -> tuple[int, ...]:
    try:
        sizes = tuple(file.dataset(node.path).sizes.values())
    except UsidError:
        return stored
    return tuple(size for size in sizes if size > 1) or (1,)


def _product(sizes: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in sizes)
