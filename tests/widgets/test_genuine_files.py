"""The first screens of files from real instruments."""

import h5py
import numpy as np
import pytest

FILES = [
    "AFM_Force_Curve.h5",
    "AFM_Force_Curve_3channels.h5",
    "BEPS_written_by_BGlib.h5",
    "SingFreqPFM_0003.h5",
    "chip_from_gwyddion.h5",
    "simulated_STEM_Image.h5",
    "sparse_sampling.h5",
]


@pytest.fixture
def opened(genuine, viewer):
    def opened(name):
        return viewer(genuine / name).open(None)

    return opened


@pytest.mark.parametrize("name", FILES)
def test_it_opens(opened, name):
    assert opened(name).dataset is not None


def test_pfm(opened, genuine, viewer):
    first = opened("SingFreqPFM_0003.h5")
    dataset = first.dataset
    assert [channel.label for channel in dataset.channels] == [
        "HeightRetrace",
        "AmplitudeRetrace",
        "DeflectionRetrace",
        "PhaseRetrace",
    ]
    assert (dataset.view.x, dataset.view.y, dataset.view.curve) == ("X", "Y", None)
    assert dataset.y_up
    assert first.curve is None
    with h5py.File(genuine / "SingFreqPFM_0003.h5") as file:
        raw = file["Measurement_000/Channel_000/Raw_Data"][:, 0].reshape(128, 128)
    np.testing.assert_array_equal(first.map.map, raw)
    phase = viewer(genuine / "SingFreqPFM_0003.h5").describe(dataset.channels[3].path)
    assert phase.components[0].period == 360
    texts = [badge.text for badge in phase.badges]
    assert texts == ["the file says m; the values look like degrees"]


def test_beps(opened, genuine):
    first = opened("BEPS_written_by_BGlib.h5")
    view = first.dataset.view
    assert view.dataset == "/Measurement_000/Channel_000/Raw_Data"
    assert (view.x, view.y, view.curve, view.component) == (
        "X",
        "Y",
        "Frequency",
        "amplitude",
    )
    assert 315e3 < 300e3 + view.index["Frequency"] * 1351.35 < 326e3
    with h5py.File(genuine / "BEPS_written_by_BGlib.h5") as file:
        raw = file[view.dataset][()].reshape(13, 13, 2, 16, 37)
    at = [view.index[dim] for dim in ("Field", "DC_Offset", "Frequency")]
    np.testing.assert_allclose(first.map.map, np.abs(raw)[:, :, *at], rtol=1e-6)


@pytest.mark.parametrize("fit", ["Raw_Data-SHO_Fit_000", "Raw_Data-SHO_Fit_001"])
def test_beps_fits(genuine, viewer, fit):
    known = viewer(genuine / "BEPS_written_by_BGlib.h5")
    sho = known.describe(f"/Measurement_000/Channel_000/{fit}/Fit")
    assert (sho.view.curve, sho.view.component) == ("DC_Offset", "Amplitude·cos(Phase)")
    units = {component.label: component.units for component in sho.components}
    assert units["Frequency"] == "Hz"
    loop = known.describe(f"/Measurement_000/Channel_000/{fit}/Fit-Loop_Fit_000/Fit")
    assert loop.view.curve is None
    assert len(known.frame("curve", loop.view).table) == 10


def test_force_curves(opened):
    first = opened("AFM_Force_Curve.h5")
    assert (first.map, first.curve.curve.shape) == (None, (1, 2045))
    [z] = [dim for dim in first.dataset.dims if dim.name == "Z"]
    assert (z.monotonic, z.units) == (False, "m")


def test_channels_of_a_force_curve(opened, genuine):
    first = opened("AFM_Force_Curve_3channels.h5")
    assert (first.dataset.quantity, first.curve) == ("Defl", None)
    # The other two are Z itself.
    stack = {item.label: item.curve for item in first.grid.grid}
    assert list(stack) == ["Defl", "Raw", "ZSnsr"]
    with h5py.File(genuine / "AFM_Force_Curve_3channels.h5") as file:
        for number, label in enumerate(["Raw", "Defl", "ZSnsr"]):
            raw = file[f"Measurement_000/Channel_{number:03d}/Raw_Data"]
            assert raw.attrs["quantity"] == label
            np.testing.assert_array_equal(stack[label], raw[()])


def test_images(opened):
    topography = opened("chip_from_gwyddion.h5").dataset
    assert [dim.units for dim in topography.dims[:2]] == ["m", "m"]
    assert topography.y_up
    stem = opened("simulated_STEM_Image.h5").dataset
    assert not stem.y_up
    assert {badge.text for badge in stem.badges} == {
        "the file says nm; the values look like m"
    }


def test_sparse(opened, genuine):
    first = opened("sparse_sampling.h5")
    points = first.dataset.points
    assert (points.x_name, points.x_units, points.y_units) == ("X", "nm", "um")
    with h5py.File(genuine / "sparse_sampling.h5") as file:
        places = file["Measurement_000/Channel_000/Position_Values"][()]
        raw = file["Measurement_000/Channel_000/Raw_Data"][()]
    np.testing.assert_allclose([points.x, points.y], places.T)
    np.testing.assert_array_equal(first.map.map, raw[:, 0])
    assert [row.label for row in first.curve.table] == [
        "Frequency 300 kHz",
        "Frequency 315 kHz",
        "Frequency 330 kHz",
    ]
