"""Maps of large files keep up with the hand: coarser only while they must be."""

from dataclasses import replace

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading import Stopped
from usid_lab.reading.reader import Reader
from usid_lab.widgets import hurry
from usid_lab.widgets.haste import AT_ONCE, IN_MOTION, Haste
from usid_lab.widgets.hurry import Hurry
from usid_lab.widgets.sights import Sight, hastened, planned
from usid_lab.widgets.subject import UNWATCHED, Watch

SIDE = 96
POINTS = 64
FACTORS = (1, 2, 3, 4)
PIXELS = 512 * 512


def rows_of(factor):
    """Values that are fetched where whole rows are: one of so many rows."""
    return PIXELS // factor


def test_quick_maps_stay_as_they_are():
    haste = Haste()
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == 1
    haste.took(PIXELS, 0.008)
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == 1


@pytest.mark.parametrize(
    ("seconds", "factor"),
    [(0.019, 1), (0.021, 2), (0.029, 2), (0.044, 3), (0.05, 4), (9.0, 4)],
)
def test_slow_maps_come_coarser(seconds, factor):
    haste = Haste()
    haste.took(PIXELS, seconds)
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == factor
    assert haste.factor(FACTORS, rows_of, 2 * seconds) == 1  # at rest


def test_one_slow_read_among_quick_ones_changes_nothing():
    haste = Haste()
    for seconds in (0.008, 0.1, 0.1, 0.008, 0.1):
        haste.took(PIXELS, seconds)
        assert haste.factor(FACTORS, rows_of, IN_MOTION) == 1
    for _ in range(3):
        haste.took(PIXELS, 0.025)
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == 2


def test_a_picture_does_not_flicker_between_two_factors():
    haste = Haste()
    seen = []
    for whole in (0.02, 0.014, 0.016, 0.0145, 0.02, 0.014):
        factor = haste.factor(FACTORS, rows_of, IN_MOTION)
        haste.took(rows_of(factor), whole / factor)
        seen.append(factor)
    assert seen == [1, 2, 2, 2, 2, 2]
    for _ in range(3):
        haste.took(PIXELS, 0.008)
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == 1


def test_from_the_disk_to_memory():
    haste = Haste()
    haste.gave_up(4096, 0.4)
    for _ in range(2):
        assert haste.is_cold
        haste.took(4096, 0.04)  # few values: to go to each row has taken the time
    assert not haste.is_cold
    assert haste.factor(FACTORS, rows_of, IN_MOTION) == 2


def test_who_tries_in_vain_tries_more_seldom():
    haste, tried = Haste(), []
    for frame in range(64):
        if haste.is_cold:
            haste.took(4096, 0.01)
        else:
            tried.append(frame)
            haste.gave_up(4096, 0.4)
    assert tried == [0, 3, 8, 17, 34]  # 2, 4, 8, 16 quick ones between


@pytest.mark.parametrize(("columns", "rows"), [(512, 512), (300, 200), (97, 131)])
@pytest.mark.parametrize("factor", [2, 3, 4, 7])
@pytest.mark.parametrize("window", [None, (13, 80, 5, 71)])
def test_fewer_pixels_of_a_plan(columns, rows, factor, window):
    sight = Sight((20, 20), window)
    for plan in (None, planned(columns, rows, sight)):
        found = hastened(plan, columns, rows, factor)
        x0, x1, y0, y1 = found.told("").window
        fx, fy = found.told("").factors
        assert min(fx, fy) >= factor
        assert x0 % fx == y0 % fy == 0
        left, right, top, bottom = (
            (0, columns, 0, rows) if plan is None else plan.told("").window
        )
        assert (x0 <= left, x1 >= right, y0 <= top, y1 >= bottom) == (True,) * 4
        assert (x1 <= columns, y1 <= rows) == (True, True)
        assert hastened(plan, columns, rows, 1) is plan


