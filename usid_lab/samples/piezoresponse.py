"""A piezoresponse force microscopy (PFM) image with its four channels.

A tip in contact scans a ferroelectric film while an alternating bias makes the surface
breathe; a lock-in amplifier gives amplitude and phase beside the topography.

Physics
-------
- Height: the atomic terraces of the substrate (steps of one unit cell, 0.39 nm),
  rounded by the tip, plus roughness and a small offset between lines.
- Deflection: what the feedback has not yet followed: the slope along the fast axis X.
- Amplitude and phase: the modulus and argument of the piezoresponse of the domains,
  plus an electrostatic background, plus noise. The amplitude dips at the walls, the
  phase steps by 180 degrees; as instruments do, it is given from -90 to 270 degrees.

Dimensions
----------
Positions X, Y (m, 5 x 5 micrometres); no spectroscopic dimension. Four channels that
share their positions: Height (nm), Amplitude (pm), Deflection (nm), Phase (deg);
float32. At the full size 256 x 256 positions.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray, domains, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1992
_STEP = 0.39
_TERRACES = 11

SIZES: dict[Size, int] = {"full": 256, "small": 96}


@dataclass(frozen=True, slots=True)
class Piezoresponse:
    """The image: axes (m), the domains, and the channels of shape (Y, X), float32."""

    y: FloatArray
    x: FloatArray
    domains: FloatArray
    channels: dict[str, tuple[npt.NDArray[np.float32], str]]


def topography(side: int, rng: np.random.Generator) -> FloatArray:
    """Return the height of a terraced surface in nm.

    Parameters
    ----------
    side : int
        Pixels along each edge.
    rng : numpy.random.Generator
        Source of the randomness.

    Returns
    -------
    ndarray
        float64, shape (side, side).
    """
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    wander = 0.35 * smooth_field((side, side), side / 14, rng)
    slope = _TERRACES * (0.8 * x + 0.6 * y) / 1.4 + wander
    ramp = slope - np.floor(slope)
    edge = 1 / (1 + np.exp(-(ramp - 0.9) / 0.02))
    terraces = np.floor(slope) + edge
    flat = terraces - slope + wander
    rough = 0.03 * smooth_field((side, side), 1.2, rng)
    return np.asarray(_STEP * (flat - flat.mean()) + rough)


def simulate(size: str = "full") -> Piezoresponse:
    """Scan the film.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    Piezoresponse
        The domains and the four channels.
    """
    side = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    shape = (side, side)
    pattern = domains(shape, side / 9, rng)
    height = topography(side, rng)
    lines = 0.02 * rng.standard_normal((side, 1))
    slope = np.diff(height, axis=1, append=height[:, -1:])
    hum = rng.standard_normal(shape)
    response = 62.0 * pattern + 6.0 + (1.5 + 1.5j) * rng.standard_normal(shape)
    phase = np.degrees(np.angle(response * np.exp(0.35j)))
    named = {
        "Height": (height + lines, "nm"),
        "Amplitude": (np.abs(response), "pm"),
        "Deflection": (24.8 + 1.1 * slope + 0.02 * hum, "nm"),
        "Phase": ((phase + 90) % 360 - 90, "deg"),
    }
    channels = {
        name: (values.astype(np.float32), units)
        for name, (values, units) in named.items()
    }
    place = np.linspace(0, 5.0e-6, side)
    return Piezoresponse(place, place, pattern, channels)


def pfm(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (256 x 256) or ``"small"`` (96 x 96).

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
    position = {"Y": (image.y, "m"), "X": (image.x, "m")}
    first: str | None = None
    with FileWriter(path) as writer:
        for index, (name, (values, units)) in enumerate(image.channels.items()):
            channel = writer.channel("Measurement_000", f"Channel_{index:03d}")
            main = writer.main(
                channel,
                "Raw_Data",
                values,
                quantity=name,
                chunks=False,
                units=units,
                position=None if first else position,
                share=first,
            )
            first = first or main
    return Path(path)
