"""Pictures of maps that are larger than the screen: their numbers are numpy's."""

import tracemalloc
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import ViewError
from usid_lab.model.view import Contrast
from usid_lab.reading import Stopped
from usid_lab.widgets import mapsource, sights
from usid_lab.widgets.cyclic import circular_mean
from usid_lab.widgets.sights import Sight, planned
from usid_lab.widgets.subject import Watch


def axis(size, units="m", step=1e-6):
    return np.arange(size) * step, units


def moved(view, **index):
    return replace(view, index=dict(view.index) | index)


@pytest.fixture
def small(monkeypatch):
    """Let maps of more than 40 pixels be reduced, read 100 values at a time."""
    monkeypatch.setattr(sights, "MOST_EXACT", 40)
    monkeypatch.setattr(sights, "_ALWAYS_WHOLE", 0)
    monkeypatch.setattr(mapsource, "_MOST_VALUES", 100)


def blocks(plane, reduced):
    """The pixels of each block, one by one: rows of columns of flat arrays."""
    x0, x1, y0, y1 = reduced.window
    fx, fy = reduced.factors
    return [
        [plane[y : min(y + fy, y1), x : min(x + fx, x1)] for x in range(x0, x1, fx)]
        for y in range(y0, y1, fy)
    ]


def each(plane, reduced, function):
    return np.array([[function(b) for b in row] for row in blocks(plane, reduced)])


