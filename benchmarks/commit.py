"""Results that enter a file safely, beside h5py that writes them into it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import h5py
import numpy as np

from benchmarks.pairs import Case, measure
from benchmarks.report import report
from usid_lab.storage import FileWriter
from usid_lab.storage.commit import strategy
from usid_lab.storage.datasets import Empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PAIRS = 9
LIMIT = 2.5
HERE = Path(__file__).parent
_ROWS, _COLUMNS = 1 << 15, 1 << 10  # of float64: 256 MB
_BLOCK = 1 << 12  # rows, 32 MB: as a run writes its blocks


def run() -> None:
    """Write 256 MB beside 256 MB both ways, compare, take turns, report."""
    values = np.random.default_rng(0).random((_ROWS, _COLUMNS))
    (HERE / "data").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=HERE / "data") as folder:
        base = Path(folder, "base.h5")
        with h5py.File(base, "w") as file:
            file["raw"] = values
        rows = []
        for label, cheap in (("by a copy", 1 << 40), ("where it lies", 0)):
            with _way(cheap):
                rows.append(measure(_case(label, base, values), PAIRS))
    title = "256 MB into a file of 256 MB, us: ours / h5py and fsync"
    report("commit", title, rows)


@contextmanager
def _way(cheap: int) -> Iterator[None]:
    """Choose the way by the size from which files are not copied."""
    before = strategy.CHEAP
    strategy.CHEAP = cheap
    try:
        yield
    finally:
        strategy.CHEAP = before


def _case(label: str, base: Path, values: NDArray[np.float64]) -> Case:
    mine, theirs = base.with_name("ours.h5"), base.with_name("theirs.h5")

    def before() -> None:
        for target in (mine, theirs):
            shutil.copyfile(base, target)
        os.sync()

    def ours() -> None:
        with FileWriter(mine, extend=True) as writer:
            writer.array("/results", Empty(values.shape, values.dtype))
            for rows in _blocks():
                writer.fill("/results", rows, values[rows])

    def floor() -> None:
        with h5py.File(theirs, "r+") as file:
            made = file.create_dataset("results", values.shape, values.dtype)
            for rows in _blocks():
                made[rows] = values[rows]
        _sync(theirs)

    def same(*_: object) -> bool:
        return all(_holds(path, values) for path in (mine, theirs))

    return Case(label, ours, floor, LIMIT, same, before)


def _holds(path: Path, values: NDArray[np.float64]) -> bool:
    with h5py.File(path) as file:
        names = ("raw", "results")
        return all(np.array_equal(file[name][::99], values[::99]) for name in names)


def _blocks() -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, _ROWS, _BLOCK))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)
