"""Processes: beside the ideal, a plain loop, and a task for every position."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import psutil

import usid_lab as ul
from benchmarks.report import Row, report
from benchmarks.statistics import Spread, ratio
from usid_lab.processing.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 9
_POINTS = 256
_CHEAP = 3 << 19  # positions; 1.5 GB: two seconds and more
_MANY = 1 << 17  # positions; 128 MB
_FITS = 4096  # positions: two seconds and more
_LIMIT_MB = 600
_BUSY = 0.1  # of the processor, by others: then processor time decides, not the wall


def fit(block: Any) -> Any:
    """Fit a Lorentzian to each spectrum: scipy's loop, as people write it."""
    from scipy.optimize import least_squares

    x = np.linspace(-1, 1, block.shape[1])
    found = np.empty(len(block), "f4")
    for number, y in enumerate(block):

        def miss(p: Any, y: Any = y) -> Any:
            return p[0] / (1 + ((x - p[1]) / p[2]) ** 2) - y

        found[number] = least_squares(miss, (1.0, 0.0, 0.3), method="lm").x[1]
    return found


def spectrum(block: Any) -> Any:
    """Power at the strongest frequency: cheap, by numpy."""
    return (np.abs(np.fft.rfft(block, axis=1)) ** 2).max(axis=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a call took: seconds on the wall and of the processor, and what others took.

    Attributes
    ----------
    wall, cpu : float
        Seconds; the processor's with those of all workers.
    others : float
        Part of the whole processor that other programs had.
    """

    wall: float
    cpu: float
    others: float


def taken(call: Callable[[], object]) -> Taken:
    """Call something, and say what it took."""
    mine, system, wall = _cpu(), psutil.cpu_times(), time.perf_counter()
    call()
    wall = time.perf_counter() - wall
    used = _cpu() - mine
    now = psutil.cpu_times()
    idle = sum(getattr(now, n, 0) - getattr(system, n, 0) for n in ("idle", "iowait"))
    cores = psutil.cpu_count() or 1
    others = max(0.0, 1 - (idle + used) / (wall * cores))
    return Taken(wall, used, others)


def _cpu() -> float:
    own = psutil.Process()
    total = sum(own.cpu_times()[:2])
    for child in own.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.Error:
            continue
    return float(total)


def _dataset(folder: str, positions: int) -> ul.USIDataset:
    rng = np.random.default_rng(1)
    x = np.linspace(-1, 1, _POINTS)
    centre = rng.uniform(-0.5, 0.5, (positions, 1)).astype("f4")
    data = 1 / (1 + ((x.astype("f4") - centre) / 0.2) ** 2)
    data += np.float32(0.02) * rng.standard_normal(data.shape, "f4")
    path = Path(folder, f"{positions}.h5")
    place = {"X": (np.arange(positions), "m")}
    steps = {"Bias": (x, "V")}
    return ul.create(
        path, data, quantity="Current", units="nA", position=place, spectroscopic=steps
    )


def _process(d: ul.USIDataset, function: Callable[..., Any]) -> ul.Process:
    outputs = {"Found": {"quantity": "Found"}}
    return ul.process(d, function, name="Bench", outputs=outputs)


def _plain(process: ul.Process, share: Span | None = None) -> Any:
    """Compute block by block in this process, as a loop does; nothing is kept."""
    task, plan = process.task(), process.plan
    whole = share or Span(0, plan.count)
    found = np.empty(len(whole), "f4")
    step = 16 * plan.batch
    for start in range(whole.start, whole.stop, step):
        span = Span(start, min(start + step, whole.stop))
        place = slice(span.start - whole.start, span.stop - whole.start)
        found[place] = task.compute(span).arrays["Found"]
    return found


def _ours(process: ul.Process, path: Path) -> Any:
    path.unlink(missing_ok=True)
    run = process.compute(override=True, path=path)
    return run.results[0].read().ravel()


def _compared(
    label: str, ours: Callable[[], Any], other: Callable[[], Any], pairs: int
) -> tuple[list[Taken], list[Taken]]:
    if not np.array_equal(ours(), other()):
        raise AssertionError(f"{label}: the answers differ")
    mine: list[Taken] = []
    theirs: list[Taken] = []
    for number in range(pairs):
        turns = [(mine, ours), (theirs, other)]
        for kept, call in turns if number % 2 else reversed(turns):
            kept.append(taken(call))
    return mine, theirs


def _row(
    label: str,
    mine: list[Taken],
    theirs: list[Taken],
    limit: float | None,
    share: float = 1.0,
) -> Row:
    """One line; `share` is the part of the other's time that would be ideal."""
    walls = [[one.wall for one in some] for some in (mine, theirs)]
    found = ratio(walls[0], [share * wall for wall in walls[1]])
    cpu = ratio([one.cpu for one in mine], [one.cpu for one in theirs])
    others = float(np.median([one.others for one in (*mine, *theirs)]))
    note = f"cpu {cpu.median:.2f}, others {others:.0%}"
    if limit is not None:
        busy = share < 1 and others > _BUSY
        figure, most = (cpu.median, 1.1) if busy else (found.median, limit)
        what = "cpu" if busy else "wall"
        verdict = "met" if figure <= most else "MISSED"
        note = f"{what} <= {most:.3g} {verdict}; {note}"
    return Row(label, Spread.of([1e3 * wall for wall in walls[0]]), found, note)


def _fits(folder: str, pairs: int) -> Row:
    process = _process(_dataset(folder, _FITS), fit)
    path = Path(folder, "fits.results.h5")
    about = lambda: _ours(process, path), lambda: _plain(process)
    mine, plain = _compared("fits", *about, pairs)
    cores = process.cores
    return _row(f"fits, ideal: plain / {cores}", mine, plain, 1 / 0.88, 1 / cores)


def _shares(folder: str, pairs: int) -> Row:
    """Loops in as many processes as there are cores: what this machine can reach."""
    process = _process(_dataset(folder, _FITS), fit)
    source, path = str(Path(folder, f"{_FITS}.h5")), Path(folder, "fits.results.h5")
    cores, batches = process.cores, process.plan.count // process.plan.batch
    ends = [n * batches // cores * process.plan.batch for n in range(cores)]
    spans = list(map(Span, ends, [*ends[1:], process.plan.count]))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:

        def loops() -> Any:
            return np.concatenate(list(pool.map(_share, [source] * cores, spans)))

        mine, others = _compared("shares", lambda: _ours(process, path), loops, pairs)
    return _row(f"fits, plain on {cores} cores at once", mine, others, None)


def _share(path: str, span: Span) -> Any:
    return _plain(_process(ul.open(path).main_datasets[0], fit), span)


def _cheap(folder: str, pairs: int) -> Row:
    process = _process(_dataset(folder, _CHEAP), spectrum)
    path = Path(folder, "cheap.results.h5")
    written = Path(folder, "plain.h5")

    def plainly() -> Any:
        found = _plain(process)
        with h5py.File(written, "w") as file:
            file["Found"] = found
        with written.open("rb+") as stream:
            os.fsync(stream.fileno())
        return found

    mine, plain = _compared("cheap", lambda: _ours(process, path), plainly, pairs)
    return _row("cheap, plain loop that writes", mine, plain, 1.1)


def _checkpoints(folder: str, pairs: int) -> Row:
    """Ten seconds of work that is kept, and the same that is thrown away."""
    process = _process(_dataset(folder, 1000), _slowly)
    path = Path(folder, "kept.results.h5")

    def kept() -> Any:
        path.unlink(missing_ok=True)
        run = process.compute(override=True, path=path, executor="serial")
        return run.results[0].read().ravel()

    mine, plain = _compared("kept", kept, lambda: _plain(process), pairs)
    return _row("10 s with checkpoints, without", mine, plain, 1.05)


def _slowly(block: Any) -> Any:
    """Ten milliseconds an item, whoever else uses the processor."""
    time.sleep(0.01 * len(block))
    return block.mean(axis=1)


def _each(folder: str) -> Row:
    """Give joblib a task for every position, as pyUSID does."""
    from joblib import Parallel, delayed

    process = _process(_dataset(folder, _FITS + 1), fit)
    path = Path(folder, "each.results.h5")
    values = process.sources[0].read()

    def theirs() -> Any:
        calls = (delayed(fit)(row[None]) for row in values)
        return np.concatenate(Parallel(n_jobs=process.cores)(calls))

    mine, others = _compared("each", lambda: _ours(process, path), theirs, 3)
    return _row("fits, joblib for each position", mine, others, None)


def _memory(folder: str) -> Row:
    """Most memory of a program of its own and its workers, against its limit."""
    _dataset(folder, _MANY)
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    args = (str(Path(folder, f"{_MANY}.h5")), sender)
    program = context.Process(target=_peak, args=args)
    program.start()
    sender.close()
    most = receiver.recv()
    program.join()
    share = most / _LIMIT_MB
    note = f"<= 1.1 {'met' if share <= 1.1 else 'MISSED'}; MB of {_LIMIT_MB}"
    return Row("peak memory, limit", Spread.of([most]), Spread.of([share]), note)


def _peak(path: str, sender: Any) -> None:
    d = ul.open(path).main_datasets[0]
    outputs = {"Same": {"dims": ("Bias",)}}
    process = ul.process(d, _copied, name="Copy", outputs=outputs, max_mem_mb=_LIMIT_MB)
    most, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            most[0] = max(most[0], _resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.compute(override=True, executor="pool")
    ended.set()
    watcher.join()
    sender.send(most[0])


def _copied(block: Any) -> Any:
    """Give back as much as was given."""
    return 2 * block


def _resident() -> float:
    own = psutil.Process(os.getpid())
    total = 0
    for one in (own, *own.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue
    return total / 2**20


def run(options: list[str] | None = None) -> None:
    """Compare; ``--quick`` takes three pairs of each, ``--only fits memory`` a part."""
    given = options or []
    pairs = 3 if "--quick" in given else PAIRS
    parts: dict[str, Callable[[str], Row]] = {
        "fits": lambda folder: _fits(folder, pairs),
        "shares": lambda folder: _shares(folder, pairs),
        "cheap": lambda folder: _cheap(folder, pairs),
        "checkpoints": lambda folder: _checkpoints(folder, max(1, pairs // 3)),
        "each": _each,
        "memory": _memory,
    }
    named = given[given.index("--only") + 1 :] if "--only" in given else list(parts)
    wanted = [name for name in named if name != "--quick"]
    rows = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(parts[name](folder))
            print(rows[-1], flush=True)
    title = f"Processes (ms; ratio to what is named; {os.cpu_count()} cores)"
    report("process", title, rows)
