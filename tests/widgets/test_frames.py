"""Frames: their numbers are numpy's."""

from dataclasses import replace

import numpy as np
import pytest

from usid_lab.errors import ViewError
from usid_lab.reading import Stopped
from usid_lab.widgets import maps
from usid_lab.widgets.subject import Watch


def axis(size, units="m", step=1e-6):
    return np.arange(size) * step, units


def moved(view, **index):
    return replace(view, index=dict(view.index) | index)


@pytest.fixture
def shown(viewer, spectra_file):
    known = viewer(spectra_file)
    return known, known.open(None).dataset.view


@pytest.mark.parametrize("cycle", [0, 1])
@pytest.mark.parametrize("bias", [0, 7, 11])
def test_a_map_is_the_slice_at_the_marker(shown, spectra, cycle, bias):
    viewer, view = shown
    frame = viewer.frame("map", moved(view, Cycle=cycle, Bias=bias))
    assert frame.map.dtype == np.float32
    np.testing.assert_array_equal(frame.map, spectra[:, :, cycle, bias])


@pytest.mark.parametrize("cycle", [0, 1])
@pytest.mark.parametrize(("y", "x"), [(0, 0), (5, 6), (3, 2)])
def test_a_curve_is_the_spectrum_at_the_cursor(shown, spectra, cycle, y, x):
    viewer, view = shown
    frame = viewer.frame("curve", moved(view, Y=y, X=x, Cycle=cycle))
    np.testing.assert_array_equal(frame.curve, spectra[y, x, cycle][None])
    assert frame.curve_names is None


@pytest.mark.parametrize("band", [(0, 11), (3, 3), (2, 8)])
def test_a_band_is_the_mean(shown, spectra, band):
    viewer, view = shown
    frame = viewer.frame("map", replace(view, band=band))
    part = spectra[:, :, 0, band[0] : band[1] + 1].astype("f8")
    np.testing.assert_allclose(frame.map, part.mean(axis=-1), rtol=1e-6)
    assert frame.valid == part.size


def test_a_wide_band_is_read_in_blocks(shown, spectra, monkeypatch):
    viewer, view = shown
    monkeypatch.setattr(maps, "_BLOCK_BYTES", 100)
    told = []
    frame = viewer.frame("map", replace(view, band=(1, 9)), Watch(progress=told.append))
    expected = spectra[:, :, 0, 1:10].astype("f8").mean(axis=-1)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-6)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({}, "at 0.4 V"),
        ({"band": (1, 2)}, "mean of -0.8 to -0.6 V"),
        ({"band": (6, 8)}, "mean of 0.2-0.6 V"),
    ],
)
def test_titles_say_which(shown, change, title):
    viewer, view = shown
    assert viewer.frame("map", replace(view, **change)).title == title


def test_x_is_horizontal_whatever_the_order(viewer, write):
    data = np.random.default_rng(0).normal(size=(5, 4)).astype("f4")
    path = write(data, {"X": axis(5), "Y": axis(4)})
    opened = viewer(path).open(None)
    np.testing.assert_array_equal(opened.map.map, data.T)


def test_an_overlay_is_a_family(shown, spectra):
    viewer, view = shown
    frame = viewer.frame("curve", replace(moved(view, Y=1, X=2), overlay="Cycle"))
    np.testing.assert_array_equal(frame.curve, spectra[1, 2])
    assert frame.curve_names == ("Cycle 0", "Cycle 1")


def test_an_overlay_that_is_faster_than_the_curve(viewer, write):
    data = np.random.default_rng(0).normal(size=(3, 12, 4)).astype("f4")
    path = write(
        data,
        {"X": axis(3)},
        {"Bias": axis(12, "V", 0.5), "Field": (np.arange(4) * 2.5, "V")},
    )
    known = viewer(path)
    view = replace(known.open(None).dataset.view, overlay="Field")
    frame = known.frame("curve", moved(view, X=2))
    np.testing.assert_array_equal(frame.curve, data[2].T)
    assert frame.curve_names[1] == "Field 2.5 V"


def test_a_position_curve_image(viewer, write):
    data = np.random.default_rng(0).normal(size=(9, 20)).astype("f4")
    opened = viewer(write(data, {"Y": axis(9)}, {"Bias": axis(20, "V")})).open(None)
    view = opened.dataset.view
    assert (view.x, view.y, view.curve) == ("Bias", "Y", "Bias")
    np.testing.assert_array_equal(opened.map.map, data)
    np.testing.assert_array_equal(opened.curve.curve, data[view.index["Y"]][None])


