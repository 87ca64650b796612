import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.model.dimension import Dimension, Mode, Side, unique_names

P, S = Side.POSITION, Side.SPECTROSCOPIC


def test_different_labels_stay_as_they_are():
    assert unique_names([("Y", P), ("X", P), ("Bias", S)]) == ("Y", "X", "Bias")


def test_a_label_on_both_sides_gets_its_side():
    names = unique_names([("X", P), ("Y", P), ("X", S)])
    assert names == ("X (position)", "Y", "X (spectroscopic)")


def test_duplicates_on_one_side_are_counted():
    assert unique_names([("X", P), ("X", P), ("X", P)]) == ("X", "X 2", "X 3")


def test_counting_avoids_names_that_exist():
    assert unique_names([("X", P), ("X", P), ("X 2", P)]) == ("X", "X 3", "X 2")


@given(
    st.lists(st.tuples(st.sampled_from(["", "X", "X 2", "Y"]), st.sampled_from(Side)))
)
def test_names_are_always_unique(labels):
    names = unique_names(labels)
    assert len(set(names)) == len(labels)


def test_it_is_public():
    assert ul.Dimension is Dimension
    assert ul.Mode is Mode


def test_a_count_counts_from_zero():
    dimension = Dimension("Cycle", "", np.uint8(3))
    np.testing.assert_array_equal(dimension.values, [0, 1, 2])
    assert dimension.size == 3
    assert dimension.values.dtype == np.float64


@pytest.mark.parametrize(
    "given_values",
    [[1, 2.5], (1, 2.5), np.array([1, 2.5], ">f4"), np.array([1, 2.5], object)],
)
def test_values_are_held_as_float64(given_values):
    dimension = Dimension("Bias", "V", given_values)
    assert dimension.values.dtype == np.float64
    np.testing.assert_array_equal(dimension.values, [1, 2.5])


@pytest.mark.parametrize("values", [range(3), [False, True], [7], np.arange(3)])
def test_a_list_is_no_count(values):
    assert Dimension("a", "", values).values.tolist() == list(map(float, values))


def test_what_was_given_may_change_afterwards():
    mine = np.arange(3.0)
    dimension = Dimension("X", "m", mine)
    mine[:] = 9
    np.testing.assert_array_equal(dimension.values, [0, 1, 2])
    with pytest.raises(ValueError, match="read-only"):
        dimension.values[0] = 1


def test_big_read_only_values_are_not_copied():
    first = Dimension("X", "m", np.arange(1000.0))
    second = Dimension("Y", "m", first.values)
    assert np.shares_memory(first.values, second.values)


def test_units_and_names_lose_the_blanks_around_them():
    dimension = Dimension(" Höhe ", " µm ", 2)
    assert (dimension.name, dimension.units, dimension.label) == ("Höhe", "µm", "Höhe")


def test_dependent_values_have_an_axis_for_each_dimension():
    dimension = Dimension("Bias", "V", np.ones((2, 3)), "dependent")
    assert dimension.mode is Mode.DEPENDENT
    assert dimension.values.shape == (2, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((3, "m", 2), TypeError, "name of a dimension must be text.*got 3 of type int"),
        (("X", None, 2), TypeError, "units of a dimension must be text"),
        (("X", "m", 2, "default", 5), TypeError, "label of a dimension must be text"),
        (("", "m", 2), ValueError, "needs a name"),
        (("  ", "m", 2), ValueError, "needs a name"),
        (("a\0b", "m", 2), ValueError, "no NUL"),
        (("X", "m", 0), ValueError, "'X' needs at least one index.*got 0"),
        (("X", "m", -4), ValueError, "at least one index.*got -4"),
        (("X", "m", []), ValueError, "values of 'X' are none"),
        (("X", "m", [np.nan, np.nan]), ValueError, "'X' are all NaN"),
        (("X", "m", [[1, 2]]), ValueError, r"a list of numbers.*\(1, 2\)"),
        (("X", "m", 2.5), ValueError, r"a count or a list of numbers.*shape \(\)"),
        (("X", "m", 2.5, "dependent"), ValueError, "a count or a list"),
        (("X", "m", True), ValueError, "a count or a list"),
        (("X", "m", "abc"), TypeError, "'X' are not real numbers"),
        (("X", "m", [1j]), TypeError, "not real numbers.*complex"),
        (("X", "m", [[1], [2, 3]]), TypeError, "not real numbers"),
        (("X", "m", [None, "a"]), TypeError, "not real numbers"),
        (("X", "m", 2, "sparse"), ValueError, "default, incomplete, dependent"),
    ],
)
def test_what_makes_no_dimension(arguments, error, says):
    *first, label = arguments if len(arguments) == 5 else (*arguments, None)
    expected = ArgumentTypeError if error is TypeError else ArgumentError
    assert issubclass(expected, error)
    with pytest.raises(expected, match=says):
        Dimension(*first, label=label)


def test_equal_dimensions_are_one_in_a_set():
    first, second = (Dimension("X", "m", [0, np.nan, 2]) for _ in range(2))
    assert first == second
    assert len({first, second}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Dimension("Y", "m", [0, 1, 2]),
        Dimension("X", "nm", [0, 1, 2]),
        Dimension("X", "m", [0, 1, 3]),
        Dimension("X", "m", [0, 1]),
        Dimension("X", "m", [0, 1, 2], Mode.INCOMPLETE),
        Dimension("X", "m", [0, 1, 2], side=S),
        Dimension("X", "m", [0, 1, 2], label="x"),
        "X",
    ],
)
def test_other_dimensions_are_not_equal(other):
    assert Dimension("X", "m", [0, 1, 2]) != other


def test_another_name_or_side_leaves_the_rest():
    dimension = Dimension("X", "m", [0, 1], "incomplete", side=P)
    expected = Dimension("X 2", "m", [0, 1], "incomplete", side=S, label="X")
    assert dimension.renamed("X 2").moved(S) == expected


def test_what_a_file_has_is_taken_as_it_is():
    values = np.full(2, np.nan)
    dimension = Dimension.found("", "", values, P)
    assert (dimension.name, dimension.label, dimension.size) == ("", "", 2)
    assert np.shares_memory(dimension.values, values)
    assert Dimension.found("a", "", np.empty(0), P, label="").size == 0


def test_it_shows_what_it_is():
    text = repr(Dimension("Bias", "V", [[1, 2], [3, 4]], "dependent"))
    assert text == "Dimension('Bias', 'V', 2 x 2 values: 1 to 4, dependent)"


def test_a_side_is_one_of_three():
    with pytest.raises(ArgumentError, match="side of a dimension is one of: position"):
        Dimension("X", "m", 2, side="left")
