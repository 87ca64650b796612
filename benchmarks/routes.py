"""Selections of a contiguous dataset of 1 GiB: ratios to h5py's hyperslabs, warm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import h5py
import numpy as np

import usid_lab as ul
from benchmarks.data import FOLDER
from benchmarks.pairs import Case, measure
from benchmarks.report import report
from usid_lab.storage import FileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MAIN = "/Measurement_000/Channel_000/Raw_Data"
REGION = slice(40, 72)
BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Grid:
    """A spectrum image of side x side positions and `bins` energies, float32."""

    side: int
    bins: int

    @property
    def path(self) -> Path:
        """Path of the file."""
        return FOLDER / f"routes-{self.side}.h5"

    @property
    def label(self) -> str:
        """Its shape, for people."""
        return f"{self.side} x {self.side} x {self.bins}"

    def make(self) -> None:
        """Write the file if it is not there yet."""
        if self.path.exists():
            return
        FOLDER.mkdir(exist_ok=True)
        values = np.random.default_rng(1).random(
            (self.side, self.side, self.bins), np.float32
        )
        place = (np.linspace(0, 1e-6, self.side), "m")
        with FileWriter(self.path) as writer:
            writer.main(
                "/Measurement_000/Channel_000",
                "Raw_Data",
                values,
                quantity="Current",
                units="nA",
                chunks=False,
                position={"Y": place, "X": place},
                spectroscopic={"Bias": (np.linspace(-1, 1, self.bins), "V")},
            )


GRIDS = (Grid(128, 16_384), Grid(256, 4_096))


def run() -> None:
    """Write the files, compare the answers, time, report."""
    for grid in GRIDS:
        grid.make()
        rows = [measure(case) for case in cases(grid)]
        report(
            f"routes-{grid.side}",
            f"{grid.label}, contiguous, warm: ours / h5py, microseconds",
            rows,
        )


def cases(grid: Grid) -> Iterator[Case]:
    """Give what a viewer and a script ask for, one selection after the other."""
    side, middle = grid.side, grid.bins // 3
    band = slice(middle, middle + 64)
    with h5py.File(grid.path, "r") as file, ul.open(grid.path) as opened:
        stored, ours = file[MAIN], opened[MAIN]
        cube = partial(_cube, side=side)
        timed = {
            "map": (
                lambda: ours.read(Bias=middle),
                lambda: cube(stored[:, middle]),
            ),
            "band of 64": (
                lambda: ours.read(Bias=band),
                lambda: cube(stored[:, band]),
            ),
            "region 32 x 32": (
                lambda: ours.read(Y=REGION, X=REGION),
                lambda: _region(stored, side, slice(None)),
            ),
            "map of the region": (
                lambda: ours.read(Y=REGION, X=REGION, Bias=middle),
                lambda: _region(stored, side, middle),
            ),
            "mean over positions": (
                lambda: ours.reduce("mean", ("Y", "X")),
                lambda: _mean(stored),
            ),
        }
        for label, (read, floor) in timed.items():
            yield Case(label, read, floor, 1.1, _close)
        yield Case(
            "spectrum",
            lambda: ours.read(Y=31, X=17),
            lambda: stored[31 * side + 17],
            5,
            np.array_equal,
            repeats=200,
        )


def _close(ours: object, floor: object) -> bool:
    return np.allclose(ours, floor, rtol=1e-6, atol=0)


def _cube(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    return values.reshape(side, side, *values.shape[1:])


def _region(
    stored: h5py.Dataset, side: int, columns: slice | int
) -> NDArray[np.float32]:
    """One hyperslab of neighbours for each line: the quickest way with h5py."""
    starts = [y * side + REGION.start for y in range(REGION.start, REGION.stop)]
    width = REGION.stop - REGION.start
    return np.stack([stored[start : start + width, columns] for start in starts])


def _mean(stored: h5py.Dataset) -> NDArray[np.float64]:
    total = np.zeros(stored.shape[1])
    step = BLOCK // (stored.shape[1] * stored.dtype.itemsize)
    for first in range(0, stored.shape[0], step):
        total += stored[first : first + step].sum(axis=0, dtype=np.float64)
    return total / stored.shape[0]
