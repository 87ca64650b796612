"""The contents of a file as lines of text."""

from collections.abc import Iterator

import h5py

from usid_lab.errors import UsidError
from usid_lab.model.contents import Kind, Node
from usid_lab.model.dimension import Dimension
from usid_lab.model.layout import Layout
from usid_lab.storage.links import DAMAGE, resolve
from usid_lab.storage.listing import list_children, node_at
from usid_lab.storage.mains import main_layout
from usid_lab.storage.stamps import Stamp
from usid_lab.storage.text import plain

_PER_GROUP = 100
_MAX_LINES = 2000
_MAX_DEPTH = 20


def tree_text(file: h5py.File, stamp: Stamp) -> str:
    """Draw what a file contains.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    stamp : tuple of int
        Identity of the file's contents; the tables of its Main datasets are read
        once for each.

    Returns
    -------
    str
        One line an entry, indented by depth; Main datasets with their dimensions,
        their layout, quantity and units.
    """
    lines: list[str] = []
    for line in _lines(file, stamp, node_at(file, "/"), ()):
        if len(lines) == _MAX_LINES:
            lines.append("...")
            break
        lines.append(line)
    return "\n".join(lines)


def _lines(
    file: h5py.File, stamp: Stamp, group: Node, above: tuple[int | None, ...]
) -> Iterator[str]:
    depth, inside = len(above), (*above, group.address)
    page = list_children(file, group.path, 0, _PER_GROUP)
    for node in page.nodes:
        again = node.kind is Kind.GROUP and node.address in inside
        line = plain(f"{node.name}{_details(file, stamp, node)}")
        yield f"{'  ' * depth}{line}{' (a group above)' * again}"
        if node.members and not again and depth < _MAX_DEPTH:
            yield from _lines(file, stamp, node, inside)
    if page.total > _PER_GROUP:
        yield f"{'  ' * depth}... {page.total - _PER_GROUP} more"


def _details(file: h5py.File, stamp: Stamp, node: Node) -> str:
    if node.kind is Kind.GROUP:
        return "/"
    if node.kind is Kind.LINK:
        return f" -> {node.target}"
    if node.kind is Kind.REFUSED:
        return f"  Refused: {node.reason}"
    if node.kind is Kind.MAIN:
        return f"  Main: {_main(file, stamp, node)}"
    shape = " x ".join(map(str, node.shape or ())) or "single value"
    what = _with_units(node.quantity, node.units)
    facts = ", ".join(filter(None, (f"{shape} {node.dtype}", what)))
    near = f"; not quite Main: {node.reason}" if node.reason else ""
    return f"  {node.kind.capitalize()}: {facts}{near}"


def _main(file: h5py.File, stamp: Stamp, node: Node) -> str:
    what = _with_units(node.quantity, node.units)
    try:
        layout = main_layout(resolve(file, node.path), stamp)
        dimensions, kind = _dimensions(layout), str(layout.kind)
    except (UsidError, *DAMAGE) as error:
        # Its tables are damaged: the array is still there.
        dimensions = " x ".join(map(str, node.shape or ()))
        told = error.message if isinstance(error, UsidError) else str(error)
        kind = f"no N-D form: {told}"
    return ", ".join(filter(None, (dimensions, what, node.dtype, kind)))


def _dimensions(layout: Layout) -> str:
    """Sizes and units, slowest first; in brackets what lies along points."""
    folded = []
    for axis in layout.axes:
        along = ", ".join(_with_units(d.name, d.units) for d in axis.along)
        over = " x ".join(map(_size, axis.dimensions))
        folded.append(f"{over} [{along}]" if along else over)
    return " x ".join(folded)


def _size(dimension: Dimension) -> str:
    return _with_units(f"{dimension.name} {dimension.size}", dimension.units)


def _with_units(text: str, units: str) -> str:
    return f"{text} ({units})" if text and units else text
