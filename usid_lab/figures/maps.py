"""The documented `plot_map`: an image with ticks, colour bar and clipped colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from usid_lab.errors import ArgumentError, ArgumentTypeError, LayoutError
from usid_lab.figures.plotting import matplotlib
from usid_lab.model.units import format_number, step_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.image import AxesImage
    from numpy.typing import ArrayLike, NDArray


def plot_map(
    axis: Axes,
    img: ArrayLike,
    show_xy_ticks: bool = True,
    show_cbar: bool = True,
    x_vec: ArrayLike | float | None = None,
    y_vec: ArrayLike | float | None = None,
    num_ticks: int = 4,
    stdevs: float | None = None,
    cbar_label: str | None = None,
    tick_font_size: float = 14,
    **kwargs: Any,
) -> tuple[AxesImage, Colorbar | None]:
    """Draw an image with values at its ticks and a colour bar.

    Parameters
    ----------
    axis : matplotlib Axes
        Where.
    img : array_like of real numbers, shape (rows, columns)
        What; row 0 is at the bottom unless ``origin`` says otherwise.
    show_xy_ticks : bool, optional
        Write numbers at x and y.
    show_cbar : bool, optional
        Draw a colour bar.
    x_vec, y_vec : array_like or float, optional
        The value of each column and row, or how far they extend from 0; by default
        they are counted.
    num_ticks : int, optional
        How many numbers to write along each axis.
    stdevs : float, optional
        Draw the colours so many standard deviations around the mean; by default from
        the least to the greatest value.
    cbar_label : str, optional
        Of the colour bar.
    tick_font_size : float, optional
        Of all numbers, in points.
    **kwargs
        For ``Axes.imshow``.

    Returns
    -------
    image : matplotlib AxesImage
    colour_bar : matplotlib Colorbar or None

    Raises
    ------
    LayoutError
        The image does not have two dimensions, or a vector another length.
    ArgumentError
        `num_ticks` or `stdevs` is not above 0.
    """
    matplotlib()
    numbers = _checked(img)
    if num_ticks < 1 or (stdevs is not None and stdevs <= 0):
        text = "Numbers of ticks and of standard deviations are above 0."
        raise ArgumentError(text, f"num_ticks={num_ticks!r}, stdevs={stdevs!r}")
    if stdevs is not None:
        mean, spread = np.nanmean(numbers), stdevs * np.nanstd(numbers)
        kwargs = {"vmin": mean - spread, "vmax": mean + spread, **kwargs}
    image = axis.imshow(numbers, **{"origin": "lower", **kwargs})
    sides = ((axis.xaxis, x_vec, 1), (axis.yaxis, y_vec, 0))
    for side, values, number in sides:
        places, texts = _ticks(values, numbers.shape[number], num_ticks)
        side.set_ticks(places, texts)
        side.set_visible(show_xy_ticks)
    axis.tick_params(labelsize=tick_font_size)
    return image, _colour_bar(axis, image, cbar_label, tick_font_size, show_cbar)


def _checked(img: ArrayLike) -> NDArray[Any]:
    numbers = np.asarray(img)
    if numbers.ndim != 2 or not numbers.size:
        text = "A map has rows and columns, at least one of each."
        raise LayoutError(text, f"the image has the shape {numbers.shape}")
    if numbers.dtype.kind not in "biuf":
        text = "A map is drawn of real numbers; of complex ones, draw the amplitude."
        raise ArgumentTypeError(text, f"dtype {numbers.dtype}")
    return numbers


def _ticks(
    values: ArrayLike | float | None, size: int, count: int
) -> tuple[NDArray[np.intp], list[str]]:
    """Return at which pixels to write which numbers."""
    if values is None:
        shown = np.arange(size, dtype=np.float64)
    elif np.ndim(values) == 0:
        shown = np.linspace(0, float(values), size)  # type: ignore[arg-type]
    else:
        shown = np.asarray(values, dtype=np.float64)
    if shown.shape != (size,):
        text = f"There are {size} pixels and values of the shape {shown.shape}."
        raise LayoutError(text, "x_vec is as long as img.shape[1], y_vec as [0]")
    places = np.unique(np.linspace(0, size - 1, count).round().astype(np.intp))
    # Three digits of the range are as many as one can read off a map.
    step = (np.ptp(shown) / 100) or step_of(shown)
    digits = None if not step else 10.0 ** np.floor(np.log10(step))
    texts = [format_number(_rounded(shown[place], digits)) for place in places]
    return places, texts


def _rounded(value: float, digits: float | None) -> float:
    return value if not digits else round(value / digits) * digits


def _colour_bar(
    axis: Axes,
    image: AxesImage,
    label: str | None,
    font_size: float,
    show: bool,
) -> Colorbar | None:
    if not show:
        return None
    bar = axis.figure.colorbar(image, ax=axis, fraction=0.046, pad=0.04)
    bar.ax.tick_params(labelsize=font_size)
    if label is not None:
        bar.set_label(label, fontsize=font_size)
    return bar
