"""Files and their N-D forms: ratios to h5py and numpy doing only what they must.

pyUSID's own ratios to the same floors: open and wrap 20-56, Main datasets 9.7,
wrap 4096 x 4096 positions 16, their tables 4.4, one spectrum 26,700, import 24.
"""

from __future__ import annotations

import math
import os
from functools import partial
from typing import TYPE_CHECKING

import h5py
import numpy as np

import usid_lab as ul
from benchmarks import floors, fresh
from benchmarks.data import FOLDER
from benchmarks.pairs import Case, measure
from benchmarks.report import report
from usid_lab.model.dimension import Side
from usid_lab.pyusid.io.usi_data import USIDataset as Documented
from usid_lab.storage import FileWriter
from usid_lab.storage.ancillaries import write_tables
from usid_lab.storage.recipe import side_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = "/Measurement_000/Channel_000/Raw_Data"
CUBE = FOLDER / "storage-cube.h5"
MANY = FOLDER / "storage-many.h5"
WIDE = FOLDER / "storage-wide.h5"
SIDE = 4096
CHANNELS = 500


def run() -> None:
    """Write the files, compare, time, report."""
    make()
    rows = [*(measure(case) for case in cases()), *fresh.rows(WIDE, CUBE, MAIN)]
    report("storage", "storage: ours / h5py and numpy, microseconds", rows)


def cases() -> Iterator[Case]:
    """Everything that is timed within one process."""
    yield Case(
        "open and wrap, 64 x 64 x 256 x 128",
        lambda: tuple(ul.open(CUBE).dataset(MAIN).sizes.values()),
        lambda: floors.opened(CUBE, MAIN),
        3,
        lambda ours, floor: ours == floor,
        # Another state of the file: nothing that is remembered of it holds.
        lambda: os.utime(CUBE),
    )
    yield Case(
        f"all Main datasets of {CHANNELS}",
        lambda: [d.path for d in ul.open(MANY).main_datasets],
        lambda: floors.main_datasets(MANY),
        1.5,
        lambda ours, floor: ours == floor and len(ours) == CHANNELS,
        lambda: os.utime(MANY),
    )
    yield Case(
        f"wrap {SIDE} x {SIDE} positions",
        lambda: math.prod(ul.USIDataset(WIDE, "/Raw_Data").sizes.values()),
        lambda: floors.tables(WIDE, ("Position_Indices", "Position_Values")),
        1.3,
        lambda ours, floor: ours == floor == SIDE**2,
        lambda: os.utime(WIDE),
    )
    yield _ancillaries()
    yield from _readings()


def _ancillaries() -> Case:
    values = [np.linspace(0, 1e-6, SIDE)] * 2
    ours, floor = FOLDER / "storage-ours.h5", FOLDER / "storage-floor.h5"

    def build() -> Path:
        dims = {"Y": (values[0], "m"), "X": (values[1], "m")}
        with h5py.File(ours, "w") as file:
            write_tables(file, Side.POSITION, side_recipe(dims))
        return ours

    def least() -> Path:
        floors.ancillaries(floor, (SIDE, SIDE), values)
        return floor

    def fresh_place() -> None:
        for path in (ours, floor):
            path.unlink(missing_ok=True)

    label = f"build and write tables, {SIDE} x {SIDE}"
    return Case(label, build, least, 1.3, _same_tables, fresh_place)


def _same_tables(ours: Path, floor: Path) -> bool:
    with h5py.File(ours) as mine, h5py.File(floor) as least:
        return all(
            np.array_equal(mine[f"Position_{name}"][()], least[name][()])
            for name in ("Indices", "Values")
        )


def _readings() -> Iterator[Case]:
    dataset = ul.USIDataset(CUBE, MAIN)
    yield Case(
        "whole N-D form, 512 MB",
        dataset.read,
        partial(floors.whole, CUBE, MAIN, dataset.layout.shape),
        1.3,
        np.array_equal,
    )
    file = h5py.File(CUBE, "r")
    stored = file[MAIN]
    yield Case(
        "pyusid: get_n_dim_form, 512 MB",
        lambda: Documented(stored).get_n_dim_form(),
        # The documented order is that of the tables: here the fastest dim first.
        lambda: stored[()].reshape(64, 64, 256, 128).transpose(1, 0, 3, 2),
        1.3,
        np.array_equal,
    )
    shape = (256, 128)
    with ul.open(CUBE):
        yield Case(
            "one spectrum, leased handle",
            lambda: dataset.read(Y=31, X=17),
            lambda: stored[31 * 64 + 17].reshape(shape),
            5,
            np.array_equal,
            repeats=200,
        )
    file.close()


# ---- files --------------------------------------------------------------


def make() -> None:
    """Write the files that are not there yet."""
    FOLDER.mkdir(exist_ok=True)
    for path, write in ((CUBE, _cube), (MANY, _many), (WIDE, _wide)):
        if not path.exists():
            write(path)


def _cube(path: Path) -> None:
    rng = np.random.default_rng(1)
    with FileWriter(path) as writer:
        writer.main(
            "/Measurement_000/Channel_000",
            "Raw_Data",
            rng.random((64, 64, 256, 128), np.float32),
            quantity="Current",
            units="nA",
            chunks=False,
            position={name: (np.linspace(0, 1e-6, 64), "m") for name in "YX"},
            spectroscopic={
                "Frequency": (np.linspace(3e5, 4e5, 256), "Hz"),
                "Bias": (np.linspace(-1, 1, 128), "V"),
            },
        )


def _many(path: Path) -> None:
    data = np.arange(3200.0).reshape(10, 10, 32)
    with FileWriter(path) as writer:
        for number in range(CHANNELS):
            writer.main(
                f"/Measurement_000/Channel_{number:03d}",
                "Raw_Data",
                data,
                quantity="Current",
                units="nA",
                position={name: (np.linspace(0, 1e-6, 10), "m") for name in "YX"},
                spectroscopic={"Bias": (np.linspace(-1, 1, 32), "V")},
            )


def _wide(path: Path) -> None:
    with FileWriter(path) as writer:
        writer.main(
            "/",
            "Raw_Data",
            np.zeros((SIDE, SIDE), "u1"),
            quantity="Count",
            units="",
            position={name: (np.linspace(0, 1e-6, SIDE), "m") for name in "YX"},
        )
