"""What old runs say of themselves, and how far it is believed."""

import itertools

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from stand_ins import write_tables

from usid_lab.storage.status import completed, stretches, written

COUNT = 40


@pytest.fixture
def group(tmp_path):
    with h5py.File(tmp_path / "run.h5", "w") as file:
        rows, steps = np.arange(COUNT)[:, None], np.zeros((1, 1))
        found = file.create_group("Raw_Data-Fit_000")
        found.attrs.update(
            write_tables(file, "Position", rows, rows, "X", ["m"])
            | write_tables(file, "Spectroscopic", steps, steps, "None", [""])
        )
        yield found


def result(group, name="Fit", **kwargs):
    made = group.create_dataset(name, (COUNT, 1), "f4", **kwargs)
    made.attrs.update({"quantity": "Amplitude", "units": "V"})
    made.attrs.update({k: v for k, v in group.attrs.items() if k.endswith("s")})
    return made


def marked(*spans):
    found = np.zeros(COUNT, bool)
    for start, stop in spans:
        found[start:stop] = True
    return found


def test_a_group_without_marks_says_nothing(group):
    result(group)[:] = 1
    assert completed(group, COUNT) is None


@pytest.mark.parametrize("last", [0, 7, COUNT, 10 * COUNT, -3])
def test_last_pixel_counts_from_the_first(group, last):
    group.attrs["last_pixel"] = last
    result(group)[:] = 1
    np.testing.assert_array_equal(completed(group, COUNT), np.arange(COUNT) < last)


@pytest.mark.parametrize("last", ["40", [1, 2], 12.5, h5py.Empty("i4")])
def test_a_last_pixel_that_is_no_number_says_nothing(group, last):
    group.attrs["last_pixel"] = last
    assert completed(group, COUNT) is None


def test_the_dataset_wins_over_last_pixel(group):
    group.attrs["last_pixel"] = COUNT
    done = marked((0, 5), (20, 30))
    group["completed_positions"] = done.astype("u1")
    result(group)[:] = 1
    np.testing.assert_array_equal(completed(group, COUNT), done)


@pytest.mark.parametrize(
    "marks", [np.ones(COUNT - 1, "u1"), np.ones((COUNT, 1), "u1"), np.ones(COUNT, "f4")]
)
def test_odd_marks_say_nothing(group, marks):
    group["completed_positions"] = marks
    group.attrs["last_pixel"] = COUNT
    assert completed(group, COUNT) is None


def test_marks_may_have_another_name(group):
    group["completed_fits"] = np.ones(COUNT, "u1")
    result(group)[:] = 1
    assert completed(group, COUNT, "completed_fits").all()
    assert completed(group, COUNT) is None


def test_marks_in_another_file_say_nothing(group, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["marks"] = np.ones(COUNT, "u1")
    group["completed_positions"] = h5py.ExternalLink("other.h5", "/marks")
    assert completed(group, COUNT) is None


def test_nothing_is_done_where_nothing_was_ever_written(group):
    result(group)
    group.attrs["last_pixel"] = COUNT
    assert not completed(group, COUNT).any()


def test_chunks_that_were_never_written_are_not_done(group):
    fit = result(group, chunks=(10, 1))
    fit[0:10] = fit[20:30] = 1
    group.attrs["last_pixel"] = COUNT
    done = completed(group, COUNT)
    np.testing.assert_array_equal(done, marked((0, 10), (20, 30)))


def test_one_of_several_results_is_enough(group):
    result(group, "Guess")[:] = 1
    result(group, "Fit")
    group.attrs["last_pixel"] = COUNT
    assert completed(group, COUNT).all()


@pytest.mark.parametrize("fill", [None, np.nan, 5.0])
def test_marks_end_where_values_end(group, fill):
    fit = result(group, fillvalue=fill)
    fit[0:12] = fit[20:21] = 1
    kept = written(group, marked((0, 18), (20, 30), (35, COUNT)))
    np.testing.assert_array_equal(kept, marked((0, 12), (20, 21)))


def test_what_is_filled_in_may_be_a_result(group):
    fit = result(group)
    fit[9] = 1
    np.testing.assert_array_equal(written(group, marked((0, 15))), marked((0, 10)))


def test_marks_without_results_are_kept(group):
    np.testing.assert_array_equal(written(group, marked((3, 9))), marked((3, 9)))


@given(arrays(bool, some.integers(0, 30)))
def test_stretches_are_the_marks(marks):
    again = np.zeros(len(marks), bool)
    found = list(stretches(marks))
    for start, stop in found:
        assert not again[start:stop].any()
        again[start:stop] = True
    np.testing.assert_array_equal(again, marks)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(found))
