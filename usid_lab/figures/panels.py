"""Single panels: a curve, a map, scattered points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from usid_lab.figures.labels import Ticks, labelled, ticks_of
from usid_lab.figures.plotting import matplotlib
from usid_lab.model.units import largest, length_factor, scale_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap
    from numpy.typing import NDArray

    from usid_lab.figures.parts import Part
    from usid_lab.model.dimension import Dimension

SEQUENTIAL, CYCLIC = "viridis", "twilight"
_CLIPPED = (1.0, 99.0)  # percentiles between which the colours lie
_FLATTEST = 8.0  # a map is not drawn to scale if it would be a strip


@dataclass(frozen=True, slots=True)
class Look:
    """How a map looks.

    Attributes
    ----------
    is_phase : bool
        Take a cyclic colour map from -pi to pi.
    y_up : bool
        Whether y rises upward, as for scans, or downward, as for images.
    """

    is_phase: bool = False
    y_up: bool = True


def scaled(
    values: NDArray[Any], part: Part, quantity: str, units: str
) -> tuple[NDArray[np.float64], str]:
    """Return one component of values in units with an SI prefix, and their label.

    Parameters
    ----------
    values : ndarray
        As they are stored.
    part : Part
        The component.
    quantity, units : str
        Of the dataset.

    Returns
    -------
    numbers : ndarray of float64
    label : str
    """
    numbers = np.asarray(part.take(values), dtype=np.float64)
    own = units if part.units is None else part.units
    scale = scale_for(own, largest(numbers))
    name = part.name if part.units is not None else f"{quantity} {part.name.lower()}"
    return numbers * scale.factor, labelled(name.strip() or part.name, scale.units)


def draw_curve(
    axis: Axes, dimension: Dimension, numbers: NDArray[np.float64], label: str
) -> None:
    """Draw numbers along one dimension.

    Parameters
    ----------
    axis : matplotlib Axes
        Where.
    dimension : Dimension
        Along x; its values need not rise.
    numbers : ndarray of float64, shape (size,)
        Gaps where they are NaN.
    label : str
        Of y.
    """
    ticks = ticks_of(dimension)
    style = "o" if len(numbers) == 1 else "-"
    axis.plot(ticks.values, numbers, style, color="C0")
    _name_axes(axis, ticks.label, label)
    axis.margins(x=0.02)


def draw_map(
    axis: Axes,
    dimensions: tuple[Dimension, Dimension],
    numbers: NDArray[np.float64],
    label: str,
    look: Look,
) -> None:
    """Draw numbers along two dimensions as colours.

    Where the values of a dimension do not rise in even steps, its indices are drawn
    and their values written at the ticks. Two dimensions of one side are drawn to
    scale where their units agree.

    Parameters
    ----------
    axis : matplotlib Axes
        Where.
    dimensions : tuple of Dimension
        Along y and along x.
    numbers : ndarray of float64, shape (y, x)
        Grey where they are NaN.
    label : str
        Of the colour bar.
    look : Look
        Colours and direction.
    """
    down, across = (ticks_of(dimension) for dimension in dimensions)
    (bottom, top), (left, right) = _edges(down), _edges(across)
    even = down.step is not None and across.step is not None
    together = even and dimensions[0].side is dimensions[1].side
    low, high = limits(numbers, is_phase=look.is_phase)
    image = axis.imshow(
        numbers,
        cmap=_colours(is_phase=look.is_phase),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect=_aspect(down, across) if together else "auto",
        interpolation="nearest",
        rasterized=True,
        vmin=low,
        vmax=high,
    )
    axis.set_xlim(*sorted((left, right)))
    axis.set_ylim(*sorted((bottom, top), reverse=not look.y_up))
    _name_axes(axis, across.label, down.label)
    _write_values(axis.xaxis, across)
    _write_values(axis.yaxis, down)
    add_colour_bar(axis, image, numbers, label)


def draw_points(
    axis: Axes,
    dimensions: tuple[Dimension, Dimension],
    numbers: NDArray[np.float64],
    label: str,
    look: Look,
) -> None:
    """Draw numbers at scattered points as colours.

    Parameters
    ----------
    axis : matplotlib Axes
        Where.
    dimensions : tuple of Dimension
        Coordinates along y and along x, one value a point.
    numbers : ndarray of float64, shape (points,)
        What was found there.
    label : str
        Of the colour bar.
    look : Look
        Colours and direction.
    """
    down, across = (ticks_of(dimension) for dimension in dimensions)
    size = float(np.clip(3000 / max(len(numbers), 1), 4, 60))
    low, high = limits(numbers, is_phase=look.is_phase)
    dots = axis.scatter(
        across.values,
        down.values,
        s=size,
        c=numbers,
        cmap=_colours(is_phase=look.is_phase),
        vmin=low,
        vmax=high,
    )
    axis.set_aspect(_aspect(down, across))
    if not look.y_up:
        axis.yaxis.set_inverted(inverted=True)
    _name_axes(axis, across.label, down.label)
    add_colour_bar(axis, dots, numbers, label)


def mark(axis: Axes, dimensions: Sequence[Dimension], index: Sequence[int]) -> None:
    """Mark the place from which the neighbouring panel comes.

    Parameters
    ----------
    axis : matplotlib Axes
        A curve or a map.
    dimensions : sequence of Dimension
        Along x, or along y and x.
    index : sequence of int
        Where on each.
    """
    ticks = [ticks_of(dimension) for dimension in dimensions]
    if len(ticks) == 1:
        axis.axvline(ticks[0].values[index[0]], color="0.4", lw=1, ls="--", zorder=0)
        return
    y, x = (_drawn_at(tick, i) for tick, i in zip(ticks, index, strict=True))
    for colour, width in (("white", 3.0), ("black", 1.2)):
        axis.plot(x, y, "+", color=colour, markersize=12, markeredgewidth=width)


def mark_point(axis: Axes, dimensions: tuple[Dimension, Dimension], index: int) -> None:
    """Mark the scattered point from which the neighbouring panel comes.

    Parameters
    ----------
    axis : matplotlib Axes
        Of scattered points.
    dimensions : tuple of Dimension
        Coordinates along y and along x.
    index : int
        Which point.
    """
    y, x = (ticks_of(dimension).values[index] for dimension in dimensions)
    axis.plot(x, y, "o", color="black", markerfacecolor="none", markersize=12)


def limits(
    numbers: NDArray[np.float64], *, is_phase: bool = False
) -> tuple[float, float]:
    """Return the numbers at the ends of a colour map; outliers lie beyond.

    Parameters
    ----------
    numbers : ndarray of float64
        What is drawn.
    is_phase : bool, optional
        One turn.

    Returns
    -------
    tuple of (float, float)
        Percentiles 1 and 99, or the extremes where those are equal.
    """
    if is_phase:
        return -np.pi, np.pi
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, _CLIPPED)
    if low == high:
        low, high = finite.min(), finite.max()
    return float(low), float(high)


def add_colour_bar(
    axis: Axes, drawn: ScalarMappable, numbers: NDArray[np.float64], label: str
) -> None:
    """Put a colour bar beside a panel; arrows where numbers lie beyond its ends.

    Parameters
    ----------
    axis : matplotlib Axes
        The panel.
    drawn : matplotlib ScalarMappable
        What is in it.
    numbers : ndarray of float64
        What was drawn.
    label : str
        Quantity and units.
    """
    finite = numbers[np.isfinite(numbers)]
    low, high = drawn.norm.vmin, drawn.norm.vmax
    below = finite.size > 0 and bool(finite.min() < low)
    above = finite.size > 0 and bool(finite.max() > high)
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}
    bar = axis.figure.colorbar(drawn, ax=axis, extend=extend[below, above])
    bar.set_label(label, parse_math=False)


def _colours(*, is_phase: bool) -> Colormap:
    colours: Colormap = matplotlib().colormaps[CYCLIC if is_phase else SEQUENTIAL]
    return colours.with_extremes(bad="0.85")


def _edges(ticks: Ticks) -> tuple[float, float]:
    if ticks.step is None:
        return -0.5, len(ticks.values) - 0.5
    half = ticks.step / 2
    return float(ticks.values[0] - half), float(ticks.values[-1] + half)


def _drawn_at(ticks: Ticks, index: int) -> float:
    return float(index) if ticks.step is None else float(ticks.values[index])


def _aspect(down: Ticks, across: Ticks) -> float | Literal["auto"]:
    ratio = _unit_ratio(down.units, across.units)
    if ratio is None:
        return "auto"
    tall, wide = (
        np.ptp(ticks.values) + abs(ticks.step or 0) for ticks in (down, across)
    )
    shape = tall * ratio / wide if wide else 0
    return ratio if 1 / _FLATTEST <= shape <= _FLATTEST else "auto"


def _unit_ratio(down: str, across: str) -> float | None:
    """Return how long a unit of y is in units of x, if both are of one kind."""
    if down == across:
        return 1.0
    lengths = length_factor(down), length_factor(across)
    return lengths[0] / lengths[1] if lengths[0] and lengths[1] else None


def _write_values(axis: Any, ticks: Ticks) -> None:
    if ticks.step is not None:
        return
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def text(place: float, _: object = None) -> str:
        index = round(place)
        inside = 0 <= index < len(ticks.values) and abs(place - index) < 1e-6
        return ticks.text(index) if inside else ""

    axis.set_major_locator(MaxNLocator(6, integer=True))
    axis.set_major_formatter(FuncFormatter(text))


def _name_axes(axis: Axes, x: str, y: str) -> None:
    # Names come from files: a dollar sign in them begins no formula.
    axis.set_xlabel(x, parse_math=False)
    axis.set_ylabel(y, parse_math=False)
