"""Where files and datasets reach up to labelled arrays and to viewers.

Each import happens when it is asked for: none of them may slow down the opening of
a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.file import USIDFile
    from usid_lab.model.selection import Pick
    from usid_lab.reading.reductions import Reduction


def mimebundle(file: USIDFile, **options: object) -> object:
    """Show a file in a notebook: the workbench, or its text without widgets.

    Parameters
    ----------
    file : USIDFile
        What is shown.
    **options : object
        As IPython gives them.

    Returns
    -------
    dict or tuple of dict
        MIME types and their data.
    """
    try:
        from usid_lab.widgets import Workbench
    except ImportError:
        return {"text/plain": repr(file)}
    show: Callable[..., object] = Workbench(file)._repr_mimebundle_
    return show(**options)


def labelled(
    dataset: PlainArray, values: NDArray[np.generic], chosen: tuple[Pick, ...]
) -> xr.DataArray:
    """Give values their dimensions, coordinates and units.

    Parameters
    ----------
    dataset : PlainArray
        Where the values come from.
    values : ndarray
        What was read.
    chosen : tuple of int, range or ndarray
        What was picked of each dimension.

    Returns
    -------
    xarray.DataArray
        Coordinates have an attribute ``units``.
    """
    from usid_lab.interop.labels import labelled

    return labelled(dataset, values, chosen)


def reduced(
    dataset: PlainArray, values: NDArray[np.generic], asked: Reduction
) -> xr.DataArray:
    """Give the result of a reduction its dimensions, coordinates and units.

    Parameters
    ----------
    dataset : PlainArray
        What was reduced.
    values : ndarray
        What came out.
    asked : Reduction
        What was asked for.

    Returns
    -------
    xarray.DataArray
        With the attribute ``cell_methods`` of the CF conventions.
    """
    from usid_lab.interop.labels import labelled_reduction

    return labelled_reduction(dataset, values, asked)
