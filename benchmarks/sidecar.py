"""Maps from a sidecar, cold, beside reading its bytes in order; and what it costs."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import h5py
import numpy as np

import usid_lab as ul
from benchmarks import residency
from benchmarks.cache import own_cache
from benchmarks.layouts import BINS, MAIN, SIDE, Layout
from benchmarks.operations import places
from benchmarks.report import Row, report
from benchmarks.stacks import DIMS, SHAPE, STACK, stack
from benchmarks.statistics import Spread, ratio
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.reading.sidecars.building import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from usid_lab.reading import Reader
    from usid_lab.reading.brief import Brief
    from usid_lab.reading.sidecars.folder import Folder

PAIRS = 15
HOSTS = ("script", "viewer")
_LIMIT = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """A dataset of 1 GiB, maps of 256 x 256 float32 of it.

    Attributes
    ----------
    name : str
        For people.
    brief : Brief
        The dataset.
    inner : tuple of int
        Axes of a map.
    maps : tuple of (str, int)
        Dims along which maps are chosen, and their sizes.
    """

    name: str
    brief: Brief
    inner: tuple[int, ...]
    maps: tuple[tuple[str, int], ...]

    def selection(self, number: int) -> dict[str, int]:
        """Return what a map is, by its number in the sidecar."""
        sizes = [size for _, size in self.maps]
        at = np.unravel_index(number, sizes)
        pairs = zip(self.maps, at, strict=True)
        return {name: int(index) for (name, _), index in pairs}

    def truth(self, number: int) -> NDArray[np.generic]:
        """Read a map by h5py."""
        at = tuple(self.selection(number).values())
        with h5py.File(self.brief.file, "r") as file:
            stored = file[self.brief.path]
            whole = (slice(None),) * (stored.ndim - len(at))
            found: NDArray[np.generic] = stored[(*whole, *at)].reshape(SIDE, SIDE)
        return found


def run(_: Sequence[str] = ()) -> None:
    """Build sidecars, compare the answers, time cold maps, report."""
    rows: list[Row] = []
    for case in _cases():
        with own_cache() as folder:
            start = time.perf_counter()
            place = _built(folder, case)
            spent = (time.perf_counter() - start) * 1e3
            rows.append(Row(f"{case.name}: building it", Spread.of([spent])))
            rows += [_row(case, place, host) for host in HOSTS]
    report("sidecar", "a map from a sidecar, cold, 1 GiB: ours / in order, ms", rows)


def _cases() -> Iterator[Case]:
    for layout in (Layout("contiguous"), Layout("positions", "gzip")):
        layout.make()
        brief = ul.USIDataset(layout.path, MAIN).brief()
        yield Case(layout.name, brief, (0,), (("Energy", BINS),))
    brief = ul.PlainArray(stack(), STACK).brief()
    maps = zip(DIMS[2:], SHAPE[2:], strict=True)
    yield Case("array of 4 axes", brief, (0, 1), tuple(maps))


def _built(folder: Folder, case: Case) -> Path:
    keys = [axis.key for axis in case.brief.layout.axes]
    return build(folder, case.brief.file, case.brief.path, keys, case.inner)


@contextmanager
def _reader(case: Case, host: str) -> Iterator[Reader | RemoteReader]:
    """Give what reads in a script, or in the reader process of viewers."""
    if host == "script":
        yield case.brief.reader()
        return
    process = ReaderProcess()
    try:
        if not process.comes_up():
            msg = "the reader process does not come up"
            raise RuntimeError(msg)
        yield RemoteReader(process, case.brief)
    finally:
        process.close()


def _row(case: Case, sidecar: Path, host: str) -> Row:
    """Time pairs: a map, and reading as many bytes of the sidecar in order."""
    ours: list[float] = []
    floor: list[float] = []
    size = SIDE * SIDE * 4
    first, *wanted = [place.energy for place in islice(places(BINS), PAIRS + 1)]
    with _reader(case, host) as reader:
        _compare(case, reader.read(case.selection(first)), first)
        for number in wanted:
            read = partial(reader.read, case.selection(number))
            least = partial(residency.read, sidecar, number * size, size)
            ours.append(_timed(case, sidecar, read))
            floor.append(_timed(case, sidecar, least))
    found = ratio(ours, floor)
    verdict = "met" if found.median <= _LIMIT else "MISSED"
    note = f"<= {_LIMIT:g} {verdict}; in order {Spread.of(floor).median:.1f} ms"
    return Row(f"{case.name}, {host}", Spread.of(ours), found, note)


def _compare(case: Case, ours: NDArray[np.generic], number: int) -> None:
    if not np.array_equal(ours, case.truth(number)):
        raise AssertionError(f"{case.name}: the answers differ")


def _timed(case: Case, sidecar: Path, call: Callable[[], object]) -> float:
    """Milliseconds of a call, neither file being in the page cache."""
    for path in (case.brief.file, sidecar):
        if not residency.evict(path):
            raise RuntimeError(f"{path.name} stays in the page cache: void")
    gc.collect()
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3