def test_means_leave_nan_out(viewer, write):
    data = np.random.default_rng(2).normal(size=(3, 4, 10))
    data[0, 0, :5] = np.nan
    data[2, 3] = np.nan
    path = write(data, {"Y": axis(3), "X": axis(4)}, {"Bias": axis(10, "V")})
    known = viewer(path)
    view = replace(known.open(None).dataset.view, band=(0, 9))
    frame = known.frame("map", view)
    assert np.isnan(frame.map[2, 3])
    np.testing.assert_allclose(frame.map[0, 0], data[0, 0, 5:].mean(), rtol=1e-6)
    assert frame.valid == np.isfinite(data).sum()


def test_complex_means(viewer, write):
    data = (np.ones((2, 3, 8)) * np.exp(1j * np.pi * 0.99)).astype("c8")
    data[..., ::2] = np.exp(-1j * np.pi * 0.97)
    path = write(data, {"Y": axis(2), "X": axis(3)}, {"F": axis(8, "Hz", 1e3)})
    known = viewer(path)
    view = replace(known.open(None).dataset.view, band=(0, 7))
    frame = known.frame("map", view)
    np.testing.assert_allclose(frame.map, 1, rtol=1e-5)
    assert frame.title == "mean |z| of 0-7 kHz"
    phase = known.frame("map", replace(view, component="phase"))
    np.testing.assert_allclose(np.abs(phase.map), np.pi * 0.99, rtol=1e-3)
    assert phase.title == "circular mean of 0-7 kHz"
    real = known.frame("map", replace(view, component="real"))
    np.testing.assert_allclose(real.map, data.real.mean(axis=-1), rtol=1e-5)


def test_labels_are_never_averaged(viewer, write):
    data = np.random.default_rng(0).integers(0, 5, (3, 4, 9)).astype("u4")
    path = write(
        data,
        {"Y": axis(3), "X": axis(4)},
        {"Step": axis(9, "s", 1)},
        quantity="Cluster labels",
    )
    known = viewer(path)
    view = replace(known.open(None).dataset.view, band=(2, 6))
    frame = known.frame("map", view)
    np.testing.assert_array_equal(frame.map, data[..., 4])
    assert (frame.title, frame.valid) == ("at 4 s", None)


def test_compound_fields(viewer, write):
    dtype = np.dtype([("Amplitude [V]", "f4"), ("Phase [rad]", "f4")])
    rng = np.random.default_rng(3)
    data = np.zeros((3, 4, 16), dtype)
    for name in dtype.names:
        data[name] = rng.uniform(0, 3, data.shape)
    path = write(data, {"Y": axis(3), "X": axis(4)}, {"DC_Offset": axis(16, "V", 1)})
    known = viewer(path)
    opened = known.open(None)
    view = opened.dataset.view
    assert view.component == "Amplitude·cos(Phase)"
    loop = data["Amplitude [V]"] * np.cos(data["Phase [rad]"])
    marker = view.index["DC_Offset"]
    np.testing.assert_allclose(opened.map.map, loop[..., marker], rtol=1e-5)
    phase = known.frame("map", replace(view, component="Phase [rad]"))
    np.testing.assert_array_equal(phase.map, data["Phase [rad]"][..., marker])


def test_compound_without_a_curve_is_a_table(viewer, write):
    dtype = np.dtype([("Peak [V]", "f8"), ("Area", "f8")])
    data = np.zeros((2, 3), dtype)
    data["Peak [V]"], data["Area"] = 2.5e-3, 17
    opened = viewer(write(data, {"Y": axis(2), "X": axis(3)})).open(None)
    rows = [(row.label, row.value, row.units) for row in opened.curve.table]
    assert rows == [("Peak", "2.5", "mV"), ("Area", "17", "")]
    assert opened.map.map.shape == (2, 3)


def test_short_axes_are_a_table(viewer, write):
    data = np.arange(18.0).reshape(2, 3, 3)
    path = write(
        data, {"Y": axis(2), "X": axis(3)}, {"Frequency": (300 + 15e0 * UM3, "kHz")}
    )
    known = viewer(path)
    frame = known.frame("curve", moved(known.open(None).dataset.view, Y=1, X=0))
    rows = [(row.label, row.value) for row in frame.table]
    assert rows == [
        ("Frequency 300 kHz", "9"),
        ("Frequency 315 kHz", "10"),
        ("Frequency 330 kHz", "11"),
    ]


UM3 = np.arange(3)


