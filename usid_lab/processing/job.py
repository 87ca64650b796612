"""All that a run is to do, decided before it begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from usid_lab.dataset import USIDataset
from usid_lab.processing.executors.executor import Executor
from usid_lab.processing.ledger.facts import Facts
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.plan import Plan
from usid_lab.processing.task import Task


@dataclass(frozen=True, eq=False)
class Job:
    """What a run is to do.

    Attributes
    ----------
    name : str
        Of the process.
    sources : sequence of USIDataset
        What it reads.
    plan : Plan
        Its places.
    task : Task
        What is computed.
    record : RunRecord
        By which it is known.
    executor : callable
        Makes who computes, when the run begins.
    most : int or None
        Places of a block at most.
    override : bool
        Compute anew what was computed already.
    path : Path or None
        The file that takes the results, resolved.
    facts : Facts
        What is written beside them.
    """

    name: str
    sources: Sequence[USIDataset]
    plan: Plan
    task: Task
    record: RunRecord
    executor: Callable[[], Executor]
    most: int | None = None
    override: bool = False
    path: Path | None = None
    facts: Facts = field(default_factory=Facts)
