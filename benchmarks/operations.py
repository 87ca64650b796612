"""What is asked of a spectrum image: with usid_lab, and with h5py by a skilled hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.layouts import SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.hosts import Host

Array = NDArray[np.generic]
REGION = 32
BAND = 64
_BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the array something is read: index of the energy, of y and of x."""

    energy: int
    y: int
    x: int

    @property
    def band(self) -> slice:
        """Neighbouring energies."""
        return slice(self.energy, self.energy + BAND)

    @property
    def rows(self) -> slice:
        """Lines of the region."""
        return slice(self.y, self.y + REGION)

    @property
    def columns(self) -> slice:
        """Columns of the region."""
        return slice(self.x, self.x + REGION)


def places(bins: int, who: int = 0, *, steps: bool = False) -> Iterator[Place]:
    """Give places without end: all over the array, or each beside the last.

    Parameters
    ----------
    bins : int
        Energies of a spectrum.
    who : int, optional
        Whose they are: others are elsewhere.
    steps : bool, optional
        Whether each lies beside the last.
    """
    rng = np.random.default_rng((11, who))
    energy = int(rng.integers(bins - BAND))
    while True:
        following = (energy + 1) % (bins - BAND)
        energy = following if steps else int(rng.integers(bins - BAND))
        y, x = rng.integers(SIDE - REGION, size=2)
        yield Place(energy, int(y), int(x))


@dataclass(frozen=True, slots=True)
class Operation:
    """One question, and who answers it in which way.

    Attributes
    ----------
    name : str
        For people and options.
    ours : callable
        Asks a host.
    theirs : callable
        Asks an open h5py dataset.
    hosts : tuple of str
        Names of the hosts that can answer.
    repeats : int
        Warm, how many places are read for one sample; what is fast needs some.
    steps : bool
        Each place lies beside the last one.
    """

    name: str
    ours: Callable[[Host, Place], Array]
    theirs: Callable[[h5py.Dataset, Place], Array]
    hosts: tuple[str, ...] = ("script", "viewer")
    repeats: int = 1
    steps: bool = False

    def same(self, ours: object, theirs: object) -> bool:
        """Whether two answers are equal; means may differ in their last digits."""
        mine, other = cast("Any", ours), cast("Any", theirs)
        if "mean" in self.name:
            return np.allclose(mine, other, rtol=1e-6, atol=0)
        return np.array_equal(mine, other)


def _square(values: Array) -> Array:
    return values.reshape(SIDE, SIDE, *values.shape[1:])


def _map(stored: h5py.Dataset, place: Place) -> Array:
    return _square(stored[:, place.energy])


def _band(stored: h5py.Dataset, place: Place) -> Array:
    return _square(stored[:, place.band])


def _spectrum(stored: h5py.Dataset, place: Place) -> Array:
    return cast("Array", stored[place.y * SIDE + place.x])


def _region(stored: h5py.Dataset, place: Place) -> Array:
    """One hyperslab of blocks: each chunk is touched once."""
    start = place.y * SIDE + place.x
    lines = h5py.MultiBlockSlice(start=start, stride=SIDE, count=REGION, block=REGION)
    values: Array = stored[lines, :]
    return values.reshape(REGION, REGION, -1)


def _mean(stored: h5py.Dataset, _: Place) -> Array:
    """In blocks of whole chunks, about 8 MiB each."""
    rows, bins = stored.shape
    least = stored.chunks[0] if stored.chunks else 1
    step = max(1, _BLOCK // (bins * stored.dtype.itemsize * least)) * least
    total: NDArray[np.float64] = np.zeros(bins)
    for first in range(0, rows, step):
        total += stored[first : first + step].sum(axis=0, dtype=np.float64)
    total /= rows
    return total


def _region_mean(stored: h5py.Dataset, place: Place) -> Array:
    """As pyUSID reads positions: a list of indices."""
    lines = np.arange(place.y, place.y + REGION)[:, None] * SIDE
    wanted = (lines + np.arange(place.x, place.x + REGION)).reshape(-1)
    values: NDArray[np.float32] = stored[wanted]
    return np.asarray(values.mean(axis=0, dtype=np.float64))


_SCRIPT = ("script",)
OPERATIONS = (
    Operation("map", lambda host, at: host.read(Energy=at.energy), _map),
    Operation("step", lambda host, at: host.read(Energy=at.energy), _map, steps=True),
    Operation(
        "spectrum", lambda host, at: host.read(Y=at.y, X=at.x), _spectrum, repeats=20
    ),
    Operation("region", lambda host, at: host.read(Y=at.rows, X=at.columns), _region),
    Operation("band", lambda host, at: host.read(Energy=at.band), _band),
    Operation("mean", lambda host, _: host.mean(), _mean, _SCRIPT),
    Operation(
        "region mean",
        lambda host, at: host.mean(Y=at.rows, X=at.columns),
        _region_mean,
        _SCRIPT,
    ),
    # The first one after the process has started and answered something else.
    Operation(
        "first map", lambda host, at: host.read(Energy=at.energy), _map, ("viewer",)
    ),
)
