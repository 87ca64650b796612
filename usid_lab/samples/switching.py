"""Band-excitation polarisation switching (BEPS) on a ferroelectric film.

An AFM tip rests on a ferroelectric film (lead zirconate titanate, say). At each point
of a grid a bias waveform steps through a triangle, 0, +V, 0, -V, 0, twice; at every
step, during the pulse (in field) and after it (out of field), the surface is shaken
in a band of frequencies around the contact resonance of the cantilever.

Physics
-------
- The polarisation P under the tip has a hysteresis. It follows the rising branch
  ``tanh((V - V+) / w)`` or the falling one ``tanh((V - V-) / w)`` when the bias pushes
  it there, and keeps its value otherwise. It starts as the domain that was there, so
  the first cycle differs from the second.
- The piezoresponse is d33 P; in field the electrostatic force on the cantilever adds
  a term linear in the bias, out of field some polarisation has relaxed.
- The contact resonance shifts with the topography and softens where P passes zero.
- Each spectrum is a harmonic oscillator (:mod:`usid_lab.samples.oscillator`) plus
  complex white noise; the sign of the response shows as a phase step of pi.

Dimensions
----------
Positions X, Y (m); Frequency (Hz), DC_Offset (V), Field (0 out of field, 1 in field),
Cycle; complex64, "Cantilever Vertical Deflection" in V. At the full size 16 x 16
positions and 87 x 64 x 2 x 2 spectral steps, 45 MB. The results of fitting the
oscillator lie beside them as ``Raw_Data-SHO_Fit_000/Guess`` and ``Fit``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.oscillator import FloatArray, Oscillator, fit
from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import domains, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1921
_NOISE = 2.0e-5
_LAG = 0.15
_CYCLES = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """How many points of each kind are measured, and up to which bias."""

    side: int
    frequencies: int
    steps: int
    bias: float


SIZES: dict[Size, Grid] = {
    "full": Grid(side=16, frequencies=87, steps=64, bias=8.0),
    "small": Grid(side=10, frequencies=44, steps=24, bias=6.0),
}


@dataclass(frozen=True, slots=True)
class Film:
    """What the film is like at each position; every array has the shape (Y, X)."""

    start: FloatArray
    rising: FloatArray
    falling: FloatArray
    response: FloatArray
    resonance: FloatArray
    quality: FloatArray


@dataclass(frozen=True, slots=True)
class Switching:
    """The experiment: axes, what is true, and what is measured.

    `polarization` has the shape (Y, X, Cycle, DC_Offset), the parameters of
    `oscillator` (Y, X, Cycle, Field, DC_Offset), `spectra` one axis more: Frequency.
    """

    y: FloatArray
    x: FloatArray
    frequency: FloatArray
    bias: FloatArray
    film: Film
    polarization: FloatArray
    oscillator: Oscillator
    spectra: npt.NDArray[np.complex64]


def triangle(steps: int, bias: float) -> FloatArray:
    """Return the bias of each step of a cycle: 0, up, 0, down, and nearly 0 again.

    Examples
    --------
    >>> triangle(8, 4.0).tolist()
    [0.0, 2.0, 4.0, 2.0, 0.0, -2.0, -4.0, -2.0]
    """
    turns = [0.0, bias, 0.0, -bias, 0.0]
    return np.interp(np.arange(steps) / steps, np.linspace(0, 1, 5), turns)


def film(side: int, rng: np.random.Generator) -> Film:
    """Draw a film: domains, and the spread of its properties over the grid.

    Parameters
    ----------
    side : int
        Number of positions along each edge.
    rng : numpy.random.Generator
        Source of the randomness.

    Returns
    -------
    Film
        Its properties.
    """
    shape = (side, side)
    start = domains(shape, side / 3, rng)
    imprint = 0.5 * smooth_field(shape, side / 5, rng)
    coercive = 2.6 + 0.35 * smooth_field(shape, side / 6, rng)
    rough = smooth_field(shape, side / 8, rng)
    return Film(
        start=start,
        rising=imprint + coercive,
        falling=imprint - coercive,
        response=2.0e-5 * (0.75 + 0.25 * np.abs(start)) * (1 + 0.08 * rough),
        resonance=335.0e3 + 1.8e3 * rough,
        quality=110.0 + 9.0 * smooth_field(shape, side / 8, rng),
    )


def hysteresis(material: Film, bias: FloatArray, cycles: int) -> FloatArray:
    """Drive the film through the bias waveform.

    Parameters
    ----------
    material : Film
        The film.
    bias : ndarray
        float64, shape (steps,), in V.
    cycles : int
        How often the waveform is repeated.

    Returns
    -------
    ndarray
        float64, shape (Y, X, cycles, steps): the polarisation, between -1 and 1.
    """
    width = 0.8
    now = material.start
    history = np.empty((*now.shape, cycles, len(bias)))
    for cycle, step in np.ndindex(cycles, len(bias)):
        least = np.tanh((bias[step] - material.rising) / width)
        most = np.tanh((bias[step] - material.falling) / width)
        now = np.clip(now, least, most)
        history[:, :, cycle, step] = now
    return history


def _oscillator(
    material: Film, polarization: FloatArray, bias: FloatArray
) -> Oscillator:
    """Return the resonance at (Y, X, Cycle, Field, DC_Offset)."""
    relaxed = 0.9 * polarization
    driven = polarization + 0.035 * (bias - 0.4)
    signed = np.stack([relaxed, driven], axis=3)
    spread = (slice(None), slice(None), None, None, None)
    signed = signed * material.response[spread]
    stiff = np.stack([relaxed**2, polarization**2], axis=3)
    return Oscillator(
        amplitude=np.abs(signed),
        frequency=material.resonance[spread] - 900.0 * (1 - stiff),
        quality=np.broadcast_to(material.quality[spread], signed.shape),
        phase=np.where(signed > 0, _LAG, _LAG - np.pi),
    )


def simulate(size: str = "full") -> Switching:
    """Perform the experiment.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    Switching
        The truth, and the noisy spectra.
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    material = film(grid.side, rng)
    bias = triangle(grid.steps, grid.bias)
    polarization = hysteresis(material, bias, _CYCLES)
    frequency = np.linspace(305.0e3, 365.0e3, grid.frequencies)
    oscillator = _oscillator(material, polarization, bias)
    spectra = oscillator.response(frequency)
    noise = rng.standard_normal((*spectra.shape, 2), dtype=np.float32)
    noise *= np.float32(_NOISE)
    spectra += noise.view(np.complex64)[..., 0]
    place = np.linspace(0, 2.0e-6, grid.side)
    return Switching(
        place, place, frequency, bias, material, polarization, oscillator, spectra
    )


