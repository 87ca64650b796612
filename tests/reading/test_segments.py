import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.segments import Segments, segments_of


@st.composite
def boxes(draw):
    """Shape of an array, and a hyperslab of it."""
    shape = draw(st.lists(st.integers(1, 12), max_size=4))
    runs = []
    for size in shape:
        start = draw(st.integers(0, size - 1))
        block = draw(st.integers(1, size - start))
        stride = draw(st.integers(block, size))
        count = draw(st.integers(1, 1 + (size - start - block) // stride))
        runs.append(Run(start, stride, count, block))
    return shape, Box(tuple(runs), (0,) * len(runs))


def entries(run):
    blocks = run.start + np.arange(run.count) * run.stride
    return (blocks[:, None] + np.arange(run.block)).ravel()


@given(boxes(), st.integers(1, 16), st.integers(0, 5000))
def test_segments_are_the_bytes_of_the_values(case, itemsize, offset):
    shape, box = case
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    wanted = numbers[np.ix_(*map(entries, box.runs))].ravel() * itemsize + offset
    steps = [itemsize * int(np.prod(shape[a + 1 :])) for a in range(len(shape))]
    found = segments_of(box, steps, itemsize, offset)
    starts = found.starts[:, None] + np.arange(0, found.length, itemsize)
    np.testing.assert_array_equal(starts.ravel(), wanted)
    assert found.nbytes == box.size * itemsize


def test_neighbours_are_one_segment():
    rows = Box((Run(3, 1, 1, 4), Run(0, 1, 1, 10)), (0, 0))
    found = segments_of(rows, (80, 8), 8, 100)
    assert (found.starts.tolist(), found.length) == ([100 + 240], 320)


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=40),
    st.integers(1, 20),
    st.integers(0, 50),
    st.integers(1, 400),
)
def test_spans_cover_segments_in_order(gaps, length, gap, most):
    starts = np.cumsum(np.array(gaps) + length)
    spans = list(Segments(starts, length).spans(gap, most))
    numbers = [n for first, last in spans for n in range(first, last)]
    assert numbers == list(range(len(starts)))
    for first, last in spans:
        inside = starts[first:last]
        assert last - first == 1 or inside[-1] + length - inside[0] <= most
        assert (np.diff(inside) - length <= gap).all()


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=40),
    st.integers(1, 12),
    st.integers(1, 12),
    st.booleans(),
    st.integers(1, 400),
)
def test_parts_are_whole_rows_in_order(gaps, shorter, times, of_row, most):
    """A segment is some rows, or a row some segments."""
    length, row = (shorter, shorter * times) if of_row else (shorter * times, shorter)
    several = max(1, row // length)
    starts = np.cumsum(np.array(gaps + [0] * (-len(gaps) % several)) + length)
    parts = Segments(starts, length).parts(row, most)
    for part in parts:
        assert part.nbytes % row == 0
        assert part.nbytes <= max(row, most)
    found = [part.starts[:, None] + np.arange(part.length) for part in parts]
    wanted = starts[:, None] + np.arange(length)
    np.testing.assert_array_equal(
        np.concatenate([f.ravel() for f in found]), wanted.ravel()
    )


def test_rows_that_begin_within_segments_have_no_parts():
    assert Segments(np.array([0, 100]), 9).parts(6, 1000) is None


def test_few_spans_are_made():
    starts = np.array([0, 10, 20, 100, 110])
    assert list(Segments(starts, 4).spans(6, 1000)) == [(0, 3), (3, 5)]
    assert list(Segments(starts, 4).spans(6, 14)) == [(0, 2), (2, 3), (3, 5)]


def test_dense_is_what_lies_close_together():
    starts = np.array([0, 10, 20, 100])
    assert Segments(starts, 4).is_dense(6)
    assert not Segments(starts, 4).is_dense(5)
