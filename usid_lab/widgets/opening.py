"""Which dataset of a file is shown first.

A saved view wins; else raw data before results, map and curve before map before
curve, then the order in the file. The walk is bounded as soon as there is something
to show: a file of ten thousand groups opens as fast as one of ten. Only until then
it goes on, for a while that one still waits.
"""

from __future__ import annotations

import posixpath
import re
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from usid_lab.errors import UsidError
from usid_lab.reading import Stopped
from usid_lab.widgets.tree import is_viewable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from usid_lab.file import USIDFile
    from usid_lab.model.contents import Node

MOST_MAINS = 64
MOST_NODES = 4000
_PAGE = 64
_SECONDS = 1.0
_PATIENCE = 10.0
_RESULTS = re.compile(r".+-.+_\d+")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a bounded walk through a file has found, in order.

    Attributes
    ----------
    mains : list of Node
        Main datasets; raw ones before results.
    near : list of Node
        Datasets that are not quite Main.
    arrays : list of Node
        Other arrays of numbers.
    """

    mains: list[Node] = field(default_factory=list)
    near: list[Node] = field(default_factory=list)
    arrays: list[Node] = field(default_factory=list)

    @property
    def raw(self) -> list[Node]:
        """Main datasets that no tool has made."""
        return [node for node in self.mains if not is_result(node.path)]

    def candidates(self) -> list[Node]:
        """Everything that may be shown first, the best one first."""
        order = count()
        ranked = sorted(self.mains, key=lambda node: (*_rank(node), next(order)))
        flat_last = sorted(self.arrays, key=lambda node: len(_long_axes(node)) < 2)
        return [*ranked, *self.near, *flat_last]


def is_result(path: str) -> bool:
    """Whether a group on the path is named ``<source>-<tool>_NNN``.

    Examples
    --------
    >>> is_result("/Channel_000/Raw_Data-SHO_Fit_000/Fit"), is_result("/a-b/c")
    (True, False)
    """
    parents = posixpath.dirname(path).split("/")
    return any(_RESULTS.fullmatch(name) for name in parents)


def explore(file: USIDFile, stop: Callable[[], bool] | None = None) -> Findings:
    """Look for datasets, within limits of objects and of time.

    Parameters
    ----------
    file : USIDFile
    stop : callable, optional
        Asked before each object; true ends it.

    Returns
    -------
    Findings

    Raises
    ------
    Stopped
        Nobody wants to know any more.
    """
    found = Findings()
    began = time.monotonic()
    for number, node in enumerate(_walk(file), start=1):
        if stop is not None and stop():
            raise Stopped(str(file.path))
        if str(node.kind) == "main":
            found.mains.append(node)
        elif str(node.kind) == "dataset" and node.reason:
            found.near.append(node)
        elif str(node.kind) == "dataset" and is_viewable(node):
            found.arrays.append(node)
        if _is_enough(found, number, time.monotonic() - began):
            break
    return found


def _is_enough(found: Findings, nodes: int, seconds: float) -> bool:
    if not (found.mains or found.near or found.arrays):
        return seconds > _PATIENCE
    long = nodes >= MOST_NODES or seconds > _SECONDS
    return long or len(found.mains) >= MOST_MAINS


def _walk(file: USIDFile) -> Iterator[Node]:
    """Depth first in the order of the file; groups of results at the end."""
    open_groups, later = [_children(file, "/")], deque[str]()
    met = {file.root.address}
    while open_groups or later:
        if not open_groups:
            open_groups.append(_children(file, later.popleft()))
        node = next(open_groups[-1], None)
        if node is None:
            open_groups.pop()
            continue
        yield node
        if str(node.kind) == "group" and node.members and node.address not in met:
            met.add(node.address)
            if _RESULTS.fullmatch(node.name):
                later.append(node.path)
            else:
                open_groups.append(_children(file, node.path))


def _children(file: USIDFile, path: str) -> Iterator[Node]:
    for start in count(0, _PAGE):
        try:
            page = file.children(path, start, start + _PAGE)
        except UsidError:
            return
        yield from page.nodes
        if start + _PAGE >= page.total:
            return


def _rank(node: Node) -> tuple[bool, int]:
    """Raw before results; map and curve, then map, then curve."""
    positions, *spectra = node.shape or (1, 1)
    spectrum = spectra[-1] if spectra else 1
    kind = (0 if spectrum > 1 else 1) if positions > 1 else 2
    return is_result(node.path), kind


def _long_axes(node: Node) -> list[int]:
    return [size for size in node.shape or () if size > 1]
