"""Layouts x operations, warm and cold, in scripts and for viewers, beside h5py.

All who answer a question are asked in turn, at another place in every round; who is
first alternates. Each has places of its own: HDF5 keeps decoded chunks of a file for
all who have it open in a process. Warm files are in the page cache before and after;
cold ones are dropped from it before every single call, and a residency check confirms
it, or the cell is void.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from itertools import islice
from typing import TYPE_CHECKING

import h5py

from benchmarks import hosts, inflate, residency
from benchmarks.cache import own_cache
from benchmarks.goals import floor_goal, goal, is_slower
from benchmarks.layouts import BINS, LAYOUTS, MAIN, Layout
from benchmarks.operations import OPERATIONS, Operation, Place, places
from benchmarks.report import FOLDER
from benchmarks.statistics import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PAIRS = 9
_WARM_UP = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the matrix: ours beside a peer or a floor, in milliseconds."""

    layout: str
    operation: str
    state: str
    host: str
    peer: str
    ours: Spread
    theirs: Spread
    ratio: Spread
    goal: str
    slower: bool

    def __str__(self) -> str:
        name = f"{self.layout}, {self.operation}, {self.state}, {self.host}/{self.peer}"
        times = f"{self.ours.median:.3g} / {self.theirs.median:.3g} ms"
        share = (
            f"{self.ratio.median:.3f} [{self.ratio.lower:.3f}-{self.ratio.upper:.3f}]"
        )
        verdict = "FAIL slower " if self.slower else ""
        return f"  {name:52} {times:22} {share:22} {verdict}{self.goal}".rstrip()


@dataclass(slots=True)
class Asked:
    """Somebody who answers, and how long that took: milliseconds for one place."""

    name: str
    answer: Callable[[Place], object]
    before: Callable[[], object] = lambda: None
    times: list[float] = field(default_factory=list)

    def take(self, wanted: Sequence[Place]) -> None:
        """Time one sample."""
        start = time.perf_counter()
        for place in wanted:
            self.answer(place)
        self.times.append((time.perf_counter() - start) / len(wanted) * 1e3)


class Void(Exception):  # noqa: N818
    """The file was not in the state that the cell is about."""


def run(arguments: Sequence[str] = ()) -> None:
    """Write the files, compare the answers, time, report.

    Parameters
    ----------
    arguments : sequence of str
        Options: which part of the matrix; ``--help`` says more.
    """
    asked = _options().parse_args(arguments)
    # What is in the cache folder of whoever measures is none of these files'.
    with own_cache():
        figures = _measured(asked)
    print(*_table(figures), "", sep="\n", flush=True)


def _measured(asked: argparse.Namespace) -> list[Figure]:
    figures: list[Figure] = []
    for layout in _chosen(asked):
        layout.make()
        for state in asked.state:
            for figure in _layout(layout, state, asked):
                print(figure, flush=True)
                figures.append(figure)
                _keep(figures, asked)
    return figures


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser("python -m benchmarks matrix")
    names = ", ".join(layout.name for layout in LAYOUTS)
    add = options.add_argument
    add("--layout", nargs="+", default=["*"], help=f"{names}, or patterns of them")
    add("--op", nargs="+", choices=[one.name for one in OPERATIONS])
    add("--host", nargs="+", choices=hosts.HOSTS, default=list(hosts.HOSTS))
    add("--warm", dest="state", action="store_const", const=["warm"])
    add("--cold", dest="state", action="store_const", const=["cold"])
    add("--pairs", type=int, default=PAIRS)
    add("--bins", type=int, default=BINS, help="energies; 4096 make 1 GiB")
    add("--name", default="matrix", help="of the JSON file in benchmarks/results")
    options.set_defaults(state=["warm", "cold"])
    return options


def _chosen(asked: argparse.Namespace) -> Iterator[Layout]:
    for layout in LAYOUTS:
        if any(fnmatch(layout.name, pattern) for pattern in asked.layout):
            yield Layout(layout.kind, layout.filter, bins=asked.bins)


def _keep(figures: Sequence[Figure], asked: argparse.Namespace) -> None:
    """Keep what there is so far: a long run may be cut short."""
    FOLDER.mkdir(exist_ok=True)
    kept = [asdict(figure) for figure in figures]
    about = {"pairs": asked.pairs, "bins": asked.bins, "figures": kept}
    (FOLDER / f"{asked.name}.json").write_text(json.dumps(about, indent=1))


# ---- measuring ----------------------------------------------------------


def _layout(layout: Layout, state: str, asked: argparse.Namespace) -> Iterator[Figure]:
    for operation in OPERATIONS:
        if asked.op and operation.name not in asked.op:
            continue
        named = [name for name in asked.host if name in operation.hosts]
        if not named or (operation.name == "first map" and state == "cold"):
            continue
        try:
            yield from _cell(layout, operation, state, named, asked.pairs)
        except Void as why:
            print(f"  {layout.name}, {operation.name}, {state}: void, {why}")


