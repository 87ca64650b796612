"""The rules that make an HDF5 dataset a Main dataset."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from usid_lab.errors import SEVERITIES, Fault
from usid_lab.model.rules import Rule

TABLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
MAX_DIMENSIONS = 64
MAX_ENTRIES = 1 << 28  # of one table; a map of 8192 x 8192 has half of it

__all__ = [
    "MAX_DIMENSIONS",
    "TABLES",
    "Fault",
    "MainFacts",
    "TableFacts",
    "by_severity",
    "faults",
]


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of an ancillary table without reading it.

    Attributes
    ----------
    shape : tuple of int
        As stored: positions (entries, dimensions), spectra the other way round.
    numeric : bool
        Its values are real numbers.
    labels, units : int, optional
        How many the table gives; None where the attribute is missing.
    problem : str
        Why the table cannot be used at all; '' if it can.
    """

    shape: tuple[int, ...] = ()
    numeric: bool = True
    labels: int | None = None
    units: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MainFacts:
    """What is known of a dataset without reading its values.

    Attributes
    ----------
    shape : tuple of int
        As stored.
    numeric : bool
        Its values are numbers.
    quantity, units : int, optional
        How many texts the attributes hold; None where one is missing.
    tables : mapping of str to TableFacts
        By the name of the reference; those that are missing are left out.
    foreign : str
        Name of another format whose marks the dataset bears; '' if there are none.
    """

    shape: tuple[int, ...]
    numeric: bool
    quantity: int | None
    units: int | None
    tables: Mapping[str, TableFacts]
    foreign: str = ""


def faults(facts: MainFacts) -> tuple[Fault, ...]:
    """Find every broken rule.

    Parameters
    ----------
    facts : MainFacts
        Shapes and attributes of a dataset and its tables.

    Returns
    -------
    tuple of Fault
        Errors first; empty for a flawless Main dataset.
    """
    if facts.foreign and not facts.tables:
        text = (
            f"It is laid out as {facts.foreign}: an N-dimensional array with a scale "
            "for each dimension, not as USID. It opens as an array."
        )
        return (Fault(Rule.KIND, text),)
    found = [*_own(facts), *_missing_tables(facts)]
    for axis, side in enumerate(("Position", "Spectroscopic")):
        found += _side(facts, side, axis)
    return by_severity(found)


def by_severity(found: Iterable[Fault]) -> tuple[Fault, ...]:
    """Put errors before warnings, and warnings before notes."""
    return tuple(sorted(found, key=lambda fault: SEVERITIES.index(fault.severity)))


def _own(facts: MainFacts) -> Iterator[Fault]:
    if len(facts.shape) != 2:
        text = f"It has {len(facts.shape)} dimensions; a Main dataset has 2."
        yield Fault(Rule.MAIN_SHAPE, text)
    elif not all(facts.shape):
        text = f"It is empty: its shape is {facts.shape}."
        yield Fault(Rule.MAIN_SHAPE, text, "warning")
    if not facts.numeric:
        yield Fault(Rule.MAIN_DTYPE, "Its values are not numbers.")
    yield from _text(Rule.MAIN_QUANTITY, "quantity", facts.quantity)
    yield from _text(Rule.MAIN_UNITS, "units", facts.units)


def _text(rule: Rule, name: str, count: int | None) -> Iterator[Fault]:
    if count is None:
        yield Fault(rule, f"It has no attribute '{name}'.")
    elif count != 1:
        text = f"Its attribute '{name}' holds {count} texts instead of one."
        yield Fault(rule, text, "warning")


def _missing_tables(facts: MainFacts) -> Iterator[Fault]:
    missing = [f"'{name}'" for name in TABLES if name not in facts.tables]
    if len(missing) == len(TABLES):
        text = (
            "It refers to none of the four tables of positions and spectra; it is no "
            "more than an array."
        )
        yield Fault(Rule.MAIN_REFERENCES, text)
    elif missing:
        text = f"It has no reference {', '.join(missing)}."
        yield Fault(Rule.MAIN_REFERENCES, text)
    for name, table in facts.tables.items():
        if table.problem:
            yield Fault(Rule.MAIN_REFERENCES, f"'{name}' {table.problem}.")


def _side(facts: MainFacts, side: str, axis: int) -> Iterator[Fault]:
    names = (f"{side}_Indices", f"{side}_Values")
    tables = {name: facts.tables.get(name) for name in names}
    usable = {n: t for n, t in tables.items() if t is not None and not t.problem}
    for name, table in usable.items():
        yield from _table(name, table, axis, facts.shape)
    shapes = {table.shape for table in usable.values()}
    if len(shapes) > 1:
        first, second = (usable[name].shape for name in names)
        text = f"'{names[0]}' has the shape {first}, '{names[1]}' {second}."
        yield Fault(Rule.ANCILLARY_SHAPE, text)


def _table(
    name: str, table: TableFacts, axis: int, main: tuple[int, ...]
) -> Iterator[Fault]:
    if len(table.shape) != 2:
        text = f"'{name}' has {len(table.shape)} dimensions, not 2."
        yield Fault(Rule.ANCILLARY_SHAPE, text)
        return
    length, width = table.shape[axis], table.shape[1 - axis]
    if not table.numeric:
        yield Fault(Rule.ANCILLARY_DTYPE, f"'{name}' does not hold numbers.")
    if len(main) == 2 and length != main[axis]:
        kind = ("rows", "columns")[axis]
        text = f"'{name}' describes {length} {kind}, the dataset has {main[axis]}."
        yield Fault(Rule.ANCILLARY_SHAPE, text)
    if not 1 <= width <= MAX_DIMENSIONS or length * width > MAX_ENTRIES:
        text = f"'{name}' claims {width} dimensions with {length} entries."
        yield Fault(Rule.ANCILLARY_SHAPE, text)
    yield from _descriptions(name, table, width)


def _descriptions(name: str, table: TableFacts, width: int) -> Iterator[Fault]:
    counts = (
        (Rule.ANCILLARY_LABELS, "labels", table.labels),
        (Rule.ANCILLARY_UNITS, "units", table.units),
    )
    for rule, what, count in counts:
        if count is None:
            yield Fault(rule, f"'{name}' has no '{what}'.", "warning")
        elif count != width:
            text = f"'{name}' has {count} {what} for {width} dimensions."
            yield Fault(rule, text, "warning")
