"""The contents of a file as lines of text."""

from collections.abc import Iterator

import h5py

from usid_lab.model.contents import Kind, Node
from usid_lab.storage.listing import list_children, node_at
from usid_lab.storage.text import plain

_PER_GROUP = 100
_MAX_LINES = 2000
_MAX_DEPTH = 20


def tree_text(file: h5py.File) -> str:
    """Draw what a file contains.

    Parameters
    ----------
    file : h5py.File
        Open for reading.

    Returns
    -------
    str
        One line an entry, indented by depth.
    """
    lines: list[str] = []
    for line in _lines(file, node_at(file, "/"), ()):
        if len(lines) == _MAX_LINES:
            lines.append("...")
            break
        lines.append(line)
    return "\n".join(lines)


def _lines(
    file: h5py.File, group: Node, above: tuple[int | None, ...]
) -> Iterator[str]:
    depth, inside = len(above), (*above, group.address)
    page = list_children(file, group.path, 0, _PER_GROUP)
    for node in page.nodes:
        again = node.kind is Kind.GROUP and node.address in inside
        yield f"{'  ' * depth}{summary(node)}{' (a group above)' * again}"
        if node.members and not again and depth < _MAX_DEPTH:
            yield from _lines(file, node, inside)
    if page.total > _PER_GROUP:
        yield f"{'  ' * depth}... {page.total - _PER_GROUP} more"


def summary(node: Node) -> str:
    """One line about an entry, safe for a terminal."""
    return plain(f"{node.name}{_details(node)}")


def _details(node: Node) -> str:
    if node.kind is Kind.GROUP:
        return "/"
    if node.kind is Kind.LINK:
        return f" -> {node.target}"
    if node.kind is Kind.REFUSED:
        return f" (refused: {node.reason})"
    shape = " x ".join(map(str, node.shape or ())) or "single value"
    units = f" ({node.units})" if node.units else ""
    what = f" · {node.quantity}{units}" if node.quantity else ""
    return f"  [{node.kind}] {shape} {node.dtype}{what}"
