"""Whole runs that are killed, and gone on with: a few here, many in tests/torture."""

import pytest
from run_kills import HAS_STRACE, killed
from run_stories import Scene

POINTS = [("rename", 6), ("fsync", 9), ("pwrite64", 20), ("unlinkat", 4)]


@pytest.mark.skipif(not HAS_STRACE, reason="strace is not installed")
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_killed_run_is_gone_on_with(tmp_path, point, way):
    scene = Scene(tmp_path)
    scene.reset()
    assert killed(point, scene.scan, way)
    scene.survive(scene.scan)
