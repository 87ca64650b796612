"""What tests of analysis share."""

import sys

import pytest

import usid_lab as ul
from usid_lab import analysis
from usid_lab.processing.executors import workers


@pytest.fixture(scope="session", autouse=True)
def no_workers_left():
    """End the workers that wait for the next run."""
    yield
    workers.dismiss()


@pytest.fixture
def without_numba(monkeypatch):
    """Be on a machine that has no numba."""
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in ("compiled", "compiledmodels"):
        monkeypatch.delitem(sys.modules, f"usid_lab.analysis.{name}", raising=False)
        monkeypatch.delattr(analysis, name, raising=False)


@pytest.fixture
def sample(tmp_path):
    """Write a small sample; gives its first dataset."""

    def sample(name):
        path = getattr(ul.samples, name)(tmp_path / f"{name}.h5", "small")
        return ul.open(path).main_datasets[0]

    return sample
