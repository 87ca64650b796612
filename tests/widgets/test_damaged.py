"""Chunks that cannot be decoded: their pixels are NaN, the rest is as it should be."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.damage import BadChunk, Damage
from usid_lab.widgets.damaged import noted
from usid_lab.widgets.forms import Frame

MAIN = "/Measurement_000/Channel_000/Raw_Data"
DATA = np.random.default_rng(7).integers(1, 99, (6, 8, 20))
ROW = 2


@pytest.fixture(params=["f4", "i2"])
def torn(tmp_path, request):
    """Chunks of a row of the map x 5 steps; of row 2 the steps 5 to 9 are damaged."""
    path = tmp_path / "torn.h5"
    axis = np.arange(8) * 1e-6
    ul.create(
        path, DATA.astype(request.param), quantity="Current", units="nA",
        position={"Y": (axis[:6], "m"), "X": (axis, "m")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 20), "V")},
        chunks=(8, 5), compression="gzip",
    )  # fmt: skip
    spoil(path, ROW * 8, 5)
    return path


def spoil(path, *place):
    with h5py.File(path) as file:
        chunk = file[MAIN].id.get_chunk_info_by_coord(place)
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)


def opened(conversation, bias):
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = bias
    return view


def lost(step):
    """The map at a step, NaN where it is lost."""
    pixels = DATA[:, :, step].astype("f4")
    pixels[ROW] = np.nan
    return pixels


@pytest.mark.parametrize("step", [5, 9])
def test_a_map_lacks_the_pixels_of_a_bad_chunk(talk, torn, step):
    conversation = talk(torn)
    frame = conversation.result("frame", slot="map", view=opened(conversation, step))
    np.testing.assert_array_equal(frame["map"], lost(step))
    damage = frame["damage"]
    assert (damage["chunks"], damage["of"]) == (1, 24)
    assert MAIN in damage["reason"]
    assert "[16:24, 5:10]" in damage["reason"]


@pytest.mark.parametrize("step", [4, 10])
def test_what_lies_beside_it_is_whole(talk, torn, step):
    conversation = talk(torn)
    frame = conversation.result("frame", slot="map", view=opened(conversation, step))
    np.testing.assert_array_equal(frame["map"], DATA[:, :, step])
    assert "damage" not in frame


def test_a_curve_lacks_the_values_of_a_bad_chunk(talk, torn):
    conversation = talk(torn)
    view = opened(conversation, 5)
    view["index"] |= {"Y": ROW, "X": 3}
    frame = conversation.result("frame", slot="curve", view=view)
    curve = DATA[ROW, 3].astype("f4")
    curve[5:10] = np.nan
    np.testing.assert_array_equal(frame["curve"], curve[None])
    assert frame["damage"]["chunks"] == 1
    view["index"]["Y"] = 0
    frame = conversation.result("frame", slot="curve", view=view)
    assert "damage" not in frame


def test_a_mean_leaves_out_what_is_lost(talk, torn):
    conversation = talk(torn)
    view = opened(conversation, 5) | {"band": [3, 11]}
    frame = conversation.result("frame", slot="map", view=view)
    values = DATA[:, :, 3:12].astype("f8")
    values[ROW, :, 2:7] = np.nan
    expected = np.nanmean(values, axis=-1)
    np.testing.assert_allclose(frame["map"], expected, rtol=1e-6)
    assert frame["valid"] == np.isfinite(values).sum()
    assert frame["damage"]["chunks"] == 1


def test_the_first_picture_says_so_too(talk, torn):
    view = opened(talk(torn), 7)
    first = talk(torn).result("open", view=view)
    np.testing.assert_array_equal(first["map"]["map"], lost(7))
    assert first["map"]["damage"]["chunks"] == 1
    assert first["curve"] is not None


def test_a_file_whose_first_map_is_damaged_opens(talk, torn):
    for step in range(0, 20, 5):
        spoil(torn, ROW * 8, step)
    first = talk(torn).result("open", view=None)
    step = first["dataset"]["view"]["index"]["Bias"]
    np.testing.assert_array_equal(first["map"]["map"], lost(step))
    assert first["map"]["damage"]["chunks"] == 1
    low, high = first["dataset"]["components"][0]["limits"]
    assert 1 <= low < high <= 99


def test_a_pixel_that_is_lost_has_no_value(talk, torn):
    conversation = talk(torn)
    view = opened(conversation, 5)
    view["index"] |= {"Y": ROW, "X": 3}
    assert np.isnan(conversation.result("probe", view=view)["values"]).all()
    view["index"]["Y"] = 0
    found = conversation.result("probe", view=view)["values"]
    np.testing.assert_array_equal(found, [DATA[0, 3, 5]])


def test_of_much_damage_some_is_named(torn):
    chunks = [BadChunk((slice(n, n + 1), slice(0, 5)), "bad") for n in range(30)]
    source = ul.open(torn).main_datasets[0]
    note = noted(Frame(), Damage(chunks), source).damage
    assert note.chunks == 30
    assert note.reason.count("bad") == 20
    assert note.reason.endswith("and 10 more")
    assert noted(Frame(), Damage(), source).damage is None
    assert noted(Frame(), None, source).damage is None
