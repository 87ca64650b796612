"""How a limit of memory is divided, and held by real processes."""

import os
import subprocess
import sys

import numpy as np
import psutil
import pytest

import usid_lab as ul
from usid_lab.errors import ArgumentError
from usid_lab.processing.memory import resident, shares
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan

SCRIPT = r"""
import sys
import usid_lab as ul

def doubled(block):
    return 2 * block

if __name__ == "__main__":
    d = ul.open(sys.argv[1]).main_datasets[0]
    process = ul.process(d, doubled, name="Doubled", max_mem_mb=float(sys.argv[2]),
                         outputs={"Doubled": {"dims": ("Bias",)}})
    run = process.compute(executor=sys.argv[3], path=sys.argv[4])
    print(run.state)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A dataset of 160 MB."""
    path = tmp_path_factory.mktemp("large") / "large.h5"
    data = np.random.default_rng(1).normal(size=(200, 200, 1024)).astype("f4")
    place = {"Y": (range(200), "m"), "X": (range(200), "m")}
    steps = {"Bias": (range(1024), "V")}
    about = {"quantity": "Current", "units": "nA"}
    return ul.create(path, data, position=place, spectroscopic=steps, **about)


def peak_of(program):
    """Most memory that a program and its workers have together, in bytes."""
    most = 0
    while program.poll() is None:
        try:
            own = psutil.Process(program.pid)
            family = [own.pid, *(c.pid for c in own.children(recursive=True))]
        except psutil.Error:
            break
        most = max(most, resident(family))
    return most


@pytest.mark.parametrize(("limit", "executor"), [(400, "pool"), (250, "serial")])
def test_the_limit_is_held_by_all_processes_together(large, tmp_path, limit, executor):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    asked = [str(large.file_path), str(limit), executor, str(tmp_path / "o.results.h5")]
    program = subprocess.Popen(
        [sys.executable, str(script), *asked], stdout=subprocess.PIPE, text=True
    )
    most = peak_of(program)
    told, _ = program.communicate(timeout=60)
    assert told.strip() == "done"
    assert most <= 1.1 * limit * 2**20


def test_a_limit_leaves_out_workers_before_it_is_too_low(spectra):
    _, dataset = spectra(sizes=(16, 16, 3, 5))
    plan = make_plan([dataset], None, declared({"Sum": {}}))
    own = resident([os.getpid()]) / 2**20
    assert shares(plan, 4, own + 1000).workers == 4
    assert shares(plan, 4, own + 400).workers == 3
    assert shares(plan, 4, own + 200).workers == 0
    with pytest.raises(ArgumentError, match="is not enough"):
        shares(plan, 4, own - 1)
    few, many = shares(plan, 4, own + 200), shares(plan, 2, own + 4000)
    assert few.window <= many.window
    assert few.most <= many.most
    assert shares(plan, 4, None).limit > own * 2**20


def test_processes_that_are_gone_take_nothing():
    assert resident([2**22 + 1]) == 0
    assert resident([os.getpid()]) > 10 << 20
