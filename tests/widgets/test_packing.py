"""Pictures in 16 bits: nothing visible is lost, and where it would be they are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.widgets import packing
from usid_lab.widgets.forms import Frame
from usid_lab.widgets.packing import packed


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(packing, "WORTH", 4)


def unpacked(frame):
    codes = np.arange(65536)
    table = frame.packing.offset + frame.packing.scale * codes
    table[65533:] = -np.inf, np.inf, np.nan
    return table[frame.codes]


@given(
    offset=st.floats(-1e6, 1e6),
    spread=st.floats(1e-3, 1e6),
    spans=st.floats(1, 16),
)
def test_codes_are_far_finer_than_colours(offset, spread, spans):
    values = (np.random.default_rng(0).random((512, 512)) * spread + offset).astype(
        "f4"
    )
    span = float(values.max() - values.min())
    frame = packed(Frame(map=values), (offset, offset + span / spans * 1.001))
    if frame.codes is None:  # float32 has no more than this value there
        assert span == 0
        return
    colour = span / spans / 256
    off = np.abs(unpacked(frame) - values)
    resolution = np.spacing(np.abs(values).max())
    assert off.max() <= colour / 16 + 4 * resolution
    assert (frame.map, frame.codes.dtype) == (None, np.uint16)


def test_close_limits_keep_all_digits():
    values = np.linspace(0, 1, 2**18, dtype="f4").reshape(512, 512)
    assert packed(Frame(map=values), (0.5, 0.5001)).map is values
    assert packed(Frame(map=values), (0.5, 0.5)).map is values
    assert packed(Frame(map=values), None).map is values
    assert packed(Frame(map=values), (0, 1)).map is None


def test_what_is_no_number_stays_what_it_is(small):
    values = np.array([[1, np.nan, 3], [np.inf, -np.inf, 2]], "f4")
    frame = packed(Frame(map=values), (1, 3))
    np.testing.assert_allclose(unpacked(frame), values, rtol=1e-4)
    assert frame.codes[0, 0] == 0
    assert frame.codes[0, 2] == packing.LAST


@pytest.mark.parametrize("value", [np.nan, np.inf, 7])
def test_maps_without_a_span_are_as_they_were(small, value):
    values = np.full((4, 4), value, "f4")
    assert packed(Frame(map=values), (0, 1)).map is values


def test_small_maps_and_points_are_as_they_were():
    for shape in ((511, 512), (2**19,)):
        values = np.random.default_rng(0).random(shape).astype("f4")
        assert packed(Frame(map=values), (0, 1)).map is values


def test_they_travel_while_the_hand_moves_alone(small, talk, spectra_file, spectra):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 3
    view["contrast"]["limits"] = [-3, 3]
    plane = spectra[:, :, 0, 3]

    def map_of(**sight):
        return conversation.result("frame", slot="map", view=view, **sight)

    quick = map_of(screen=[50, 50])
    assert quick["map"].dtype == np.uint16
    values = quick["packing"]["offset"] + quick["packing"]["scale"] * quick["map"]
    np.testing.assert_allclose(values, plane, atol=np.ptp(plane) / 65532)
    for sight in ({}, {"screen": [50, 50], "fine": True}):
        np.testing.assert_array_equal(map_of(**sight)["map"], plane)
    view["contrast"]["limits"] = [0, 1e-5]
    assert map_of(screen=[50, 50])["map"].dtype == np.float32
