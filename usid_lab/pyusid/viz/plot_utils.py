"""Static figures, by the documented names."""

from collections.abc import Iterable
from math import ceil, isqrt
from numbers import Integral
from typing import TYPE_CHECKING

from usid_lab.errors import ArgumentError
from usid_lab.figures.maps import plot_map
from usid_lab.figures.plotting import matplotlib
from usid_lab.figures.style import reset_plot_params, use_nice_plot_params
from usid_lab.pyusid.arguments import of_type

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

__all__ = [
    "get_cmap_object",
    "get_plot_grid_size",
    "plot_map",
    "reset_plot_params",
    "set_tick_font_size",
    "use_nice_plot_params",
]


def get_cmap_object(cmap: "str | Colormap | None") -> "Colormap":
    """Return a colour map, however it is named.

    Parameters
    ----------
    cmap : str, matplotlib Colormap or None
        None for viridis.

    Returns
    -------
    matplotlib Colormap

    Raises
    ------
    ArgumentTypeError
        If it is neither (a TypeError).
    ArgumentError
        If there is none of that name (a ValueError).
    """
    maps = matplotlib().colormaps
    from matplotlib.colors import Colormap

    if isinstance(cmap, Colormap):
        return cmap
    name = of_type(cmap or "viridis", str, "cmap")
    if name not in maps:
        text = f"matplotlib has no colour map called {name!r}."
        raise ArgumentError(text, "such as viridis, magma, gray")
    found: Colormap = maps[name]
    return found


def get_plot_grid_size(num_plots: int, fewer_rows: bool = True) -> tuple[int, int]:
    """Return how many rows and columns hold a number of plots.

    Parameters
    ----------
    num_plots : int
        How many.
    fewer_rows : bool, optional
        Rather wide than tall.

    Returns
    -------
    tuple of (int, int)
        Rows and columns.

    Raises
    ------
    ArgumentTypeError
        If it is no whole number (a TypeError).
    ArgumentError
        If it is less than 1 (a ValueError).

    Examples
    --------
    >>> get_plot_grid_size(5), get_plot_grid_size(5, fewer_rows=False)
    ((2, 3), (3, 2))
    """
    if of_type(num_plots, Integral, "num_plots") < 1:
        text = "'num_plots' must be 1 or more."
        raise ArgumentError(text, f"got {num_plots!r}")
    few = isqrt(num_plots)
    many = ceil(num_plots / few)
    return (few, many) if fewer_rows else (many, few)


def set_tick_font_size(axes: "Axes | Iterable[Axes]", font_size: float) -> None:
    """Set the size of the numbers along the axes of panels.

    Parameters
    ----------
    axes : matplotlib Axes or iterable of them
        One or several panels.
    font_size : float
        In points.
    """
    for axis in axes if isinstance(axes, Iterable) else (axes,):
        axis.tick_params(labelsize=font_size)
