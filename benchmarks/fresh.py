"""What only a process of its own can tell: imports, and peaks of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.pairs import PAIRS, Samples, row
from benchmarks.report import Row
from benchmarks.statistics import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMED = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
{code}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""
# ru_maxrss would count what the parent held when it was forked.
_PEAK = """
import re, h5py, numpy, usid_lab as ul
from usid_lab.dataset import USIDataset
def status(name):
    with open("/proc/self/status") as stream:
        return int(re.search(name + r":\\s+(\\d+)", stream.read())[1]) / 1024
before = status("VmRSS")
{code}
print(status("VmHWM") - before)
"""


def rows(wide: Path, cube: Path, name: str) -> Iterator[Row]:
    """Time imports, and weigh the two operations that have a limit."""
    yield _imports("import usid_lab", "import usid_lab", 1.3)
    yield _imports(
        "import usid_lab, its open and USIDataset",
        "import usid_lab; usid_lab.open, usid_lab.USIDataset",
        None,
    )
    peak = Spread.of([_peak(f"ul.USIDataset({str(wide)!r}, '/Raw_Data').sizes")])
    verdict = "met" if peak.median < 400 else "MISSED"
    yield Row("peak of wrapping those positions, MB", peak, note=f"< 400 {verdict}")
    yield _whole(
        "N-D form", f"ul.USIDataset({str(cube)!r}, {name!r}).read()", cube, name
    )
    documented = f"usid.USIDataset(h5py.File({str(cube)!r})[{name!r}])"
    code = f"import usid_lab.pyusid as usid; {documented}.get_n_dim_form()"
    yield _whole("get_n_dim_form", code, cube, name)


def _imports(label: str, imports: str, limit: float | None) -> Row:
    ours, floor = Samples(), Samples()
    for _ in range(PAIRS + 1):
        for samples, code in (
            (ours, imports),
            (floor, "import numpy, h5py"),
        ):
            wall, cpu = json.loads(_run(_TIMED.format(code=code)))
            samples.wall.append(wall * 1e6)
            samples.cpu.append(cpu * 1e6)
    for samples in (ours, floor):  # the first one warms the disk
        del samples.wall[0], samples.cpu[0]
    return row(label, ours, floor, limit)


def _whole(what: str, code: str, cube: Path, name: str) -> Row:
    mine = [_peak(code) for _ in range(3)]
    least = [_peak(f"h5py.File({str(cube)!r})[{name!r}][()]") for _ in range(3)]
    found = ratio(mine, least)
    verdict = "met" if found.median <= 1.1 else "MISSED"
    return Row(
        f"peak of {what}, 512 MB, MB", Spread.of(mine), found, f"<= 1.1 {verdict}"
    )


def _peak(code: str) -> float:
    return float(_run(_PEAK.format(code=code)))


def _run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
