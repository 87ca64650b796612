"""A dataset, or a selection of one, as a figure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from usid_lab.errors import CrowdedError, ViewError
from usid_lab.figures import panels
from usid_lab.figures.labels import place_text
from usid_lab.figures.parts import Part, parts_of
from usid_lab.figures.plotting import matplotlib
from usid_lab.figures.subject import Subject, of_array, of_dataset, upright
from usid_lab.model.dimension import Dimension, Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.model.selection import Indexer

_PANEL_INCHES = (4.6, 3.8)
_PAD_INCHES = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """Part of a figure: along one or two dimensions, where the others are held.

    Attributes
    ----------
    dimensions : tuple of Dimension
        Along x, or along y and x.
    values : ndarray
        Axes in the order of `dimensions`.
    title : str
        Where the others are held; '' if there are none.
    marked : dict
        Index of each of `dimensions` that the other panel shows.
    """

    dimensions: tuple[Dimension, ...]
    values: NDArray[Any]
    title: str
    marked: Mapping[str, int]


def plot_dataset(
    dataset: PlainArray,
    selection: Mapping[str, Indexer] | None = None,
    *,
    figure: Figure | SubFigure | None = None,
    figsize: tuple[float, float] | None = None,
) -> tuple[Figure | SubFigure, NDArray[np.object_]]:
    """Draw a dataset, or a selection of one.

    One dimension makes a curve, two make a map. With more of them there are two
    panels, the map of the positions and the spectrum or spectrogram of one, each
    taken at the middle of the other and marked there. Only what is drawn is read.
    Complex values are drawn as amplitude and phase, compound ones field by field.

    Parameters
    ----------
    dataset : USIDataset or PlainArray
        What is drawn.
    selection : mapping of str to int, slice or 1-D int array, optional
        As for `isel`.
    figure : matplotlib Figure or SubFigure, optional
        Where to draw; by default a new figure of pyplot, which a notebook shows.
    figsize : tuple of (float, float), optional
        Inches, of a new figure.

    Returns
    -------
    figure : matplotlib Figure or SubFigure
    axes : ndarray of matplotlib Axes, shape (components, panels)

    Raises
    ------
    ViewError
        One value is left.
    CrowdedError
        More than two dimensions are left on one side.
    MissingExtraError
        matplotlib is not installed.
    """
    return draw(of_dataset(dataset, selection or {}), figure=figure, figsize=figsize)


def visualize(
    values: NDArray[Any],
    dimensions: Sequence[Dimension],
    *,
    quantity: str = "",
    units: str = "",
    across: Sequence[str] = (),
    figure: Figure | SubFigure | None = None,
    figsize: tuple[float, float] | None = None,
) -> tuple[Figure | SubFigure, NDArray[np.object_]]:
    """Draw an array in memory, as :func:`plot_dataset` draws a dataset.

    Parameters
    ----------
    values : ndarray
        One axis for each dimension.
    dimensions : sequence of Dimension
        In the order of the axes, with their sides.
    quantity, units : str, optional
        What the values are.
    across : sequence of str, optional
        Names of dimensions that run along x; by default the faster ones, and X.
    figure : matplotlib Figure or SubFigure, optional
        Where to draw; by default a new figure of pyplot.
    figsize : tuple of (float, float), optional
        Inches, of a new figure.

    Returns
    -------
    figure : matplotlib Figure or SubFigure
    axes : ndarray of matplotlib Axes, shape (components, panels)

    Raises
    ------
    LayoutError
        The shape does not fit the dimensions.
    DimensionError
        There is no dimension to run along x of that name.
    ViewError
        One value is left.
    CrowdedError
        More than two dimensions are left on one side.
    """
    facts = {"quantity": quantity, "units": units}
    subject = of_array(values, dimensions, **facts, across=across)
    return draw(subject, figure=figure, figsize=figsize)


def draw(
    subject: Subject,
    *,
    figure: Figure | SubFigure | None = None,
    figsize: tuple[float, float] | None = None,
) -> tuple[Figure | SubFigure, NDArray[np.object_]]:
    """Draw what a subject shows.

    Parameters
    ----------
    subject : Subject
        Its dimensions decide on the panels.
    figure : matplotlib Figure or SubFigure, optional
        Where to draw.
    figsize : tuple of (float, float), optional
        Inches, of a new figure.

    Returns
    -------
    figure : matplotlib Figure or SubFigure
    axes : ndarray of matplotlib Axes, shape (components, panels)
    """
    matplotlib()
    parts = parts_of(subject.dtype)
    shown = _panels(subject)
    rows, columns = _grid(len(parts), len(shown))
    made = _new_figure(rows, columns, figsize) if figure is None else figure
    cells = np.asarray(made.subplots(rows, columns, squeeze=False), dtype=object)
    used, spare = np.split(cells.ravel(), [len(parts) * len(shown)])
    axes = used.reshape(len(parts), len(shown))
    for row, part in zip(axes, parts, strict=True):
        for axis, panel in zip(row, shown, strict=True):
            _draw_panel(axis, subject, panel, part)
    for axis in spare:
        axis.remove()
    return made, axes


def _panels(subject: Subject) -> tuple[_Panel, ...]:
    sides = _sides(subject)
    middle = {d.name: d.size // 2 for d in subject.dimensions}
    return tuple(_panel(subject, dimensions, middle) for dimensions in sides)


def _sides(subject: Subject) -> list[tuple[Dimension, ...]]:
    """Return which dimensions share a panel."""
    dimensions = subject.dimensions
    if not dimensions:
        text = "One single value is left: nothing to draw. Leave some dimension free."
        raise ViewError(text, ", ".join(subject.fixed))
    positions = tuple(d for d in dimensions if d.side is Side.POSITION)
    others = tuple(d for d in dimensions if d.side is not Side.POSITION)
    scattered = subject.points is not None and bool(positions)
    if len(dimensions) <= 2 and not (scattered and others):
        return [dimensions]
    for side in (positions, others):
        if len(side) > 2:
            names = ", ".join(d.name for d in side)
            text = f"A figure has room for two of {names}: choose an index of the rest."
            raise CrowdedError(text, f"such as {side[0].name}=0")
    return [positions, others]


def _panel(
    subject: Subject, dimensions: tuple[Dimension, ...], middle: Mapping[str, int]
) -> _Panel:
    names = {d.name for d in dimensions}
    rest = [d for d in subject.dimensions if d.name not in names]
    values = subject.read({d.name: middle[d.name] for d in rest})
    drawn = upright(dimensions, subject.across)
    title = ", ".join([*subject.fixed, *(place_text(d, middle[d.name]) for d in rest)])
    marked = {name: middle[name] for name in names} if rest else {}
    return _Panel(drawn, values if drawn == dimensions else values.T, title, marked)


def _draw_panel(axis: Axes, subject: Subject, panel: _Panel, part: Part) -> None:
    numbers, label = panels.scaled(panel.values, part, subject.quantity, subject.units)
    first, *others = panel.dimensions
    flat = all(d.side is Side.POSITION for d in panel.dimensions)
    points = subject.points if flat and not others else None
    index = [panel.marked[d.name] for d in panel.dimensions if panel.marked]
    look = panels.Look(part.is_phase, subject.y_up or not flat)
    if points is not None:
        panels.draw_points(axis, points, numbers, label, look)
    elif others:
        panels.draw_map(axis, (first, others[0]), numbers, label, look)
    else:
        panels.draw_curve(axis, first, numbers, label)
    if index and points is not None:
        panels.mark_point(axis, points, index[0])
    elif index:
        panels.mark(axis, panel.dimensions, index)
    axis.set_title(_wrapped(panel.title), fontsize="medium", parse_math=False)


def _grid(parts: int, shown: int) -> tuple[int, int]:
    """Return rows and columns: panels side by side, or components as a square."""
    if shown > 1:
        return parts, shown
    columns = parts if parts <= 3 else ceil(sqrt(parts))
    return ceil(parts / columns), columns


def _new_figure(rows: int, columns: int, figsize: tuple[float, float] | None) -> Figure:
    # A figure of pyplot, as people expect: notebooks and `plt.show` display it.
    from matplotlib import pyplot

    size = figsize or (columns * _PANEL_INCHES[0], rows * _PANEL_INCHES[1])
    made = pyplot.figure(figsize=size)
    # Panels with true proportions wander by some pixels when they are drawn again.
    made.set_layout_engine("constrained", w_pad=_PAD_INCHES, h_pad=_PAD_INCHES)
    return made


def _wrapped(title: str) -> str:
    lines = [""]
    for piece in title.split(", "):
        joined = f"{lines[-1]}, {piece}" if lines[-1] else piece
        if lines[-1] and len(joined) > 42:
            lines.append(piece)
        else:
            lines[-1] = joined
    return "\n".join(lines)
