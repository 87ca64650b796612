"""Where the time of a drag's frames goes, from the hand to the paint.

Kernel and reader process carry probes (see `probes`), the page notes what passes its
websocket; one clock serves all three.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import residency
from benchmarks.data import DRAGGED, FOLDER, make_large
from benchmarks.driver import drive
from benchmarks.report import Row, report
from benchmarks.servers import OURS, serve
from benchmarks.statistics import Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROBES = Path(__file__).parent / "probes"
STAGES = (
    "pointer event -> request sent",
    "request sent -> kernel has it",
    "waits for the kernel's reading thread",
    "read: protocol and copies",
    "read: in the reader process",
    "rest of the answer (reduce, describe)",
    "encode",
    "handing over to the socket",
    "on its way back",
    "decode, draw, paint",
    "pointer event -> paint",
)
Stage = dict[str, float]


def run(arguments: Sequence[str] = ()) -> None:
    """Drag over the map and over the spectrum, report the stages of their frames.

    Parameters
    ----------
    arguments : sequence of str
        Options; ``--help`` says more.
    """
    options = argparse.ArgumentParser("python -m benchmarks profile")
    options.add_argument("--seconds", type=float, default=6)
    asked = options.parse_args(arguments)
    if not make_large(DRAGGED):
        print("profile: left out, the disk has no room for its files")
        return
    residency.load(DRAGGED.usid)
    samples, log = _dragged(asked.seconds)
    for over, (told,) in samples["dragged"].items():
        frames = list(_frames(told, samples["wire"], log))
        title = f"a frame of a drag over the {over}, 10 GiB, ms; {len(frames)} frames"
        rows = [Row(s, Spread.of([frame[s] for frame in frames])) for s in STAGES]
        sizes = [reply["size"] / 1024 for reply in _within(told, samples["wire"])]
        rows.append(Row("(KiB of its reply)", Spread.of(sizes)))
        report(f"profile-{over}", title, rows)


def _dragged(seconds: float) -> tuple[dict[str, Any], dict[str, Stage]]:
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        paths = (str(_PROBES), os.environ.get("PYTHONPATH", ""))
        os.environ["USID_LAB_PROBES"] = str(log)
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        plan = {"cube": DRAGGED.name, "pairs": 0, "drags": 1, "seconds": seconds}
        with serve(OURS, FOLDER) as lab:
            samples = drive("dragging.mjs", plan | {"lab": lab})
        return samples, _read(log)


def _read(log: Path) -> dict[str, Stage]:
    """Give for each request when it was received, and how long what took."""
    found: dict[str, Stage] = defaultdict(lambda: defaultdict(float))
    inner: list[tuple[float, float]] = []
    for line in log.read_text().splitlines():
        _, request, what, begun, took = json.loads(line)
        if what == "in the reader process":
            inner.append((begun, took))
            continue
        stage = found[request]
        stage[what] += took
        stage.setdefault(f"{what} begun", begun)
    _assign(found, sorted(inner))
    return found


def _assign(found: dict[str, Stage], inner: list[tuple[float, float]]) -> None:
    """Add to each request what the reader process did while it was answered."""
    begins = [begun for begun, _ in inner]
    for stage in found.values():
        if "read begun" not in stage:
            continue
        start = bisect_right(begins, stage["read begun"])
        end = bisect_right(begins, stage["answer begun"] + stage["answer"])
        stage["inner"] = sum(took for _, took in inner[start:end])


def _within(told: dict[str, Any], wire: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the replies that came while the hand moved."""
    start, end = (told["origin"] + told[name] for name in ("start", "end"))
    for reply in wire["arrived"]:
        if start <= reply["at"] <= end and reply["what"] == "ok":
            yield reply


def _frames(
    told: dict[str, Any], wire: dict[str, Any], log: dict[str, Stage]
) -> Iterator[Stage]:
    """Give the stages of each frame that was painted: of the last reply before it."""
    sent = {one["id"]: one for one in wire["sent"] if one["what"] == "frame"}
    replies = [one for one in _within(told, wire) if one["id"] in sent]
    arrivals = [one["at"] for one in replies]
    moves = [told["origin"] + at for at in told["moves"]]
    for frame in told["frames"]:
        painted = told["origin"] + frame["at"]
        number = bisect_right(arrivals, painted) - 1
        before = bisect_right(moves, sent[replies[number]["id"]]["at"]) - 1
        if number < 0 or before < 0 or replies[number]["id"] not in log:
            continue
        reply = replies[number]
        moved, left = moves[before], sent[reply["id"]]["at"]
        yield _stages(log[reply["id"]], moved, left, reply["at"], painted)


def _stages(
    stage: Stage, moved: float, sent: float, arrived: float, painted: float
) -> Stage:
    """Cut the way of one frame into its stages; their sum is the whole."""
    received, begun = stage["received begun"], stage["answer begun"]
    inner = min(stage["inner"], stage["read"])
    known = stage["read"] + stage["encode"] + stage["send"]
    values = (
        sent - moved,
        received - sent,
        begun - received,
        stage["read"] - inner,
        inner,
        stage["answer"] - known,
        stage["encode"],
        stage["send"],
        arrived - begun - stage["answer"],
        painted - arrived,
        painted - moved,
    )
    return dict(zip(STAGES, values, strict=True))
