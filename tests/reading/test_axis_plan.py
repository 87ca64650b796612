import math

import numpy as np
import pytest

from usid_lab.model.axis import Axis, LayoutKind
from usid_lab.model.dimension import Dimension
from usid_lab.reading.planning.axis_plan import plan_axis


def grid(*sizes):
    """Positions in raster order, slowest first."""
    dims = tuple(Dimension(f"d{n}", "m", range(size)) for n, size in enumerate(sizes))
    return Axis(math.prod(sizes), LayoutKind.RASTER, dims)


def read(plan):
    """Entries that a plan reads, in the order of the result."""
    along = [
        run.start
        + np.add.outer(np.arange(run.count) * run.stride, np.arange(run.block))
        for run in plan.runs
    ]
    entries = np.concatenate([each.ravel() for each in along])
    return entries if plan.gather is None else entries[plan.gather]


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 8, 16])
@pytest.mark.parametrize("rows", [3, 256, 257, 600])
def test_a_sample_of_a_large_map_is_read_row_by_row_at_most(rows, step):
    axis = grid(2 * rows, 64)
    chosen = (range(0, 2 * rows, 2), range(3, 64, step))
    plan = plan_axis(axis, chosen)
    wanted = np.arange(rows * 128).reshape(-1, 64)[::2, 3::step]
    np.testing.assert_array_equal(read(plan), wanted.ravel())
    assert len(plan.runs) <= rows


@pytest.mark.parametrize("step", [4, 5, 16])
def test_rows_of_several_dimensions(step):
    axis = grid(20, 30, 40)
    chosen = (range(20), range(0, 30, 2), range(1, 40, step))
    plan = plan_axis(axis, chosen)
    wanted = np.arange(24_000).reshape(20, 30, 40)[:, ::2, 1::step]
    np.testing.assert_array_equal(read(plan), wanted.ravel())
    assert len(plan.runs) <= 20 * 15
