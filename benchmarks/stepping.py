"""Input -> paint: a marker step, and dragging over the map, beside jupyterlab-h5web.

A frame of ours counts only if the workbench says that it shows the new position.
H5Web steps through the same array twice: ordered as USID orders it (its picture
across the slow axes) and in the order that suits it.
"""

from __future__ import annotations

from typing import Any

from benchmarks.data import FOLDER, STEPPED, Cube, make
from benchmarks.driver import drive
from benchmarks.frames import Drag
from benchmarks.report import Row, report
from benchmarks.servers import OURS, peer, serve
from benchmarks.statistics import Spread, ratio

PAIRS = 15
SECONDS = 3
GOALS = {"wide": 0.15}


def run() -> None:
    """Take the samples of each cube, report times, frames and ratios."""
    for cube in STEPPED:
        make(cube)
    with serve(OURS, FOLDER) as lab, serve(peer(), FOLDER) as other:
        for cube in STEPPED:
            plan = {
                "lab": lab,
                "peer": other,
                "cube": cube.name,
                "pairs": PAIRS,
                "seconds": SECONDS,
            }
            _report(cube, drive("stepping.mjs", plan))


def _report(cube: Cube, samples: dict[str, Any]) -> None:
    ours, drag = samples["ours"], Drag.of(samples["drag"])
    rows = [
        Row("ours, marker step", Spread.of(ours)),
        _beside(cube, "as USID orders it", ours, samples["first"]),
        _beside(cube, "picture last", ours, samples["last"]),
        Row(
            "ours, drag: input -> paint",
            Spread.of(drag.delays),
            note=f"{drag.rate:.0f} fresh frames a second",
        ),
    ]
    shape = f"{cube.side} x {cube.side} x {cube.bins}"
    title = f"input -> paint, {shape}, ms (ratio: ours / theirs)"
    report(f"step-{cube.name}", title, rows)


def _beside(cube: Cube, order: str, ours: list[float], theirs: list[float]) -> Row:
    found = ratio(ours, theirs)
    note = ""
    if cube.name in GOALS:
        limit = GOALS[cube.name]
        note = f"<= {limit:g} {'met' if found.median <= limit else 'MISSED'}"
    return Row(f"H5Web, {order}", Spread.of(theirs), found, note)
