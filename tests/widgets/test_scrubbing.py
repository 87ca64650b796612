"""A sidecar is built for who moves through a large dataset, and for nobody else."""

from dataclasses import replace

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.sidecars import states
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.widgets import scrubbing
from usid_lab.widgets.scrubbing import Scrubbing
from usid_lab.widgets.session import Session
from usid_lab.widgets.viewer import Viewer


class Building:
    """Takes note of what it is to build."""

    def __init__(self):
        self.asked = []
        self.stopped = 0

    def start(self, brief):
        self.asked.append(brief.path)

    def stop(self):
        self.stopped += 1


@pytest.fixture
def scan(write):
    data = np.random.default_rng(0).random((12, 10, 30))
    return write(
        data,
        {"Y": (np.arange(12.0), "m"), "X": (np.arange(10.0), "m")},
        {"Bias": (np.arange(30.0), "V")},
    )


@pytest.fixture
def large(monkeypatch, tmp_path):
    """Any dataset counts as large, and the cache is empty."""
    monkeypatch.setattr(scrubbing, "MAX_RESIDENT", 0)
    monkeypatch.setenv("USID_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("USID_LAB_SIDECARS", raising=False)


@pytest.fixture
def watched(scan):
    """A viewer, the view in which it opens, and what it has built."""
    viewer = Viewer(lambda: ul.open(scan))
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    return viewer, viewer.open(None).dataset.view, building


def show(viewer, view, steps, slot="map"):
    for step in steps:
        viewer.frame(slot, replace(view, index=dict(view.index) | {"Bias": step}))


def test_several_maps_of_a_large_dataset_begin_it(large, watched):
    viewer, view, building = watched
    first = view.index["Bias"]
    steps = [step for step in range(6) if step != first]
    show(viewer, view, steps[:2])
    show(viewer, view, steps[:2])
    assert not building.asked
    show(viewer, view, steps[2:4])
    assert set(building.asked) == {view.dataset}


def test_bands_count_too(large, watched):
    viewer, view, building = watched
    for last in range(5, 9):
        viewer.frame("map", replace(view, band=(2, last)))
    assert building.asked


def test_a_small_dataset_needs_none(watched):
    viewer, view, building = watched
    show(viewer, view, range(10))
    assert not building.asked


def test_neither_curves_nor_other_cursors_begin_it(large, watched):
    viewer, view, building = watched
    show(viewer, view, range(10), slot="curve")
    for step in range(10):
        viewer.frame("map", replace(view, index=dict(view.index) | {"Y": step}))
    assert not building.asked


def test_who_switches_it_off_has_none(large, watched, monkeypatch):
    viewer, view, building = watched
    monkeypatch.setenv("USID_LAB_SIDECARS", "off")
    show(viewer, view, range(10))
    assert not building.asked


def test_a_detectors_picture_needs_none(large, write):
    """Its pixels lie beside each other already."""
    data = np.random.default_rng(0).random((5, 20, 9, 8))
    path = write(
        data,
        {"Y": (np.arange(5.0), "m"), "X": (np.arange(20.0), "m")},
        {"Qy": (np.arange(9.0), "1/m"), "Qx": (np.arange(8.0), "1/m")},
    )
    viewer = Viewer(lambda: ul.open(path))
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    view = viewer.open(None).dataset.view
    view = replace(view, x="Qx", y="Qy", curve=None, band=None)
    for step in range(10):
        viewer.frame("map", replace(view, index=dict(view.index) | {"X": step}))
    assert not building.asked


def test_closing_ends_it(large, watched):
    viewer, view, building = watched
    session = Session(viewer, lambda *_: None)
    show(viewer, view, range(6))
    session.close()
    assert building.stopped == 1
    asked = len(building.asked)
    show(viewer, view, range(6, 12))
    assert len(building.asked) == asked


def test_it_is_built_and_then_used(large, scan, monkeypatch):
    monkeypatch.setattr(states, "_SETTLED", 0)
    viewer = Viewer(lambda: ul.open(scan))
    view = viewer.open(None).dataset.view
    show(viewer, view, range(6))
    assert viewer._scrubbing._builder.wait(60)
    (place,) = Folder.of_user().files()
    place.touch()
    data = ul.open(scan).main_datasets[0].read()
    for step in (3, 29):
        shown = replace(view, index=dict(view.index) | {"Bias": step})
        found = viewer.frame("map", shown).map
        np.testing.assert_array_equal(found, data[..., step].astype("f4"))
    assert place.exists()
    viewer.close()
