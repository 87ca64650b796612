"""What old runs say of themselves, and how far it is believed."""

import h5py
import numpy as np
import pytest
from stand_ins import write_tables

from usid_lab.storage.status import status_of

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


def assert_done(group, *spans, name="completed_positions"):
    found = status_of(group, COUNT, name)
    np.testing.assert_array_equal(found.done, marked(*spans))
    assert found.is_complete == (spans == ((0, COUNT),))
    return found


def test_a_group_without_marks_claims_nothing(group):
    result(group)[:] = 1
    assert assert_done(group).claim == ""


@pytest.mark.parametrize("last", [0, 7, COUNT, 10 * COUNT, -3])
def test_last_pixel_counts_from_the_first(group, last):
    group.attrs["last_pixel"] = last
    result(group)[:] = 1
    found = assert_done(group, (0, min(COUNT, max(0, last))))
    assert found.claim == "last_pixel"


@pytest.mark.parametrize("last", ["40", [1, 2], 12.5, h5py.Empty("i4")])
def test_a_last_pixel_that_is_no_number_claims_nothing(group, last):
    group.attrs["last_pixel"] = last
    result(group)[:] = 1
    assert assert_done(group).claim == ""


def test_the_dataset_wins_over_last_pixel(group):
    group.attrs["last_pixel"] = COUNT
    group["completed_positions"] = marked((0, 5), (20, 30)).astype("u1")
    result(group)[:] = 1
    assert assert_done(group, (0, 5), (20, 30)).claim == "completed_positions"


@pytest.mark.parametrize(
    "marks", [np.ones(COUNT - 1, "u1"), np.ones((COUNT, 1), "u1"), np.ones(COUNT, "f4")]
)
def test_of_odd_marks_nothing_is_done(group, marks):
    group["completed_positions"] = marks
    group.attrs["last_pixel"] = COUNT
    result(group)[:] = 1
    assert_done(group)


def test_marks_may_have_another_name(group):
    group["completed_guesses"] = np.ones(COUNT, "u1")
    result(group, "Guess")[:] = 1
    result(group, "Fit")
    assert_done(group, (0, COUNT), name="completed_guesses")
    assert assert_done(group).claim == ""


def test_marks_in_another_file_say_nothing(group, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["marks"] = np.ones(COUNT, "u1")
    group["completed_positions"] = h5py.ExternalLink("other.h5", "/marks")
    result(group)[:] = 1
    assert assert_done(group).claim == ""


@pytest.mark.parametrize("with_results", [True, False])
def test_nothing_is_done_where_nothing_was_ever_written(group, with_results):
    if with_results:
        result(group)
    group.attrs["last_pixel"] = COUNT
    assert assert_done(group).claimed == COUNT


def test_chunks_that_were_never_written_are_not_done(group):
    fit = result(group, chunks=(10, 1))
    fit[0:10] = fit[20:30] = 1
    group["completed_positions"] = np.ones(COUNT, "u1")
    assert_done(group, (0, 10), (20, 30))


def test_all_of_several_results_are_needed(group):
    result(group, "Guess")[:] = 1
    result(group, "Fit", chunks=(10, 1))[:20] = 1
    group["completed_positions"] = np.ones(COUNT, "u1")
    assert_done(group, (0, 20))


@pytest.mark.parametrize("fill", [None, np.nan, 5.0])
def test_last_pixel_ends_where_values_end(group, fill):
    result(group, fillvalue=fill)[0:12] = 1
    group.attrs["last_pixel"] = 18
    assert_done(group, (0, 12))
    group["completed_positions"] = marked((0, 18)).astype("u1")
    assert_done(group, (0, 18))


def test_what_is_filled_in_may_be_a_result(group):
    result(group)[9] = 1
    group.attrs["last_pixel"] = 15
    assert_done(group, (0, 10))


@pytest.mark.parametrize("what", ["guess", "fit"])
@pytest.mark.parametrize("path", ["SHO_Fit_001", "SHO_Fit_001/Fit-Loop_Fit_000"])
def test_runs_of_bglib_are_complete(genuine, path, what):
    with h5py.File(genuine / "BEPS_written_by_BGlib.h5") as file:
        group = file[f"Measurement_000/Channel_000/Raw_Data-{path}"]
        found = status_of(group, 169, f"completed_{what}_positions")
        assert found.is_complete
        assert found.claimed == 169


def test_runs_of_pyusid_that_never_got_anywhere(genuine):
    with h5py.File(genuine / "sparse_sampling.h5") as file:
        channel = file["Measurement_000/Channel_000"]
        groups = [one for name, one in channel.items() if "Simple_Process" in name]
        assert len(groups) == 12
        assert not any(status_of(group, 8).done.any() for group in groups)
