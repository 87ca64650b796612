"""Rows that are mapped in an interpreter of its own: ``python rows.py WHOSE``.

Reads lines ``FUNCTION CORES`` from its standard input; answers each with a line of
JSON: wall time in s, and what was found, summed up. It imports nothing of usid_lab
unless that is asked for, so that pyUSID's own environment can run it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Array = np.ndarray[Any, np.dtype[np.float64]]
    Function = Callable[[Array], Any]
    Mapper = Callable[..., list[Any]]

AXIS = np.linspace(-1.0, 1.0, 64)


def cheap(row: Array) -> Any:
    return row.mean()


def lorentzian(parameters: Sequence[float], row: Array) -> Any:
    height, center, width = parameters
    return height / (1 + ((AXIS - center) / width) ** 2) - row


def fit(row: Array) -> Any:
    start = row.max(), AXIS[row.argmax()], 0.2
    return least_squares(lorentzian, start, args=(row,), method="lm").x[1]


def data() -> dict[str, tuple[Function, Array]]:
    rng = np.random.default_rng(1)
    center = rng.uniform(-0.5, 0.5, (1500, 1))
    peaks = 1 / (1 + ((AXIS - center) / 0.2) ** 2)
    noisy = peaks + rng.normal(0, 0.02, peaks.shape)
    return {"cheap": (cheap, rng.random((65_536, 256))), "fit": (fit, noisy)}


def loop(rows: Array, function: Function, cores: int) -> list[Any]:
    del cores
    return [function(row) for row in rows]


def each(rows: Array, function: Function, cores: int) -> list[Any]:
    """Make a task of every row, as pyUSID's parallel_compute does."""
    import joblib

    tasks = [joblib.delayed(function)(row) for row in rows]
    found: list[Any] = joblib.Parallel(n_jobs=cores)(tasks)
    return found


def mapper(whose: str) -> Mapper:
    """Find who maps, by a word."""
    if whose in ("ours", "pyusid"):
        home = {"ours": "usid_lab.pyusid.processing", "pyusid": "pyUSID.processing"}
        module = import_module(f"{home[whose]}.comp_utils")
        found: Mapper = module.parallel_compute
        return found
    return {"loop": loop, "each": each}[whose]


def main() -> None:
    """Answer until the input ends."""
    mapped, work = mapper(sys.argv[1]), data()
    for line in sys.stdin:
        name, cores = line.split()
        function, rows = work[name]
        with contextlib.redirect_stdout(io.StringIO()):
            begun = time.perf_counter()
            found = mapped(rows, function, cores=int(cores))
            wall = time.perf_counter() - begun
        print(json.dumps([wall, float(np.sum(found))]), flush=True)


if __name__ == "__main__":
    main()