class Reads:
    """A disk: what is read with a factor, and how long on its clock."""

    def __init__(self, monkeypatch, each):
        self.now, self.each, self.factors = 0.0, each, []
        monkeypatch.setattr(hurry.time, "monotonic", lambda: self.now)

    def read(self, factor, watch):
        self.factors.append(factor)
        count = self.count(factor)
        for done in range(64):
            if watch.stop is not None and watch.stop():
                raise Stopped
            self.now += self.each * count / 64
            watch.progress((done + 1) / 64)
        return factor

    @staticmethod
    def count(factor):
        return (512 // factor) ** 2

    def hurry(self, haste, *, moving=False):
        return Hurry(haste, 512, self.count, moving)


def test_a_cold_file_shows_something_within_a_second(monkeypatch):
    disk, haste = Reads(monkeypatch, 45e-6), Haste()
    told = []
    found = disk.hurry(haste).read(disk.read, Watch(progress=told.append))
    assert disk.factors == [1, found]
    assert found >= 6
    assert disk.now < 1
    # The next one knows.
    begin = disk.now
    assert disk.hurry(haste, moving=True).read(disk.read, UNWATCHED) == found
    assert disk.now - begin < AT_ONCE


def test_what_is_nearly_done_is_not_given_up(monkeypatch):
    disk = Reads(monkeypatch, 2 * AT_ONCE / PIXELS)
    assert disk.hurry(Haste()).read(disk.read, UNWATCHED) == 1
    assert disk.factors == [1]


@pytest.mark.parametrize("moving", [False, True])
def test_parts_are_shown_at_rest_only(monkeypatch, moving):
    disk, made = Reads(monkeypatch, 1e-9), []

    def read(factor, watch):
        watch.preview(lambda: None)
        return disk.read(factor, watch)

    watch = Watch(partial=made.append)
    disk.hurry(Haste(), moving=moving).read(read, watch)
    assert len(made) == (0 if moving else 1)


def test_to_open_the_file_says_nothing_of_the_rest(monkeypatch):
    disk = Reads(monkeypatch, 0.1 / PIXELS)

    def read(factor, watch):
        disk.now += 1.0
        return disk.read(factor, watch)

    assert disk.hurry(Haste()).read(read, UNWATCHED) == 1


def test_who_is_overtaken_is_not_served_in_another_way(monkeypatch):
    disk, haste = Reads(monkeypatch, 45e-6), Haste()
    with pytest.raises(Stopped):
        disk.hurry(haste).read(disk.read, Watch(stop=lambda: disk.now > 0.2))
    assert disk.factors == [1]
    assert disk.hurry(haste, moving=True).read(disk.read, UNWATCHED) >= 6


@pytest.fixture
def cube(tmp_path):
    """Spectra as pyUSID writes them: a pixel is far from the next one."""
    data = np.random.default_rng(4).normal(size=(SIDE, SIDE, POINTS)).astype("f4")
    axis = np.arange(SIDE) * 1e-6, "m"
    path = tmp_path / "cube.h5"
    ul.create(
        path, data, quantity="Current", units="nA", position={"Y": axis, "X": axis},
        spectroscopic={"Bias": (np.linspace(-1, 1, POINTS), "V")}, chunks=False,
    )  # fmt: skip
    return path, data


@pytest.fixture
def slow(monkeypatch):
    """Let reading take long in motion, and small maps be thinned."""
    monkeypatch.setattr(hurry, "_SMOOTH", 16)
    monkeypatch.setattr(Haste, "_each", lambda _: 2.5e-6)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(("band", "factor"), [(None, 2), ((3, 9), 6)])
def test_in_motion_it_is_one_of_some_pixels_and_all_at_rest(viewer, cube, band, factor):
    path, data = cube
    known = viewer(path)
    view = replace(known.open(None).dataset.view, band=band)
    index = dict(view.index) | {"Bias": 17}
    view = replace(view, index=index)
    plane = (
        data[:, :, 17] if band is None else data[:, :, 3:10].mean(axis=2, dtype="f8")
    )
    moving = known.frame("map", view, sight=Sight((300, 300), moving=True))
    assert moving.reduced.factors == (factor, factor)
    assert moving.reduced.window == (0, SIDE, 0, SIDE)
    assert moving.reduced.preview
    middle = slice(factor // 2, None, factor)
    np.testing.assert_allclose(moving.map, plane[middle, middle], rtol=1e-5)
    for sight in (Sight((300, 300)), Sight((300, 300), fine=True)):
        frame = known.frame("map", view, sight=sight)
        assert frame.reduced is None
        np.testing.assert_allclose(frame.map, plane, rtol=1e-5)


def test_a_cold_file_opens_coarse_and_is_refined(viewer, cube, monkeypatch):
    path, data = cube
    clock, whole = [0.0], Reader.read

    def read(self, selection, stop=None, progress=None, damage=None, partial=None):
        found = whole(self, selection, None, None, damage, partial)
        if found.shape == (SIDE, SIDE):  # the first piece alone takes nine seconds
            clock[0] += 9.0
            if stop is not None and stop():
                raise Stopped
        return found

    monkeypatch.setattr(hurry.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(Reader, "read", read)
    known = viewer(path)
    opened = known.open(None)
    at = opened.dataset.view.index["Bias"]
    fx, fy = opened.map.reduced.factors
    assert opened.map.reduced.preview
    plane = data[:, :, at]
    np.testing.assert_array_equal(opened.map.map, plane[fy // 2 :: fy, fx // 2 :: fx])
    sight = Sight((300, 300), fine=True)
    fine = known.frame("map", opened.dataset.view, sight=sight)
    assert fine.reduced is None
    np.testing.assert_array_equal(fine.map, plane)
