"""What kernel and reader process hold together while everything is asked of a file.

Private and shared memory count (the proportional share, so that what both hold counts
once); pages of mapped files are the system's cache and are told apart. What is handed
to the caller is taken off.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.hosts import HOSTS, Host, Viewer
from benchmarks.layouts import MAIN, Layout
from benchmarks.operations import OPERATIONS, Operation, places
from benchmarks.report import Row, report
from benchmarks.statistics import Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BINS = 9216  # 2.25 GiB
LAYOUTS = (
    Layout("contiguous", bins=BINS),
    Layout("positions", bins=BINS),
    Layout("positions", "gzip", bins=BINS),
    Layout("squares", "gzip", bins=BINS),
    Layout("automatic", "lzf", bins=BINS),
)
MOST = 256.0
_EVERY = 0.005
_TIMES = 4
_COUNTED = ("Pss_Anon:", "Pss_Shmem:")


def run(arguments: Sequence[str] = ()) -> None:
    """Write the files; weigh each layout and host in a fresh process; report.

    Parameters
    ----------
    arguments : sequence of str
        Options; ``--one LAYOUT HOST`` weighs in this very process.
    """
    options = argparse.ArgumentParser("python -m benchmarks memory")
    options.add_argument("--layout", choices=[one.name for one in LAYOUTS])
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = options.parse_args(arguments)
    if asked.one:
        _weigh(*asked.one)
        return
    rows = []
    for layout in LAYOUTS:
        if asked.layout in (None, layout.name):
            layout.make()
            for host in HOSTS:
                rows.append(_in_process(layout, host))
                print(rows[-1], flush=True)  # each takes its time
    title = "most private and shared memory beyond results, 2.25 GiB files, MB"
    report("memory", title, rows)


def _in_process(layout: Layout, host: str) -> Row:
    command = [sys.executable, "-m", "benchmarks", "memory", "--one", layout.name, host]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    *lines, files = done.stdout.splitlines()
    grown = [float(line.split()[0]) for line in lines]
    worst = max(lines, key=lambda line: float(line.split()[0]))
    verdict = "met" if max(grown) <= MOST else "MISSED"
    note = f"worst: {worst}; <= {MOST:g} {verdict}; mapped pages {files}"
    return Row(f"{layout.name}, {host}", Spread.of(grown), note=note)


def _weigh(name: str, host: str) -> None:
    """Print a line for each operation: how much it grew beyond its result."""
    layout = next(one for one in LAYOUTS if one.name == name)
    opened = HOSTS[host](layout.path, MAIN)
    scale = Scale([os.getpid()])
    if isinstance(opened, Viewer) and opened.process.pid:
        scale.processes.append(opened.process.pid)
    with scale.running():
        for operation in OPERATIONS:
            if host in operation.hosts and operation.name != "first map":
                grown = _grown(scale, operation, opened)
                print(f"{grown:.1f} {operation.name}")
    print(f"{scale.files:.0f}")
    opened.close()


def _grown(scale: Scale, operation: Operation, host: Host) -> float:
    """Ask some times; megabytes beyond the start and the result, at the worst."""
    worst = 0.0
    for place in islice(places(BINS, steps=operation.steps), _TIMES):
        scale.most = 0.0
        result = operation.ours(host, place)
        scale.look()
        worst = max(worst, scale.most - result.nbytes / 2**20)
        del result
    return worst - scale.before


@dataclass(slots=True)
class Scale:
    """Weighs processes together, again and again, in a thread of its own.

    Attributes
    ----------
    processes : list of int
        Their numbers.
    before, most, files : float
        Megabytes: at the beginning, since `most` was set to 0, of mapped files.
    """

    processes: list[int]
    before: float = 0.0
    most: float = 0.0
    files: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Weigh until the end of the block."""
        self.look()
        self.before = self.most
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()

    def look(self) -> None:
        """Weigh once."""
        weights = [_weight(process) for process in self.processes]
        counted, files = np.sum(weights, axis=0)
        self.most = max(self.most, float(counted))
        self.files = max(self.files, float(files))

    def _run(self) -> None:
        while not self._done.wait(_EVERY):
            self.look()


def _weight(process: int) -> tuple[float, float]:
    """Private and shared megabytes, and those of mapped files."""
    counted = files = 0.0
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        name, *rest = line.split()
        if name in _COUNTED:
            counted += int(rest[0]) / 1024
        elif name == "Pss_File:":
            files = int(rest[0]) / 1024
    return counted, files