def beps(path: str | Path, size: str = "full") -> Path:
    """Write the sample: raw spectra, and the oscillator fitted to each.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (16 x 16 positions, 49 MB) or ``"small"`` (10 x 10, 4 MB).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExistsError
        If there is such a file already.
    """
    measured = simulate(size)
    with FileWriter(path) as writer:
        raw = _write_spectra(writer, measured)
        _write_fits(writer, measured, raw)
    return Path(path)


def _steps(measured: Switching) -> dict[str, tuple[npt.ArrayLike, str]]:
    return {
        "Cycle": (np.arange(_CYCLES), ""),
        "Field": (np.arange(2), ""),
        "DC_Offset": (measured.bias, "V"),
    }


def _write_spectra(writer: FileWriter, measured: Switching) -> str:
    attrs = _parameters(measured)
    channel = writer.channel("Measurement_000", "Channel_000", attrs=attrs)
    return writer.main(
        channel,
        "Raw_Data",
        measured.spectra,
        quantity="Cantilever Vertical Deflection",
        chunks=False,
        units="V",
        position={"Y": (measured.y, "m"), "X": (measured.x, "m")},
        spectroscopic={**_steps(measured), "Frequency": (measured.frequency, "Hz")},
    )


def _write_fits(writer: FileWriter, measured: Switching, raw: str) -> None:
    methods = {"guess_method": "linear", "fit_method": "Gauss-Newton"}
    results = writer.results(raw, "SHO_Fit", attrs=methods)
    tables = fit(measured.spectra, measured.frequency)
    for name, table in zip(("Guess", "Fit"), tables, strict=True):
        writer.main(
            results,
            name,
            table,
            quantity="SHO parameters",
            chunks=False,
            units="compound",
            spectroscopic=_steps(measured),
            share=raw,
        )


def _parameters(measured: Switching) -> dict[str, str | int | float]:
    return {
        "data_type": "BEPSData",
        "field_mode": "0 out of field, 1 in field",
        "num_cycles": _CYCLES,
        "num_steps": len(measured.bias),
        "band_start_Hz": float(measured.frequency[0]),
        "band_end_Hz": float(measured.frequency[-1]),
        "sample": "simulated ferroelectric film",
    }
