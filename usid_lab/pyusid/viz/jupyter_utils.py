"""Views of N-D data in notebooks, by the documented names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.figures.visualize import visualize
from usid_lab.model import dimension as model
from usid_lab.model.dimension import Side
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.dimension import Dimension, as_modelled

__all__ = ["simple_ndim_visualizer"]


def simple_ndim_visualizer(
    data_mat: NDArray[Any],
    pos_dims: Dimension | Sequence[Dimension],
    spec_dims: Dimension | Sequence[Dimension],
    spec_xdim: str | None = None,
    pos_xdim: str | None = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Show data of up to two position and two spectroscopic dimensions.

    Parameters
    ----------
    data_mat : ndarray
        Axes in the order of the position dimensions, then of the spectroscopic ones.
    pos_dims, spec_dims : Dimension or list of Dimension
        What the axes are.
    spec_xdim, pos_xdim : str, optional
        Name of the dimension that runs across.
    **kwargs
        For :func:`usid_lab.figures.visualize`, such as `figsize`.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of matplotlib Axes
        The map of the positions beside the spectrum of one. (0.0.4 shows sliders
        instead, and returns nothing.)

    Raises
    ------
    LayoutError
        If the shape does not fit the dimensions (a ValueError).
    CrowdedError
        If there are more than two dimensions on a side (a NotImplementedError).
    DimensionError
        If there is no dimension to run across of that name (a KeyError).
    """
    dimensions = [
        *_side(pos_dims, Side.POSITION, "pos_dims"),
        *_side(spec_dims, Side.SPECTROSCOPIC, "spec_dims"),
    ]
    across = [name for name in (pos_xdim, spec_xdim) if name is not None]
    array = of_type(data_mat, np.ndarray, "data_mat")
    return visualize(array, dimensions, across=across, **kwargs)


def _side(dims: Any, side: Side, what: str) -> list[model.Dimension]:
    given = (
        [dims] if isinstance(dims, Dimension) else of_type(dims, (list, tuple), what)
    )
    return [as_modelled(of_type(d, Dimension, what)).moved(side) for d in given]
