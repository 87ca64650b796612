"""How long a run will take, from its first places."""

import time
from dataclasses import dataclass

from usid_lab.processing.memory import WORKER_BYTES, Shares
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task

_TRIAL = 0.5  # seconds of trying
_WORTH = 1.0  # seconds of work for which workers are asked


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take.

    Attributes
    ----------
    places : int
        How many places there are.
    seconds_per_place : float
        Of one worker.
    workers : int
        How many would compute: 1 where this process does.
    seconds : float
        On this machine, if nobody else uses it.
    memory_mb : float
        For blocks and workers, in MB (2**20 bytes), beside what this process has.
    """

    places: int
    seconds_per_place: float
    workers: int
    seconds: float
    memory_mb: float

    def __str__(self) -> str:
        return (
            f"{self.places} places, about {self.seconds:.3g} s with {self.workers} "
            f"{'worker' if self.workers == 1 else 'workers'}, {self.memory_mb:.0f} MB"
        )


def estimated(task: Task, divided: Shares) -> Estimate:
    """Compute some places, and reckon.

    Parameters
    ----------
    task : Task
        What is to be done.
    divided : Shares
        Workers and memory.

    Returns
    -------
    Estimate
    """
    plan = task.plan
    pace, end = float("inf"), time.perf_counter() + _TRIAL
    length = plan.batch
    # Twice at least: the first time it also loads what it needs.
    for attempt in range(8):
        block = task.compute(Span(0, min(length, plan.count)))
        pace = min(pace, block.seconds / len(block.span))
        if time.perf_counter() > end and attempt:
            break
        if block.seconds < _TRIAL / 8:
            length = min(8 * length, plan.count // plan.batch * plan.batch)
    whole = pace * plan.count
    workers = max(1, divided.workers) if whole > _WORTH else 1
    window = max(divided.window, plan.batch * plan.place_bytes)
    own = workers * WORKER_BYTES if workers > 1 else 0
    memory = (own + (workers + 1) * 3 * window) / 2**20
    return Estimate(plan.count, pace, workers, whole / workers, memory)
