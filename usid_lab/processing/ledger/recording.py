"""Results enter the file: all of a run in one commit."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.dataset import USIDataset
from usid_lab.errors import DamagedDataError
from usid_lab.processing.ledger.facts import Facts
from usid_lab.processing.ledger.failures import Failures
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.plan import Plan
from usid_lab.processing.source import Source
from usid_lab.processing.span import Span
from usid_lab.reading.stopping import Stop, Stopped
from usid_lab.storage.commit.destination import choose
from usid_lab.storage.commit.saving import Pause
from usid_lab.storage.datasets import Empty
from usid_lab.storage.finishedruns import SHAPES
from usid_lab.storage.results import ForeignSource
from usid_lab.storage.status import COMPLETED, LAST
from usid_lab.storage.writer import FileWriter

Array = NDArray[np.generic]

_MARKS = 1 << 20  # positions that are marked as done at a time


def record_results(
    ledger: Ledger,
    plan: Plan,
    facts: Facts,
    path: Path | None = None,
    stop: Stop = lambda: False,
) -> list[USIDataset]:
    """Write all results of a run into a file, and throw away what was kept.

    Parameters
    ----------
    ledger : Ledger
        With nothing left to compute.
    plan : Plan
        Where results stand.
    facts : Facts
        What is written beside them.
    path : Path, optional
        The file that takes them, resolved; by default that of the first source, or a
        file of results where that cannot be written.
    stop : callable, optional
        Asked now and then whether to give it up.

    Returns
    -------
    list of USIDataset
        One for each output, in a group ``<source>-<tool>_NNN``.

    Raises
    ------
    ChangedFileError
        A source is another one by now.
    DamagedDataError
        Something that was kept is damaged, or missing; :meth:`Ledger.left` tells
        what is to be computed again.
    WriteError
        The file could not be written, and is as it was. All that was kept is still
        there.
    Stopped
        It was given up; the file is as it was, and all that was kept is still there.
    """
    for source in ledger.record.sources:
        source.check()
    if left := ledger.left():
        text = "Some results are not there. Start the run again to compute them."
        raise DamagedDataError(text, f"place {left[0].start}; {ledger.folder}")
    target = path or choose(ledger.record.sources[0].file, ledger.nbytes).path
    pause = _pausing(stop, target)
    try:
        with FileWriter(target, extend=True, pause=pause) as writer:
            group = _write(writer, ledger, plan, facts, pause)
    except DamagedDataError:
        ledger.verify()  # the rest too, so that one more attempt is enough
        raise
    found = [f"{group}/{output.name}" for output in plan.outputs]
    results = [USIDataset.written(writer.path, one) for one in found]
    ledger.discard()
    return results


def _pausing(stop: Stop, file: Path) -> Pause:
    def pause(_: float) -> None:
        if stop():
            raise Stopped(str(file))

    return pause


def _write(
    writer: FileWriter, ledger: Ledger, plan: Plan, facts: Facts, pause: Pause
) -> str:
    record, failures = ledger.record, Failures(ledger.record.count)
    sources = _sources(writer.path, record)
    group = writer.results(sources, record.tool, facts.attributes(record))
    for name, array in facts.arrays():
        writer.array(f"{group}/{name}", array)
    shapes = {}
    for output in plan.outputs:
        made, shape = _main(writer, group, plan, output), [0, 0]
        for span, values in _values(ledger, output):
            pause(0.0)
            failures.add(output, span.start, values)
            for rows, columns, table in plan.placed(output.name, span, values):
                writer.fill(made, (rows, columns), table)
                shape = [max(shape[0], rows.stop), max(shape[1], columns.stop)]
        shapes[output.name] = shape
    _mark(writer, group, record.sources[0])
    writer.attributes(group, {SHAPES: json.dumps(shapes), **failures.attributes})
    return group


def _values(ledger: Ledger, output: Resolved) -> Iterator[tuple[Span, Array]]:
    """Give all places one after the other, as they lie in shards."""
    start = 0
    for shard in ledger.shards.spans():
        if shard.start <= start < shard.stop:
            values = ledger.shards.read(output, shard)
            yield Span(start, shard.stop), values[start - shard.start :]
            start = shard.stop


def _sources(file: Path, record: RunRecord) -> list[str | ForeignSource]:
    return [
        source.path if source.file == file else ForeignSource(source.file, source.path)
        for source in record.sources
    ]


def _main(writer: FileWriter, group: str, plan: Plan, output: Resolved) -> str:
    position, spectroscopic = plan.sides(output.name, writer.path)
    return writer.main(
        group,
        output.name,
        None,
        dtype=output.dtype,
        quantity=output.quantity,
        units=output.units,
        position=position,
        spectroscopic=spectroscopic,
    )


def _mark(writer: FileWriter, group: str, source: Source) -> None:
    """Say that all positions are done, as pyUSID's people read it."""
    count = source.layout.stored_shape[0]
    status = f"{group}/{COMPLETED}"
    writer.array(status, Empty((count,), np.dtype(np.uint8)), compression="gzip")
    for start in range(0, count, _MARKS):
        part = slice(start, min(start + _MARKS, count))
        writer.fill(status, part, np.ones(part.stop - start, np.uint8))
    writer.attributes(group, {LAST: count})
