"""Looking through a whole file for what does not follow the specification.

Whatever a file holds, the check comes to its end: what cannot be read is one more
thing to tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import h5py

from usid_lab.errors import Fault, Severity, UsidError
from usid_lab.model.conformance import TABLES, by_severity
from usid_lab.model.contents import Kind, Node
from usid_lab.model.dimension import Side
from usid_lab.model.rules import Rule
from usid_lab.storage.attributes import has_attribute
from usid_lab.storage.chunkfaults import chunk_faults
from usid_lab.storage.groupfaults import (
    book_keeping_faults,
    is_results,
    results_faults,
)
from usid_lab.storage.links import DAMAGE, address, resolve, root_of
from usid_lab.storage.listing import list_children, walk
from usid_lab.storage.mainfaults import reference_faults, side_faults, text_faults
from usid_lab.storage.mains import faults_of, foreign_format, is_main, looks_main
from usid_lab.storage.numbers import dtype_of, shape_of
from usid_lab.storage.screening import refusal
from usid_lab.storage.tables import find_table, labels_of
from usid_lab.storage.text import plain

_PAGE = 500
_ROOT = "/"
_SURPRISES = (UsidError, *DAMAGE, IndexError, ArithmeticError, MemoryError)


def check(file: h5py.File) -> tuple[Fault, ...]:
    """Find everything in a file that breaks a rule, or is worth knowing.

    Parameters
    ----------
    file : h5py.File
        Open for reading. Tables are read whole, in blocks; Main datasets are not.

    Returns
    -------
    tuple of Fault
        In the order of the file, each with the path of its object; the gravest
        first for each object.
    """
    look = _Check(file)
    found = tuple(look.faults())
    if look.is_usid:
        return found
    # Nobody promised book-keeping there.
    return tuple(fault for fault in found if fault.rule != Rule.BOOK_KEEPING)


class _Check:
    """One look through a file."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._mains = 0
        self._referred: set[int] = set()
        self._tables: list[tuple[str, int]] = []
        self._read: set[tuple[int, int]] = set()
        self._groups: set[str] = set()
        self._formats: set[str] = set()

    @property
    def is_usid(self) -> bool:
        """Whether the file does not bear the marks of another format only."""
        return bool(self._mains or not self._formats)

    def faults(self) -> Iterator[Fault]:
        """Look at everything, once."""
        root = root_of(self._file)
        yield from self._of(_ROOT, self._entries(_ROOT))
        for name, found in walk(root):
            path = f"/{name}"
            if isinstance(found, h5py.Group):
                yield from self._of(path, self._group(path, found))
            elif isinstance(found, h5py.Dataset) and not refusal(found):
                yield from self._of(path, self._dataset(path, found))
        yield from self._orphans()
        yield from self._kind()

    def _of(self, path: str, found: Iterable[Fault]) -> Iterator[Fault]:
        gathered: list[Fault] = []
        try:
            gathered.extend(found)
        except _SURPRISES as error:
            told = error.message if isinstance(error, UsidError) else str(error)
            text = f"It cannot be checked to its end: {plain(told)}"
            gathered.append(Fault(Rule.INTACT, text))
        for fault in by_severity(gathered):
            yield fault if fault.where else replace(fault, where=path)

    def _entries(self, path: str) -> Iterator[Fault]:
        """Find what cannot be opened among the entries of a group."""
        start, total = 0, 1
        while start < total:
            page = list_children(self._file, path, start, start + _PAGE)
            for node in page.nodes:
                yield from _closed(node)
            start, total = start + _PAGE, page.total

    def _group(self, path: str, group: h5py.Group) -> Iterator[Fault]:
        yield from self._entries(path)
        yield from book_keeping_faults(group)
        yield from reference_faults(group)
        above, _, name = path.rpartition("/")
        if is_results(group, name):
            parent = resolve(self._file, above or _ROOT)
            yield from results_faults(group, parent, name)

    def _dataset(self, path: str, dataset: h5py.Dataset) -> Iterator[Fault]:
        if looks_main(dataset):
            yield from self._main(path, dataset)
            return
        if foreign := foreign_format(dataset):
            self._formats.add(foreign)
        if _is_table(path, dataset):
            self._tables.append((path, address(dataset)))
        yield from reference_faults(dataset)
        yield from chunk_faults(dataset)

    def _main(self, path: str, dataset: h5py.Dataset) -> Iterator[Fault]:
        found = faults_of(dataset)
        yield from found
        if foreign := foreign_format(dataset):
            self._formats.add(foreign)
        yield from text_faults(dataset)
        yield from reference_faults(dataset)
        yield from chunk_faults(dataset)
        for role in TABLES:
            table, _ = find_table(dataset, role)
            if table is not None:
                self._referred.add(address(table))
        if not is_main(found):
            return
        self._mains += 1
        yield from book_keeping_faults(dataset)
        yield from self._place(path)
        yield from self._sides(dataset)

    def _place(self, path: str) -> Iterator[Fault]:
        """Whether the group of a Main dataset is one of a series."""
        group = path.rpartition("/")[0] or _ROOT
        if group in self._groups:
            return
        self._groups.add(group)
        number = group.rpartition("_")[2]
        if group == _ROOT:
            text = "A Main dataset lies outside any group of a measurement."
            yield Fault(Rule.NAMES, text, "note", _ROOT)
        elif not (number.isascii() and number.isdigit()):
            text = "It holds a Main dataset, and its name does not end in an index."
            yield Fault(Rule.NAMES, text, "note", group)

    def _sides(self, dataset: h5py.Dataset) -> Iterator[Fault]:
        labels: list[set[str]] = []
        for side in (Side.POSITION, Side.SPECTROSCOPIC):
            role = side.capitalize()
            indices, _ = find_table(dataset, f"{role}_Indices")
            values, _ = find_table(dataset, f"{role}_Values")
            if indices is None or values is None:
                continue
            labels.append(set(labels_of(indices, side) or ()))
            pair = (address(indices), address(values))
            if pair in self._read:
                continue
            self._read.add(pair)
            where = f"/{str(indices.name).lstrip('/')}"
            yield from self._of(where, side_faults(indices, values, side))
        for label in sorted(set.intersection(*labels) - {""}) if labels else ():
            text = (
                f"'{plain(label)}' names a position and a spectroscopic dimension; "
                "each gets its side added."
            )
            yield Fault(Rule.ANCILLARY_LABELS, text, "note")

    def _orphans(self) -> Iterator[Fault]:
        for path, where in self._tables:
            if where not in self._referred:
                text = "No Main dataset refers to this table."
                yield Fault(Rule.MAIN_REFERENCES, text, "note", path)

    def _kind(self) -> Iterator[Fault]:
        for name in sorted(self._formats):
            text = (
                f"This file is laid out as {name}, not as USID: its data are "
                "N-dimensional arrays with a scale for each dimension."
            )
            yield Fault(Rule.KIND, text, "note", _ROOT)
        if self.is_usid and not self._mains:
            text = "The file holds no Main dataset."
            yield Fault(Rule.MAIN_REFERENCES, text, "note", _ROOT)


def _closed(node: Node) -> Iterator[Fault]:
    if node.kind is Kind.REFUSED:
        # A link out of the file is somebody's choice; a dataset is lost to us.
        severity: Severity = "warning" if node.target else "error"
        text = f"It is not opened. {node.reason}"
        yield Fault(Rule.REACH, text, severity, node.path)
    elif node.kind is Kind.LINK and node.reason:
        text = f"It is a link that leads nowhere. {node.reason}"
        yield Fault(Rule.INTACT, text, "warning", node.path)


def _is_table(path: str, dataset: h5py.Dataset) -> bool:
    shape, dtype = shape_of(dataset), dtype_of(dataset)
    if shape is None or len(shape) != 2 or dtype is None or dtype.kind not in "biuf":
        return False
    return path.endswith(("_Indices", "_Values")) or has_attribute(dataset, "labels")
