import pickle

import numpy as np
import pytest

import usid_lab as ul


@pytest.fixture
def line(tmp_path):
    return ul.create(
        tmp_path / "line.h5",
        np.arange(6.0).reshape(2, 3),
        quantity="Current",
        units="nA",
        position={"X": ([0.0, 1.0], "m")},
        spectroscopic={"Bias": ([0.0, 1.0, 2.0], "V")},
    )


class Peak(ul.Process):
    outputs = {"Peak": {"quantity": "Current", "units": "nA"}}  # noqa: RUF012

    def function(self, block):
        return block.max(axis=1)


def test_a_process_says_what_it_is_of(line):
    assert repr(Peak(line)) == "<Process Peak of Raw_Data in line.h5>"


def test_what_a_worker_has_knows_no_dataset(line):
    held = Peak(line).__getstate__()
    assert held["sources"] == ()
    copied = Peak.__new__(Peak)
    copied.__dict__.update(pickle.loads(pickle.dumps(held)))
    assert repr(copied) == "<Process Peak, as a worker has it>"
    assert [one.name for one in copied.seen] == ["Bias"]
    assert copied.function(np.array([[1.0, 3.0, 2.0]])).tolist() == [3.0]
