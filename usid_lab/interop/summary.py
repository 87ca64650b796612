"""A dataset in a few words, as text and for notebooks; no values are read."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import UsidError
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.model.dimension import Dimension

_LINE = "border-bottom:1px solid var(--jp-border-color2,rgba(128,128,128,.35))"
_CELL = "padding:.2em 1.2em .2em 0;text-align:{};color:inherit;background:none"
_TABLE = "border-collapse:collapse;border:0;margin:.3em 0;font-size:inherit"
_DIM = "opacity:.7"


@dataclass(frozen=True, slots=True)
class Row:
    """One dimension, in words.

    Attributes
    ----------
    name, size, span, side : str
        Its name, number of steps, first and last value with the unit, and where it
        lies: all of them plain text, of whatever the file holds.
    along : bool
        It has a value at each point, and is no dimension of the array itself.
    """

    name: str
    size: str
    span: str
    side: str
    along: bool = False


def span_of(dimension: Dimension) -> str:
    """Give the first and last value of a dimension, and its unit.

    Examples
    --------
    >>> from usid_lab.model.dimension import Dimension
    >>> span_of(Dimension("Bias", "V", [-1, 0, 1]))
    '-1 to 1 V'
    """
    values = dimension.values.ravel()
    finite = values[np.isfinite(values)]
    units = f" {plain(dimension.units)}" if dimension.units else ""
    if not finite.size:
        return units.strip()
    first, last = _ends(finite)
    return (
        f"{first:.6g}{units}" if first == last else f"{first:.6g} to {last:.6g}{units}"
    )


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first and last value where they rise or fall, else the extremes."""
    steps = np.diff(values)
    if (steps >= 0).all() or (steps <= 0).all():
        return float(values[0]), float(values[-1])
    return float(values.min()), float(values.max())


def rows_of(dataset: PlainArray) -> list[Row]:
    """Describe the dimensions, in the order of the N-D form."""
    return [
        Row(
            plain(dimension.name),
            str(dimension.size),
            span_of(dimension),
            str(dimension.side),
            along=dimension in axis.along,
        )
        for axis in dataset.layout.axes
        for dimension in (*axis.dimensions, *axis.along)
    ]


def what_of(dataset: PlainArray) -> str:
    """Quantity and unit."""
    units = f"({dataset.units})" if dataset.units else ""
    return plain(" ".join(filter(None, (dataset.quantity, units))))


def facts_of(dataset: PlainArray) -> str:
    """Say type, size, kind of N-D form and file."""
    nbytes = dataset.dtype.itemsize * np.prod(dataset.shape, dtype=float)
    kind, file = str(dataset.layout.kind), plain(dataset.file_path.name)
    return f"{type_of(dataset)}, {size_of(nbytes)}, {kind}, {file}"


def type_of(dataset: PlainArray) -> str:
    """Type of the values; the names of the fields of a compound."""
    names = dataset.dtype.names
    return (
        f"compound of {', '.join(map(plain, names))}" if names else str(dataset.dtype)
    )


def size_of(nbytes: float) -> str:
    """Say a number of bytes as people do.

    Examples
    --------
    >>> size_of(480), size_of(2.5e6)
    ('480 B', '2.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if nbytes < 1000 or unit == "TB":
            break
        nbytes /= 1000
    return f"{nbytes:.3g} {unit}"


def text_of(dataset: PlainArray) -> str:
    """Describe a dataset in lines of text.

    Parameters
    ----------
    dataset : PlainArray
        What is described.

    Returns
    -------
    str
        Path and quantity, a line for each dimension, type and file.
    """
    head = f"<{type(dataset).__name__} {plain(dataset.path)}> {what_of(dataset)}"
    try:
        rows, facts = rows_of(dataset), facts_of(dataset)
    except UsidError as error:
        name = plain(dataset.file_path.name)
        return f"{head.rstrip()}\n  {plain(error.message)}\n  no N-D form, {name}"
    names = [
        f"({row.name})" if row.along else f"{row.name}: {row.size}" for row in rows
    ]
    wide = [
        max(map(len, column), default=0) for column in (names, [r.span for r in rows])
    ]
    lines = [
        f"  {name:<{wide[0]}}  {row.span:<{wide[1]}}  {row.side}".rstrip()
        for name, row in zip(names, rows, strict=True)
    ]
    return "\n".join([head.rstrip(), *(lines or ["  no dimensions"]), f"  {facts}"])


def html_of(dataset: PlainArray) -> str:
    """Describe a dataset for a notebook.

    Parameters
    ----------
    dataset : PlainArray
        What is described.

    Returns
    -------
    str
        A table of HTML without script and classes; colours are those around it.
    """
    what = what_of(dataset)
    kind = escape(type(dataset).__name__)
    title = (
        f"<b>{escape(plain(dataset.name))}</b>{f' · {escape(what)}' if what else ''}"
    )
    try:
        body, facts = _table(rows_of(dataset)), facts_of(dataset)
    except UsidError as error:
        body, facts = escape(plain(error.message)), plain(dataset.file_path.name)
    below = f"{escape(facts)}<br>{kind} {escape(plain(dataset.path))}"
    return (
        f'<div style="color:inherit;line-height:1.5"><div>{title}</div>{body}'
        f'<div style="{_DIM};font-size:90%">{below}</div></div>'
    )


def _table(rows: list[Row]) -> str:
    heads = (("Dimension", "left"), ("Size", "right"), ("Values", "left"), ("", "left"))
    light = f"{_LINE};{_DIM};font-weight:normal"
    head = "".join(
        f'<th scope="col" style="{_CELL.format(side)};{light}">{text}</th>'
        for text, side in heads
    )
    lines = "".join(_line(row) for row in rows)
    return (
        f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


def _line(row: Row) -> str:
    name = f"<i>{escape(row.name)}</i>" if row.along else escape(row.name)
    cells = (
        (name, "left"),
        ("" if row.along else row.size, "right"),
        (escape(row.span), "left"),
        (f'<span style="{_DIM}">{escape(row.side)}</span>', "left"),
    )
    inner = "".join(
        f'<td style="{_CELL.format(side)}">{text}</td>' for text, side in cells
    )
    return f'<tr style="background:none">{inner}</tr>'
