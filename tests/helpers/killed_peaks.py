"""A run that is killed: python killed_peaks.py FILE (copying|appending)."""

import sys
from pathlib import Path

import numpy as np

import usid_lab as ul
from usid_lab.errors import UsidError
from usid_lab.processing.definition import Process
from usid_lab.processing.executors.local import LocalExecutor
from usid_lab.storage.commit import disk, strategy

RAW = "/Measurement_000/Channel_000/Raw_Data"
SHAPE = (18, 20, 16)
SAID = 3  # exit status of a program that was told so in a sentence
WAYS = {"copying": 1 << 30, "appending": 0}


class Peaks(Process):
    """Two outputs: one compound, one with the steps; twelve blocks."""

    version = "1"
    batch = 30
    outputs = {  # noqa: RUF012
        "Peak": {"dtype": [("Height", "f4"), ("Where", "i2"), ("Phase", "c8")]},
        "Spectrum": {"units": "nA", "dims": ("Bias",), "dtype": "f8"},
    }

    def function(self, block):
        found = np.zeros(len(block), self.outputs["Peak"]["dtype"])
        found["Height"] = block.max(axis=1) * self.parameters["scale"]
        found["Where"] = block.argmax(axis=1)
        found["Phase"] = block[:, 0] + 1j * block[:, 1]
        return {"Peak": found, "Spectrum": np.sort(block, axis=1)}


def make_scan(path):
    """Write the file."""
    values = np.random.default_rng(11).normal(size=SHAPE).astype("f4")
    dims = {"Y": (np.arange(18.0), "um"), "X": (np.arange(20.0), "um")}
    steps = {"Bias": (np.linspace(-1, 1, 16), "V")}
    about = {"quantity": "Current", "units": "nA"}
    ul.create(path, values, position=dims, spectroscopic=steps, **about)


def compute(path):
    """Run it, a block for each batch; returns the run."""
    executor = LocalExecutor(1, "serial", None)
    executor.seconds = (0.0, 0.0)
    return Peaks(ul.USIDataset(path, RAW), scale=2.0).compute(executor=executor)


def save_by(way):
    """Let results enter files by a copy, or where they lie."""
    strategy.CHEAP = WAYS[way]
    strategy.can_clone = lambda _: False
    disk.PIECE = 1 << 15


if __name__ == "__main__":
    # Not as __main__: the same class in every process is the same tool.
    import killed_peaks

    killed_peaks.save_by(sys.argv[2])
    try:
        killed_peaks.compute(Path(sys.argv[1]))
    except UsidError:
        sys.exit(SAID)
