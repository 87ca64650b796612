"""Input -> paint: a marker step, and dragging over the map, beside jupyterlab-h5web.

A frame of ours counts only if the workbench says that it shows the new position.
H5Web steps through the same array twice: ordered as USID orders it (its picture
across the slow axes) and in the order that suits it.
"""

from __future__ import annotations

from typing import Any

from benchmarks.data import FOLDER, STEPPED, Cube, make
from benchmarks.driver import drive
from benchmarks.report import Row, report
from benchmarks.servers import OURS, peer, serve
from benchmarks.statistics import Spread, ratio

PAIRS = 15
SECONDS = 3


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
    ours = samples["ours"]
    rows = [
        Row("ours, marker step", Spread.of(ours)),
        Row(
            "H5Web, as USID orders it",
            Spread.of(samples["first"]),
            ratio(ours, samples["first"]),
        ),
        Row(
            "H5Web, picture last",
            Spread.of(samples["last"]),
            ratio(ours, samples["last"]),
        ),
        Row(
            "ours, drag: input -> paint",
            Spread.of(samples["drag"]["delays"]),
            note=_rate(samples["drag"]),
        ),
    ]
    shape = f"{cube.side} x {cube.side} x {cube.bins}"
    title = f"input -> paint, {shape}, ms (ratio: ours / theirs)"
    report(f"step-{cube.name}", title, rows)


def _rate(drag: dict[str, Any]) -> str:
    return f"{drag['frames'] / drag['seconds']:.0f} fresh frames a second"
