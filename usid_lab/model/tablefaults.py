"""What the index and value tables of one side get wrong, found by reading them whole.

Tables are read in blocks; none of them is taken into memory as it is.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import Fault
from usid_lab.model.dimension import Side
from usid_lab.model.placing import Placing, place
from usid_lab.model.reference import Reference, reference_values
from usid_lab.model.rules import Rule
from usid_lab.model.survey import Survey, survey
from usid_lab.model.table import BLOCK, Table, blocks

_MOST_SORTED = 1 << 24  # entries whose places are held, 8 bytes each
_NAMED = 5


@dataclass(frozen=True, slots=True)
class SideTables:
    """The two tables of a side, and how they are described.

    Attributes
    ----------
    indices, values : Table
        Of equal length and width.
    labels : sequence of str
        One for each dimension.
    side : Side
        Positions or spectra.
    """

    indices: Table
    values: Table
    labels: Sequence[str]
    side: Side

    @property
    def entries(self) -> str:
        """What an entry is called."""
        return "positions" if self.side is Side.POSITION else "spectroscopic steps"

    def named(self, columns: Sequence[int]) -> str:
        """Quoted labels of some dimensions."""
        shown = ", ".join(f"'{self.labels[column]}'" for column in columns[:_NAMED])
        return f"{shown} and others" if len(columns) > _NAMED else shown


def table_faults(tables: SideTables) -> Iterator[Fault]:
    """Find what the tables of a side get wrong.

    Parameters
    ----------
    tables : SideTables
        Both are read whole, in blocks.

    Yields
    ------
    Fault
        Warnings, and notes that explain how the entries are laid out.
    """
    yield from _gaps_in_values(tables)
    seen = survey(tables.indices)
    if not seen.whole:
        yield from _not_whole(tables)
        return
    if not seen.length:
        return
    yield from _beginnings(tables, seen)
    placing = place(tables.indices)
    if placing is None:
        yield _no_grid(tables, seen)
        return
    yield from _grid(tables, seen, placing)
    references = reference_values(tables.values, placing)
    yield from _values(tables, placing, references)


def _gaps_in_values(tables: SideTables) -> Iterator[Fault]:
    bad = np.zeros(tables.values.width, np.int64)
    for _, block in blocks(tables.values):
        if block.dtype.kind == "f":
            bad += (~np.isfinite(block)).sum(axis=1)
    for column in np.flatnonzero(bad).tolist():
        text = (
            f"{bad[column]} of the {tables.values.length} values of "
            f"{tables.named([column])} are no finite numbers."
        )
        yield Fault(Rule.VALUES, text, "warning")


def _not_whole(tables: SideTables) -> Iterator[Fault]:
    broken = np.zeros(tables.indices.width, bool)
    for _, block in blocks(tables.indices):
        with np.errstate(invalid="ignore"):
            broken |= (~(np.abs(block) < 2**53) | (np.floor(block) != block)).any(1)
    text = (
        f"The indices of {tables.named(np.flatnonzero(broken).tolist())} are not "
        "whole numbers, so nothing says where an entry belongs. The "
        f"{tables.entries} are read as a list."
    )
    yield Fault(Rule.INDICES, text, "warning")


def _beginnings(tables: SideTables, seen: Survey) -> Iterator[Fault]:
    for column, summary in enumerate(seen.columns):
        if summary.low != 0:
            text = (
                f"The indices of {tables.named([column])} begin at {summary.low}; "
                "counting starts at 0. They are read from the smallest one on."
            )
            yield Fault(Rule.INDICES, text, "warning")


def _no_grid(tables: SideTables, seen: Survey) -> Fault:
    listed = f"The {tables.entries} are read as a list, in the order of the file."
    first = seen.columns[0]
    counted = seen.alike and first.low == 0 and first.high == seen.length - 1
    if counted and tables.side is Side.POSITION:
        text = (
            f"The {seen.length} positions are scattered points, not a grid: all "
            "dimensions count them together. They are read as a list."
        )
        return Fault(Rule.SPARSE, text, "note")
    repeated = _repeated(tables.indices, seen)
    if repeated is not None:
        one, other = repeated
        text = (
            f"Entries {one} and {other} have the same indices, so the {tables.entries} "
            f"make no grid. {listed}"
        )
        return Fault(Rule.INDICES, text, "warning")
    sizes = [summary.span for summary in seen.columns]
    text = (
        f"The {seen.length} {tables.entries} fill too little of the grid of "
        f"{_times(sizes)} that their indices span, or one index follows from "
        f"another. {listed}"
    )
    return Fault(Rule.INDICES, text, "warning")


def _repeated(indices: Table, seen: Survey) -> tuple[int, int] | None:
    """Return two entries of equal indices; None if there are none."""
    spans = [column.span for column in seen.columns]
    if seen.length > _MOST_SORTED or math.prod(spans) >= 2**62:
        return None
    places = np.empty(seen.length, np.int64)
    for start, block in blocks(indices):
        spots = np.zeros(block.shape[1], np.int64)
        for row, column in zip(block, seen.columns, strict=True):
            spots = spots * column.span + (row.astype(np.int64) - column.low)
        places[start : start + len(spots)] = spots
    order = np.argsort(places, kind="stable")
    for start in range(0, len(order) - 1, BLOCK):
        run = order[start : start + BLOCK + 1]
        twins = np.flatnonzero(places[run[1:]] == places[run[:-1]])
        if len(twins):
            return int(run[twins[0]]), int(run[twins[0] + 1])
    return None


def _grid(tables: SideTables, seen: Survey, placing: Placing) -> Iterator[Fault]:
    for column, size in zip(placing.order, placing.sizes, strict=True):
        span = seen.columns[column].span
        if size < span:
            text = (
                f"The indices of {tables.named([column])} take {size} of the {span} "
                "numbers between their smallest and largest."
            )
            yield Fault(Rule.INDICES, text, "warning")
    if not placing.complete:
        text = (
            f"{seen.length} of the {math.prod(placing.sizes)} places of the grid "
            f"{_grid_text(tables, placing)} were measured; the others are NaN when "
            "they are read."
        )
        yield Fault(Rule.INDICES, text, "warning")
    elif placing.entries is not None:
        text = (
            f"The {tables.entries} are stored in another order than that of the grid "
            f"{_grid_text(tables, placing)}, as a serpentine scan is. Each is put "
            "where its indices say."
        )
        yield Fault(Rule.INDICES, text, "note")
    varying = [c for c, n in zip(placing.order, placing.sizes, strict=True) if n > 1]
    if any(slower < faster for slower, faster in pairwise(varying)):
        text = (
            f"From slowest to fastest the dimensions are {tables.named(varying)}; they "
            "are not stored fastest first. The order is taken from the indices."
        )
        yield Fault(Rule.ANCILLARY_ORDER, text, "note")


def _values(
    tables: SideTables, placing: Placing, references: Sequence[Reference]
) -> Iterator[Fault]:
    for column, found in zip(placing.order, references, strict=True):
        if not found.separable:
            text = (
                f"The values of {tables.named([column])} are not the same wherever its "
                "index is: they depend on other dimensions too."
            )
            yield Fault(Rule.VALUES, text, "warning")
        elif len(found.values) > 1 and _constant(found.values):
            text = (
                f"All {len(found.values)} values of {tables.named([column])} are "
                f"{found.values[0]:g}."
            )
            yield Fault(Rule.VALUES, text, "warning")


def _constant(values: NDArray[np.float64]) -> bool:
    return bool((values == values[0]).all())


def _grid_text(tables: SideTables, placing: Placing) -> str:
    pairs = zip(placing.order, placing.sizes, strict=True)
    return " x ".join(f"{tables.labels[column]} {size}" for column, size in pairs)


def _times(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))