def middles(plane, reduced):
    """The pixel in the middle of each block; all as far in as the last one allows."""
    x0, x1, y0, y1 = reduced.window
    fx, fy = reduced.factors
    right = min(fx // 2, (x1 - x0 - 1) % fx)
    down = min(fy // 2, (y1 - y0 - 1) % fy)
    return plane[y0 + down : y1 : fy, x0 + right : x1 : fx]


def image(write, shape=(23, 31), nan=True, dtype="f8"):
    data = np.random.default_rng(1).normal(size=shape)
    if nan:
        data[3:9, 4:12] = np.nan
        data[-1, -1] = np.nan
    data = data.astype(dtype)
    return write(data, {"Y": axis(shape[0]), "X": axis(shape[1])}), data


def opened(known):
    return known.open(None).dataset.view


WINDOWS = [None, (0, 31, 0, 23), (5, 17, 3, 20), (30, 31, 22, 23), (0, 99, 7, 99)]


@pytest.mark.parametrize("screen", [(5, 5), (10, 4), (3, 17), (1, 1)])
@pytest.mark.parametrize("window", WINDOWS)
def test_at_rest_every_pixel_is_the_mean_of_its_block(
    small, viewer, write, screen, window
):
    path, data = image(write)
    known = viewer(path)
    frame = known.frame("map", opened(known), sight=Sight(screen, window, fine=True))
    reduced = frame.reduced
    assert not reduced.preview
    with np.errstate(invalid="ignore"):
        expected = each(
            data, reduced, lambda b: b[np.isfinite(b)].sum() / np.isfinite(b).sum()
        )
    assert frame.map.dtype == np.float32
    np.testing.assert_allclose(frame.map, expected, rtol=1e-6)
    assert (reduced.words != "") == (reduced.factors != (1, 1))


@pytest.mark.parametrize("screen", [(5, 5), (10, 4), (3, 17), (1, 1)])
@pytest.mark.parametrize("window", WINDOWS)
def test_while_the_hand_moves_it_is_one_pixel_of_the_block(
    small, viewer, write, screen, window
):
    shape = (23, 31)
    numbered = np.arange(23 * 31.0).reshape(shape)
    known = viewer(write(numbered, {"Y": axis(23), "X": axis(31)}))
    frame = known.frame("map", opened(known), sight=Sight(screen, window))
    expected = middles(numbered, frame.reduced)
    np.testing.assert_array_equal(frame.map, expected)
    assert frame.reduced.preview == (frame.reduced.factors != (1, 1))


@pytest.mark.parametrize("screen", [(5, 5), (10, 4), (3, 17)])
@pytest.mark.parametrize("window", WINDOWS[1:3])
def test_rows_of_a_fine_picture_come_whole(small, viewer, write, screen, window):
    """A preview has the pixels of the picture or none: no mean of half a block."""
    path, _ = image(write, nan=False)
    known = viewer(path)
    made = []
    watch = Watch(partial=lambda make: made.append(make()))
    sight = Sight(screen, window, fine=True)
    whole = known.frame("map", opened(known), watch, sight)
    rows = [len(part.map) for part in made]
    assert rows == sorted(rows)
    assert rows[-1] == len(whole.map)
    for part in made:
        x0, x1, y0, y1 = whole.reduced.window
        assert part.reduced.factors == whole.reduced.factors
        assert part.reduced.window[:3] == (x0, x1, y0)
        assert part.reduced.window[3] <= y1
        np.testing.assert_array_equal(part.map, whole.map[: len(part.map)])


def test_the_window_is_covered_and_blocks_keep_their_places(small, viewer, write):
    path, _ = image(write)
    known = viewer(path)
    view = opened(known)
    for x0 in range(20):
        sight = Sight((4, 4), (x0, x0 + 11, 2, 20))
        reduced = known.frame("map", view, sight=sight).reduced
        first, last, _, _ = reduced.window
        assert first <= x0
        assert last >= x0 + 11
        assert first % reduced.factors[0] == 0


def test_closer_up_pixels_are_the_files(small, viewer, write):
    path, data = image(write)
    known = viewer(path)
    sight = Sight((200, 200), (10, 16, 8, 14), fine=True)
    frame = known.frame("map", opened(known), sight=sight)
    assert frame.reduced.window == (10, 16, 8, 14)
    assert (frame.reduced.factors, frame.reduced.words) == ((1, 1), "")
    np.testing.assert_array_equal(frame.map, data[8:14, 10:16].astype("f4"))


def test_x_before_y(small, viewer, write):
    data = np.random.default_rng(0).normal(size=(31, 17))
    known = viewer(write(data, {"X": axis(31), "Y": axis(17)}))
    view = opened(known)
    assert (view.x, view.y) == ("X", "Y")
    frame = known.frame("map", view, sight=Sight((6, 4), fine=True))
    expected = each(data.T, frame.reduced, np.mean)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-6)


def test_a_hot_pixel_stays_where_it_is(small, viewer, write):
    data = np.zeros((40, 40), "f4")
    data[21, 33] = 1
    known = viewer(write(data, {"Y": axis(40), "X": axis(40)}))
    view = opened(known)
    for screen in ((4, 4), (7, 5), (13, 13)):
        frame = known.frame("map", view, sight=Sight(screen, fine=True))
        (row, column), (fx, fy) = np.argwhere(frame.map)[0], frame.reduced.factors
        assert (column, row) == (33 // fx, 21 // fy)
        assert np.count_nonzero(frame.map) == 1


@pytest.mark.parametrize("fine", [False, True])
def test_slices_and_bands_of_spectra(small, viewer, spectra_file, spectra, fine):
    known = viewer(spectra_file)
    view = moved(opened(known), Cycle=1, Bias=4)
    monitored = Sight((3, 3), fine=fine)
    frame = known.frame("map", view, sight=monitored)
    assert frame.title == "at -0.2 V"
    plane = spectra[:, :, 1, 4].astype("f8")
    expected = each(plane, frame.reduced, np.mean)
    if not fine:
        expected = middles(plane, frame.reduced)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-5)
    frame = known.frame("map", replace(view, band=(2, 9)), sight=monitored)
    plane = spectra[:, :, 1, 2:10].astype("f8").mean(axis=-1)
    expected = each(plane, frame.reduced, np.mean)
    if not fine:
        expected = middles(plane, frame.reduced)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-5)
    block = "2 x 2 pixels" if fine else "4 x 2 pixels"
    assert frame.valid == (6 * 7 * 8 if fine else None)
    assert frame.reduced.words == f"{'mean' if fine else '1'} of {block}"


def test_phases_have_circular_means(small, viewer, write):
    rng = np.random.default_rng(3)
    data = (179 + rng.normal(size=(20, 24))) % 360
    data = np.where(data > 180, data - 360, data)
    data[2, 3] = np.nan
    path = write(data, {"Y": axis(20), "X": axis(24)}, quantity="Phase", units="deg")
    known = viewer(path)
    frame = known.frame("map", opened(known), sight=Sight((6, 5), fine=True))
    expected = each(
        data, frame.reduced, lambda b: circular_mean(b.reshape(-1), 360.0, 0)
    )
    off = (frame.map - expected + 180) % 360 - 180
    np.testing.assert_allclose(off, 0, atol=1e-3)
    assert frame.reduced.words == "circular mean of 4 x 4 pixels"


