"""Scanning tunnelling spectroscopy (STS) of a semiconducting surface with defects.

At each point of a grid the tip is held at a set point (1 nA at +1.5 V), the feedback is
switched off, and the current is recorded while the bias sweeps from -1 V to +1.5 V and
back again. The sample is a layered semiconductor, doped with electrons.

Physics
-------
- The density of states has a gap, from -0.75 V (valence band) to +0.55 V (conduction
  band), softened by temperature and modulation. Below it the current is small, as the
  surface is depleted.
- A step crosses the field. To its right lies one layer more, whose conduction band
  begins 0.15 V lower; along the step there are states in the gap.
- Point defects are charged: each bends the bands around it, and carries a bound state
  in the gap that decays within about a nanometre.
- The current is the integral of the density of states times the transmission of the
  barrier from 0 to the bias, scaled to the set point (which the feedback has fixed).
- Noise is white; sweeping forward and backward, the capacitance of the junction adds
  and subtracts a small constant current, and the amplifier lags a little.

Dimensions
----------
Positions X, Y (m, 30 x 30 nanometres); Bias (V); two channels that share all of it,
"Current forward" and "Current backward" in nA, float32. At the full size 100 x 100
positions and 500 biases, 40 MB.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1981
_SET_POINT = 1.0
_RANGE = (-1.0, 1.5)
_NOISE = 0.004
_DISPLACEMENT = 0.006
_FIELD = 30.0
_DEFECTS = 9


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels along each edge, and biases."""

    side: int
    biases: int


SIZES: dict[Size, Grid] = {
    "full": Grid(side=100, biases=500),
    "small": Grid(side=30, biases=128),
}


@dataclass(frozen=True, slots=True)
class Surface:
    """The surface: arrays of shape (Y, X).

    `bending` is the shift of the bands in V, `upper` the share of the upper layer,
    `step` and `defect` say how strongly the states of the step edge and of the defects
    are felt, between 0 and about 1.
    """

    bending: FloatArray
    upper: FloatArray
    step: FloatArray
    defect: FloatArray


@dataclass(frozen=True, slots=True)
class Tunnelling:
    """The experiment: axes, the surface, and two sweeps of shape (Y, X, Bias), nA.

    `ideal` is the current without noise, lag or displacement.
    """

    y: FloatArray
    x: FloatArray
    bias: FloatArray
    surface: Surface
    ideal: FloatArray
    forward: npt.NDArray[np.float32]
    backward: npt.NDArray[np.float32]


def surface(side: int, rng: np.random.Generator) -> Surface:
    """Draw a surface of 30 x 30 nm.

    Parameters
    ----------
    side : int
        Pixels along each edge.
    rng : numpy.random.Generator
        Source of the randomness.

    Returns
    -------
    Surface
        Its properties at each pixel.
    """
    place = np.linspace(0, _FIELD, side)
    y, x = place[:, None], place[None, :]
    edge = 19.0 + 0.25 * y + 0.8 * np.sin(y / 4.0)
    step = np.exp(-(((x - edge) / 0.9) ** 2))
    centres = rng.uniform(2, _FIELD - 2, (_DEFECTS, 2))
    distance = np.hypot(y - centres[:, :1, None], x - centres[:, 1:, None])
    return Surface(
        bending=0.16 * np.exp(-distance / 2.5).sum(axis=0)
        + 0.015 * smooth_field((side, side), side / 12, rng),
        upper=1 / (1 + np.exp(-(x - edge) / 0.4)),
        step=step,
        defect=np.exp(-((distance / 1.2) ** 2)).sum(axis=0),
    )


