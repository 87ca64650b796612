"""Dimensions in, tables and the two-dimensional form out."""

import itertools

import numpy as np
import pytest

from usid_lab.errors import ArgumentTypeError, LayoutError, WriteError
from usid_lab.model.dimension import Dimension
from usid_lab.storage.recipe import Fold, as_dimensions, side_recipe, two_dimensional

GRID = {"Y": ([10.0, 20.0], "µm"), "X": ([1.0, 2.0, 3.0], "m")}
NONE = Fold((), (), 1)


def test_a_mapping_and_dimensions_say_the_same():
    dimensions = [Dimension("Y", "µm", [10, 20]), Dimension("X", "m", [1, 2, 3])]
    assert as_dimensions(GRID) == dimensions
    one, other = side_recipe(GRID), side_recipe(tuple(dimensions))
    assert one.labels == other.labels == ("X", "Y")
    assert one.units == other.units == ("m", "µm")
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.indices, other.indices)


def test_tables_follow_nested_loops():
    recipe = side_recipe(GRID)
    looped = [(x, y) for y, x in itertools.product([10, 20], [1, 2, 3])]
    np.testing.assert_array_equal(recipe.values, looped)
    assert recipe.fold.shape == (2, 3)
    assert recipe.fold.labels == ("Y", "X")
    assert recipe.fold.length == 6


def test_no_dimension_gets_a_place():
    for nothing in ({}, []):
        recipe = side_recipe(nothing)
        assert recipe.shape == ()
        assert recipe.labels == ("arb",)
        assert recipe.indices.tolist() == recipe.values.tolist() == [[0]]


def test_the_label_of_the_file_is_kept():
    read = Dimension("X (position)", "m", [1, 2], label="X")
    assert side_recipe([read]).labels == ("X",)
    nameless = Dimension("Position dimension 1", "m", [1, 2], label="")
    assert side_recipe([nameless]).labels == ("Position dimension 1",)


def test_points_come_as_mapping_or_mode():
    points = {"Y": ([3.0, 1.0], "m"), "X": ([5.0, 6.0], "m")}
    one = side_recipe(points, points=True)
    modes = [Dimension(n, "m", v, "incomplete") for n, (v, _) in points.items()]
    other = side_recipe(modes)
    assert one.shape == other.shape == (2,)
    np.testing.assert_array_equal(one.values, other.values)
    assert one.indices.tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    "given", [{"X": [0.0, 1.0]}, {"X": (1, "m", 2)}, [("X", [0.0], "m")], "X", None, 3]
)
def test_what_gives_no_dimensions(given):
    with pytest.raises(
        ArgumentTypeError, match=r"Dimensions are given as .*slowest first"
    ):
        side_recipe(given)


def test_one_name_twice():
    twice = [Dimension("X", "m", 2), Dimension("X", "m", 3)]
    with pytest.raises(LayoutError, match=r"one side are called 'X'\. \(got X, X\)"):
        side_recipe(twice)


def test_data_are_folded_without_a_copy():
    data = np.arange(24.0).reshape(2, 3, 4)
    folds = side_recipe(GRID).fold, side_recipe({"V": (4, "V")}).fold
    flat = two_dimensional(data, *folds)
    np.testing.assert_array_equal(flat, data.reshape(6, 4))
    assert np.shares_memory(flat, data)


def test_rows_in_another_order():
    order = [5, 3, 1, 0, 2, 4]
    recipe = side_recipe(GRID, order)
    data = np.arange(6.0).reshape(2, 3)
    flat = two_dimensional(data, recipe.fold, NONE)
    for row, (column, line) in enumerate(recipe.indices):
        assert flat[row, 0] == data[line, column]


@pytest.mark.parametrize(
    "order", [[0, 1], [0, 1, 2, 3, 4, 4], [1, 2, 3, 4, 5, 6], ["a"] * 6]
)
def test_orders_that_are_no_permutation(order):
    with pytest.raises((LayoutError, TypeError), match="6 positions once"):
        side_recipe(GRID, order)


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (
            np.zeros((3, 2)),
            LayoutError,
            r"\(3, 2\), but the dimensions Y, X make \(2, 3\)",
        ),
        (np.zeros(6), LayoutError, r"shape \(6,\)"),
        ([[1, 2, 3], [4]], LayoutError, "not an array"),
        (np.zeros((2, 3), "S3"), WriteError, "holds numbers"),
        (np.zeros((2, 3), "M8[s]"), WriteError, "holds numbers"),
        (np.ma.masked_all((2, 3)), WriteError, "Masked"),
    ],
)
def test_data_that_do_not_fit(data, error, text):
    with pytest.raises(error, match=text):
        two_dimensional(data, side_recipe(GRID).fold, NONE)


def test_a_mask_without_masked_values_is_no_matter():
    data = np.ma.MaskedArray(np.zeros((2, 3)), mask=False)
    assert two_dimensional(data, side_recipe(GRID).fold, NONE).shape == (6, 1)
