"""Faults of index and value tables, for tables whose faults are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.model import tablefaults
from usid_lab.model.dimension import Side
from usid_lab.model.rules import Rule
from usid_lab.model.table import ArrayTable
from usid_lab.model.tablefaults import SideTables, table_faults


def counters(*sizes):
    """Indices of a raster scan, one row a dimension, the fastest first."""
    return np.indices(sizes[::-1]).reshape(len(sizes), -1)[::-1]


def found(indices, values=None, side=Side.POSITION, labels="XYZTUVW"):
    indices = np.asarray(indices)
    values = np.asarray(indices if values is None else values).astype(float)
    tables = SideTables(ArrayTable(indices), ArrayTable(values), labels, side)
    return list(table_faults(tables))


def only(faults):
    (fault,) = faults
    return fault


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_raster_with_the_fastest_first_is_flawless(sizes):
    assert found(counters(*sizes)) == []


def test_no_entries():
    assert found(np.zeros((2, 0))) == []


def test_slowest_first_is_a_note():
    fault = only(found(counters(4, 3)[::-1]))
    assert (fault.rule, fault.severity) == (Rule.ANCILLARY_ORDER, "note")
    assert "'X', 'Y'" in fault.text


def test_only_dimensions_that_vary_have_an_order():
    assert found(counters(1, 1, 4, 1)) == []
    assert found(np.insert(counters(4, 3), 0, 0, axis=0)) == []


def test_indices_that_begin_above_0():
    fault = only(found(counters(4, 3) + np.array([[7], [0]])))
    assert (fault.rule, fault.severity) == (Rule.INDICES, "warning")
    assert "'X' begin at 7" in fault.text


@pytest.mark.parametrize("bad", [0.5, np.nan, np.inf, 2.0**60])
def test_indices_that_are_not_whole(bad):
    indices = counters(4, 3).astype(float)
    indices[1, 5] = bad
    fault = only(found(indices, counters(4, 3)))
    assert "'Y' are not whole" in fault.text
    assert fault.severity == "warning"


def test_scattered_points_are_explained():
    indices = np.stack([np.arange(8)] * 2)
    fault = only(found(indices, np.random.default_rng(0).random((2, 8))))
    assert (fault.rule, fault.severity) == (Rule.SPARSE, "note")
    assert "8 positions are scattered" in fault.text


@given(
    sizes=st.tuples(st.integers(2, 6), st.integers(2, 6)),
    picked=st.sets(st.integers(0, 3), min_size=2, max_size=2),
)
def test_two_entries_of_equal_indices_are_named(sizes, picked):
    indices = counters(*sizes)
    one, other = sorted(picked)
    indices[:, other] = indices[:, one]
    fault = only(found(indices))
    assert f"Entries {one} and {other} have" in fault.text


def test_entries_of_equal_indices_far_apart(monkeypatch):
    """Across blocks: what is compared is never taken as a whole."""
    monkeypatch.setattr(tablefaults, "BLOCK", 4)
    indices = counters(5, 4)
    indices[:, 19] = indices[:, 2]
    assert "Entries 2 and 19 have" in only(found(indices)).text


def test_too_many_entries_are_not_compared(monkeypatch):
    monkeypatch.setattr(tablefaults, "_MOST_SORTED", 4)
    indices = counters(5, 4)
    indices[:, 19] = indices[:, 2]
    assert "same indices" not in only(found(indices)).text


def test_steps_that_count_the_same_twice():
    step = np.arange(24)
    fault = only(found([step % 4, step // 4, step // 12], side=Side.SPECTROSCOPIC))
    assert "24 spectroscopic steps fill too little" in fault.text
    assert fault.severity == "warning"


def test_a_grid_with_gaps():
    indices = np.delete(counters(4, 3), [7, 10], axis=1)
    fault = only(found(indices))
    assert "10 of the 12 places of the grid Y 3 x X 4" in fault.text
    assert fault.severity == "warning"


def test_numbers_that_are_left_out():
    fault = only(found(counters(4, 3) * np.array([[2], [1]])))
    assert "'X' take 4 of the 7 numbers" in fault.text


def test_a_serpentine_scan_is_a_note():
    indices = counters(4, 3)
    indices[0, 4:8] = indices[0, 4:8][::-1]
    fault = only(found(indices))
    assert (fault.rule, fault.severity) == (Rule.INDICES, "note")
    assert "serpentine" in fault.text


def test_values_that_depend_on_another_dimension():
    indices = counters(4, 3)
    values = indices.astype(float)
    values[0] += 10 * indices[1]
    fault = only(found(indices, values))
    assert (fault.rule, fault.severity) == (Rule.VALUES, "warning")
    assert "values of 'X'" in fault.text


def test_values_that_are_all_the_same():
    fault = only(found(counters(4, 3), counters(4, 3) * np.array([[1], [0]])))
    assert fault.text == "All 3 values of 'Y' are 0."


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers(bad):
    values = counters(4, 3).astype(float)
    values[0, ::4] = bad
    told = [fault for fault in found(counters(4, 3), values) if "finite" in fault.text]
    assert only(told).text == "3 of the 12 values of 'X' are no finite numbers."


def test_long_lists_of_labels_are_cut():
    indices = counters(2, 2, 2, 2, 2, 2)[::-1]
    assert "and others" in only(found(indices)).text