def density(place: Surface, energy: FloatArray) -> FloatArray:
    """Return the local density of states.

    Parameters
    ----------
    place : Surface
        The surface, of shape (Y, X).
    energy : ndarray
        float64, shape (n,): energy above the Fermi level in eV.

    Returns
    -------
    ndarray
        float64, shape (Y, X, n), in arbitrary units.
    """
    shifted = energy - place.bending[..., None]
    thermal = 0.03
    onset = 0.55 - 0.15 * place.upper[..., None]
    conduction = thermal * np.logaddexp(0, (shifted - onset) / thermal)
    valence = 0.5 * thermal * np.logaddexp(0, (-0.75 - shifted) / thermal)
    bound = 0.7 * np.exp(-(((shifted - 0.18) / 0.06) ** 2))
    metallic = 0.25 + 0.3 * np.exp(-(((energy + 0.15) / 0.12) ** 2))
    return (
        conduction
        + valence
        + place.defect[..., None] * bound
        + place.step[..., None] * metallic
        + 0.002
    )


def current(states: FloatArray, bias: FloatArray) -> FloatArray:
    """Return the current after the feedback has set it at the highest bias.

    Parameters
    ----------
    states : ndarray
        float64, shape (..., n): density of states at the energies of `bias`.
    bias : ndarray
        float64, shape (n,), evenly spaced and rising, in V.

    Returns
    -------
    ndarray
        float64, shape (..., n), in nA; 0 at zero bias, 1 at the last one.

    Examples
    --------
    >>> bias = np.linspace(-1, 1, 5)
    >>> current(np.ones((1, 5)), bias)[0, [0, 2, 4]].round(2).tolist()
    [-1.0, 0.0, 1.0]
    """
    barrier = np.exp(0.9 * np.abs(bias))
    passing = states * barrier
    area = np.cumsum((passing[..., 1:] + passing[..., :-1]) / 2, axis=-1)
    total = np.concatenate([np.zeros_like(area[..., :1]), area], axis=-1)
    at_zero = np.searchsorted(bias, 0.0)
    share = -bias[at_zero - 1] / (bias[at_zero] - bias[at_zero - 1])
    zero = total[..., at_zero - 1] * (1 - share) + total[..., at_zero] * share
    total -= zero[..., None]
    return np.asarray(_SET_POINT * total / total[..., -1:])


def simulate(size: str = "full") -> Tunnelling:
    """Perform the experiment.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    Tunnelling
        The truth and the two noisy sweeps.
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    place = surface(grid.side, rng)
    bias = np.linspace(*_RANGE, grid.biases)
    ideal = current(density(place, bias), bias)
    forward = _sweep(ideal, _DISPLACEMENT, rng)
    backward = _sweep(ideal[..., ::-1], -_DISPLACEMENT, rng)[..., ::-1]
    axis = np.linspace(0, _FIELD * 1e-9, grid.side)
    return Tunnelling(axis, axis, bias, place, ideal, forward, backward)


def _sweep(
    ideal: FloatArray, displacement: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Let the amplifier lag behind the current, in the order of the sweep."""
    seen = ideal.astype(np.float32)
    seen[..., 1:] += 0.4 * (seen[..., :-1] - seen[..., 1:])
    noise = rng.standard_normal(seen.shape, dtype=np.float32)
    return seen + np.float32(displacement) + np.float32(_NOISE) * noise


def sts(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (100 x 100 x 500, 40 MB) or ``"small"`` (30 x 30 x 128, 1 MB).

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
    first: str | None = None
    position = {"Y": (measured.y, "m"), "X": (measured.x, "m")}
    sweeps = (("forward", measured.forward), ("backward", measured.backward))
    with FileWriter(path) as writer:
        for index, (direction, values) in enumerate(sweeps):
            channel = writer.channel(
                "Measurement_000",
                f"Channel_{index:03d}",
                attrs={"sweep_direction": direction, "set_point_nA": _SET_POINT},
            )
            main = writer.main(
                channel,
                "Raw_Data",
                values,
                quantity=f"Current {direction}",
                chunks=False,
                units="nA",
                position=None if first else position,
                spectroscopic=None if first else {"Bias": (measured.bias, "V")},
                share=first,
            )
            first = first or main
    return Path(path)
