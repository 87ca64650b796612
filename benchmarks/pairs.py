"""Ours and a floor, timed in turn."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.report import Row
from benchmarks.statistics import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 11


@dataclass(frozen=True, slots=True)
class Case:
    """Two ways to the same answer, and by how much ours may be slower.

    Attributes
    ----------
    label : str
        What is timed.
    ours, floor : callable
        Give the answer; what they give is compared once, before anything is timed.
    limit : float
        The ratio that is promised.
    same : callable
        Whether two answers are equal.
    before : callable
        Called before each of them, untimed.
    repeats : int
        How often each is called for one sample.
    """

    label: str
    ours: Callable[[], Any]
    floor: Callable[[], Any]
    limit: float
    same: Callable[[Any, Any], bool]
    before: Callable[[], object] = lambda: None
    repeats: int = 1


@dataclass(slots=True)
class Samples:
    """Microseconds of one call, on the wall and of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, case: Case, call: Callable[[], object]) -> None:
        """Time one sample."""
        case.before()
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(case.repeats):
            call()
        self.cpu.append((time.process_time() - cpu) / case.repeats * 1e6)
        self.wall.append((time.perf_counter() - wall) / case.repeats * 1e6)


def measure(case: Case, pairs: int = PAIRS) -> Row:
    """Compare the answers, then time both in turn.

    Parameters
    ----------
    case : Case
        What is timed.
    pairs : int, optional
        How many samples of each; which of the two comes first alternates.

    Returns
    -------
    Row
        Microseconds on the wall, their ratio; that of processor time in the note.
    """
    case.before()
    if not case.same(case.ours(), case.floor()):
        raise AssertionError(f"{case.label}: the answers differ")
    ours, floor = Samples(), Samples()
    for number in range(pairs):
        turn = [(ours, case.ours), (floor, case.floor)]
        for samples, call in turn if number % 2 else reversed(turn):
            samples.take(case, call)
    return row(case.label, ours, floor, case.limit)


def row(label: str, ours: Samples, floor: Samples, limit: float | None) -> Row:
    """One line: the times, their ratio on the wall, and whether it is in its limit."""
    found, cpu = ratio(ours.wall, floor.wall), ratio(ours.cpu, floor.cpu)
    verdict = "no limit"
    if limit is not None:
        verdict = f"<= {limit:g} {'met' if found.median <= limit else 'MISSED'}"
    note = f"{verdict}; cpu {cpu.median:.2f}"
    return Row(label, Spread.of(ours.wall), found, note)
