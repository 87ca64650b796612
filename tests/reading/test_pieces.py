import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.reading.planning.pieces import Box, Pacer, Storage, boxes_of
from usid_lab.reading.planning.runs import Run


def storage(shape=(1000, 1000), chunk=None):
    return Storage(shape, 4, chunk)


def whole(shape):
    return boxes_of([[Run(0, 1, 1, size)] for size in shape])


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.one_of(st.none(), st.tuples(st.integers(1, 20), st.integers(1, 20))),
    st.floats(1e-9, 1e-3),
)
def test_pieces_fill_the_buffer_once(shape, chunk, target):
    filled = np.zeros(shape, int)
    for box in Pacer(storage(shape, chunk), target).pieces(whole(shape)):
        place = tuple(
            slice(offset, offset + size)
            for offset, size in zip(box.offsets, box.shape, strict=True)
        )
        filled[place] += 1
        assert box.size == np.prod(box.shape)
    assert (filled == 1).all()


def test_no_chunk_is_opened_twice():
    chunk = (7, 11)
    touched = np.zeros((10, 10), int)
    for box in Pacer(storage((70, 110), chunk), 1e-9).pieces(whole((70, 110))):
        rows, columns = (
            slice(run.start // size, run.last // size + 1)
            for run, size in zip(box.runs, chunk, strict=True)
        )
        touched[rows, columns] += 1
    assert (touched == 1).all()


def test_slow_reads_make_smaller_pieces():
    pacer = Pacer(storage())
    quick = sum(1 for _ in pacer.pieces(whole((1000, 1000))))
    pacer._slowness = 1000.0
    slow = sum(1 for _ in pacer.pieces(whole((1000, 1000))))
    assert slow > 10 * quick


def test_pace_is_learned_from_what_reads_take():
    pacer = Pacer(storage())
    box = whole((10, 10))[0]
    pacer.timed(box, lambda: sum(range(200_000)))
    assert pacer._slowness > 1
    for _ in range(20):
        pacer.timed(whole((1000, 1000))[0], lambda: None)
    assert pacer._slowness < 1


@pytest.mark.parametrize(
    ("runs", "segments"),
    [
        ((Run(0, 1, 1, 1000), Run(0, 1, 1, 1000)), 1),
        ((Run(5, 1, 1, 20), Run(0, 1, 1, 1000)), 1),
        ((Run(0, 1, 1, 1000), Run(3)), 1000),
        ((Run(3), Run(0, 1, 1, 1000)), 1),
        ((Run(3), Run(0, 10, 100, 1)), 1),
        ((Run(3, 1, 1, 7), Run(0, 10, 100, 1)), 7),
        ((Run(0, 32, 10, 4), Run(0, 1, 1, 1000)), 10),
        ((Run(0, 32, 10, 4), Run(0, 1, 1, 5)), 40),
    ],
)
def test_contiguous_arrays_count_places_of_the_file(runs, segments):
    assert storage().estimate(Box(runs, (0, 0)))[0] == segments


def test_values_far_apart_are_places_of_their_own():
    wide = storage((10, 10_000))
    assert wide.estimate(Box((Run(3), Run(0, 2000, 5, 1)), (0, 0)))[0] == 5


def test_values_close_together_cost_what_lies_between():
    near, whole = (
        storage().estimate(Box((Run(3, 1, 1, 7), along), (0, 0)))
        for along in (Run(0, 10, 100, 1), Run(0, 1, 1, 991))
    )
    assert near == whole


def test_chunked_arrays_count_chunks():
    box = Box((Run(0, 1, 1, 1000), Run(3)), (0, 0))
    assert storage(chunk=(100, 100)).estimate(box)[0] == 10
    strided = Box((Run(0, 500, 2, 1), Run(3)), (0, 0))
    assert storage(chunk=(100, 100)).estimate(strided)[0] <= 4
