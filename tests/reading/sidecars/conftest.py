"""Sidecars in folders of their own, built here and now."""

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.sidecars import states
from usid_lab.reading.sidecars.building import build
from usid_lab.reading.sidecars.folder import Folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of this test's user."""
    monkeypatch.setenv("USID_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("USID_LAB_SIDECARS", raising=False)
    return Folder.of_user()


@pytest.fixture
def at_once(monkeypatch):
    """Do not wait until a file that was written just now is old enough."""
    monkeypatch.setattr(states, "_SETTLED", 0.0)


@pytest.fixture
def scan(write):
    """A file of 12 x 10 spectra of 40 steps, and its values."""
    data = np.random.default_rng(3).random((12, 10, 40), dtype=np.float32)
    path = write(
        data,
        {"Y": (np.arange(12.0), "m"), "X": (np.arange(10.0), "m")},
        {"V": (np.arange(40.0), "V")},
        chunks=False,
        compression=None,
    )
    return path, data


@pytest.fixture
def built(folder, at_once):
    """Build the sidecar of the first Main dataset of a file."""

    def built(path):
        brief = ul.open(path).main_datasets[0].brief()
        keys = [axis.key for axis in brief.layout.axes]
        return build(folder, brief.file, brief.path, keys)

    return built


@pytest.fixture
def fetched(monkeypatch):
    """What sidecars were asked for, in this test."""
    from usid_lab.reading.sidecars.sidecar import Sidecar

    asked = []
    fetch = Sidecar.fetch

    def spy(self, runs, *rest):
        asked.append(runs)
        return fetch(self, runs, *rest)

    monkeypatch.setattr(Sidecar, "fetch", spy)
    return asked
