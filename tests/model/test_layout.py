"""Every case of order that files have, against nested loops over the tables."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.model.ancillary import index_table
from usid_lab.model.axis import LayoutKind, derive_axis, plain_axis
from usid_lab.model.dimension import Dimension, Mode, Side
from usid_lab.model.layout import Layout, combine
from usid_lab.model.table import ArrayTable

P, S = Side.POSITION, Side.SPECTROSCOPIC
SPEEDS = ["slow", "middle", "fast"]


def derive(indices, values=None, labels=None, side=P):
    """Derive an axis of tables with one row for each entry."""
    indices = np.asarray(indices)
    values = indices if values is None else np.asarray(values)
    labels = labels or list("abcdef"[: indices.shape[1]])
    units = [f"{label} unit" for label in labels]
    return derive_axis(ArrayTable(indices.T), ArrayTable(values.T), labels, units, side)


def unfolded(axis):
    """Stored entry at each place of the N-D form."""
    if axis.entries is None:
        return np.arange(axis.length).reshape(axis.sizes)
    return axis.entries.reshape(axis.sizes)


def looped(indices, labels, dims):
    """Stored entry at each place, found by walking over the table."""
    columns = [labels.index(name) for name in dims]
    levels = [sorted({row[c] for row in indices.tolist()}) for c in columns]
    truth = np.full([len(level) for level in levels], -1)
    for entry, row in enumerate(indices.tolist()):
        place = [level.index(row[c]) for level, c in zip(levels, columns, strict=True)]
        truth[tuple(place)] = entry
    return truth


def check(indices, kind, dims, labels=None, values=None, side=P):
    """Check that the N-D form is that of the loops, with values and units."""
    indices = np.asarray(indices)
    labels = labels or list("abcdef"[: indices.shape[1]])
    values = indices * 0.5 + 3 if values is None else np.asarray(values)
    axis = derive(indices, values, labels, side)
    assert axis.kind is kind
    assert [d.name for d in axis.dimensions] == dims
    np.testing.assert_array_equal(unfolded(axis), looped(indices, labels, dims))
    for dimension in axis.dimensions:
        column = labels.index(dimension.name)
        first = {}
        for row, value in zip(indices[:, column], values[:, column], strict=True):
            first.setdefault(float(row), value)
        assert dimension.values.tolist() == [first[key] for key in sorted(first)]
        assert dimension.units == f"{dimension.name} unit"
    return axis


def grid(sizes, columns=None):
    """Index table of a grid; column c counts dimension columns[c], slowest 0."""
    columns = range(len(sizes))[::-1] if columns is None else columns
    return index_table(sizes)[:, ::-1][:, columns]


@pytest.mark.parametrize("columns", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("sizes", [(2, 3, 4), (4, 3, 2), (3, 3, 3), (2, 2, 5)])
def test_raster_with_columns_in_any_order(sizes, columns):
    # Sizes that are equal are told apart by how often their indices change.
    labels = [SPEEDS[c] for c in columns]
    check(grid(sizes, list(columns)), LayoutKind.RASTER, SPEEDS, labels)


@pytest.mark.parametrize("turned", [{"fast"}, {"fast", "middle"}, {"middle"}])
@pytest.mark.parametrize("columns", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_serpentine_in_three_dimensions(turned, columns):
    rows = []
    for slow in range(4):
        for step in range(3):
            back = "middle" in turned and slow % 2
            middle = 2 - step if back else step
            for move in range(5):
                odd = "fast" in turned and (slow * 3 + step) % 2
                rows.append((slow, middle, 4 - move if odd else move))
    labels = [SPEEDS[c] for c in columns]
    table = np.array(rows)[:, list(columns)]
    check(table, LayoutKind.SHUFFLED, SPEEDS, labels)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple),
    st.randoms(use_true_random=False),
    st.integers(0, 5),
    st.sampled_from(["u1", "u2", "<u4", ">i4", "i8", "f4", ">f8"]),
)
def test_any_order_of_rows_is_put_in_its_places(sizes, random, first, dtype):
    order = list(range(math.prod(sizes)))
    random.shuffle(order)
    table = (grid(sizes)[order] + first).astype(dtype)
    axis = derive(table)
    dims = [d.name for d in axis.dimensions]
    assert sorted(dims) == list("abcd"[: len(sizes)])
    labels = list("abcd"[: len(sizes)])
    np.testing.assert_array_equal(unfolded(axis), looped(table, labels, dims))
    assert axis.kind in {LayoutKind.RASTER, LayoutKind.SHUFFLED}


def test_a_tie_goes_by_the_order_of_columns_of_the_specification():
    # A diagonal walk changes both indices at every step.
    table = [(step % 3, (step + step // 3) % 3) for step in range(9)]
    check(table, LayoutKind.SHUFFLED, ["b", "a"])
    check([row[::-1] for row in table], LayoutKind.SHUFFLED, ["b", "a"])


def test_a_random_order_says_nothing_of_speed():
    # By chance the column that is fastest by the specification changes less here.
    order = np.random.default_rng(4).permutation(20)
    table = grid((4, 5))[order]
    changes = (np.diff(table.astype(int), axis=0) != 0).sum(axis=0)
    table = table[:, np.argsort(changes, kind="stable")]
    assert changes.min() < changes.max()
    check(table, LayoutKind.SHUFFLED, ["b", "a"])


@pytest.mark.parametrize("missing", [[11], [3, 7], [0, 1, 2, 4]])
@pytest.mark.parametrize("columns", [(0, 1), (1, 0)])
def test_an_incomplete_grid_has_gaps_where_nothing_was_measured(missing, columns):
    table = np.delete(grid((3, 4), list(columns)), missing, axis=0)
    labels = ["YX"[c] for c in columns]
    axis = check(table, LayoutKind.INCOMPLETE, ["Y", "X"], labels)
    assert axis.has_gaps
    gaps = [place for place in range(12) if place in missing]
    np.testing.assert_array_equal(np.flatnonzero(unfolded(axis).ravel() < 0), gaps)


def test_an_aborted_serpentine_has_both():
    y, x = np.divmod(np.arange(14), 4)
    table = np.stack([np.where(y % 2, 3 - x, x), y], axis=1)
    axis = check(table, LayoutKind.INCOMPLETE, ["Y", "X"], ["X", "Y"])
    assert unfolded(axis)[3].tolist() == [-1, -1, 13, 12]


@pytest.mark.parametrize("dtype", ["u2", "u4", "f4"])
def test_points_carry_their_coordinates(dtype):
    count = np.arange(9)
    coordinates = np.random.default_rng(0).random((9, 3))
    table = np.stack([count, count, count], axis=1).astype(dtype)
    axis = derive(table, coordinates, ["X", "Y", "Z"])
    assert axis.kind is LayoutKind.SPARSE
    assert [(d.name, d.mode) for d in axis.along] == [
        (name, Mode.INCOMPLETE) for name in "ZYX"
    ]
    for dimension, column in zip(axis.along, coordinates.T[::-1], strict=True):
        np.testing.assert_array_equal(dimension.values, column)


def test_two_points_of_a_scattered_measurement_are_no_grid():
    assert derive([[0, 0, 0], [1, 1, 0]]).kind is LayoutKind.SPARSE


@pytest.mark.parametrize("columns", list(itertools.permutations(range(4))))
def test_dimensions_of_one_index_change_no_order(columns):
    sizes = (1, 3, 1, 2)
    labels = ["pqrs"[c] for c in columns]
    axis = derive(grid(sizes, list(columns)), labels=labels)
    assert axis.kind is LayoutKind.RASTER
    dims = [d.name for d in axis.dimensions]
    assert [name for name in dims if name in "qs"] == ["q", "s"]
    assert {d.name: d.size for d in axis.dimensions} == dict(
        zip("pqrs", sizes, strict=True)
    )


@pytest.mark.parametrize("width", [1, 2, 5])
def test_more_dimensions_than_points(width):
    axis = check([[0] * width], LayoutKind.RASTER, list("abcde"[:width])[::-1])
    assert axis.sizes == (1,) * width
    pair = np.zeros((2, width), int)
    pair[1, 0] = 1
    assert derive(pair).sizes == (1,) * (width - 1) + (2,)


@pytest.mark.parametrize("first", [-3, 1, 7, 40])
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_indices_may_start_anywhere(first, dtype):
    table = np.add(grid((3, 4)).astype(int), (first, 2 * first)).astype(dtype)
    check(table, LayoutKind.RASTER, ["b", "a"])


def test_every_second_index_is_a_grid_too():
    check(grid((3, 4)) * 2, LayoutKind.RASTER, ["b", "a"])


@pytest.mark.parametrize("side", [P, S])
def test_both_sides_follow_the_same_rules(side):
    axis = check(grid((2, 5)), LayoutKind.RASTER, ["b", "a"], side=side)
    assert {d.side for d in axis.dimensions} == {side}


def dependent_table(sizes, rng):
    """Values of the fastest dimension that differ with all others."""
    indices = index_table(sizes)
    values = indices.astype(np.float64)
    values[:, 0] = rng.permutation(len(values)) * 10.0
    return indices, values


@pytest.mark.parametrize("sizes", [(2, 3), (3, 2, 4)])
@pytest.mark.parametrize("order", ["raster", "shuffled"])
def test_dependent_values_stand_at_every_place(sizes, order):
    rng = np.random.default_rng(3)
    indices, values = dependent_table(sizes, rng)
    entries = np.arange(len(indices))
    if order == "shuffled":
        entries = rng.permutation(entries)
    labels = list("abc"[: len(sizes)])
    axis = derive(indices[entries], values[entries], labels, S)
    assert axis.kind is LayoutKind.DEPENDENT
    assert axis.dependent == ("a",)
    layout = combine([axis])
    assert list(layout.grids) == ["a"]
    dims, found = layout.grids["a"]
    assert dims == layout.dims
    by_place = {
        tuple(row): value
        for row, value in zip(indices.tolist(), values[:, 0], strict=True)
    }
    columns = [labels.index(name) for name in dims]
    for place in np.ndindex(*found.shape):
        row = [0] * len(sizes)
        for index, column in zip(place, columns, strict=True):
            row[column] = index
        assert found[place] == by_place[tuple(row)]
    modes = {d.name: d.mode for d in layout.dimensions}
    assert modes.pop("a") is Mode.DEPENDENT
    assert set(modes.values()) == {Mode.DEFAULT}
    with pytest.raises(ValueError, match="read-only"):
        found[...] = 0


@pytest.mark.parametrize("dtype", ["f4", ">f4", "f8", "i4"])
def test_n_dimensional_coordinates_keep_float32(dtype):
    indices, values = dependent_table((3, 4), np.random.default_rng(0))
    axis = derive(indices, values.astype(dtype))
    assert axis.grids[0] is None
    single = np.dtype(dtype).newbyteorder("=") == np.float32
    assert axis.grids[1].dtype == (np.float32 if single else np.float64)
    np.testing.assert_array_equal(axis.grids[1].ravel(), values[:, 0])
    assert axis.nbytes >= axis.grids[1].nbytes


def test_dependent_values_in_an_incomplete_grid_are_nan_in_its_gaps():
    indices, values = dependent_table((3, 4), np.random.default_rng(0))
    values = values.astype(np.int32)
    axis = derive(indices[:10], values[:10])
    assert axis.kind is LayoutKind.INCOMPLETE
    assert axis.dependent == ("a",)
    wanted = np.append(values[:10, 0].astype(float), [np.nan, np.nan])
    np.testing.assert_array_equal(axis.grids[1].ravel(), wanted)


def test_values_that_drift_within_one_index_are_dependent():
    # Each pixel of a drifting scan has a place of its own.
    indices = index_table((5, 6))
    drift = np.random.default_rng(1).normal(0, 0.2, indices.shape)
    axis = derive(indices, indices + drift, ["X", "Y"])
    layout = combine([axis])
    assert list(layout.grids) == ["Y", "X"]
    np.testing.assert_array_equal(layout.grids["X"][1].ravel(), (indices + drift)[:, 0])


def both(position, spectroscopic):
    return combine(
        [
            derive(grid((2,) * len(position)), labels=position),
            derive(grid((3,) * len(spectroscopic)), labels=spectroscopic, side=S),
        ]
    )


@pytest.mark.parametrize(
    ("position", "spectroscopic", "dims"),
    [
        (["X", "Y"], ["Bias"], ("Y", "X", "Bias")),
        (["X", "Y"], ["X"], ("Y", "X (position)", "X (spectroscopic)")),
        (["X", "X"], ["Bias"], ("X", "X 2", "Bias")),
        (
            ["X", "X"],
            ["X", "X"],
            (
                "X (position)",
                "X (position) 2",
                "X (spectroscopic)",
                "X (spectroscopic) 2",
            ),
        ),
        (["X", "X 2", "X"], ["B"], ("X", "X 2", "X 3", "B")),
        (["", ""], [""], (" (position)", " (position) 2", " (spectroscopic)")),
    ],
)
def test_every_dimension_has_a_name_of_its_own(position, spectroscopic, dims):
    layout = both(position, spectroscopic)
    assert layout.dims == dims
    labels = [d.label for d in layout.dimensions]
    assert labels == position[::-1] + spectroscopic[::-1]
    assert list(layout.sizes) == list(layout.coords) == list(dims)
    assert layout.shape == (2,) * len(position) + (3,) * len(spectroscopic)
    assert layout.stored_shape == (2 ** len(position), 3 ** len(spectroscopic))


def test_coordinates_of_points_have_names_of_their_own_too():
    points, spectra = [[0, 0], [1, 1]], [[0], [1], [2]]
    axes = [
        derive(points, [[5.0, 6.0], [7.0, 9.0]], ["X", "X"]),
        derive(spectra, labels=["Point"], side=S),
    ]
    layout = combine(axes)
    assert layout.dims == ("Point (position)", "Point (spectroscopic)")
    assert [d.name for d in layout.along] == ["X", "X 2"]
    assert set(layout.coords) == {*layout.dims, "X", "X 2"}


def test_the_least_regular_side_names_the_whole():
    raster = derive(grid((2, 2)))
    shuffled = derive(grid((2, 2))[[1, 0, 3, 2]])
    gaps = derive(grid((3, 3))[:8])
    points = derive([[0, 0], [1, 1]])
    kinds = [
        combine(pair).kind
        for pair in itertools.pairwise([raster, shuffled, gaps, points])
    ]
    assert kinds == [LayoutKind.SHUFFLED, LayoutKind.INCOMPLETE, LayoutKind.SPARSE]
    assert combine([gaps, raster]).has_gaps
    assert not combine([raster, shuffled]).has_gaps
    assert Layout(()).kind is LayoutKind.ARRAY


def test_a_plain_array_keeps_its_order():
    axes = [
        plain_axis(Dimension(name, "", size)) for name, size in (("a", 3), ("b", 2))
    ]
    layout = combine(axes)
    assert layout.kind is LayoutKind.ARRAY
    assert layout.shape == layout.stored_shape == (3, 2)
    assert layout.dependent == ()
    assert not layout.grids
