"""A band-excitation line image (BE-Line): piezoresponse of a film with domains.

While the tip scans line by line, the surface is shaken in a band of frequencies
around the contact resonance of the cantilever, and the whole spectrum is recorded at
every pixel.

Physics
-------
- Every spectrum is one harmonic oscillator (:mod:`usid_lab.samples.oscillator`) plus
  complex white noise.
- The amplitude is that of the domains and vanishes at their walls; up and down domains
  differ by pi in phase.
- The resonance follows the topography, because the contact stiffens in the valleys;
  it drifts a little during the scan, as the tip wears.

Dimensions
----------
Positions X, Y (m, 3 x 3 micrometres); Frequency (Hz); complex64, "Cantilever Vertical
Deflection" in V. At the full size 128 x 128 positions and 119 frequencies, 16 MB.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.oscillator import FloatArray, Oscillator
from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import domains, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1880
_NOISE = 6.0e-5
_LAG = 0.4


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels along each edge, and frequencies."""

    side: int
    frequencies: int


SIZES: dict[Size, Grid] = {
    "full": Grid(side=128, frequencies=119),
    "small": Grid(side=48, frequencies=64),
}


@dataclass(frozen=True, slots=True)
class ResonanceImage:
    """The image: axes, the domains and oscillator at (Y, X), the measured spectra."""

    y: FloatArray
    x: FloatArray
    frequency: FloatArray
    domains: FloatArray
    oscillator: Oscillator
    spectra: npt.NDArray[np.complex64]


def _contact(side: int, pattern: FloatArray, rng: np.random.Generator) -> Oscillator:
    valleys = smooth_field((side, side), side / 24, rng)
    wear = np.linspace(0, -2.0e3, side)[:, None]
    spread = smooth_field((side, side), side / 16, rng)
    return Oscillator(
        amplitude=2.4e-5 * np.abs(pattern) * (1 + 0.05 * spread),
        frequency=341.0e3 + 2.2e3 * valleys + wear,
        quality=140.0 + 8.0 * spread,
        phase=np.where(pattern > 0, _LAG, _LAG - np.pi),
    )


def simulate(size: str = "full") -> ResonanceImage:
    """Scan the film.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    ResonanceImage
        The truth, and the noisy spectra of shape (Y, X, Frequency).
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    pattern = domains((grid.side, grid.side), grid.side / 10, rng)
    oscillator = _contact(grid.side, pattern, rng)
    frequency = np.linspace(320.0e3, 362.0e3, grid.frequencies)
    spectra = oscillator.response(frequency)
    noise = rng.standard_normal((*spectra.shape, 2), dtype=np.float32)
    noise *= np.float32(_NOISE)
    spectra += noise.view(np.complex64)[..., 0]
    place = np.linspace(0, 3.0e-6, grid.side)
    return ResonanceImage(place, place, frequency, pattern, oscillator, spectra)


def be_line(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (128 x 128 x 119, 16 MB) or ``"small"`` (48 x 48 x 64, 1.2 MB).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExistsError
        If there is such a file already.
    """
    image = simulate(size)
    with FileWriter(path) as writer:
        channel = writer.channel(
            "Measurement_000",
            "Channel_000",
            attrs={"data_type": "BELineData", "sample": "simulated ferroelectric film"},
        )
        writer.main(
            channel,
            "Raw_Data",
            image.spectra,
            quantity="Cantilever Vertical Deflection",
            chunks=False,
            units="V",
            position={"Y": (image.y, "m"), "X": (image.x, "m")},
            spectroscopic={"Frequency": (image.frequency, "Hz")},
        )
    return Path(path)
