"""The files that are timed: made once, kept in `benchmarks/data`.

Every file exists twice: as h5USID for us, and as an N-dimensional array for the
viewer beside us, with the picture in its last two axes, which is the layout that
suits that viewer best.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from usid_lab.storage import FileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Cube:
    """A spectrum image of side x side positions and `bins` energies, float32."""

    name: str
    side: int
    bins: int

    @property
    def usid(self) -> Path:
        """Path of the h5USID file."""
        return FOLDER / f"{self.name}.h5"

    @property
    def picture_last(self) -> Path:
        """Path of the plain copy of shape (bins, side, side)."""
        return FOLDER / f"{self.name}-picture-last.h5"

    @property
    def picture_first(self) -> Path:
        """Path of the plain copy of shape (side, side, bins), as USID orders it."""
        return FOLDER / f"{self.name}-picture-first.h5"


OPENED = Cube("gib", 128, 16_384)
STEPPED = (Cube("small", 128, 256), Cube("wide", 1024, 16), OPENED)
DRAGGED = Cube("ten-gib", 512, 10_240)
_STRIPE = 16  # lines of a large cube that are in memory at a time


def make(cube: Cube) -> None:
    """Write the files of one cube that are not there yet."""
    FOLDER.mkdir(exist_ok=True)
    paths = (cube.usid, cube.picture_last, cube.picture_first)
    if all(path.exists() for path in paths):
        return
    values = _values(cube)
    for path in paths:
        path.unlink(missing_ok=True)
    _write_usid(cube, values)
    _write_plain(cube.picture_first, values)
    _write_plain(cube.picture_last, np.ascontiguousarray(np.moveaxis(values, 2, 0)))


def make_large(cube: Cube) -> bool:
    """Write a cube that need not fit into memory, contiguous, and the copy for H5Web.

    The numbers are really there: what is sparse is not read from anywhere.

    Returns
    -------
    bool
        False where the disk has no room for them.
    """
    FOLDER.mkdir(exist_ok=True)
    if cube.usid.exists() and cube.picture_last.exists():
        return True
    if shutil.disk_usage(FOLDER).free < 10 * cube.side**2 * cube.bins:
        return False
    for path in (cube.usid, cube.picture_last):
        path.unlink(missing_ok=True)
    _write_usid(cube, None)
    shape = (cube.bins, cube.side, cube.side)
    with (
        h5py.File(cube.usid, "r+") as ours,
        h5py.File(cube.picture_last, "x") as plain,
    ):
        main = ours["Measurement_000/Channel_000/Raw_Data"]
        pictures = plain.create_dataset("data", shape, np.float32)
        for first, stripe in _stripes(cube):
            rows = stripe.reshape(-1, cube.bins)
            start = first * cube.side
            main[start : start + len(rows)] = rows
            across = np.ascontiguousarray(np.moveaxis(stripe, 2, 0))
            pictures[:, first : first + len(stripe)] = across
    return True


def _stripes(cube: Cube) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Give some lines at a time, with the number of the first."""
    rows = _rows(cube)
    for first in range(0, cube.side, _STRIPE):
        yield first, np.stack([next(rows) for _ in range(_STRIPE)])


def _values(cube: Cube) -> NDArray[np.float32]:
    values = np.empty((cube.side, cube.side, cube.bins), np.float32)
    for row, block in enumerate(_rows(cube)):
        values[row] = block
    return values


def _rows(cube: Cube) -> Iterator[NDArray[np.float32]]:
    rng = np.random.default_rng(7)
    energy = np.linspace(0, 1, cube.bins, dtype=np.float32)
    x = np.linspace(0, 6, cube.side, dtype=np.float32)[:, None]
    for y in np.linspace(0, 6, cube.side, dtype=np.float32):
        centre = 0.5 + 0.3 * np.sin(x + y) * np.cos(y)
        noise = rng.standard_normal((cube.side, cube.bins), dtype=np.float32)
        yield np.exp(-(((energy - centre) / 0.05) ** 2)) + 0.01 * noise


def _write_usid(cube: Cube, values: NDArray[np.float32] | None) -> None:
    place = np.linspace(0, 1e-6, cube.side)
    with FileWriter(cube.usid) as writer:
        writer.main(
            writer.channel("Measurement_000", "Channel_000"),
            "Raw_Data",
            values,
            dtype=np.float32 if values is None else None,
            chunks=False if values is None else None,
            quantity="Current",
            units="nA",
            position={"Y": (place, "m"), "X": (place, "m")},
            spectroscopic={"Bias": (np.linspace(-2, 2, cube.bins), "V")},
        )


def _write_plain(path: Path, values: NDArray[np.float32]) -> None:
    with h5py.File(path, "x") as file:
        file.create_dataset("data", data=values)
