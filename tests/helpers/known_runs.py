"""Runs of which the answers are known, to be kept and recorded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import usid_lab as ul
from usid_lab.processing.block import Block
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import Plan, make_plan
from usid_lab.processing.span import Span

FIT = np.dtype([("Amplitude [V]", "f4"), ("Response", "c16"), ("Failed", "u1")])
OUTPUTS = {
    "Fit": {"quantity": "Fit", "units": "", "dtype": FIT},
    "Shape": {"quantity": "Current", "units": "nA", "dims": ("Bias",)},
}


@dataclass
class Job:
    """A run with known answers."""

    dataset: ul.USIDataset
    plan: Plan
    record: RunRecord
    truth: dict[str, NDArray]

    def block(self, start: int, stop: int) -> Block:
        arrays = {name: array[start:stop].copy() for name, array in self.truth.items()}
        return Block(Span(start, stop), arrays, 0.1)

    def begin(self, **options) -> Ledger:
        return Ledger.begin(self.record, **options)

    def fill(self, ledger: Ledger, step: int = 7) -> None:
        for span in ledger.left():
            for start in range(span.start, span.stop, step):
                ledger.put(self.block(start, min(start + step, span.stop)))


def job_of(dataset: ul.USIDataset, outputs=None, **parameters) -> Job:
    plan = make_plan([dataset], None, declared(outputs or OUTPUTS))
    sources = [item.source for item in plan.items]
    about = sources, plan.outputs, plan.count, plan.batch
    record = RunRecord.of("Peak", "1.0", parameters or {"width": 3}, *about)
    rng = np.random.default_rng(5)
    truth = {}
    for output in plan.outputs:
        shape = (plan.count, *output.shape)
        raw = rng.integers(0, 255, (*shape, output.dtype.itemsize), np.uint8)
        if output.dtype.names:
            truth[output.name] = np.zeros(shape, output.dtype)
            for field in output.dtype.names:
                truth[output.name][field] = rng.integers(1, 99, shape)
        else:
            truth[output.name] = raw.sum(axis=-1).astype(output.dtype)
    return Job(dataset, plan, record, truth)


def names_in(folder) -> list[str]:
    """Names of what lies in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())
