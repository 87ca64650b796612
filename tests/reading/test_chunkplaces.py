"""Stretches hold the values that are wanted, and are chosen by what they cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.test_segments import boxes, entries
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.chunkindex import ChunkIndex
from usid_lab.reading.routes.chunkplaces import ChunkPlaces
from usid_lab.reading.routes.positioned import COLD, WARM, Cost

ITEM = 4


def index_of(shape, chunk, seed=0):
    """Chunks one behind the other, in an order of their own."""
    grid = tuple(-(-n // c) for n, c in zip(shape, chunk, strict=True))
    size = int(np.prod(chunk)) * ITEM
    order = np.random.default_rng(seed).permutation(int(np.prod(grid)))
    offsets = order.reshape(grid).astype(np.int64) * size + 100
    sizes, masks = np.full(grid, size), np.zeros(grid, np.uint32)
    return ChunkIndex(tuple(shape), tuple(chunk), grid, offsets, sizes, masks, ())


def addresses(index):
    """Where each value is, one by one."""
    found = np.empty(index.shape, np.int64)
    for at in np.ndindex(*index.shape):
        number = tuple(i // c for i, c in zip(at, index.chunk, strict=True))
        inside = [i % c for i, c in zip(at, index.chunk, strict=True)]
        local = np.ravel_multi_index(inside, index.chunk)
        found[at] = index.offsets[number] + local * ITEM
    return found


def taken(block, steps):
    """Where the values of a block are, in the order of its place."""
    grid = block.starts
    for axis, (along, step) in enumerate(zip(block.alongs, steps, strict=True)):
        inside = np.arange(along.count) * along.step * step
        if along.inside is not None:
            inside = inside[along.inside]
        shape = [1] * grid.ndim
        shape[axis] = -1
        grid = np.repeat(grid, len(inside), axis)
        grid = grid + np.tile(inside, block.starts.shape[axis]).reshape(shape)
    return grid


@given(
    case=boxes().filter(lambda case: case[0]),
    chunk=st.data(),
    cost=st.sampled_from([WARM, COLD, Cost(0.0, 1.0), Cost(1.0, 0.0)]),
    most=st.integers(1, 50),
)
def test_blocks_are_the_places_of_the_values(case, chunk, cost, most):
    shape, box = case
    lengths = [chunk.draw(st.integers(1, size)) for size in shape]
    index = index_of(shape, lengths)
    places = ChunkPlaces(index, ITEM)
    wanted = addresses(index)[np.ix_(*map(entries, box.runs))]
    found = np.zeros(box.shape, np.int64)
    for whole in places.blocks(box, cost):
        for block in whole.parts(most):
            assert block.starts.size <= most
            found[block.place] += taken(block, places.steps)
            assert (taken(block, places.steps).max() + ITEM) <= (
                block.starts.max() + block.length
            )
    np.testing.assert_array_equal(found, wanted)


LARGE = index_of((2048, 8192), (256, 8192))
SQUARE = index_of((2048, 2048), (256, 256))
COLUMN = Box((Run(0, 1, 1, 2048), Run(70)), (0, 0))


@pytest.mark.parametrize(
    ("index", "cost", "stretches"),
    [
        (LARGE, WARM, 2048),  # a value of each row
        (SQUARE, WARM, 8),  # chunks: a call for each value takes longer
        (SQUARE, COLD, 8),
        (SQUARE, Cost(0.03e-6, 1 / 5e9), 2048),  # mapped: no calls
    ],
)
def test_the_cheapest_stretches_are_chosen(index, cost, stretches):
    (block,) = ChunkPlaces(index, ITEM).blocks(COLUMN, cost)
    assert block.starts.size == stretches


def test_no_memory_is_taken_for_very_long_stretches():
    index = index_of((64, 1 << 20), (64, 1 << 20))
    column = Box((Run(0, 1, 1, 64), Run(70)), (0, 0))
    (block,) = ChunkPlaces(index, ITEM).blocks(column, Cost(1.0, 0.0))
    assert (block.starts.size, block.length) == (64, ITEM)


def test_chunks_that_were_never_written_have_no_place():
    index = index_of((8, 8), (4, 4))
    index.offsets[1, 1] = -1
    places = ChunkPlaces(index, ITEM)
    assert places.blocks(Box((Run(3), Run(0, 1, 1, 8)), (0, 0)), WARM) is not None
    assert places.blocks(Box((Run(5), Run(0, 1, 1, 8)), (0, 0)), WARM) is None


def test_a_region_of_a_grid_is_one_block():
    """Rows of a map, a stretch of each: the same of every chunk."""
    region = Box((Run(256 * 2 + 40, 256, 3, 32), Run(0, 1, 1, 2048)), (0, 0))
    (block,) = ChunkPlaces(SQUARE, ITEM).blocks(region, WARM)
    assert block.starts.shape == (3, 8)
    assert block.length == 32 * 256 * ITEM
