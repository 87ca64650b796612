"""Tiles cover an array once, are small, and open no chunk twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.reading.sidecars.tiling import boxes, tile_of
from usid_lab.reading.sidecars.turn import Turn

SIZES = st.integers(1, 300)


@given(
    shape=st.tuples(SIZES, SIZES),
    chunk=st.none() | st.tuples(SIZES, SIZES),
    tile=st.tuples(SIZES, SIZES),
)
def test_every_value_is_in_one_tile(shape, chunk, tile):
    seen = np.zeros(shape, int)
    for box in boxes(Turn(shape), tile):
        rows, columns = box.runs
        seen[rows.start : rows.last + 1, columns.start : columns.last + 1] += 1
        assert box.offsets == (0, 0)
    assert (seen == 1).all()


@given(
    positions=st.integers(1, 10**8),
    steps=st.integers(2, 10**8),
    itemsize=st.sampled_from([1, 2, 4, 8, 16]),
    chunk=st.none() | st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
)
def test_tiles_are_small_and_hold_whole_chunks(positions, steps, itemsize, chunk):
    tile = tile_of(Turn((positions, steps)), itemsize, chunk)
    rows, columns = chunk or (1, 1)
    rows, columns = min(rows, positions), min(columns, steps)
    if tile is None:
        assert rows * columns * itemsize > 48 << 20
        return
    assert 1 <= tile[0] <= positions
    assert 1 <= tile[1] <= steps
    assert tile[0] % rows == 0 or tile[0] == positions
    assert tile[1] % columns == 0 or tile[1] == steps
    assert tile[0] * tile[1] * itemsize <= 48 << 20


@pytest.mark.parametrize(
    ("shape", "tile"),
    [((65536, 8192), (1024, 8192)), ((1000, 10**6), (1000, 8388))],
)
def test_spectra_are_read_whole_where_enough_of_them_fit(shape, tile):
    assert tile_of(Turn(shape), 4, None) == tile
