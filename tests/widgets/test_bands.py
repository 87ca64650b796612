"""Means over a band, reduced where the values are, equal those of what is read."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.widgets import bands
from usid_lab.widgets.viewer import Viewer


@pytest.fixture
def reduced(monkeypatch):
    """Reduce the smallest bands too; count what was reduced."""
    monkeypatch.setattr(bands, "FEWEST", 0)
    made = []
    means = bands._means

    def counted(found):
        made.append(found.shape)
        return means(found)

    monkeypatch.setattr(bands, "_means", counted)
    return made


def both(viewer, view):
    """The map by way of a reduction, and by reading."""
    found = viewer.frame("map", view)
    least, bands.FEWEST = bands.FEWEST, 1 << 62
    read = viewer.frame("map", view)
    bands.FEWEST = least
    return found, read


@pytest.mark.parametrize("far", [False, True])
def test_means_and_counts(spectra_file, spectra, reduced, far):
    with h5py.File(spectra_file, "r+") as file:
        data = file["/Measurement_000/Channel_000/Raw_Data"]
        data[3, 4], data[5, 6], data[9] = np.nan, np.inf, np.nan
    process = ReaderProcess() if far else None
    viewer = Viewer(lambda: ul.open(spectra_file), process=process)
    view = viewer.open(None).dataset.view
    assert process is None or process.comes_up()
    for swapped in (False, True):
        axes = {"x": view.y, "y": view.x} if swapped else {}
        for band in ((2, 9), (0, 11), (5, 5)):
            found, read = both(viewer, replace(view, band=band, **axes))
            np.testing.assert_allclose(found.map, read.map, rtol=1e-6)
            assert found.valid == read.valid
            assert found.title == read.title
    assert len(reduced) == 6
    if process is not None:
        process.close()


def test_phases_and_components_are_read(write, reduced):
    axis = (np.arange(6) * 1e-6, "m")
    values = np.random.default_rng(1).normal(size=(6, 6, 20)).astype("c8")
    path = write(values, {"Y": axis, "X": axis}, {"Bias": (np.arange(20.0), "V")})
    viewer = Viewer(lambda: ul.open(path))
    view = viewer.open(None).dataset.view
    frame = viewer.frame("map", replace(view, band=(2, 9)))
    expected = np.abs(values[:, :, 2:10]).mean(axis=-1)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-6)
    assert not reduced


def test_what_is_damaged_is_read_around(tmp_path, reduced):
    axis = (np.arange(8) * 1e-6, "m")
    path = tmp_path / "a.h5"
    made = ul.create(
        path, np.ones((8, 8, 16)), quantity="Current", units="nA",
        position={"Y": axis, "X": axis}, spectroscopic={"Bias": (np.arange(16.0), "V")},
        chunks=(8, 16), compression=1,
    )  # fmt: skip
    with h5py.File(path) as file:
        place = file[made.path].id.get_chunk_info(2).byte_offset
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\xff" * 8)
    viewer = Viewer(lambda: ul.open(path))
    view = viewer.open(None).dataset.view
    frame = viewer.frame("map", replace(view, band=(2, 9)))
    assert frame.damage.chunks == 1
    assert np.isnan(frame.map[2]).all()
    assert np.isfinite(frame.map).sum() == 56
    assert not reduced
