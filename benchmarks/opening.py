"""Double click -> first linked paint of a 1 GiB file, beside jupyterlab-h5web.

Ours: map and spectrum, both painted. H5Web: the tree, then (after clicks, whose
duration is the user's and does not count) a picture of an N-D copy: as a spatial
map of a copy in USID's order, which needs its two axes chosen, and the first
picture of a copy that is laid out to suit it. The same file's own dataset, a
stripe of 16,384 x 16,384, is tried as well, a minute at most.
"""

from __future__ import annotations

from typing import Any

from benchmarks.data import FOLDER, OPENED, make
from benchmarks.driver import drive
from benchmarks.report import Row, report
from benchmarks.servers import OURS, peer, serve
from benchmarks.statistics import Spread, ratio

PAIRS = 9


def run() -> None:
    """Take the samples with warm and cold kernels, report times and ratios."""
    make(OPENED)
    with (
        serve(OURS, FOLDER) as warm,
        serve(OURS, FOLDER, spare=False) as cold,
        serve(peer(), FOLDER) as other,
    ):
        plan = {"warm": warm, "cold": cold, "peer": other, "pairs": PAIRS}
        samples = drive("opening.mjs", plan)
    report("open", "double click -> first linked paint, 1 GiB file, ms", _rows(samples))


def _rows(samples: dict[str, Any]) -> list[Row]:
    turned = [one["tree"] + one["picture"] + one["turned"] for one in samples["map"]]
    suited = [one["tree"] + one["picture"] for one in samples["peer"]]
    stripes = [one["picture"] for one in samples["stripe"] if one["picture"]]
    rows = []
    for kernel in ("warm", "cold"):
        ours = samples[kernel]
        rows += [
            Row(
                f"ours, {kernel}; / H5Web, spatial map",
                Spread.of(ours),
                ratio(ours, turned),
            ),
            Row(
                "    / H5Web, copy that suits it", Spread.of(ours), ratio(ours, suited)
            ),
        ]
    note = "" if stripes else "no picture within a minute"
    return [
        *rows,
        Row("H5Web, N-D copy as a spatial map", Spread.of(turned)),
        Row("H5Web, N-D copy that suits it", Spread.of(suited)),
        Row("H5Web, the same file's stripe", Spread.of(stripes), note=note),
    ]
