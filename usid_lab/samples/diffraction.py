"""A small 4D-STEM scan: a diffraction pattern at every position of the beam.

A convergent beam scans a crystalline foil in which a round precipitate strains the
lattice; a pixelated detector records the pattern of disks at each position.

Physics
-------
- Disks of one radius (the convergence angle) on a square reciprocal lattice.
- Strain moves the disks: the precipitate has a larger lattice, so its reciprocal
  lattice is smaller; around it the strain decays as the square of the distance, of
  opposite sign along and across the radius (an inclusion in two dimensions).
- Thickness contrast: the direct beam and the diffracted beams exchange intensity with
  the thickness of the foil, a wedge, in units of the extinction distance, which is
  shorter in the precipitate; high orders are damped.
- A diffuse background decays with the angle; counts are Poisson distributed.

Dimensions
----------
Positions Y, X (m, steps of 2 nm); Qy, Qx (1/nm); "Intensity" in counts, uint16,
compressed. At the full size 24 x 24 positions and 96 x 96 detector pixels, 11 MB.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray
from usid_lab.storage import FileWriter

_SEED = 1936
_LATTICE = 2.5
_DISK = 0.62
_EDGE = 0.06
_REACH = 8.0
_MISFIT = -0.03
_CORE = 0.28
_ORDER = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Positions along each edge of the scan, and pixels along each of the detector."""

    side: int
    pixels: int


SIZES: dict[Size, Grid] = {
    "full": Grid(side=24, pixels=96),
    "small": Grid(side=12, pixels=48),
}


@dataclass(frozen=True, slots=True)
class Diffraction:
    """The experiment: axes, truth, and counts of shape (Y, X, Qy, Qx).

    `strain` has the shape (2, 2, Y, X): how the reciprocal lattice is deformed (y and x
    in the first two axes), `thickness` (Y, X) in units of the extinction distance.
    """

    y: FloatArray
    x: FloatArray
    q: FloatArray
    strain: FloatArray
    thickness: FloatArray
    counts: npt.NDArray[np.uint16]


def strain(side: int) -> FloatArray:
    """Return the deformation of the reciprocal lattice around the precipitate.

    Parameters
    ----------
    side : int
        Positions along each edge.

    Returns
    -------
    ndarray
        float64, shape (2, 2, side, side).
    """
    y, x = np.mgrid[-0.5 : 0.5 : side * 1j, -0.5 : 0.5 : side * 1j]
    radius = np.maximum(np.hypot(y, x), 1e-9)
    inside = 1 / (1 + np.exp((radius - _CORE) / 0.015))
    outside = _MISFIT * (_CORE / np.maximum(radius, _CORE)) ** 2 * (1 - inside)
    along = np.stack([y, x]) / radius
    radial = along[:, None] * along[None, :]
    unit = np.eye(2)[:, :, None, None]
    return np.asarray(_MISFIT * inside * unit + outside * (unit - 2 * radial))


def _pattern(
    deformed: FloatArray, thickness: float, grid_y: FloatArray, grid_x: FloatArray
) -> FloatArray:
    """Return the expected counts of one pattern, shape (Qy, Qx)."""
    exchanged = np.sin(np.pi * thickness) ** 2
    pattern = 14.0 * np.exp(-np.hypot(grid_y, grid_x) / 2.2) + 0.3
    for order in np.ndindex(2 * _ORDER + 1, 2 * _ORDER + 1):
        index = np.subtract(order, _ORDER)
        centre = _LATTICE * (index + deformed @ index)
        power = float(index @ index)
        share = 1 - 0.7 * exchanged if power == 0 else 0.25 * exchanged + 0.03
        height = 260.0 * share * np.exp(-0.35 * power)
        distance = np.hypot(grid_y - centre[0], grid_x - centre[1])
        pattern += height / (1 + np.exp((distance - _DISK) / _EDGE))
    return pattern


def simulate(size: str = "full") -> Diffraction:
    """Scan the foil.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    Diffraction
        The truth, and the counts.
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    deformed = strain(grid.side)
    wedge = np.linspace(0.15, 0.45, grid.side)[None, :] * np.ones((grid.side, 1))
    wedge *= 1 + 0.3 * (np.trace(deformed) < 1.9 * _MISFIT)
    q = np.linspace(-_REACH, _REACH, grid.pixels, endpoint=False)
    grid_y, grid_x = np.meshgrid(q, q, indexing="ij")
    counts = np.empty((grid.side, grid.side, grid.pixels, grid.pixels), np.uint16)
    for place in np.ndindex(grid.side, grid.side):
        here = deformed[:, :, place[0], place[1]]
        counts[place] = rng.poisson(_pattern(here, float(wedge[place]), grid_y, grid_x))
    axis = 2.0e-9 * np.arange(grid.side, dtype=np.float64)
    return Diffraction(axis, axis, q, deformed, wedge, counts)


def stem4d(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (24 x 24 x 96 x 96) or ``"small"`` (12 x 12 x 48 x 48).

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
            attrs={"data_type": "4D-STEM", "sample": "simulated strained foil"},
        )
        writer.main(
            channel,
            "Raw_Data",
            scan.counts,
            quantity="Intensity",
            units="counts",
            position={"Y": (scan.y, "m"), "X": (scan.x, "m")},
            spectroscopic={"Qy": (scan.q, "1/nm"), "Qx": (scan.q, "1/nm")},
            compression="gzip",
            chunks=(len(scan.x), len(scan.q) ** 2),
        )
    return Path(path)
