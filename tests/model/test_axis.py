import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usid_lab.model import table as table_module
from usid_lab.model.ancillary import index_table, value_table
from usid_lab.model.axis import LayoutKind, derive_axis
from usid_lab.model.dimension import Side
from usid_lab.model.table import ArrayTable

P, S = Side.POSITION, Side.SPECTROSCOPIC
LETTERS = "abcdef"


def derive(indices, values=None, side=P, labels=None):
    indices = np.asarray(indices)
    values = indices if values is None else np.asarray(values)
    width = indices.shape[1]
    return derive_axis(
        ArrayTable(indices.T),
        ArrayTable(values.T),
        labels or list(LETTERS[:width]),
        ["m"] * width,
        side,
    )


@st.composite
def grids(draw):
    """Sizes slowest first, and the order in which the columns are stored."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    columns = draw(st.permutations(range(len(sizes))))
    return tuple(sizes), list(columns)


@given(grids(), st.sampled_from(["u2", "u4", "i8", "f4"]), st.integers(0, 9))
def test_raster_is_found_in_any_order_of_columns(grid, dtype, first):
    sizes, columns = grid
    # Column c of the slowest-first table counts dimension c.
    table = index_table(sizes)[:, ::-1][:, columns].astype(dtype) + np.dtype(
        dtype
    ).type(first)
    axis = derive(table)
    assert axis.kind is LayoutKind.RASTER
    varying = [d for d in axis.dimensions if d.size > 1]
    expected = [LETTERS[columns.index(c)] for c, size in enumerate(sizes) if size > 1]
    assert [d.name for d in varying] == expected
    assert [d.size for d in varying] == [size for size in sizes if size > 1]


@given(grids())
def test_our_own_tables_come_back_in_the_order_they_were_written(grid):
    sizes, _ = grid
    labels = list(LETTERS[: len(sizes)])
    vectors = [np.arange(size) * 2.0 + 1 for size in sizes]
    axis = derive(index_table(sizes), value_table(vectors), labels=labels[::-1])
    assert [d.name for d in axis.dimensions] == labels
    for dimension, vector in zip(axis.dimensions, vectors, strict=True):
        np.testing.assert_array_equal(dimension.values, vector)


@given(grids(), st.randoms(use_true_random=False))
def test_a_shuffled_grid_is_placed_by_index(grid, random):
    sizes, columns = grid
    table = index_table(sizes)[:, ::-1][:, columns]
    order = list(range(len(table)))
    random.shuffle(order)
    axis = derive(table[order])
    if axis.entries is None:
        assert axis.kind is LayoutKind.RASTER
        entries = np.arange(len(table))
    else:
        assert axis.kind is LayoutKind.SHUFFLED
        entries = axis.entries
    grid_of_entries = entries.reshape(axis.sizes)
    by_name = [LETTERS.index(d.name) for d in axis.dimensions]
    for place in np.ndindex(*axis.sizes):
        row = table[order][grid_of_entries[place]]
        assert [row[column] for column in by_name] == list(place)


def serpentine(rows, columns):
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.stack([np.where(y % 2, columns - 1 - x, x), y], axis=1)


@pytest.mark.parametrize("shape", [(2, 2), (5, 2), (2, 5), (7, 9)])
@pytest.mark.parametrize("flipped", [False, True])
def test_serpentine_keeps_its_slow_axis_slow(shape, flipped):
    table = serpentine(*shape)
    labels = ["X", "Y"]
    if flipped:
        table, labels = table[:, ::-1], labels[::-1]
    axis = derive(table, labels=labels)
    assert axis.kind is LayoutKind.SHUFFLED
    assert [d.name for d in axis.dimensions] == ["Y", "X"]
    assert axis.sizes == shape


def test_an_aborted_scan_has_gaps():
    axis = derive(index_table((4, 5))[:13])
    assert axis.kind is LayoutKind.INCOMPLETE
    assert axis.has_gaps
    assert axis.sizes == (3, 5)
    np.testing.assert_array_equal(axis.entries, [*range(13), -1, -1])


def test_points_of_the_specification_are_sparse():
    count = np.arange(8)
    values = np.random.default_rng(0).random((8, 2))
    axis = derive(np.stack([count, count], axis=1), values, labels=["X", "Y"])
    assert axis.kind is LayoutKind.SPARSE
    assert [d.name for d in axis.dimensions] == ["Point"]
    assert [d.name for d in axis.along] == ["Y", "X"]
    np.testing.assert_array_equal(axis.along[1].values, values[:, 0])


def test_few_points_on_a_wide_grid_are_sparse():
    rng = np.random.default_rng(1)
    spots = rng.choice(64 * 64, 300, replace=False)
    axis = derive(np.stack(np.divmod(spots, 64), axis=1))
    assert axis.kind is LayoutKind.SPARSE


@pytest.mark.parametrize("side", [P, S])
def test_places_that_are_visited_twice_have_no_grid(side):
    axis = derive([[0, 0], [1, 0], [0, 1], [1, 1], [0, 0]], side=side)
    assert axis.kind is (LayoutKind.SPARSE if side is P else LayoutKind.DEPENDENT)
    assert axis.sizes == (5,)


def test_an_index_that_never_starts_again_spans_no_grid():
    # Offsets counted on through four cycles: 40 x 4 is not what was measured.
    offset = np.arange(40)
    axis = derive(np.stack([offset, offset // 10], axis=1), side=S)
    assert axis.kind is LayoutKind.DEPENDENT
    assert axis.dimensions[0].name == "Step"


def test_values_that_depend_on_another_dimension_are_told():
    indices = index_table((2, 3))
    values = indices.astype(float)
    values[3:, 0] += 5
    axis = derive(indices, values)
    assert axis.kind is LayoutKind.DEPENDENT
    assert axis.dependent == ("a",)
    assert axis.sizes == (2, 3)
    np.testing.assert_array_equal(axis.dimensions[1].values, [0, 1, 2])


def test_rounding_is_not_dependence():
    indices = index_table((3, 4))
    values = indices * 0.1 + np.random.default_rng(0).normal(0, 1e-9, (12, 2))
    assert derive(indices, values).kind is LayoutKind.RASTER


@pytest.mark.parametrize(
    ("dtype", "drift", "dependent"),
    [("f4", 1.0, False), ("f8", 1.0, True), ("f8", 1e-4, False), ("f4", 500.0, True)],
)
@pytest.mark.parametrize("order", [slice(None), [3, 2, 1, 0]])
def test_drift_is_told_from_rounding_by_the_precision_of_the_table(
    dtype, drift, dependent, order
):
    indices = index_table((2, 2))
    values = np.array([[1, 5e6], [2, 5e6 + drift], [1, 5e6 + 10], [2, 5e6 + 10]], dtype)
    axis = derive(indices[order], values[order])
    assert axis.dependent == (("b",) if dependent else ())


def test_nan_among_values_is_no_dependence():
    values = value_table([[0.0, np.nan], [1.0, 2.0]])
    assert derive(index_table((2, 2)), values).kind is LayoutKind.RASTER


def test_nan_in_one_place_only_is_dependence():
    values = value_table([[0.0, 1.0], [1.0, 2.0]])
    values[3, 0] = np.nan
    assert derive(index_table((2, 2)), values).dependent == ("a",)


@pytest.mark.parametrize("odd", [0.5, np.nan, np.inf, 2.0**60])
def test_indices_that_are_no_whole_numbers_make_points(odd):
    assert derive([[0.0], [odd]]).kind is LayoutKind.SPARSE


def test_more_dimensions_than_points():
    axis = derive([[0, 0, 0]])
    assert axis.kind is LayoutKind.RASTER
    assert axis.sizes == (1, 1, 1)


def test_gaps_in_the_indices_are_closed():
    axis = derive([[10], [30], [20], [40]])
    assert axis.kind is LayoutKind.SHUFFLED
    np.testing.assert_array_equal(axis.dimensions[0].values, [10, 20, 30, 40])


def test_far_indices_are_ranked_too():
    far = 2**40
    axis = derive([[far * 3], [0], [far]])
    np.testing.assert_array_equal(axis.entries, [1, 2, 0])


def test_no_entries_at_all():
    axis = derive(np.empty((0, 2), np.uint32))
    assert axis.sizes == (0,)


def test_key_is_that_of_the_values():
    first = derive(index_table((2, 3)), value_table([[0, 1], [0, 1, 2]]))
    same = derive(index_table((2, 3)), value_table([[0, 1], [0, 1, 2]]))
    other = derive(index_table((2, 3)), value_table([[0, 1], [0, 1, 3]]))
    assert first.key == same.key != other.key


@settings(max_examples=50)
@given(grids(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_blocks_see_what_the_whole_sees(grid, size, random):
    sizes, columns = grid
    table = index_table(sizes)[:, ::-1][:, columns]
    order = list(range(len(table)))
    random.shuffle(order)
    whole = derive(table[order])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module.blocks, "__defaults__", (size,))
        parts = derive(table[order])
    assert whole.key == parts.key
    assert whole.kind is parts.kind


def test_values_that_are_infinite(recwarn):
    vectors = ArrayTable(np.array([[0.0, np.inf, 2.0] * 2]))
    indices = ArrayTable(np.array([[0, 1, 2] * 2, [0, 0, 0, 1, 1, 1]]))
    values = ArrayTable(np.vstack([vectors.block(0, 6), indices.block(0, 6)[1:]]))
    axis = derive_axis(indices, values, ["X", "Y"], ["", ""], Side.POSITION)
    assert axis.dimensions[1].values[1] == np.inf
    assert not recwarn.list
