"""The same spectrum image in the layouts that files come in.

A smooth peak that wanders over the sample, and noise, rounded to whole counts: it
compresses four- to sixfold, as what detectors give. pyUSID writes contiguous arrays
unless it is told otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import h5py
import hdf5plugin
import numpy as np

from benchmarks.data import FOLDER
from usid_lab.storage import FileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

GROUP = "/Measurement_000/Channel_000"
MAIN = f"{GROUP}/Raw_Data"
SIDE = 256
BINS = 4096
_ROWS = 1024  # positions that are written at a time: whole chunks of every layout
_POOL = 1 << 24

CHUNKS = {"positions": (1, BINS), "squares": (256, 256), "automatic": True}
FILTERS: dict[str, Mapping[str, Any]] = {
    "": {},
    "gzip": {"compression": "gzip", "shuffle": True},
    "lzf": {"compression": "lzf", "shuffle": True},
    "blosc2": hdf5plugin.Blosc2(),
}


@dataclass(frozen=True)
class Layout:
    """How the numbers lie in a file.

    Attributes
    ----------
    name : str
        For people and options.
    kind : str
        ``contiguous`` or one of CHUNKS.
    filter : str
        One of FILTERS; empty where the bytes are those of the numbers.
    bins : int
        Energies of a spectrum.
    """

    kind: str
    filter: str = ""
    bins: int = field(default=BINS, kw_only=True)

    @property
    def name(self) -> str:
        """For people and options."""
        return f"{self.kind}+{self.filter}" if self.filter else self.kind

    @property
    def path(self) -> Path:
        """Path of the file."""
        return FOLDER / f"matrix-{self.name}-{self.bins}.h5"

    @cached_property
    def storage(self) -> Mapping[str, Any]:
        """What h5py is told."""
        if self.kind == "contiguous":
            return {}
        chunks = CHUNKS[self.kind]
        chunks = (1, self.bins) if self.kind == "positions" else chunks
        return {"chunks": chunks, **FILTERS[self.filter]}

    def make(self) -> None:
        """Write the file if it is not there yet."""
        if self.path.exists():
            return
        FOLDER.mkdir(exist_ok=True)
        part = self.path.with_suffix(".part")
        part.unlink(missing_ok=True)
        _write_tables(part, self.bins)
        with h5py.File(part, "r+") as file:
            _store(file, self)
        part.rename(self.path)


LAYOUTS = (
    Layout("contiguous"),
    *(Layout(kind, code) for kind, code in product(CHUNKS, FILTERS)),
)


def _write_tables(path: Path, bins: int) -> None:
    """Write all but the numbers."""
    place = (np.linspace(0, 1e-6, SIDE), "m")
    with FileWriter(path) as writer:
        writer.main(
            GROUP,
            "Raw_Data",
            None,
            dtype=np.float32,
            quantity="Intensity",
            units="counts",
            chunks=False,
            position={"Y": place, "X": place},
            spectroscopic={"Energy": (np.linspace(0, 1000, bins), "eV")},
        )


def _store(file: h5py.File, layout: Layout) -> None:
    """Put a dataset with this layout in the place of the empty one."""
    empty = file[MAIN]
    attributes = dict(empty.attrs)
    del file[MAIN]
    shape = (SIDE * SIDE, layout.bins)
    stored = file.create_dataset(MAIN, shape, np.float32, **layout.storage)
    stored.attrs.update(attributes)
    for start, block in _blocks(layout.bins):
        stored[start : start + len(block)] = block


def _blocks(bins: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    rng = np.random.default_rng(7)
    pool = 4 * rng.standard_normal(_POOL, dtype=np.float32)
    energy = np.linspace(0, 1, bins, dtype=np.float32)
    for start in range(0, SIDE * SIDE, _ROWS):
        y, x = np.divmod(np.arange(start, start + _ROWS), SIDE)
        centre = 0.5 + 0.3 * np.sin(x / 40 + y / 30) * np.cos(y / 50)
        block = _peaks(energy, centre.astype(np.float32))
        block += np.take(pool, _places(rng, bins), mode="wrap")
        yield start, np.rint(block, out=block)


def _peaks(
    energy: NDArray[np.float32], centre: NDArray[np.float32]
) -> NDArray[np.float32]:
    distance = (energy - centre[:, None]) / np.float32(0.05)
    peaks: NDArray[np.float32] = 1000 * np.exp(-(distance**2)) + 50
    return peaks


def _places(rng: np.random.Generator, bins: int) -> NDArray[np.int64]:
    """Another stretch of the pool for every position."""
    return rng.integers(0, _POOL, (_ROWS, 1)) + np.arange(bins)
