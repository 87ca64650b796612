import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from known_runs import job_of, names_in

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    ChangedFileError,
    DamagedDataError,
    LockedFileError,
    WriteError,
)
from usid_lab.processing.ledger.places import NOTE
from usid_lab.processing.ledger.record import Note
from usid_lab.processing.ledger.shards import ENDING
from usid_lab.processing.span import Span, merged
from usid_lab.storage import FileWriter
from usid_lab.storage.handles import release


def half_done(job):
    ledger = job.begin()
    for start in (0, 8, 30):
        ledger.put(job.block(start, start + 8))
    ledger.close()
    return ledger.folder


HALF = [Span(0, 16), Span(30, 38)]
LEFT = [Span(16, 30), Span(38, 48)]


def test_a_run_is_kept_beside_its_file(job):
    with job.begin() as ledger:
        beside = job.dataset.file_path.parent / ".scan.h5.usid"
        assert ledger.folder == beside / job.record.run_id
        assert (ledger.done(), ledger.left()) == ([], [Span(0, 48)])


def test_what_is_done_is_not_left(job):
    half_done(job)
    with job.begin() as ledger:
        assert (ledger.done(), ledger.left()) == (HALF, LEFT)
        job.fill(ledger)
        assert (ledger.done(), ledger.left()) == ([Span(0, 48)], [])


def test_any_span_is_read_across_shards(job):
    with job.begin() as ledger:
        job.fill(ledger, 5)
        for start in range(48):
            for stop in range(start + 1, 49, 6):
                for name, truth in job.truth.items():
                    found = ledger.read(name, Span(start, stop))
                    np.testing.assert_array_equal(found, truth[start:stop])


def test_what_is_not_there_is_not_read(job):
    half_done(job)
    with job.begin() as ledger:
        for span in (Span(10, 20), Span(16, 18), Span(28, 32), Span(36, 48)):
            with pytest.raises(DamagedDataError, match="not there"):
                ledger.read("Fit", span)
        with pytest.raises(ArgumentError, match="no output 'Other'"):
            ledger.read("Other", Span(0, 3))


def test_what_is_known_is_seen_while_it_grows(job):
    truth = job.truth["Shape"]
    with job.begin() as ledger:
        known = np.zeros(48, bool)
        for start in (40, 0, 16):
            values, mask = ledger.partial("Shape")
            np.testing.assert_array_equal(mask, known)
            np.testing.assert_array_equal(values[mask], truth[mask])
            assert not values[~mask].any()
            ledger.put(job.block(start, start + 8))
            known[start : start + 8] = True
        assert ledger.partial("Shape")[1].sum() == 24


def test_a_damaged_shard_is_not_shown_and_comes_again(job):
    folder = half_done(job)
    path = sorted(folder.glob(f"*{ENDING}"))[1]
    held = bytearray(path.read_bytes())
    held[-1] ^= 1
    path.write_bytes(held)
    with job.begin() as ledger:
        _, mask = ledger.partial("Shape")
        np.testing.assert_array_equal(np.flatnonzero(mask), [*range(8), *range(30, 38)])
        assert ledger.left()[0] == Span(8, 30)
        ledger.put(job.block(8, 16))
        assert ledger.partial("Shape")[1].sum() == 24


def test_a_torn_shard_counts_as_not_done_from_the_start(job):
    folder = half_done(job)
    path = sorted(folder.glob(f"*{ENDING}"))[1]
    os.truncate(path, path.stat().st_size - 1)
    with job.begin() as ledger:
        assert ledger.left()[0] == Span(8, 30)


def test_other_processes_keep_results_in_the_same_folder(job, tmp_path):
    with job.begin() as ledger:
        block = job.block(8, 24)
        (tmp_path / "job").write_bytes(pickle.dumps((ledger.shards, block)))
        code = (
            "import pickle, sys\n"
            "shards, block = pickle.load(open(sys.argv[1], 'rb'))\n"
            "shards.put(block)\n"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "job")]
        subprocess.run(command, check=True)
        assert ledger.done() == [Span(8, 24)]
        np.testing.assert_array_equal(
            ledger.read("Fit", Span(8, 24)), job.truth["Fit"][8:24]
        )


def test_a_second_begin_gets_a_sentence(job):
    with job.begin(), pytest.raises(LockedFileError, match="under way"):
        job.begin()
    job.begin().close()


