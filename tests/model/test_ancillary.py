import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import DimensionError, LayoutError
from usid_lab.model import ancillary
from usid_lab.model.ancillary import (
    grid_shape,
    index_table,
    indices_from_values,
    point_tables,
    reduced_tables,
    tables_of,
    value_dtype,
    value_table,
)
from usid_lab.model.dimension import Dimension, Mode

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=5).map(tuple)


@given(SIZES)
def test_indices_are_those_of_numpy_fastest_first(sizes):
    table = index_table(sizes)
    expected = np.indices(sizes).reshape(len(sizes), -1)[::-1].T
    assert table.dtype == np.uint32
    np.testing.assert_array_equal(table, expected)


@given(SIZES)
def test_values_belong_to_their_indices(sizes):
    vectors = [np.arange(size) * 10.0 + axis for axis, size in enumerate(sizes)]
    values, indices = value_table(vectors), index_table(sizes)
    for column, vector in enumerate(vectors[::-1]):
        np.testing.assert_array_equal(values[:, column], vector[indices[:, column]])


def test_points_count_alike_in_every_column():
    indices, values = point_tables([[5.0, 6.0], [7.0, 8.0]])
    np.testing.assert_array_equal(indices, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(values, [[7, 5], [8, 6]])


@pytest.mark.parametrize(
    ("vector", "dtype"),
    [
        (np.linspace(0, 5e-6, 128), np.float32),
        (3e5 + np.arange(100) * 100.0, np.float32),
        (1e6 + np.arange(100) * 0.3, np.float64),
        (np.array([1.7e9, 1.7e9 + 1]), np.float64),
        (np.array([1e300]), np.float64),
        (np.array([1e-60]), np.float64),
        (np.array([np.nan, 1.0, np.inf]), np.float32),
        (np.zeros(3), np.float32),
    ],
)
def test_float64_only_where_float32_loses_steps(vector, dtype):
    assert value_dtype([vector]) == dtype


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_a_lost_step_between_blocks_is_seen(monkeypatch, block):
    monkeypatch.setattr(ancillary, "_BLOCK", block)
    assert value_dtype([np.array([0.0, 1e6, 1e6 + 0.01, 2e6])]) == np.float64
    assert value_dtype([np.array([0.0, 1e6, 2e6])]) == np.float32


def dimensions_of(sizes):
    return [
        Dimension(f"d{axis}", "m", np.arange(size) * 0.5 + axis)
        for axis, size in enumerate(sizes)
    ]


@given(SIZES)
def test_tables_of_a_grid_are_those_of_nested_loops(sizes):
    dimensions = dimensions_of(sizes)
    indices, values = tables_of(dimensions)
    for entry, place in enumerate(itertools.product(*map(range, sizes))):
        assert tuple(indices[entry, ::-1]) == place
        wanted = [d.values[i] for d, i in zip(dimensions, place, strict=True)]
        assert values[entry, ::-1].tolist() == wanted
    assert len(indices) == np.prod(sizes)
    assert (indices.dtype, values.dtype) == (np.uint32, np.float32)


@given(SIZES, st.data())
def test_dependent_values_stand_where_their_indices_are(sizes, data):
    dimensions = dimensions_of(sizes)
    axis = data.draw(st.integers(0, len(sizes) - 1))
    whole = data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes)))
    shape = [
        n if keep or own == axis else 1
        for own, (n, keep) in enumerate(zip(sizes, whole, strict=True))
    ]
    own = np.random.default_rng(0).integers(0, 999, shape).astype(float)
    dimensions[axis] = Dimension("loose", "V", own, Mode.DEPENDENT)
    indices, values = tables_of(dimensions)
    assert grid_shape(dimensions) == sizes
    for entry, place in enumerate(itertools.product(*map(range, sizes))):
        spot = tuple(i if n > 1 else 0 for i, n in zip(place, shape, strict=True))
        assert tuple(indices[entry, ::-1]) == place
        assert values[entry, ::-1][axis] == own[spot]


def test_points_have_one_entry_each():
    y = Dimension("Y", "m", [5, 6, 4], "incomplete")
    x = Dimension("X", "m", [7, 8, 9], "incomplete")
    indices, values = tables_of([y, x])
    np.testing.assert_array_equal(indices, [[0, 0], [1, 1], [2, 2]])
    np.testing.assert_array_equal(values, [[7, 5], [8, 6], [9, 4]])
    assert grid_shape([y, x]) == (3,)


