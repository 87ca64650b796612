"""Selection by value, compared with that of xarray."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from usid_lab.errors import DimensionError, LabelError, SelectionError
from usid_lab.model.ancillary import index_table, tables_of
from usid_lab.model.axis import derive_axis, plain_axis
from usid_lab.model.dimension import Dimension, Side
from usid_lab.model.layout import combine
from usid_lab.model.selection import by_value
from usid_lab.model.table import ArrayTable

METHODS = [None, "nearest", "pad", "ffill", "backfill", "bfill"]
# Halves, so that some lie exactly between two values.
VALUES = st.integers(-6, 6).map(float)
LABELS = st.integers(-16, 16).map(lambda n: n / 2)
REFUSED = (KeyError, ValueError, NotImplementedError)


def layout_of(**vectors):
    found = [
        Dimension.found(name, "", np.array(vector, float), Side.ARRAY)
        for name, vector in vectors.items()
    ]
    return combine([plain_axis(dimension) for dimension in found])


def by_xarray(values, label, method=None, tolerance=None):
    array = xr.DataArray(np.arange(len(values)), {"x": values}, ["x"])
    return array.sel({"x": label}, method=method, tolerance=tolerance).values


def ours(values, label, method=None, tolerance=None):
    found = by_value(layout_of(x=values), {"x": label}, method, tolerance)["x"]
    return np.arange(len(values))[found]


def agree(values, label, method=None, tolerance=None):
    try:
        expected = by_xarray(values, label, method, tolerance)
    except REFUSED:
        with pytest.raises(SelectionError):
            ours(values, label, method, tolerance)
        return
    found = ours(values, label, method, tolerance)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_array_equal(found, expected)


@st.composite
def monotonic(draw, *, unique=True):
    values = draw(st.lists(VALUES, min_size=1, max_size=7, unique=unique))
    return np.array(sorted(values, reverse=draw(st.booleans())))


@given(
    monotonic(),
    LABELS,
    st.sampled_from(METHODS),
    st.none() | st.sampled_from([0, 0.5, 1]),
)
def test_a_value_is_found_where_xarray_finds_it(values, label, method, tolerance):
    agree(values, label, method, tolerance if method else None)


@given(monotonic(), st.lists(LABELS, max_size=5), st.sampled_from(METHODS))
def test_so_are_lists_of_values(values, labels, method):
    agree(values, np.array(labels, float), method)


@settings(max_examples=300)
@given(
    monotonic(unique=False),
    st.none() | LABELS,
    st.none() | LABELS,
    st.sampled_from([None, 1, 2, 3, -1, -2]),
)
def test_a_slice_has_the_ends_that_it_has_in_xarray(values, start, stop, step):
    agree(values, slice(start, stop, step))


@given(st.lists(VALUES, min_size=1, max_size=7, unique=True), LABELS)
def test_exact_values_need_no_order(values, label):
    agree(np.array(values), label)


@given(
    monotonic(),
    st.sampled_from([np.inf, -np.inf, np.nan]),
    st.sampled_from([None, "pad", "backfill"]),
)
def test_values_beyond_all_others(values, label, method):
    agree(values, label, method)


@pytest.mark.parametrize("values", [[1.0, 2.0], [2.0, 1.0]])
def test_the_end_is_nearest_to_infinity(values):
    # xarray says so where values rise; where they fall it finds nothing.
    assert values[ours(values, np.inf, "nearest")] == 2
    assert values[ours(values, -np.inf, "nearest")] == 1


def test_nan_is_found_as_a_value():
    agree(np.array([1.0, np.nan, 2.0]), np.nan)


@pytest.mark.parametrize(
    "label",
    [np.float32(2), np.int8(2), np.array(2.0), np.array([2], np.uint16), [3, 1]],
)
def test_labels_of_any_number_type(label):
    agree(np.array([3.0, 2.0, 1.0]), label)


def test_several_dimensions_at_once():
    layout = layout_of(Y=[0.0, 1.0, 2.0], X=[5.0, 4.0], Bias=[1.0, 2.0])
    found = by_value(layout, {"Bias": 1.9, "Y": [2, 0]}, method="nearest")
    assert found["Bias"] == 1
    np.testing.assert_array_equal(found["Y"], [2, 0])
    assert list(found) == ["Bias", "Y"]


def refused(label, values=(1.0, 2.0, 3.0), **options):
    with pytest.raises(SelectionError) as caught:
        by_value(layout_of(Bias=list(values)), {"Bias": label}, **options)
    return caught


def test_a_value_that_is_not_there_is_told_with_what_is():
    caught = refused(1.25)
    assert isinstance(caught.value, LabelError | KeyError)
    assert str(caught.value) == (
        "Dimension 'Bias' has no value 1.25; method='nearest' takes one nearby. "
        "(its values lie between 1 and 3)"
    )
    assert "1.25 within 0.1" in str(
        refused(1.25, method="nearest", tolerance=0.1).value
    )
    assert "no finite values" in str(refused(1, values=[np.nan]).value)


@pytest.mark.parametrize("label", [1.0, [3.0, 1.0]])
def test_a_value_that_stands_twice_is_named_with_its_places(label):
    caught = refused(label, values=[0, 1, 2, 1, 0, 3])
    assert str(caught.value) == "'Bias' is 1 2 times (at 1, 3); select by index."


@pytest.mark.parametrize(
    ("label", "values", "options", "says"),
    [
        (1.5, [0, 2, 1], {"method": "nearest"}, "neither rise nor fall throughout"),
        (slice(0, 1), [0, 2, 1], {}, "neither rise nor fall"),
        (slice(0, 1), [0, np.nan, 1], {}, "neither rise nor fall"),
        (1.5, [0, 1, 1, 2], {"method": "pad"}, "repeat; select by index"),
        (1.5, [2, 1, 1], {"method": "pad"}, "repeat; select by index"),
        (slice(1, 2), [1, 2], {"method": "nearest"}, "takes no method"),
        (slice("a", 2), [1, 2], {}, "from one value to another.*got 'a'"),
        (slice(np.nan, 2), [1, 2], {}, "from one value to another.*got nan"),
        (slice(True, 2), [1, 2], {}, "from one value to another.*got True"),
        (slice(1, 2, 0), [1, 2], {}, "step of a slice of 'Bias'.*got 0"),
        (slice(1, 2, 0.5), [1, 2], {}, "whole number.*got 0.5"),
        ("1", [1, 2], {}, "takes a value, a slice or a list.*got '1'"),
        (None, [1, 2], {}, "takes a value"),
        (True, [1, 2], {}, "takes a value"),
        ([[1]], [1, 2], {}, "takes a value"),
        ([[1], [1, 2]], [1, 2], {}, "takes a value"),
        (1j, [1, 2], {}, "takes a value"),
        (1, [1, 2], {"method": "linear"}, "knows the methods nearest, pad.*linear"),
        (1, [1, 2], {"tolerance": 1}, "goes with a method"),
        (1, [1, 2], {"method": "pad", "tolerance": -1}, "not negative.*got -1"),
        (1, [1, 2], {"method": "pad", "tolerance": "a"}, "is a number"),
    ],
)
def test_what_cannot_be_searched(label, values, options, says):
    assert refused(label, values, **options).match(says)


def test_an_unknown_dimension_names_those_there_are():
    with pytest.raises(DimensionError, match="no dimension 'Z'; there are: Y, X"):
        by_value(layout_of(Y=[0.0], X=[0.0]), {"Z": 0})


def axis_of(dimensions, side):
    indices, values = tables_of(dimensions)
    labels = [d.name for d in dimensions][::-1]
    units = [d.units for d in dimensions][::-1]
    return derive_axis(ArrayTable(indices.T), ArrayTable(values.T), labels, units, side)


def test_a_name_of_both_sides_asks_which():
    one = [Dimension("X", "m", 3)]
    layout = combine([axis_of(one, Side.POSITION), axis_of(one, Side.SPECTROSCOPIC)])
    text = r"'X' is more than one dimension: X \(position\), X \(spectroscopic\)"
    with pytest.raises(DimensionError, match=text):
        by_value(layout, {"X": 0})
    assert by_value(layout, {"X (position)": 1}) == {"X (position)": 1}


def test_coordinates_of_points_are_no_dimensions():
    points = [Dimension(name, "m", [3, 1, 2], "incomplete") for name in "YX"]
    layout = combine([axis_of(points, Side.POSITION)])
    with pytest.raises(DimensionError, match=r"value at each point.*there are: Point"):
        by_value(layout, {"X": 3})
    assert by_value(layout, {"Point": 2}) == {"Point": 2}


def test_values_that_depend_on_others_are_not_searched():
    table = index_table((2, 3))
    values = table.astype(float)
    values[3:, 0] += 5
    axis = derive_axis(
        ArrayTable(table.T), ArrayTable(values.T), ["X", "Y"], ["", ""], Side.POSITION
    )
    layout = combine([axis])
    with pytest.raises(SelectionError, match="'X' differ with other dimensions"):
        by_value(layout, {"X": 0})
    assert by_value(layout, {"Y": 1}) == {"Y": 1}


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_dimension_without_values_has_none(method):
    with pytest.raises(LabelError):
        ours([], 1.0, method)
    with pytest.raises(LabelError):
        ours([], 1.0)