def test_override_throws_away_what_was_done(job):
    half_done(job)
    with job.begin(override=True) as ledger:
        assert ledger.left() == [Span(0, 48)]


def test_discard_leaves_nothing(job):
    half_done(job)
    job.begin().discard()
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]


def test_a_run_of_which_nothing_was_kept_leaves_nothing(job):
    job.begin().close()
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]


def test_to_close_twice_harms_nobody(job):
    first = job.begin()
    first.close()
    with job.begin() as second:
        first.close()
        second.put(job.block(0, 8))
        assert second.done() == [Span(0, 8)]


def test_discard_leaves_other_runs(job):
    other = job_of(job.dataset, width=4)
    half_done(other)
    half_done(job)
    job.begin().discard()
    with other.begin() as ledger:
        assert ledger.left() == LEFT


def only_own_folder(monkeypatch, job):
    """Let nothing be made beside the file; root may write everywhere."""
    make = os.mkdir
    home = str(job.dataset.file_path.parent)

    def refuse(path, *args, **options):
        if str(path).startswith(home):
            raise PermissionError(13, "Permission denied")
        make(path, *args, **options)

    monkeypatch.setattr(os, "mkdir", refuse)


def test_where_the_folder_is_read_only_runs_go_to_the_users_own(
    job, monkeypatch, tmp_path
):
    monkeypatch.setenv("USID_LAB_DATA", str(tmp_path / "own"))
    with monkeypatch.context() as patch:
        only_own_folder(patch, job)
        folder = half_done(job)
        assert folder.is_relative_to(tmp_path / "own")
        with job.begin() as ledger:
            assert (ledger.folder, ledger.left()) == (folder, LEFT)
    # It is found there too once the folder can be written.
    with job.begin() as ledger:
        assert (ledger.folder, ledger.left()) == (folder, LEFT)


def test_where_nothing_can_be_written_there_is_no_run(job, monkeypatch):
    def refuse(path, *args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(WriteError, match="neither the folder of the file nor"):
        job.begin()


# ---- what makes a run the same ------------------------------------------------


def same(one, other):
    return one.record.run_id == other.record.run_id


def test_runs_differ_by_what_decides_their_results(job):
    record = job.record
    assert same(job, job_of(job.dataset))
    assert not same(job, job_of(job.dataset, width=4))
    ids = {
        replace(record, **change).run_id
        for change in (
            {},
            {"tool": "Other"},
            {"version": "2"},
            {"batch": record.batch + 1},
            {"outputs": record.outputs[:1]},
            {"count": 47},
        )
    }
    assert len(ids) == 6


def test_our_own_commit_leaves_a_run_what_it_is(job):
    half_done(job)
    path = job.dataset.file_path
    with FileWriter(path, extend=True) as writer:
        writer.array("/Note", np.arange(5))
    again = job_of(ul.USIDataset(path, job.dataset.path))
    assert same(job, again)
    with again.begin() as ledger:
        assert ledger.left() == LEFT


def test_file_and_folder_go_on_on_another_machine(job, tmp_path):
    half_done(job)
    away = tmp_path / "another machine"
    shutil.copytree(job.dataset.file_path.parent, away)
    shutil.rmtree(job.dataset.file_path.parent)
    again = job_of(ul.USIDataset(away / "scan.h5", job.dataset.path))
    with again.begin() as ledger:
        assert ledger.folder.is_relative_to(away)
        assert ledger.left() == LEFT
        np.testing.assert_array_equal(
            ledger.read("Fit", Span(30, 38)), job.truth["Fit"][30:38]
        )


def changed(job):
    path = job.dataset.file_path
    release(path)
    with h5py.File(path, "r+") as file:
        file[job.dataset.path][3, 2] += 1
    return job_of(ul.USIDataset(path, job.dataset.path))


def test_values_that_changed_are_not_mixed(job):
    folder = half_done(job)
    again = changed(job)
    with pytest.raises(ChangedFileError, match="24 of 48 places done") as caught:
        again.begin()
    assert "override=True" in caught.value.message
    assert "scan.h5" in caught.value.message
    assert str(folder) == caught.value.reason
    with again.begin(override=True) as ledger:
        assert ledger.left() == [Span(0, 48)]
    assert not folder.exists()


def test_a_run_without_results_stands_in_nobodys_way(job):
    job.begin().close()
    changed(job).begin().close()


def test_a_run_that_was_half_removed_stands_in_nobodys_way(job):
    folder = half_done(job)
    folder.rename(folder.with_name(".trash-0123456789ab"))
    with changed(job).begin() as ledger:
        assert names_in(ledger.folder.parent) == [ledger.folder.name]


def test_a_run_that_is_under_way_is_not_thrown_away(job):
    ledger = job.begin()
    ledger.put(job.block(0, 8))
    with changed(job).begin(override=True):
        assert ledger.done() == [Span(0, 8)]
    ledger.close()


# ---- the note -----------------------------------------------------------------


def test_the_note_says_what_the_run_is(job):
    with job.begin() as ledger:
        told = json.loads((ledger.folder / NOTE).read_text())
    assert told["tool"] == "Peak"
    assert told["parameters"] == {"width": 3}
    assert told["count"] == 48
    assert [one["name"] for one in told["outputs"]] == ["Fit", "Shape"]
    assert told["sources"][0]["file"] == str(job.dataset.file_path)
    assert told["run_id"] == job.record.run_id


NOTES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"[" * 10**5,
    b"\xff\xfe",
    b'{"kind": "usid_lab run"}',
    b'{"kind": "usid_lab run", "format": 1, "count": "x", "sources": []}',
    b'{"kind": "usid_lab run", "format": 1, "count": 1, "sources": [1],'
    b' "run_id": "a", "question": "b", "tool": "c"}',
    b'{"kind": "usid_lab run", "format": 1, "count": 1, "sources": [],'
    b' "run_id": 7, "question": "b", "tool": "c"}',
    b'{"kind": "usid_lab run", "format": 99, "count": 1, "sources": [],'
    b' "run_id": "a", "question": "b", "tool": "c"}',
]


