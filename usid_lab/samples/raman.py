"""A serpentine scan: a Raman map of a graphene flake.

The stage moves to the right along one row and to the left along the next, and spectra
are stored in the order in which they were measured: every other row runs backwards.

Physics
-------
- Bare substrate, one layer, and two layers of graphene, each with its spectrum: G line
  (1582 per cm), 2D line (about 2690, twice as high as G in one layer, lower and broad
  in two), D line (1350) along the edges of the flake, over a faint background.
- Strain moves the 2D line.
- Counts are Poisson distributed over a dark level.

Dimensions
----------
Positions Y, X (m, steps of 0.25 micrometres); Raman_Shift (1/cm); "Intensity" in
counts, uint16. At the full size 48 x 64 positions and 341 shifts.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1928
_DARK = 12.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows, columns, and points of the spectrum."""

    rows: int
    columns: int
    shifts: int


SIZES: dict[Size, Grid] = {
    "full": Grid(rows=48, columns=64, shifts=341),
    "small": Grid(rows=20, columns=28, shifts=171),
}


@dataclass(frozen=True, slots=True)
class RamanMap:
    """The experiment: axes, truth at (Y, X), and counts (Y, X, Raman_Shift).

    `layers` is the number of layers (0, 1, 2), `line` the centre of the 2D line.
    """

    y: FloatArray
    x: FloatArray
    shift: FloatArray
    layers: npt.NDArray[np.int64]
    line: FloatArray
    counts: npt.NDArray[np.uint16]


def serpentine_order(rows: int, columns: int) -> npt.NDArray[np.int64]:
    """Return the positions in the order in which a serpentine scan visits them.

    Parameters
    ----------
    rows, columns : int
        Size of the grid.

    Returns
    -------
    ndarray
        int64, shape (rows * columns,): numbers of the positions, counted row by row.

    Examples
    --------
    >>> serpentine_order(3, 3).tolist()
    [0, 1, 2, 5, 4, 3, 6, 7, 8]
    """
    order = np.arange(rows * columns).reshape(rows, columns)
    order[1::2] = order[1::2, ::-1]
    return order.ravel()


def _flake(
    grid: Grid, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the number of layers and the distance from the edge (0 at it)."""
    shape = (grid.rows, grid.columns)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    wobble = 0.08 * smooth_field(shape, shape[0] / 8, rng)
    inside = 0.78 - np.hypot(0.85 * y - 0.2 * x, x) + wobble
    second = np.minimum(0.35 * x + 0.6 * y - 0.1 + wobble, inside - 0.08)
    layers = (inside > 0).astype(np.int64) + (second > 0)
    return layers, inside


def _peak(shift: FloatArray, centre: FloatArray, width: FloatArray) -> FloatArray:
    half = width[..., None] / 2
    return np.asarray(half**2 / ((shift - centre[..., None]) ** 2 + half**2))


def simulate(size: str = "full") -> RamanMap:
    """Record the map.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    RamanMap
        The truth, and the counts, in the order of the grid (not of the scan).
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    layers, inside = _flake(grid, rng)
    strain = smooth_field(layers.shape, grid.rows / 6, rng)
    line = 2688.0 + 14.0 * (layers == 2) - 5.0 * strain
    shift = np.linspace(1200.0, 2900.0, grid.shifts)
    broad = np.where(layers == 2, 54.0, 28.0)
    g_line = 120.0 * layers[..., None] * _peak(shift, line - line + 1582.0, broad / 2)
    height = np.choose(layers, [0.0, 260.0, 210.0])[..., None]
    edge = 45.0 * np.exp(-((inside / 0.05) ** 2)) * (layers > 0)
    d_line = edge[..., None] * _peak(shift, line - line + 1350.0, broad)
    light = g_line + d_line + height * _peak(shift, line, broad) + 18.0
    counts = rng.poisson(light + _DARK).astype(np.uint16)
    y = 0.25e-6 * np.arange(grid.rows, dtype=np.float64)
    x = 0.25e-6 * np.arange(grid.columns, dtype=np.float64)
    return RamanMap(y, x, shift, layers, line, counts)


def serpentine(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (48 x 64 x 341) or ``"small"`` (20 x 28 x 171).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExistsError
        If there is such a file already.
    """
    scan = simulate(size)
    with FileWriter(path) as writer:
        channel = writer.channel(
            "Measurement_000",
            "Channel_000",
            attrs={"data_type": "Raman", "scan_pattern": "serpentine"},
        )
        writer.main(
            channel,
            "Raw_Data",
            scan.counts,
            quantity="Intensity",
            chunks=False,
            units="counts",
            position={"Y": (scan.y, "m"), "X": (scan.x, "m")},
            spectroscopic={"Raman_Shift": (scan.shift, "1/cm")},
            row_order=serpentine_order(len(scan.y), len(scan.x)),
        )
    return Path(path)
