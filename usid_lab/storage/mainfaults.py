"""What a Main dataset and its tables get wrong, found by reading the tables."""

from collections.abc import Iterator, Sequence

import h5py

from usid_lab.errors import Fault, Severity
from usid_lab.model.conformance import TABLES
from usid_lab.model.dimension import Side
from usid_lab.model.rules import Rule
from usid_lab.model.tablefaults import SideTables, table_faults
from usid_lab.storage.attributes import (
    attribute_names,
    find_attribute,
    has_attribute,
    texts_attribute,
)
from usid_lab.storage.numbers import dtype_of
from usid_lab.storage.tables import StoredTable, descriptions, labels_of, referred
from usid_lab.storage.text import plain, safe_name

_MOST_REFERENCES = 2000


def text_faults(dataset: h5py.Dataset) -> Iterator[Fault]:
    """Find what is odd about the quantity and the units of a Main dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.

    Yields
    ------
    Fault
        Warnings.
    """
    for rule, name in ((Rule.MAIN_QUANTITY, "quantity"), (Rule.MAIN_UNITS, "units")):
        value = find_attribute(dataset, name)
        if has_attribute(dataset, name) and not isinstance(value, str | tuple):
            yield Fault(rule, f"Its attribute '{name}' is not text.", "warning")
        elif name == "quantity" and value in ("", ("",), ()):
            yield Fault(rule, f"Its attribute '{name}' is empty.", "warning")


def reference_faults(owner: h5py.HLObject) -> Iterator[Fault]:
    """Find attributes that refer to nothing.

    Parameters
    ----------
    owner : h5py.Group or h5py.Dataset
        Any object; references that make a Main dataset or name the source of
        results are left to those who know what they are for.

    Yields
    ------
    Fault
        Warnings.
    """
    for raw in attribute_names(owner)[:_MOST_REFERENCES]:
        name = safe_name(raw)
        if name in TABLES or name.startswith("source_"):
            continue
        kind = h5py.h5a.open(owner.id, raw).get_type()
        if kind != h5py.h5t.STD_REF_OBJ:
            continue
        _, problem = referred(owner, raw)
        if "null" in problem or "nothing" in problem:
            text = f"Its attribute '{plain(name)}' {problem}."
            yield Fault(Rule.INTACT, text, "warning")


def side_faults(
    indices: h5py.Dataset, values: h5py.Dataset, side: Side
) -> Iterator[Fault]:
    """Find what the two tables of a side get wrong; both are read whole, in blocks.

    Parameters
    ----------
    indices, values : h5py.Dataset
        Screened, of equal and sensible shape.
    side : Side
        Positions or spectra.

    Yields
    ------
    Fault
        Warnings and notes.
    """
    yield from _types(indices, values)
    yield from _disagreements(indices, values, side)
    stored = StoredTable(indices, side)
    labels, _ = descriptions(indices, values, side, stored.width)
    yield from _labels(labels, labels_of(indices, side) or ())
    shown = [plain(label) for label in labels]
    yield from table_faults(SideTables(stored, StoredTable(values, side), shown, side))


def _types(indices: h5py.Dataset, values: h5py.Dataset) -> Iterator[Fault]:
    expected = ((indices, "uint32", "biu"), (values, "float32", "f"))
    for table, wanted, allowed in expected:
        dtype = dtype_of(table)
        if dtype is None or dtype.newbyteorder("=") == wanted:
            continue
        severity: Severity = "note" if dtype.kind in allowed else "warning"
        name = plain(safe_name(table.name)).rsplit("/", 1)[-1]
        text = f"'{name}' is of the type {dtype.newbyteorder('=')}, not {wanted}."
        yield Fault(Rule.ANCILLARY_DTYPE, text, severity)


def _disagreements(
    indices: h5py.Dataset, values: h5py.Dataset, side: Side
) -> Iterator[Fault]:
    labels = [labels_of(table, side) for table in (indices, values)]
    if None not in labels and labels[0] != labels[1]:
        text = f"The labels of indices and values disagree: {_both(labels)}."
        text = f"{text} Those of the indices are used."
        yield Fault(Rule.ANCILLARY_LABELS, text, "warning")
    units = [texts_attribute(table, "units") for table in (indices, values)]
    if None not in units and units[0] != units[1]:
        text = f"The units of indices and values disagree: {_both(units)}."
        text = f"{text} Those of the values are used."
        yield Fault(Rule.ANCILLARY_UNITS, text, "warning")


def _both(texts: Sequence[tuple[str, ...] | None]) -> str:
    return " and ".join(repr(plain(", ".join((some or ())[:8]))) for some in texts)


def _labels(labels: list[str], stored: tuple[str, ...]) -> Iterator[Fault]:
    twice = sorted({label for label in labels if labels.count(label) > 1})
    for label in twice:
        text = f"More than one dimension is called '{plain(label)}'; they are numbered."
        yield Fault(Rule.ANCILLARY_LABELS, text, "warning")
    if "" in stored:
        text = "A label is empty; its dimension gets a number for a name."
        yield Fault(Rule.ANCILLARY_LABELS, text, "warning")