@pytest.mark.parametrize("text", NOTES)
def test_a_damaged_note_is_written_anew(job, text):
    folder = half_done(job)
    (folder / NOTE).write_bytes(text)
    assert Note.read(folder / NOTE) is None
    with job.begin() as ledger:
        assert ledger.left() == LEFT
    assert Note.read(folder / NOTE).run_id == job.record.run_id


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_no_note(job):
    folder = half_done(job)
    (folder / NOTE).unlink()
    os.mkfifo(folder / NOTE)
    with job.begin() as ledger:
        assert ledger.left() == LEFT


# ---- anything in any order ----------------------------------------------------


class Story(RuleBasedStateMachine):
    """Blocks of any size, interruptions, damage: what is read is always true."""

    def __init__(self):
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        made = ul.create(
            Path(self.home.name) / "scan.h5",
            np.arange(48 * 3.0).reshape(6, 8, 3),
            quantity="Current",
            units="nA",
            position={"Y": (np.arange(6.0), "m"), "X": (np.arange(8.0), "m")},
            spectroscopic={"Bias": (np.arange(3.0), "V")},
        )
        self.job = job_of(made)
        self.ledger = self.job.begin()
        self.kept = set()

    @rule(start=st.integers(0, 47), length=st.integers(1, 48))
    def put(self, start, length):
        stop = min(48, start + length)
        self.ledger.put(self.job.block(start, stop))
        self.kept.add(Span(start, stop))

    @rule()
    def begin_again(self):
        self.ledger.close()
        self.ledger = self.job.begin()

    @rule(token=st.integers(0, 5))
    def leave_a_part(self, token):
        (self.ledger.folder / f".part-gone-{2**22 + token}-aa").write_bytes(b"half")

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), cut=st.booleans())
    def damage(self, data, cut):
        span = data.draw(st.sampled_from(sorted(self.kept)))
        path = self.ledger.folder / f"{span.start:012d}-{span.stop:012d}{ENDING}"
        held = bytearray(path.read_bytes())
        held[-1] ^= 1
        path.write_bytes(held[:-3] if cut else held)
        with pytest.raises(DamagedDataError):
            self.ledger.shards.read(self.ledger.record.outputs[1], span)
        self.kept.remove(span)

    @invariant()
    def what_is_done_is_true(self):
        assert self.ledger.done() == merged(self.kept)
        for span in self.ledger.done():
            for name, truth in self.job.truth.items():
                found = self.ledger.read(name, span)
                np.testing.assert_array_equal(found, truth[span.start : span.stop])

    def teardown(self):
        self.ledger.close()
        release(self.job.dataset.file_path)
        self.home.cleanup()


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
