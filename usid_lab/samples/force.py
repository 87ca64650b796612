"""A force curve: the tip of a cantilever approaches a surface, and leaves it again.

Physics
-------
- The tip (radius 20 nm) feels the van der Waals attraction ``-H R / 6 D^2`` at the gap
  D and, in contact, the elasticity of the sample (Derjaguin-Muller-Toporov).
- The cantilever is a spring (0.6 N/m): where the attraction grows faster than the
  spring pulls, the tip snaps into contact; on the way back it holds on, by a meniscus
  of water too, until it snaps off.
- The branch on which the tip stays is found from the curve of equilibria: its
  outermost point on the way in, its innermost on the way out.
- The Z sensor and the deflection have noise, so Z is not monotonic; light reflected
  from the sample adds a slow fringe to the deflection.

Dimensions
----------
One position; Z (m), the extension of the scanner, rising while approaching and falling
while retracting; "Deflection" in nm, float32. At the full size 2048 points.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray
from usid_lab.storage import FileWriter

_SEED = 1986
_SPRING = 0.6
_TIP = 20.0
_HAMAKER = 0.065
_CONTACT = 0.165
_MODULUS = 2.0
_MENISCUS = 1.9
_REACH = 150.0
_PUSH = 60.0

SIZES: dict[Size, int] = {"full": 2048, "small": 1024}


@dataclass(frozen=True, slots=True)
class ForceCurve:
    """The curve, in the order of time: first all of the approach, then the retraction.

    Attributes
    ----------
    z : ndarray
        float64, shape (n,): what the sensor says, in m.
    extension : ndarray
        float64, shape (n,): where the scanner is, in nm.
    ideal : ndarray
        float64, shape (n,): the deflection without noise, in nm.
    deflection : ndarray
        float32, shape (n,): the deflection measured, in nm.
    """

    z: FloatArray
    extension: FloatArray
    ideal: FloatArray
    deflection: npt.NDArray[np.float32]


def force(gap: FloatArray, adhesion: float = 1.0) -> FloatArray:
    """Return the force on the tip.

    Parameters
    ----------
    gap : ndarray
        float64: distance between tip and sample in nm; below 0.165 nm they touch.
    adhesion : float
        How many times stronger than van der Waals the attraction is.

    Returns
    -------
    ndarray
        float64, the shape of `gap`, in nN; negative where it attracts.
    """
    apart = np.maximum(gap, _CONTACT)
    attraction = -adhesion * _HAMAKER * _TIP / (6 * apart**2)
    indentation = np.maximum(_CONTACT - gap, 0.0)
    return np.asarray(attraction + 4 / 3 * _MODULUS * np.sqrt(_TIP) * indentation**1.5)


def deflection(extension: FloatArray, approach: bool) -> FloatArray:
    """Return how far the cantilever bends, following one branch of equilibria.

    Parameters
    ----------
    extension : ndarray
        float64, in nm: how far the scanner has pushed the sample towards the tip; at 0
        the undeflected tip would just touch.
    approach : bool
        Whether the tip is coming (or leaving).

    Returns
    -------
    ndarray
        float64, the shape of `extension`, in nm.
    """
    gap = np.concatenate([np.linspace(-20, 2, 22001), np.linspace(2, 400, 40000)[1:]])
    bend = force(gap, 1.0 if approach else _MENISCUS) / _SPRING
    height = gap - bend
    if approach:
        outermost = np.minimum.accumulate(height[::-1])[::-1]
        chosen = np.searchsorted(outermost, -extension, side="right") - 1
    else:
        innermost = np.maximum.accumulate(height)
        chosen = np.searchsorted(innermost, -extension, side="left")
    return np.asarray(gap[np.clip(chosen, 0, len(gap) - 1)] + extension)


def simulate(size: str = "full") -> ForceCurve:
    """Record the curve.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    ForceCurve
        The truth, and what was measured.
    """
    half = choose(SIZES, size) // 2
    rng = np.random.default_rng(_SEED)
    inwards = np.linspace(-_REACH, _PUSH, half)
    extension = np.concatenate([inwards, inwards[::-1]])
    ideal = np.concatenate(
        [deflection(inwards, approach=True), deflection(inwards[::-1], approach=False)]
    )
    fringe = 0.35 * np.sin(2 * np.pi * extension / 330.0) + 0.002 * extension
    seen = ideal + fringe + 0.12 * rng.standard_normal(2 * half)
    z = (extension + _REACH + 0.06 * rng.standard_normal(2 * half)) * 1e-9
    return ForceCurve(z, extension, ideal, seen.astype(np.float32))


def force_curve(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (2048 points) or ``"small"`` (1024).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExistsError
        If there is such a file already.
    """
    curve = simulate(size)
    half = len(curve.z) // 2
    with FileWriter(path) as writer:
        channel = writer.channel(
            "Measurement_000",
            "Channel_000",
            attrs={
                "data_type": "ForceCurve",
                "approach_points": half,
                "retract_points": half,
                "spring_constant_N_per_m": _SPRING,
            },
        )
        writer.main(
            channel,
            "Raw_Data",
            curve.deflection,
            quantity="Deflection",
            chunks=False,
            units="nm",
            position={},
            spectroscopic={"Z": (curve.z, "m")},
        )
    return Path(path)
