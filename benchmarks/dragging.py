"""A hand on a file of 10 GiB: steps beside jupyterlab-h5web, and drags.

The file is contiguous, as pyUSID writes it, and its numbers are really there. H5Web
steps through a copy in the order that suits it best; it paints nothing while one drags.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from benchmarks import residency
from benchmarks.data import DRAGGED, FOLDER, make_large
from benchmarks.driver import drive
from benchmarks.frames import Drag
from benchmarks.report import Row, report
from benchmarks.servers import OURS, peer, serve
from benchmarks.statistics import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAIRS = 15
SECONDS = 6
DRAGS = 3
_GOAL = 20


def run(arguments: Sequence[str] = ()) -> None:
    """Write the files, take the samples, report times, frames and ratios.

    Parameters
    ----------
    arguments : sequence of str
        Options; ``--help`` says more.
    """
    asked = _options().parse_args(arguments)
    if not make_large(DRAGGED):
        print("drag: left out, the disk has no room for its files")
        return
    residency.evict(DRAGGED.picture_last)
    residency.load(DRAGGED.usid)
    share = residency.resident(DRAGGED.usid)
    with serve(OURS, FOLDER) as lab, serve(peer(), FOLDER) as other:
        plan = {"lab": lab, "peer": other, "cube": DRAGGED.name, **vars(asked)}
        samples = drive("dragging.mjs", plan)
    title = f"10 GiB, contiguous, {share:.0%} in the page cache at first, ms"
    report("drag", title, list(_rows(samples)))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser("python -m benchmarks drag")
    options.add_argument("--pairs", type=int, default=PAIRS)
    options.add_argument("--drags", type=int, default=DRAGS)
    options.add_argument("--seconds", type=float, default=SECONDS)
    return options


def _rows(samples: dict[str, Any]) -> Iterator[Row]:
    if "ours" in samples:
        ours, theirs = samples["ours"], samples["last"]
        label = "marker step / H5Web, picture last"
        yield Row(label, Spread.of(ours), ratio(ours, theirs))
        yield Row("H5Web, picture last", Spread.of(theirs))
    for over, told in samples["dragged"].items():
        for number, one in enumerate(told, 1):
            yield _row(f"drag {number} over the {over}", Drag.of(one))


def _row(label: str, drag: Drag) -> Row:
    verdict = "met" if drag.settled_rate >= _GOAL else "MISSED"
    note = (
        f"{drag.settled_rate:.1f} fresh frames/s after 1 s, >= {_GOAL} {verdict}"
        f" ({drag.rate:.1f} in all; longest wait {drag.longest:.0f} ms)"
    )
    return Row(label, Spread.of(drag.delays), note=note)
