"""The map of a run's first output, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.widgets.dims import described, pixel_aspect, runs_across, runs_down
from usid_lab.widgets.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from usid_lab.processing.extract import Map
    from usid_lab.widgets.forms import Dim, Singles
    from usid_lab.widgets.parts import Part

_MOST_PIXELS = 256  # of a side: the picture is small
_LOW, _HIGH = 1, 99  # percentiles of the colour limits


@dataclass(frozen=True, slots=True, eq=False)
class JobMap:
    """A small picture of what is known of an output.

    Attributes
    ----------
    values : ndarray of float32, shape (rows, columns)
        From top to bottom; NaN where nothing is known yet.
    limits : tuple of (float, float), optional
        Of its colours; None where nothing is known.
    label, units : str
        What is shown.
    shape : float
        Height of the picture over its width, as on the sample.
    """

    values: Singles
    limits: tuple[float, float] | None
    label: str
    units: str
    shape: float = 1.0


def job_map(found: Map, quantity: str, units: str, *, y_up: bool) -> JobMap | None:
    """Draw what is known of an output of a run.

    Parameters
    ----------
    found : Map
        Of compound values the first field is drawn, of further positions the middle.
    quantity, units : str
        What the values are.
    y_up : bool
        Whether the y axis points up.

    Returns
    -------
    JobMap or None
        None where there is no more than one position, or no number.
    """
    fields = parts_of(found.values.dtype, quantity, units)
    parts = [part for part in fields if part.kind != "loop"]
    dims = described(found.dimensions)
    axes = _axes(dims)
    if not parts or not axes:
        return None
    plane = _plane(parts[0], found.values, axes)
    plane = plane[::-1] if len(axes) == 2 and y_up else plane
    pixels = _thinned(plane)
    shape = _aspect(dims, axes) * plane.shape[0] / plane.shape[1]
    return JobMap(pixels, _limits(pixels), parts[0].label, parts[0].units, shape)


def _axes(dims: Sequence[Dim]) -> tuple[int, ...]:
    """Axes that are drawn: (down, across), or one."""
    long = [n for n, dim in enumerate(dims) if dim.size > 1]
    placed = [n for n in long if dims[n].spatial] or long
    if len(placed) < 2:
        return tuple(placed or long)
    down, across = placed[-2:]
    if runs_across(dims[down]) or runs_down(dims[across]):
        return across, down
    return down, across


def _plane(
    part: Part, values: npt.NDArray[np.generic], axes: tuple[int, ...]
) -> npt.NDArray[np.floating]:
    """Values of the axes that are drawn, at the middle of all others."""
    chosen = tuple(
        slice(None) if axis in axes else size // 2
        for axis, size in enumerate(values.shape)
    )
    plane = part.of(np.asarray(values[chosen]))
    if len(axes) == 1:
        return plane[None]
    return plane.T if axes[0] > axes[1] else plane


def _thinned(plane: npt.NDArray[np.floating]) -> Singles:
    rows, columns = (max(1, -(-size // _MOST_PIXELS)) for size in plane.shape)
    thin = plane[::rows, ::columns]
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(thin, dtype=np.float32)


def _limits(pixels: Singles) -> tuple[float, float] | None:
    known = pixels[np.isfinite(pixels)]
    if not len(known):
        return None
    low, high = np.percentile(known, (_LOW, _HIGH))
    return float(low), float(high)


def _aspect(dims: Sequence[Dim], axes: tuple[int, ...]) -> float:
    """Height of a pixel over its width."""
    if len(axes) < 2:
        return 1.0
    return pixel_aspect(dims[axes[1]], dims[axes[0]]) or 1.0