def test_labels_are_never_averaged(small, viewer, write):
    data = np.random.default_rng(0).integers(0, 5, (20, 24)).astype("u4")
    known = viewer(write(data, {"Y": axis(20), "X": axis(24)}, quantity="Labels"))
    frame = known.frame("map", opened(known), sight=Sight((6, 5), fine=True))
    np.testing.assert_array_equal(frame.map, data[2::4, 2::4])
    assert not frame.reduced.preview
    assert frame.reduced.words == "1 of 4 x 4 pixels"


def test_all_nan_is_nan(small, viewer, write):
    data = np.full((20, 20), np.nan)
    known = viewer(write(data, {"Y": axis(20), "X": axis(20)}))
    frame = known.frame("map", opened(known), sight=Sight((5, 5), fine=True))
    assert np.isnan(frame.map).all()


def test_chunks_of_an_array(small, viewer, tmp_path):
    data = np.random.default_rng(2).normal(size=(37, 53))
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file.create_dataset("image", data=data, chunks=(7, 9), compression="gzip")
    known = viewer(tmp_path / "plain.h5")
    frame = known.frame("map", opened(known), sight=Sight((9, 8), fine=True))
    expected = each(data, frame.reduced, np.mean)
    np.testing.assert_allclose(frame.map, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("whole", [2**22, 40])
def test_what_opens_is_a_preview_in_its_place(small, viewer, write, monkeypatch, whole):
    monkeypatch.setattr(sights, "_UNKNOWN_SCREEN", (5, 5))
    monkeypatch.setattr("usid_lab.widgets.describe.MOST_IMAGED", whole)
    path, data = image(write, nan=False)
    first = viewer(path).open(None)
    reduced = first.map.reduced
    assert reduced.preview
    fx, fy = reduced.factors
    expected = middles(data, reduced)
    np.testing.assert_array_equal(first.map.map, expected.astype("f4"))
    index = first.dataset.view.index
    assert abs(index["Y"] - 23 // 2) <= fy
    assert abs(index["X"] - 31 // 2) <= fx
    [component] = first.dataset.components
    assert data.min() <= component.limits[0] < component.limits[1] <= data.max()


def test_a_map_as_large_as_the_screen_is_sent_whole(viewer, write):
    path, data = image(write)
    known = viewer(path)
    view = opened(known)
    for sight in (None, Sight((30, 20)), Sight((5, 5), (1, 3, 1, 3), fine=True)):
        frame = known.frame("map", view, sight=sight)
        assert frame.reduced is None
        np.testing.assert_array_equal(frame.map, data.astype("f4"))


def test_the_mean_can_be_stopped_and_tells_how_far_it_is(small, viewer, write):
    path, _ = image(write)
    known = viewer(path)
    view, told = opened(known), []
    sight = Sight((5, 5), fine=True)
    known.frame("map", view, Watch(progress=told.append), sight)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    assert len(told) > 3
    with pytest.raises(Stopped):
        known.frame("map", view, Watch(stop=lambda: len(told) > 0), sight)


@given(
    columns=st.integers(1, 10**6),
    rows=st.integers(1, 10**6),
    screen=st.tuples(st.integers(1, 2**14), st.integers(1, 2**14)),
    corner=st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)),
    size=st.tuples(st.integers(1, 2**53), st.integers(1, 2**53)),
    windowed=st.booleans(),
    fine=st.booleans(),
)
def test_no_request_makes_a_picture_too_large(
    columns, rows, screen, corner, size, windowed, fine
):
    (x, y), (width, height) = corner, size
    window = (x, x + width, y, y + height) if windowed else None
    plan = planned(columns, rows, Sight(screen, window, fine))
    if plan is None:
        assert columns * rows <= sights.MOST_EXACT
        return
    assert 0 < plan.pixels <= sights.MOST_SENT
    assert 0 <= plan.columns.start < plan.columns.stop <= columns
    assert 0 <= plan.rows.start < plan.rows.stop <= rows


def test_the_pixel_under_the_pointer_is_exact(small, viewer, spectra_file, spectra):
    known = viewer(spectra_file)
    view = moved(opened(known), Y=2, X=5, Cycle=1, Bias=3)
    assert known.probe(view).values.tolist() == [spectra[2, 5, 1, 3]]
    mean = spectra[2, 5, 1, 3:7].astype("f8").mean()
    [found] = known.probe(replace(view, band=(3, 6))).values
    assert found == pytest.approx(mean, rel=1e-12)


def test_pixels_keep_all_their_digits(viewer, write):
    data = np.array([[1.123456789012345, np.nan, np.inf]] * 2)
    known = viewer(write(data, {"Y": axis(2), "X": axis(3)}))
    view = opened(known)
    found = [known.probe(moved(view, Y=1, X=x)).values[0] for x in range(3)]
    np.testing.assert_array_equal(found, data[1])


def test_every_channel_is_probed_where_all_are_shown(viewer, channel_file):
    images = {name: (np.full((6, 6), ord(name)), "m") for name in "ABC"}
    known = viewer(channel_file(images, {"Y": axis(6), "X": axis(6)}))
    view = opened(known)
    assert known.probe(replace(view, channels="all")).values.tolist() == [65, 66, 67]
    with pytest.raises(ViewError, match="does not fit"):
        known.probe(moved(view, X=6))


def test_large_maps_of_a_set_are_means(small, viewer, channel_file):
    rng = np.random.default_rng(0)
    images = {name: (rng.normal(size=(900, 60)), "m") for name in "AB"}
    known = viewer(channel_file(images, {"Y": axis(900), "X": axis(60)}))
    for item, (data, _) in zip(
        known.frame("grid", opened(known)).grid, images.values(), strict=True
    ):
        assert item.reduced.factors == (1, 2)
        assert not item.reduced.preview
        np.testing.assert_allclose(
            item.map, each(data, item.reduced, np.mean), rtol=1e-5, atol=1e-7
        )


HOSTILE = [
    {"screen": [0, 5]},
    {"screen": [5]},
    {"screen": "wide"},
    {"screen": [5, -1]},
    {"screen": [5, 1.5]},
    {"screen": [True, 5]},
    {"screen": {"width": 5}},
    {"screen": [5, 5], "window": [0, 0, 0, 5]},
    {"screen": [5, 5], "window": [5, 3, 0, 5]},
    {"screen": [5, 5], "window": [0, 5, 0]},
    {"screen": [5, 5], "window": [-1, 5, 0, 5]},
    {"screen": [5, 5], "window": [0, 5, 0, 1e300]},
    {"screen": [5, 5], "window": "all"},
    {"screen": [5, 5], "fine": 1},
]


@pytest.mark.parametrize("params", HOSTILE)
def test_hostile_sights_are_refused_in_words(talk, spectra_file, params):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    content, _ = conversation.ask("frame", slot="map", view=view, **params)
    assert content["status"] == "error"
    assert "something unknown" in content["error"]["message"]


def test_a_window_beyond_the_map_shows_its_edge(small, talk, spectra_file, spectra):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    far = {"screen": [9, 9], "window": [10**15, 10**15 + 4, 2, 10**15]}
    frame = conversation.result("frame", slot="map", view=view, **far)
    assert frame["reduced"]["window"] == [6, 7, 2, 6]
    index = view["index"]["Bias"]
    np.testing.assert_array_equal(frame["map"], spectra[2:, 6:, 0, index])


def test_probes_travel_with_nan(talk, write):
    data = np.array([[1.5, np.nan]] * 2)
    conversation = talk(write(data, {"Y": axis(2), "X": axis(2)}))
    view = conversation.result("open", view=None)["dataset"]["view"]
    for x, value in enumerate(data[0]):
        view["index"]["X"] = x
        found = conversation.result("probe", view=view)["values"]
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, [value])
    content, _ = conversation.ask("probe", view={"dataset": 3})
    assert content["status"] == "error"


@pytest.mark.parametrize("fine", [False, True])
def test_a_map_of_8192_x_8192_takes_little_memory(viewer, tmp_path, fine):
    rows = (np.arange(8192) % 300).astype("i2")
    with h5py.File(tmp_path / "large.h5", "w") as file:
        data = file.create_dataset("height", (8192, 8192), "i2")
        for start in range(0, 8192, 512):
            data[start : start + 512] = rows
    known = viewer(tmp_path / "large.h5")
    view = replace(opened(known), contrast=Contrast())  # without limits, float32
    tracemalloc.start()
    try:
        frame = known.frame("map", view, sight=Sight((512, 512), fine=fine))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 2**20
    assert frame.map.nbytes <= 4 * 2**20
    expected = rows.reshape(512, 16).mean(axis=1) if fine else rows[8::16]
    np.testing.assert_allclose(frame.map, np.tile(expected, (512, 1)), rtol=1e-6)
