"""A sparse scan: cathodoluminescence at randomly chosen points of a nitride film.

The electron beam harms the film, so only a few of all possible points are measured, in
random order; the positions form no grid.

Physics
-------
- The spectrum has the line of gallium nitride (364 nm), the emission of the quantum
  wells (about 452 nm, moving with the local indium content) and the broad yellow band
  of defects (560 nm).
- Threading dislocations quench the light within a diffusion length: dark spots.
- Counts are Poisson distributed over a dark level.

Dimensions
----------
Positions X, Y (m, within 10 x 10 micrometres), one pair for each point; Wavelength
(nm); "Intensity" in counts, uint16. At the full size 2500 points and 256 wavelengths.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1965
_CANDIDATES = 200
_FIELD = 10.0e-6
_DISLOCATIONS = 40
_DARK = 4.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many points and wavelengths are measured."""

    points: int
    wavelengths: int


SIZES: dict[Size, Plan] = {
    "full": Plan(points=2500, wavelengths=256),
    "small": Plan(points=900, wavelengths=128),
}


@dataclass(frozen=True, slots=True)
class Luminescence:
    """The experiment: positions (n,), truth at them, and counts (n, Wavelength)."""

    y: FloatArray
    x: FloatArray
    wavelength: FloatArray
    brightness: FloatArray
    line: FloatArray
    counts: npt.NDArray[np.uint16]


def _film(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return brightness and wavelength of the wells on the grid of candidates."""
    shape = (_CANDIDATES, _CANDIDATES)
    place = np.arange(_CANDIDATES)
    centres = rng.uniform(0, _CANDIDATES, (_DISLOCATIONS, 2))
    quenched = np.ones(shape)
    for y, x in centres:
        distance = np.hypot(place[:, None] - y, place[None, :] - x)
        quenched *= 1 - 0.85 * np.exp(-((distance / 7.0) ** 2))
    indium = smooth_field(shape, 18, rng)
    return quenched * (1 + 0.15 * indium), 452.0 + 4.0 * indium


def simulate(size: str = "full") -> Luminescence:
    """Measure the chosen points.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    Luminescence
        The truth, and the counts.
    """
    plan = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    bright, centre = _film(rng)
    chosen = rng.choice(_CANDIDATES**2, plan.points, replace=False)
    row, column = np.divmod(chosen, _CANDIDATES)
    brightness, line = bright[row, column], centre[row, column]
    wavelength = np.linspace(340.0, 680.0, plan.wavelengths)
    wells = np.exp(-(((wavelength - line[:, None]) / 11.0) ** 2))
    edge = 0.35 * np.exp(-(((wavelength - 364.0) / 4.0) ** 2))
    yellow = 0.12 * np.exp(-(((wavelength - 560.0) / 45.0) ** 2))
    light = brightness[:, None] * (wells + edge) + (1.6 - brightness)[:, None] * yellow
    counts = rng.poisson(600.0 * light + _DARK).astype(np.uint16)
    step = _FIELD / _CANDIDATES
    return Luminescence(row * step, column * step, wavelength, brightness, line, counts)


def sparse(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (2500 points x 256) or ``"small"`` (900 x 128).

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
            attrs={"data_type": "Cathodoluminescence", "sampling": "random"},
        )
        writer.main(
            channel,
            "Raw_Data",
            scan.counts,
            quantity="Intensity",
            chunks=False,
            units="counts",
            position={"Y": (scan.y, "m"), "X": (scan.x, "m")},
            spectroscopic={"Wavelength": (scan.wavelength, "nm")},
            points=True,
        )
    return Path(path)
