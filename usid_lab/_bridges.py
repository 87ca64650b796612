"""Where files and datasets reach up to labelled arrays and to viewers.

Each import happens when it is asked for: none of them may slow down the opening of
a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.file import USIDFile
    from usid_lab.model.layout import Layout
    from usid_lab.model.selection import Pick


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
    import xarray as xr

    layout = dataset.layout
    dims = [
        name
        for name, pick in zip(layout.dims, chosen, strict=True)
        if not isinstance(pick, int)
    ]
    facts = {"quantity": dataset.quantity, "units": dataset.units}
    facts["long_name"] = dataset.quantity or dataset.name
    return xr.DataArray(values, _coords(layout, chosen), dims, dataset.name, facts)


def _coords(layout: Layout, chosen: tuple[Pick, ...]) -> dict[str, xr.Variable]:
    import xarray as xr

    coords: dict[str, xr.Variable] = {}
    picked = dict(zip(layout.dims, chosen, strict=True))
    for axis in layout.axes:
        for dimension in (*axis.dimensions, *axis.along):
            # What lies along points goes with the dimension that counts them.
            over = dimension if dimension in axis.dimensions else axis.dimensions[0]
            pick = picked[over.name]
            names = () if isinstance(pick, int) else (over.name,)
            values = dimension.values[np.asarray(pick, dtype=np.intp)]
            attrs = {"units": dimension.units, "side": str(dimension.side)}
            coords[dimension.name] = xr.Variable(names, values, attrs)
    return coords
