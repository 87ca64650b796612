"""The rules that make an HDF5 dataset a Main dataset."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from usid_lab.errors import Fault

TABLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
MAX_DIMENSIONS = 64
MAX_ENTRIES = 1 << 26  # of one table; a scan of 4096 x 4096 has half of it

__all__ = ["MAX_DIMENSIONS", "TABLES", "Fault", "MainFacts", "TableFacts", "faults"]


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
    """What is known of a dataset without reading its values."""

    shape: tuple[int, ...]
    numeric: bool
    quantity: bool
    units: bool
    tables: Mapping[str, TableFacts]


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
    found = [*_own(facts), *_missing_tables(facts)]
    for axis, side in enumerate(("Position", "Spectroscopic")):
        found += _side(facts, side, axis)
    return tuple(sorted(found, key=lambda fault: fault.severity))


def _own(facts: MainFacts) -> Iterator[Fault]:
    if len(facts.shape) != 2:
        text = f"It has {len(facts.shape)} dimensions; a Main dataset has 2."
        yield Fault("shape", text)
    if not facts.numeric:
        yield Fault("dtype", "Its values are not numbers.")
    for name, there in (("quantity", facts.quantity), ("units", facts.units)):
        if not there:
            yield Fault(name, f"It has no attribute '{name}'.")


def _missing_tables(facts: MainFacts) -> Iterator[Fault]:
    for name in TABLES:
        table = facts.tables.get(name)
        if table is None:
            yield Fault(name, f"It has no reference '{name}'.")
        elif table.problem:
            yield Fault(name, f"'{name}' {table.problem}.")


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
        yield Fault(f"{side} tables", text)


def _table(
    name: str, table: TableFacts, axis: int, main: tuple[int, ...]
) -> Iterator[Fault]:
    if len(table.shape) != 2:
        yield Fault(name, f"'{name}' has {len(table.shape)} dimensions, not 2.")
        return
    length, width = table.shape[axis], table.shape[1 - axis]
    if not table.numeric:
        yield Fault(name, f"'{name}' does not hold numbers.")
    if len(main) == 2 and length != main[axis]:
        kind = ("rows", "columns")[axis]
        text = f"'{name}' describes {length} {kind}, the dataset has {main[axis]}."
        yield Fault(name, text)
    if not 1 <= width <= MAX_DIMENSIONS or length * width > MAX_ENTRIES:
        text = f"'{name}' claims {width} dimensions with {length} entries."
        yield Fault(name, text)
    yield from _descriptions(name, table, width)


def _descriptions(name: str, table: TableFacts, width: int) -> Iterator[Fault]:
    for what, count in (("labels", table.labels), ("units", table.units)):
        if count is None:
            yield Fault(what, f"'{name}' has no '{what}'.", "warning")
        elif count != width:
            text = f"'{name}' has {count} {what} for {width} dimensions."
            yield Fault(what, text, "warning")
