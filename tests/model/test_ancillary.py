import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.model.ancillary import index_table, point_tables, value_dtype, value_table

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