def _cell(
    layout: Layout, operation: Operation, state: str, named: list[str], pairs: int
) -> Iterator[Figure]:
    """Ask all of them in turn."""
    opened = {name: hosts.HOSTS[name](layout.path, MAIN) for name in named}
    try:
        with h5py.File(layout.path, "r") as file:
            everybody = list(_everybody(layout, operation, opened, file[MAIN]))
            if state == "cold":
                _rest_before(everybody, list(opened.values()), layout.path)
            _rounds(layout, operation, state, everybody, pairs)
    finally:
        for host in opened.values():
            host.close()
    yield from _figures(layout, operation, state, everybody)


def _everybody(
    layout: Layout,
    operation: Operation,
    opened: dict[str, hosts.Host],
    stored: h5py.Dataset,
) -> Iterator[Asked]:
    yield Asked("h5py", lambda place: operation.theirs(stored, place))
    for name, host in opened.items():
        before = host.renew if operation.name == "first map" else lambda: None
        yield Asked(name, _asking(operation, host), before)
    least = inflate.floor(layout.path, stored) if operation.name == "mean" else None
    if least is not None:
        yield Asked("floor", lambda _: least())


def _rest_before(
    everybody: Sequence[Asked], opened: Sequence[hosts.Host], path: Path
) -> None:
    """Before each call all let go of the file: mapped pages stay in the cache.

    Who finds the file in the cache might map it again at once.
    """

    def rest() -> None:
        for host in opened:
            host.leave()
        residency.evict(path)
        for host in opened:
            host.renew()

    for one in everybody:
        one.before = rest


def _asking(operation: Operation, host: hosts.Host) -> Callable[[Place], object]:
    return lambda place: operation.ours(host, place)


def _rounds(
    layout: Layout,
    operation: Operation,
    state: str,
    everybody: Sequence[Asked],
    pairs: int,
) -> None:
    where = [
        places(layout.bins, who, steps=operation.steps) for who in range(len(everybody))
    ]
    _load(layout)
    _compare(operation, everybody, next(where[0]))
    repeats = operation.repeats if state == "warm" else 1
    for number in range(pairs):
        asking = list(zip(everybody, where, strict=True))
        turn = number % len(everybody)
        for one, mine in (*asking[turn:], *asking[:turn]):
            wanted = list(islice(mine, repeats))
            one.before()
            _prepare(layout, state)
            gc.collect()
            one.take(wanted)
    if state == "warm" and residency.resident(layout.path) < residency.WARM:
        raise Void("the file has left the page cache")


def _compare(operation: Operation, everybody: Sequence[Asked], place: Place) -> None:
    """Compare all answers, before anything is timed; this opens files as well."""
    theirs = everybody[0].answer(place)
    for one in everybody[1:]:
        answer = one.answer(place)
        if one.name != "floor" and not operation.same(answer, theirs):
            raise AssertionError(f"{operation.name}, {one.name}: the answers differ")


def _load(layout: Layout) -> None:
    if not residency.load(layout.path):
        raise Void("the file does not stay in the page cache")


def _prepare(layout: Layout, state: str) -> None:
    """Bring the file into its state; a system that is short of memory may drop it."""
    if state == "warm":
        _load(layout)
    elif not residency.evict(layout.path):
        share = residency.resident(layout.path)
        raise Void(f"{share:.1%} stay in the page cache")


# ---- reporting ----------------------------------------------------------


def _figures(
    layout: Layout, operation: Operation, state: str, everybody: Sequence[Asked]
) -> Iterator[Figure]:
    times = {one.name: one.times for one in everybody}
    for host in hosts.HOSTS:
        for peer in ("h5py", "floor"):
            if host not in times or peer not in times:
                continue
            found = ratio(times[host], times[peer])
            promised = (
                goal(layout, operation.name, host, state)
                if peer == "h5py"
                else floor_goal(layout)
            )
            yield Figure(
                layout.name,
                operation.name,
                state,
                host,
                peer,
                Spread.of(times[host]),
                Spread.of(times[peer]),
                found,
                promised.verdict(found) if promised else "",
                peer == "h5py" and is_slower(operation.name, found),
            )


def _table(figures: Sequence[Figure]) -> Iterator[str]:
    """One line for each layout, state and host; ratios ours / theirs."""
    columns = [(one.name, "h5py") for one in OPERATIONS] + [("mean", "floor")]
    yield "ours / theirs: * misses its goal, ! slower than h5py"
    heads = [name if peer == "h5py" else f"{name}/{peer}" for name, peer in columns]
    yield f"{'':34}" + "".join(f"{head:>12}" for head in heads)
    lines: dict[tuple[str, str, str], dict[tuple[str, str], str]] = {}
    for one in figures:
        cells = lines.setdefault((one.layout, one.state, one.host), {})
        cells[one.operation, one.peer] = _short(one)
    for (layout, state, host), cells in lines.items():
        row = "".join(f"{cells.get(column, '-'):>12}" for column in columns)
        yield f"{f'{layout}, {state}, {host}':34}{row}"


def _short(figure: Figure) -> str:
    marks = "!" * figure.slower + "*" * figure.goal.endswith("MISSED")
    return f"{figure.ratio.median:.3g}{marks}"