def test_an_image_has_neither_curve_nor_table(viewer, write):
    opened = viewer(write(np.ones((4, 5)), {"Y": axis(4), "X": axis(5)})).open(None)
    assert opened.curve is None


def test_a_force_curve_has_no_map(viewer, write):
    z = np.concatenate([np.linspace(5, 1, 40), np.linspace(1, 5, 40)])
    data = np.random.default_rng(0).normal(size=80)
    path = write(data, None, {"Z": (z * 1e-6, "m")})
    opened = viewer(path).open(None)
    assert opened.map is None
    [dim] = [dim for dim in opened.dataset.dims if dim.name == "Z"]
    assert not dim.monotonic
    np.testing.assert_allclose(opened.curve.curve[0], data, rtol=1e-6)


def test_scattered_points(viewer, write):
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 1e-6, (2, 50))
    data = rng.normal(size=(50, 20)).astype("f4")
    path = write(
        data, {"Y": (y, "m"), "X": (x, "m")}, {"Bias": axis(20, "V")}, points=True
    )
    known = viewer(path)
    opened = known.open(None)
    dataset, view = opened.dataset, opened.dataset.view
    assert (view.x, view.y, view.curve) == (None, None, "Bias")
    np.testing.assert_allclose(dataset.points.x, x, rtol=1e-6)
    np.testing.assert_allclose(dataset.points.y, y, rtol=1e-6)
    np.testing.assert_array_equal(opened.map.map, data[:, view.index["Bias"]])
    point = view.index[dataset.points.dim]
    np.testing.assert_array_equal(opened.curve.curve[0], data[point])
    assert np.hypot(x - 5e-7, y - 5e-7).argmin() == point
    band = known.frame("map", replace(view, band=(2, 5)))
    np.testing.assert_allclose(band.map, data[:, 2:6].mean(axis=1), rtol=1e-5)


def test_rows_out_of_order_are_put_in_their_places(viewer, write):
    data = np.random.default_rng(6).normal(size=(4, 5, 10)).astype("f4")
    rows = np.arange(20).reshape(4, 5)
    rows[1::2] = rows[1::2, ::-1]
    path = write(
        data,
        {"Y": axis(4), "X": axis(5)},
        {"Bias": axis(10, "V")},
        row_order=rows.ravel(),
    )
    opened = viewer(path).open(None)
    bias = opened.dataset.view.index["Bias"]
    np.testing.assert_array_equal(opened.map.map, data[..., bias])
    assert [badge.text for badge in opened.dataset.badges] == ["rows out of order"]


def test_big_endian_and_integers(viewer, write):
    data = np.arange(24).reshape(2, 3, 4).astype(">i2")
    opened = viewer(write(data, {"Y": axis(2), "X": axis(3)}, {"a": axis(4)})).open(
        None
    )
    index = opened.dataset.view.index["a"]
    np.testing.assert_array_equal(opened.map.map, data[..., index])


def test_values_beyond_float32_are_infinite_and_quiet(viewer, write):
    data = np.full((2, 3), 1e300)
    opened = viewer(write(data, {"Y": axis(2), "X": axis(3)})).open(None)
    assert np.isinf(opened.map.map).all()


def test_a_view_that_does_not_fit_is_refused(shown):
    viewer, view = shown
    for wrong in (
        moved(view, X=7),
        moved(view, Other=0),
        replace(view, component="phase"),
        replace(view, band=(0, 12)),
    ):
        with pytest.raises(ViewError, match="does not fit"):
            viewer.frame("map", wrong)


def test_a_read_can_be_stopped(shown):
    viewer, view = shown
    with pytest.raises(Stopped):
        viewer.frame("map", moved(view, Bias=1), Watch(stop=lambda: True))


def test_points_that_nobody_could_see_are_refused(viewer, write, monkeypatch):
    y, x = np.random.default_rng(4).uniform(0, 1e-6, (2, 50))
    data = np.ones((50, 20), "f4")
    sides = {"Y": (y, "m"), "X": (x, "m")}
    known = viewer(write(data, sides, {"Bias": axis(20, "V")}, points=True))
    view = known.open(None).dataset.view
    monkeypatch.setattr(maps, "MOST_POINTS", 49)
    with pytest.raises(ViewError, match="more scattered positions"):
        known.frame("map", moved(view, Bias=1))


def test_in_memory_the_numbers_are_the_same(shown, spectra):
    viewer, view = shown
    viewer.keep_near(view.dataset)
    frame = viewer.frame("map", moved(view, Bias=3, Cycle=1), Watch(stop=lambda: True))
    np.testing.assert_array_equal(frame.map, spectra[:, :, 1, 3])
