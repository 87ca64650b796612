"""Functions of blocks that worker processes import."""

import os
import signal
import time
from pathlib import Path

import numpy as np

import usid_lab as ul


def mean(block):
    """Mean of each item."""
    return block.reshape(len(block), -1).mean(axis=1)


def slow_mean(block, seconds):
    """The same, so many seconds an item later; no processor is needed."""
    time.sleep(seconds * len(block))
    return mean(block)


def whose(block, seconds=0.0):
    """Tell which process computes, so many seconds an item later."""
    time.sleep(seconds * len(block))
    return np.full(len(block), os.getpid())


_loaded = []


def whose_after_loading(block):
    """Tell the same, at once but for the first call."""
    if not _loaded:
        time.sleep(0.5)
        _loaded.append(True)
    return whose(block)


def for_ever(block, marker):
    """Never return, and hold Python's lock."""
    Path(marker).touch()
    while True:
        sum(range(100))


def asleep(block, marker):
    """Never return, in C."""
    Path(marker).touch()
    time.sleep(3600)


def failing(block, limit):
    """Raise for an item that begins with more than a limit."""
    if (block[:, 0] > limit).any():
        raise ValueError("too much")
    return mean(block)


def printing(block):
    """Print while it computes."""
    print("what a function says")  # noqa: T201
    return mean(block)


def dying_once(block, marker):
    """Kill the worker, unless that was done already."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return mean(block)


def dying_at(block, limit):
    """Kill the worker at items that begin with more than a limit."""
    if (block[:, 0] > limit).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return mean(block)


def hungry(block, megabytes):
    """Take much memory for a moment."""
    taken = np.ones(megabytes << 17)
    time.sleep(0.3)
    return mean(block) + 0 * taken[0]


def twice(block):
    """As much as was given."""
    time.sleep(1e-4 * len(block))
    return 2 * block


class Scaled(ul.Process):
    """Sums and greatest values of spectra."""

    sees = ("Frequency",)

    def outputs(self):
        """Two of them."""
        return {"Sum": {"quantity": "Sum", "units": "nA"}, "Most": ul.Output("Most")}

    def function(self, block):
        """Sum and greatest value, scaled."""
        time.sleep(self.parameters.get("seconds", 0) * len(block))
        scale = self.parameters["scale"]
        return scale * block.sum(1), scale * block.max(1)


def compute_mean(path):
    """Compute something with workers."""
    d = ul.open(path).main_datasets[0]
    outputs = {"R": {}}
    ul.process(d, mean, name="Mean", outputs=outputs).compute(executor="pool")
