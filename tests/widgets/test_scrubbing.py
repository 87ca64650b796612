"""A sidecar is built for who moves through a large dataset, and for nobody else."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.sidecars import states
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.reading.sidecars.sidecar import Sidecar
from usid_lab.widgets import scrubbing
from usid_lab.widgets.scrubbing import Scrubbing
from usid_lab.widgets.session import Session
from usid_lab.widgets.viewer import Viewer


class Building:
    """Takes note of what it is to build."""

    def __init__(self):
        self.asked = []
        self.inner = []
        self.stopped = 0

    def start(self, brief, inner):
        self.asked.append(brief.path)
        self.inner.append(inner)

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


@pytest.fixture
def stack(tmp_path):
    """A plain array (y, x, cycle, energy), its values, and a view as (y, x)."""
    path = tmp_path / "stack.h5"
    data = np.random.default_rng(0).random((16, 12, 3, 20), dtype=np.float32)
    with h5py.File(path, "w") as file:
        file["stack"] = data
        for number, name in enumerate(("y", "x", "cycle", "energy")):
            file["stack"].dims[number].label = name
    viewer = Viewer(lambda: ul.open(path))
    view = viewer.open(None).dataset.view
    view = replace(view, x="x", y="y", curve="energy", band=None)
    return viewer, view, data


def moved(view, **index):
    return replace(view, index=dict(view.index) | index)


def test_maps_of_a_plain_array_begin_it_too(large, stack):
    viewer, view, _ = stack
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    for cycle, energy in ((0, 3), (0, 4), (1, 4)):
        viewer.frame("map", moved(view, cycle=cycle, energy=energy))
    assert not building.asked
    viewer.frame("map", moved(view, cycle=2, energy=4))
    assert building.asked == ["/stack"]
    assert building.inner == [(0, 1)]


def test_maps_of_a_plain_array_whose_values_lie_together_need_none(large, stack):
    viewer, view, _ = stack
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    view = replace(view, x="energy", y="cycle", curve=None)
    for x in range(8):
        viewer.frame("map", moved(view, x=x))
    assert not building.asked


def test_each_kind_of_map_has_a_copy_of_its_own(large, stack):
    viewer, view, _ = stack
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    across = replace(view, x="energy", y="x", curve="y")
    for n in range(4):
        viewer.frame("map", moved(view, energy=n))
        viewer.frame("map", moved(across, y=n))
    assert building.inner == [(0, 1), (1, 3)]


def test_the_copy_of_a_plain_array_is_built_and_then_used(large, stack, monkeypatch):
    monkeypatch.setattr(states, "_SETTLED", 0)
    viewer, view, data = stack
    for energy in range(6):
        viewer.frame("map", moved(view, energy=energy))
    assert viewer._scrubbing._builder.wait(60)
    (place,) = Folder.of_user().files()
    served = []
    fetch = Sidecar.fetch
    monkeypatch.setattr(
        Sidecar, "fetch", lambda self, *a: served.append(self.path) or fetch(self, *a)
    )
    for cycle, energy in ((0, 19), (2, 7)):
        found = viewer.frame("map", moved(view, cycle=cycle, energy=energy)).map
        np.testing.assert_array_equal(found, data[:, :, cycle, energy])
    assert served == [place, place]
    viewer.close()


@pytest.mark.parametrize(("chunks", "builds"), [(None, False), ((10, 16, 12), True)])
def test_a_stack_of_pictures_has_one_where_chunks_hold_many(
    large, tmp_path, chunks, builds
):
    path = tmp_path / "stack.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((30, 16, 12), "f4"), chunks=chunks)
    viewer = Viewer(lambda: ul.open(path))
    building = Building()
    viewer._scrubbing = Scrubbing(building)
    view = viewer.open(None).dataset.view
    time, y, x = ul.open(path).array("/x").dims
    view = replace(view, x=x, y=y, curve=time, band=None)
    for n in range(6):
        viewer.frame("map", moved(view, **{time: n}))
    assert set(building.inner) == ({(1, 2)} if builds else set())
