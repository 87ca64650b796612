"""Whole runs that are killed, or refused by the disk, at calls that write."""

import itertools

import pytest
from killed_peaks import SAID
from run_kills import HAS_STRACE, calls_of, killed, points, refused
from run_stories import Scene

KILLS = 60
FAULTS = 40
ERRORS = ("ENOSPC", "EIO")

pytestmark = [
    pytest.mark.skipif(not HAS_STRACE, reason="strace is not installed"),
    pytest.mark.timeout(3600),
]


@pytest.fixture
def scene(tmp_path, way):
    """A file, and the calls that a run over it makes."""
    scene = Scene(tmp_path)
    scene.reset()
    scene.calls = calls_of(scene.scan, way, tmp_path / "log")
    assert scene.calls.total() > 100
    return scene


def test_kills(scene, tmp_path, way, tally):
    for number, point in enumerate(points(scene.calls, KILLS)):
        scene.reset()
        was = "killed" if killed(point, scene.scan, way) else "ended"
        scan, where = scene.scan, "here"
        if number % 4 == 3:
            scan, where = scene.moved(tmp_path / "another machine"), "elsewhere"
        tally[", ".join((was, where, *scene.survive(scan)))] += 1
    hits = sum(n for what, n in tally.items() if what.startswith("killed"))
    assert hits >= 0.9 * KILLS


def test_kills_one_after_the_other(scene, way, tally):
    """The same run is killed again and again, and still comes to its end."""
    scene.reset()
    for number in (1, 3, 2, 4, 1, 5, 2, 3):
        tally["killed" if killed(("rename", number), scene.scan, way) else "ended"] += 1
    assert tally["killed"] >= 6
    scene.survive(scene.scan)


def test_faults(scene, way, tally):
    """The disk refuses a call: a sentence, a living process, nothing lost."""
    chosen = points(scene.calls, FAULTS, seed=2)
    for point, error in zip(chosen, itertools.cycle(ERRORS), strict=False):
        scene.reset()
        status = refused(point, error, scene.scan, way)
        assert status in (0, SAID), (point, error, status)
        said = "a sentence" if status == SAID else "no matter"
        tally[", ".join((error, said, *scene.survive(scene.scan)))] += 1
