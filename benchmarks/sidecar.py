"""Maps from a sidecar, cold, beside reading its bytes in order; and what it costs."""

from __future__ import annotations

import gc
import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import h5py
import numpy as np

import usid_lab as ul
from benchmarks import residency
from benchmarks.cache import own_cache
from benchmarks.hosts import HOSTS
from benchmarks.layouts import BINS, MAIN, SIDE, Layout
from benchmarks.operations import places
from benchmarks.report import Row, report
from benchmarks.statistics import Spread, ratio
from usid_lab.reading.sidecars.building import build

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from usid_lab.reading.sidecars.folder import Folder

PAIRS = 15
LAYOUTS = (Layout("contiguous"), Layout("positions", "gzip"))
_LIMIT = 2.0


def run(_: Sequence[str] = ()) -> None:
    """Build sidecars, compare the answers, time cold maps, report."""
    rows: list[Row] = []
    for layout in LAYOUTS:
        layout.make()
        with own_cache() as folder:
            start = time.perf_counter()
            place = _built(folder, layout)
            spent = (time.perf_counter() - start) * 1e3
            rows.append(Row(f"{layout.name}: building it", Spread.of([spent])))
            rows += [_row(layout, place, host) for host in HOSTS]
    report("sidecar", "a map from a sidecar, cold, 1 GiB: ours / in order, ms", rows)


def _built(folder: Folder, layout: Layout) -> Path:
    brief = ul.USIDataset(layout.path, MAIN).brief()
    keys = [axis.key for axis in brief.layout.axes]
    return build(folder, layout.path, MAIN, keys)


def _row(layout: Layout, sidecar: Path, name: str) -> Row:
    """Time pairs: a map, and reading as many bytes of the sidecar in order."""
    host = HOSTS[name](layout.path, MAIN)
    ours: list[float] = []
    floor: list[float] = []
    size = SIDE * SIDE * 4
    first, *wanted = islice(places(BINS), PAIRS + 1)
    try:
        _compare(layout, host.read(Energy=first.energy), first.energy)
        for place in wanted:
            read = partial(host.read, Energy=place.energy)
            least = partial(residency.read, sidecar, place.energy * size, size)
            ours.append(_timed(layout, sidecar, read))
            floor.append(_timed(layout, sidecar, least))
    finally:
        host.close()
    found = ratio(ours, floor)
    verdict = "met" if found.median <= _LIMIT else "MISSED"
    note = f"<= {_LIMIT:g} {verdict}; in order {Spread.of(floor).median:.1f} ms"
    return Row(f"{layout.name}, {name}", Spread.of(ours), found, note)


def _compare(layout: Layout, ours: object, energy: int) -> None:
    with h5py.File(layout.path, "r") as file:
        theirs = file[MAIN][:, energy].reshape(SIDE, SIDE)
    if not np.array_equal(np.asarray(ours), theirs):
        raise AssertionError(f"{layout.name}: the answers differ")


def _timed(layout: Layout, sidecar: Path, call: Callable[[], object]) -> float:
    """Milliseconds of a call, neither file being in the page cache."""
    for path in (layout.path, sidecar):
        if not residency.evict(path):
            raise RuntimeError(f"{path.name} stays in the page cache: void")
    gc.collect()
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3
