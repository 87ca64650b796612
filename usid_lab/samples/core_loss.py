"""An electron energy-loss (EELS) spectrum image of an oxide interface.

A focused beam scans across the interface of a lanthanum manganite film on strontium
titanate, seen from the side; at every pixel the losses from 430 to 942 eV are recorded.

Physics
-------
- A background that falls as a power of the loss.
- Edges of the elements: Ti L2,3 (456 eV, its white lines split by the crystal field),
  O K (532 eV), Mn L2,3 (640 eV), La M4,5 (832 eV): white lines on a step that decays.
- Two phases: Ti below, Mn and La above, O in both; the interface is rough and the
  elements have mixed over about a nanometre. A precipitate of titanate is in the film.
- The thickness grows across the field; counts are Poisson distributed.

Dimensions
----------
Positions Y, X (m, pixels of 0.4 nm); Loss (eV); "Intensity" in counts, uint16,
compressed. At the full size 64 x 64 positions and 1024 losses.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from usid_lab.samples.sizes import Size, choose
from usid_lab.samples.texture import FloatArray, smooth_field
from usid_lab.storage import FileWriter

_SEED = 1941
_FIRST, _LAST = 430.0, 942.0
_DOSE = 1500.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels along each edge, and channels of the spectrometer."""

    side: int
    losses: int


SIZES: dict[Size, Grid] = {
    "full": Grid(side=64, losses=1024),
    "small": Grid(side=24, losses=512),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """An ionisation edge: onset (eV), height of its step, white lines (eV, height)."""

    onset: float
    step: float
    lines: tuple[tuple[float, float], ...]

    def intensity(self, loss: FloatArray) -> FloatArray:
        """Return the edge relative to the background at 430 eV.

        Parameters
        ----------
        loss : ndarray
            float64, shape (n,), in eV.

        Returns
        -------
        ndarray
            float64, shape (n,).
        """
        rise = 1 / (1 + np.exp(-(loss - self.onset) / 0.8))
        decay = (np.maximum(loss, self.onset) / self.onset) ** -2.6
        white = sum(
            height / (1 + ((loss - centre) / 1.1) ** 2) for centre, height in self.lines
        )
        return np.asarray(self.step * rise * decay + white)


EDGES: dict[str, Edge] = {
    "Ti": Edge(
        457.0, 0.07, ((458.1, 0.18), (460.3, 0.22), (463.4, 0.15), (465.6, 0.16))
    ),
    "O": Edge(531.0, 0.09, ((532.4, 0.06), (537.6, 0.08), (544.2, 0.05))),
    "Mn": Edge(640.0, 0.05, ((642.6, 0.20), (653.4, 0.10))),
    "La": Edge(832.0, 0.04, ((835.0, 0.20), (851.6, 0.17))),
}


@dataclass(frozen=True, slots=True)
class CoreLoss:
    """The experiment: axes, truth, and counts.

    `film` is the share of manganite at (Y, X), from 0 to 1, `thickness` is relative to
    its mean, `expected` the mean number of counts at (Y, X, Loss) and `counts` what was
    counted.
    """

    y: FloatArray
    x: FloatArray
    loss: FloatArray
    film: FloatArray
    thickness: FloatArray
    expected: FloatArray
    counts: npt.NDArray[np.uint16]


def film(side: int, rng: np.random.Generator) -> FloatArray:
    """Return the share of manganite at each pixel.

    Parameters
    ----------
    side : int
        Pixels along each edge.
    rng : numpy.random.Generator
        Source of the roughness.

    Returns
    -------
    ndarray
        float64, shape (side, side), 0 in the substrate and 1 in the film.
    """
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    interface = 0.45 + 0.03 * smooth_field((side, side), side / 10, rng)[:1]
    share = 1 / (1 + np.exp(-(y - interface) / 0.02))
    inside = 1 / (1 + np.exp((np.hypot((y - 0.76) / 0.7, x - 0.32) - 0.12) / 0.02))
    return np.asarray(share * (1 - inside))


def simulate(size: str = "full") -> CoreLoss:
    """Record the spectrum image.

    Parameters
    ----------
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    CoreLoss
        The truth, and the counts.
    """
    grid = choose(SIZES, size)
    rng = np.random.default_rng(_SEED)
    share = film(grid.side, rng)
    thickness = np.linspace(0.85, 1.15, grid.side)[None, :] * np.ones_like(share)
    loss = np.linspace(_FIRST, _LAST, grid.losses, endpoint=False)
    parts = {name: edge.intensity(loss) for name, edge in EDGES.items()}
    background = (loss / _FIRST) ** -3.1
    substrate = background + parts["Ti"] + parts["O"]
    manganite = 1.1 * background + parts["Mn"] + parts["La"] + parts["O"]
    mixed = substrate + share[..., None] * (manganite - substrate)
    width = (_LAST - _FIRST) / grid.losses
    expected = _DOSE * width * thickness[..., None] * mixed
    counts = rng.poisson(expected).astype(np.uint16)
    place = 0.4e-9 * np.arange(grid.side, dtype=np.float64)
    return CoreLoss(place, place, loss, share, thickness, expected, counts)


def eels(path: str | Path, size: str = "full") -> Path:
    """Write the sample.

    Parameters
    ----------
    path : str or Path
        The new file.
    size : str
        ``"full"`` (64 x 64 x 1024) or ``"small"`` (24 x 24 x 512).

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
            attrs={"data_type": "EELS", "sample": "simulated LaMnO3 film on SrTiO3"},
        )
        writer.main(
            channel,
            "Raw_Data",
            image.counts,
            quantity="Intensity",
            units="counts",
            position={"Y": (image.y, "m"), "X": (image.x, "m")},
            spectroscopic={"Loss": (image.loss, "eV")},
            compression="gzip",
            chunks=(len(image.x), len(image.loss)),
        )
    return Path(path)
