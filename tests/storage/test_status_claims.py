"""Which results are there, whatever they claim of themselves."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usid_lab.storage.status import COMPLETED, status_of, written_rows

COUNT = 20


def make_group(file, data=None, **options):
    """A group with a results dataset that looks like a Main one."""
    group = file.create_group("Raw_Data-Tool_000")
    made = group.create_dataset("Peak", (COUNT, 3), "f4", **options)
    made.attrs["quantity"] = "Current"
    if data is not None:
        made[: len(data)] = data
    return group


def rows(stop, start=0):
    return [start <= row < stop for row in range(COUNT)]


@pytest.mark.parametrize("last", [-3, 7.0, "7", True, [1, 2], np.array([], int)])
def test_a_number_that_is_none(file, last):
    group = make_group(file, np.ones((COUNT, 3)))
    group.attrs["last_pixel"] = last
    assert not status_of(group, COUNT).done.any()


@pytest.mark.parametrize(
    "marks",
    [
        np.ones(COUNT + 1, "u1"),
        np.ones(COUNT - 1, "u1"),
        np.ones((COUNT, 1), "u1"),
        np.ones(COUNT, "f4"),
        np.full(COUNT, 255, "u1"),
        np.ones(COUNT, "S1"),
    ],
)
def test_marks_of_another_kind_say_nothing(file, marks):
    group = make_group(file, np.ones((COUNT, 3)))
    group[COMPLETED] = marks
    assert not status_of(group, COUNT).done.any()


def test_a_row_is_written_when_all_its_chunks_are(file):
    group = make_group(file, chunks=(5, 2))
    group["Peak"][:10, :2] = 1
    group["Peak"][5:15, 2:] = 1
    assert written_rows(group["Peak"]).tolist() == rows(10, 5)


def test_a_piece_that_was_never_written_is_not_done(file):
    group = make_group(file)
    group.attrs["last_pixel"] = COUNT
    assert not status_of(group, COUNT).done.any()


def test_a_counter_that_ran_ahead_is_put_back(file):
    group = make_group(file, np.ones((12, 3)))
    group["Peak"][4] = 0  # a true zero among the others
    group.attrs["last_pixel"] = 17
    status = status_of(group, COUNT)
    assert status.done.tolist() == rows(12)
    assert status.claimed == 17


def test_marks_are_written_after_the_data_so_zeros_are_results(file):
    group = make_group(file, np.zeros((COUNT, 3)))
    group[COMPLETED] = np.ones(COUNT, "u1")
    assert status_of(group, COUNT).is_complete


def test_a_group_without_results_has_nothing_done(file):
    group = file.create_group("empty")
    group[COMPLETED] = np.ones(COUNT, "u1")
    assert not status_of(group, COUNT).done.any()
    group = make_group(file, np.ones((COUNT, 3)))
    group[COMPLETED] = np.ones(9, "u1")
    assert not status_of(group, 9).done.any()


def test_links_and_storage_elsewhere_are_not_looked_at(file, tmp_path):
    group = file.create_group("links")
    group["away"] = h5py.ExternalLink("other.h5", "/data")
    group["gone"] = h5py.SoftLink("/nowhere")
    outside = [(str(tmp_path / "raw.bin"), 0, h5py.h5f.UNLIMITED)]
    made = group.create_dataset("Peak", (COUNT, 3), "f4", external=outside)
    made.attrs["quantity"] = "Current"
    group[COMPLETED] = np.ones(COUNT, "u1")
    assert not status_of(group, COUNT).done.any()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 7),
    st.integers(1, 4),
    st.sets(st.integers(0, COUNT - 1)),
    st.sets(st.integers(0, COUNT - 1)),
)
def test_done_is_what_is_claimed_and_has_a_place(tall, wide, written, claimed):
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        group = make_group(file, chunks=(tall, min(wide, 3)))
        for row in written:
            group["Peak"][row] = 1
        marks = np.zeros(COUNT, "u1")
        marks[list(claimed)] = 1
        group[COMPLETED] = marks
        chunks = {row // tall for row in written}
        there = {row for row in range(COUNT) if row // tall in chunks}
        found = np.flatnonzero(status_of(group, COUNT).done)
        assert set(found.tolist()) == claimed & there


def test_compact_values_are_in_the_file(file):
    group = file.create_group("compact")
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((COUNT, 3))
    h5py.h5d.create(group.id, b"Peak", h5py.h5t.IEEE_F32LE, space, plan)
    assert written_rows(group["Peak"]).all()


def test_values_of_other_datasets_are_not(file):
    layout = h5py.VirtualLayout((COUNT, 3), "f4")
    layout[:] = h5py.VirtualSource(".", "/source", (COUNT, 3))
    group = file.create_group("virtual")
    group.create_virtual_dataset("Peak", layout)
    assert not written_rows(group["Peak"]).any()


def test_marks_that_cannot_be_read_say_nothing(file):
    group = make_group(file, np.ones((COUNT, 3)))
    marks = group.create_dataset(COMPLETED, (COUNT,), "u1", chunks=(4,), compression=4)
    marks[:] = 1
    marks.id.write_direct_chunk((4,), b"no stream")
    assert not status_of(group, COUNT).done.any()


def test_a_claim_over_values_that_cannot_be_read_is_not_believed(file):
    group = make_group(file, np.ones((COUNT, 3)), chunks=(4, 3), compression=4)
    group["Peak"].id.write_direct_chunk((16, 0), b"no stream")
    group.attrs["last_pixel"] = COUNT
    assert not status_of(group, COUNT).done[16:].any()


def test_many_chunks_are_not_counted(file, monkeypatch):
    monkeypatch.setattr("usid_lab.storage.status._MOST_CHUNKS", 3)
    group = make_group(file, np.ones((COUNT, 3)), chunks=(4, 3))
    assert not written_rows(group["Peak"]).any()


def test_rows_without_values_are_not_written(file):
    group = file.create_group("empty")
    made = group.create_dataset("Peak", (COUNT, 0), "f4")
    assert not written_rows(made).any()