@pytest.mark.parametrize(
    ("dimensions", "says"),
    [
        ([], "at least one dimension"),
        (
            [Dimension("Y", "m", 3, "incomplete"), Dimension("X", "m", 3)],
            "do not mix.*Y: incomplete, X: default",
        ),
        (
            [Dimension(n, "m", c, "incomplete") for n, c in (("Y", 3), ("X", 4))],
            "as many values of one coordinate.*Y: 3, X: 4",
        ),
        (
            [Dimension("Y", "m", 3), Dimension("X", "m", [1, 2], "dependent")],
            r"'X' need an axis for each of Y, X.*shape \(2,\)",
        ),
        (
            [Dimension("Y", "m", 3), Dimension("X", "m", np.ones((2, 4)), "dependent")],
            r"'X' have the shape \(2, 4\), the dimensions Y, X make \(3, 4\)",
        ),
    ],
)
def test_dimensions_that_do_not_fit_together(dimensions, says):
    with pytest.raises(LayoutError, match=says):
        tables_of(dimensions)


def test_big_values_keep_their_precision():
    times = Dimension("Time", "s", 1.7e9 + np.arange(4) * 0.25)
    _, values = tables_of([times])
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values[:, 0], times.values)


def stepped(values):
    """Indices by the rules in words, one entry after the other."""
    dims, entries = values.shape

    def same(a, b):
        return a == b or (a != a and b != b)

    changes = [
        sum(not same(row[k], row[k - 1]) for k in range(entries)) for row in values
    ]
    slow_to_fast = sorted(range(dims), key=lambda d: changes[d])
    now = [0] * dims
    rows = [list(now)]
    for k in range(1, entries):
        moved = [d for d in slow_to_fast if not same(values[d, k], values[d, k - 1])]
        stepping = moved[0] if moved else slow_to_fast[-1]
        now[stepping] += 1
        for faster in slow_to_fast[slow_to_fast.index(stepping) + 1 :]:
            now[faster] = 0
        rows.append(list(now))
    return np.array(rows).T


@given(st.integers(1, 4), st.integers(1, 12), st.data())
def test_indices_from_any_values_follow_the_rules(dims, entries, data):
    cell = st.sampled_from([0.0, 1.0, 2.0, np.nan])
    flat = data.draw(st.lists(cell, min_size=dims * entries, max_size=dims * entries))
    values = np.array(flat).reshape(dims, entries)
    np.testing.assert_array_equal(indices_from_values(values), stepped(values))


@given(st.lists(st.integers(2, 5), min_size=1, max_size=4).map(tuple))
def test_indices_come_back_from_the_values_of_a_grid(sizes):
    indices, values = tables_of(dimensions_of(sizes))
    found = indices_from_values(values.T)
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found.T, indices)


def test_a_sweep_up_and_down_steps_on_where_values_repeat():
    bias = [0, 1, 2, 2, 1, 0]
    values = np.array([bias * 3, np.repeat([5, 6, 7], 6)])
    found = indices_from_values(values)
    np.testing.assert_array_equal(found, [list(range(6)) * 3, np.repeat(range(3), 6)])


@pytest.mark.parametrize("shape", [(2, 0), (3, 1)])
def test_indices_of_hardly_any_values(shape):
    np.testing.assert_array_equal(indices_from_values(np.ones(shape)), np.zeros(shape))


@given(SIZES, st.data())
def test_dropped_dimensions_leave_the_entries_at_their_first_index(sizes, data):
    indices, values = tables_of(dimensions_of(sizes))
    names = [f"d{axis}" for axis in range(len(sizes))][::-1]
    units = [f"u{axis}" for axis in range(len(sizes))][::-1]
    drop = data.draw(st.sets(st.sampled_from(names)))
    first = data.draw(st.integers(0, 3))
    kept = [
        entry
        for entry in range(len(indices))
        if all(indices[entry, names.index(name)] == 0 for name in drop)
    ]
    found = reduced_tables(indices + first, values, names, units, drop)
    left = [column for column, name in enumerate(names) if name not in drop]
    if not left:
        assert found.kept.tolist() == [0]
        assert (found.labels, found.units) == (("Single_Step",), ("a. u.",))
        assert found.indices.tolist() == [[0]]
        assert found.values.tolist() == [[0.0]]
        return
    assert found.kept.tolist() == kept
    assert found.labels == tuple(names[column] for column in left)
    assert found.units == tuple(units[column] for column in left)
    np.testing.assert_array_equal(found.indices, (indices + first)[kept][:, left])
    np.testing.assert_array_equal(found.values, values[kept][:, left])


def test_dropping_keeps_the_order_of_a_serpentine():
    indices = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]])
    found = reduced_tables(indices, indices, ["X", "Y"], ["m", "m"], ["X"])
    assert found.kept.tolist() == [0, 5]
    assert found.indices.tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("drop", "says"),
    [
        (["Z"], "no dimension 'Z'; there are: X, X, Y"),
        (["X"], "'X' names 2 dimensions"),
    ],
)
def test_what_cannot_be_dropped(drop, says):
    table = index_table((2, 2, 2))
    with pytest.raises(DimensionError, match=says):
        reduced_tables(table, table, ["X", "X", "Y"], ["", "", ""], drop)
