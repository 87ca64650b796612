"""What tests of the ledger share."""

import numpy as np
import pytest
from known_runs import job_of
from saving_fixtures import way

import usid_lab as ul

__all__ = ["way"]


@pytest.fixture
def dataset(tmp_path):
    """A Main dataset of 6 x 8 positions and 5 steps, in a file of its own."""
    folder = tmp_path / "scans"
    folder.mkdir()
    data = np.random.default_rng(3).normal(size=(6, 8, 5)).astype("f4")
    return ul.create(
        folder / "scan.h5",
        data,
        quantity="Current",
        units="nA",
        position={"Y": (np.arange(6.0), "um"), "X": (np.arange(8.0), "um")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 5), "V")},
    )


@pytest.fixture
def job(dataset):
    """A run over it, with two outputs, of which one is compound."""
    return job_of(dataset)
