"""The curve at the cursor, alone or as a family, or a table in its stead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.errors import ViewError
from usid_lab.widgets.forms import Dim, Frame, TableRow
from usid_lab.widgets.maps import map_axes, to_single
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch
from usid_lab.widgets.titles import curve_name, data_value, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.parts import Part

MOST_VALUES = 2**24
MOST_ROWS = 64


def read_curve(
    subject: Subject, part: Part, view: ViewState, watch: Watch = UNWATCHED
) -> Frame:
    """Return the curves of a view, or its table where there is no curve axis.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    view : ViewState
        It fits the subject.
    watch : Watch

    Returns
    -------
    Frame
        With `curve` and, for a family, `curve_names`; or with `table`.
    """
    if view.curve is None:
        return Frame(table=read_table(subject, view, watch))
    free = [dim.name for dim in subject.dims if dim.name in (view.curve, view.overlay)]
    _check_size(subject, free)

    def frame(raw: npt.NDArray[np.generic]) -> Frame:
        return _curve_frame(subject, part.of(raw), view, free)

    return frame(subject.read(_selection(subject, view, free), watch, frame))


def _curve_frame(
    subject: Subject,
    values: npt.NDArray[np.floating],
    view: ViewState,
    free: Sequence[str],
) -> Frame:
    if view.overlay is None:
        return Frame(curve=to_single(values[None]))
    family = values if free[0] == view.overlay else values.T
    over = subject.dim(view.overlay)
    names = tuple(curve_name(over, index) for index in range(over.size))
    return Frame(curve=to_single(family), curve_names=names)


def _selection(
    subject: Subject, view: ViewState, free: Sequence[str]
) -> dict[str, int | slice | npt.NDArray[np.int64]]:
    return {
        dim.name: slice(None) if dim.name in free else view.index[dim.name]
        for dim in subject.dims
    }


def _check_size(subject: Subject, free: Sequence[str]) -> None:
    count = math.prod(subject.sizes[dim] for dim in free)
    if count > MOST_VALUES:
        raise ViewError(
            "These curves have more points than can be shown.",
            f"{count} values; at most {MOST_VALUES} are drawn.",
        )


def read_table(
    subject: Subject, view: ViewState, watch: Watch = UNWATCHED
) -> tuple[TableRow, ...] | None:
    """Values at the cursor where the spectral axes are too short for a curve.

    Parameters
    ----------
    subject : Subject
    view : ViewState
    watch : Watch

    Returns
    -------
    tuple of TableRow or None
        The components of a compound at the sliders, else one row for each step
        of the short axis. None where a map says all there is.
    """
    compound = subject.source.dtype.names is not None
    short = _short_dims(subject, view)
    if not compound and not short and map_axes(subject, view):
        return None
    free = [] if compound else [dim.name for dim in short[-1:]]
    values = subject.read(_selection(subject, view, free), watch)
    if not free:
        parts = [p for p in subject.parts if p.kind != "loop"][:MOST_ROWS]
        return tuple(_part_row(part, np.asarray(values)) for part in parts)
    part = subject.part(view.component) or subject.parts[0]
    return _axis_rows(short[-1], part, values)


def _short_dims(subject: Subject, view: ViewState) -> list[Dim]:
    drawn = map_axes(subject, view)
    kinds = (
        ("spectroscopic", "array") if drawn else ("spectroscopic", "position", "array")
    )
    return [
        dim
        for dim in subject.dims
        if dim.size > 1 and dim.name not in drawn and dim.side in kinds
    ]


def _part_row(part: Part, values: npt.NDArray[np.generic]) -> TableRow:
    number = float(part.of(values.reshape(1))[0])
    value, units = data_value(number, part.units)
    return TableRow(part.label, value, units)


def _axis_rows(
    dim: Dim, part: Part, values: npt.NDArray[np.generic]
) -> tuple[TableRow, ...]:
    numbers = part.of(values)[:MOST_ROWS]
    rows = []
    for index, number in enumerate(numbers):
        value, units = data_value(float(number), part.units)
        rows.append(TableRow(f"{dim.name} {value_text(dim, index)}", value, units))
    return tuple(rows)
