import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from usid_lab.model.placing import place
from usid_lab.model.raster import Pattern, find_raster, windows
from usid_lab.model.reference import reference_values
from usid_lab.model.table import ArrayTable

DTYPES = ("u1", "u2", "u4", "i8", "f4", "f8")


@st.composite
def tables(draw):
    """A table in raster order, looped; its sizes and columns, slowest first."""
    sizes = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    order = tuple(draw(st.permutations(range(len(sizes)))))
    low = draw(st.integers(0, 3))
    table = np.empty((len(sizes), math.prod(sizes)), draw(st.sampled_from(DTYPES)))
    for entry, spot in enumerate(np.ndindex(sizes)):
        for column, index in zip(order, spot, strict=True):
            table[column, entry] = index + low
    if draw(st.booleans()):  # as position tables lie in memory
        table = np.ascontiguousarray(table.T).T
    return table, sizes, order


small_windows = st.integers(1, 40)


def cut_into(most, patch):
    patch.setattr(windows, "__defaults__", (most,))


@given(tables(), small_windows)
def test_a_raster_is_found_whatever_its_blocks(made, most):
    table, sizes, order = made
    with pytest.MonkeyPatch.context() as patch:
        cut_into(most, patch)
        found = find_raster(ArrayTable(table))
    assert found is not None
    varying = [(c, n) for c, n in zip(order, sizes, strict=True) if n > 1]
    mine = [(c, n) for c, n in zip(found.order, found.sizes, strict=True) if n > 1]
    assert mine == varying


@given(tables(), small_windows, st.data())
def test_one_wrong_index_anywhere_is_noticed(made, most, data):
    table, sizes, _ = made
    spot = tuple(data.draw(st.integers(0, size - 1)) for size in table.shape)
    wrong = data.draw(st.integers(0, 9))
    assume(table[spot] != wrong)
    assume(math.prod(sizes) > 1)
    table[spot] = wrong
    with pytest.MonkeyPatch.context() as patch:
        cut_into(most, patch)
        found = find_raster(ArrayTable(table))
    if found is not None:  # the wrong one makes another raster
        expected = np.array(list(np.ndindex(found.sizes))).T
        for axis, column in enumerate(found.order):
            np.testing.assert_array_equal(
                table[column], expected[axis] + found.lows[axis]
            )


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), small_windows)
def test_windows_cover_the_table_once_and_in_order(sizes, most):
    cuts = list(windows(tuple(sizes), most))
    assert [cut.start for cut in cuts[1:]] == [cut.stop for cut in cuts[:-1]]
    assert (cuts[0].start, cuts[-1].stop) == (0, math.prod(sizes))
    assert all(0 < cut.stop - cut.start <= most for cut in cuts)


@given(tables(), small_windows, st.randoms(use_true_random=False))
def test_the_values_are_those_met_first(made, most, random):
    table, sizes, order = made
    low = table.min()
    vectors = [np.array([random.random() for _ in range(n)]) for n in sizes]
    values = np.empty(table.shape)
    for column, vector in zip(order, vectors, strict=True):
        values[column] = vector[(table[column] - low).astype(int)]
    placing = place(ArrayTable(table))
    with pytest.MonkeyPatch.context() as patch:
        cut_into(most, patch)
        found = reference_values(ArrayTable(values), placing)
    for column, reference in zip(placing.order, found, strict=True):
        np.testing.assert_array_equal(reference.values, vectors[order.index(column)])
        assert reference.separable


@given(tables(), small_windows, st.data())
def test_one_value_that_differs_anywhere_is_noticed(made, most, data):
    table, sizes, order = made
    values = table.astype(float)
    column = data.draw(st.integers(0, len(sizes) - 1))
    entry = data.draw(st.integers(0, table.shape[1] - 1))
    repeated = math.prod(sizes) > sizes[order.index(column)]
    values[column, entry] += 0.5
    placing = place(ArrayTable(table))
    with pytest.MonkeyPatch.context() as patch:
        cut_into(most, patch)
        found = reference_values(ArrayTable(values), placing)
    separable = {c: r.separable for c, r in zip(placing.order, found, strict=True)}
    assert separable.pop(column) is not repeated
    assert all(separable.values())


def test_a_pattern_is_of_the_type_and_layout_of_the_table():
    like = np.zeros((4, 2), np.uint16).T
    pattern = Pattern((1, 0), (2, 2), [np.arange(2), np.array([7, 8])])
    (window,) = windows((2, 2))
    made = pattern.at(window, like)
    assert made.dtype == np.uint16
    assert made.flags.f_contiguous
    assert made.tolist() == [[7, 8, 7, 8], [0, 0, 1, 1]]


@pytest.mark.parametrize("index", [np.nan, np.inf, 0.5, 2.0**53])
def test_what_is_no_whole_number_is_no_raster(index):
    assert find_raster(ArrayTable(np.array([[0.0, 1.0, index]]))) is None
    assert find_raster(ArrayTable(np.array([[index, 1.0, 2.0]]))) is None
