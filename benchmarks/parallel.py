"""parallel_compute beside pyUSID's own, and beside a plain loop."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Row, report
from benchmarks.statistics import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = 9
CORES = 2
HERE = Path(__file__).parent
_KEY = "PYUSID_VENV"


class Interpreter:
    """A program that maps rows when it is told to.

    Parameters
    ----------
    python : str
        The interpreter.
    whose : {"ours", "pyusid", "each", "loop"}
        Who maps.
    """

    def __init__(self, python: str, whose: str) -> None:
        self.whose = whose
        self._process = subprocess.Popen(
            [python, str(HERE / "rows.py"), whose],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, name: str) -> tuple[float, float]:
        """Map once; wall time in ms, and what was found, summed up."""
        assert self._process.stdin
        assert self._process.stdout
        print(name, CORES, file=self._process.stdin, flush=True)
        wall, found = json.loads(self._process.stdout.readline())
        return wall * 1e3, found

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def peer() -> tuple[str, str]:
    """Interpreter and name of whom we stand beside: pyUSID, where it is installed."""
    venv = Path(os.environ.get(_KEY, HERE.parent / ".venv-pyusid"))
    python = venv / "bin" / "python"
    if (venv / ".installed").exists():
        return str(python), "pyusid"
    return sys.executable, "each"


def run() -> None:
    """Compare the answers, take turns, report."""
    python, whose = peer()
    who = "pyUSID 0.0.12" if whose == "pyusid" else "joblib, a task for every row"
    with ExitStack() as stack:
        ours, theirs, loop = (
            stack.enter_context(Interpreter(*one))
            for one in (
                (sys.executable, "ours"),
                (python, whose),
                (sys.executable, "loop"),
            )
        )
        rows = [
            row
            for name in ("cheap", "fit")
            for row in _rows(name, ours, {who: theirs, "a plain loop": loop})
        ]
    report("parallel", f"parallel_compute on {CORES} cores, ms: ours / theirs", rows)


def _rows(
    name: str, ours: Interpreter, others: dict[str, Interpreter]
) -> Sequence[Row]:
    wanted = ours.ask(name)[1]
    for other in others.values():
        assert math.isclose(other.ask(name)[1], wanted, rel_tol=1e-5)
    mine: list[float] = []
    times: dict[str, list[float]] = {who: [] for who in others}
    for _ in range(PAIRS):
        mine.append(ours.ask(name)[0])
        for who, other in others.items():
            times[who].append(other.ask(name)[0])
    return [
        Row(f"{name}: beside {who}", Spread.of(mine), ratio(mine, taken))
        for who, taken in times.items()
    ]
