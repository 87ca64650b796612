"""What unfinished runs have kept, as `usid-lab runs` shows it and throws it away."""

import io
import os

import pytest
from known_runs import names_in

from usid_lab import cli
from usid_lab.processing.ledger.places import NOTE, homes
from usid_lab.processing.ledger.unfinished import unfinished

ASKED = "Throw that away? [y/N] Nothing was changed."


def begun(job):
    """Compute some places, and stop."""
    with job.begin() as ledger:
        ledger.put(job.block(0, 20))
    return ledger.folder


@pytest.fixture
def runs(capsys, monkeypatch, dataset, tmp_path):
    monkeypatch.setenv("USID_LAB_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(dataset.file_path.parent)

    def runs(*arguments, code=0, answer=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert cli.main(["runs", *map(str, arguments)]) == code
        return capsys.readouterr().out.splitlines()

    return runs


def test_where_there_is_none_it_says_so(runs, tmp_path):
    for place in ((), (tmp_path,), (tmp_path / "none.h5",), ("--clear",)):
        assert runs(*place) == ["0 unfinished runs, 0.0 MB"]


def test_each_is_told_with_tool_file_and_how_far_it_is(job, runs):
    folder = begun(job)
    os.utime(folder, (2e9, 2e9))
    for place in ((), (".",), (job.dataset.file_path.parent,), ("scan.h5",)):
        line, last = runs(*place)
        assert line.endswith(
            f"interrupted  20 of 48 places  Peak of {job.dataset.file_path}"
        )
        assert "2033-05-1" in line
        assert last == "1 unfinished run, 0.0 MB"


def test_only_those_of_a_place_are_told(job, runs, tmp_path):
    begun(job)
    (tmp_path / "elsewhere").mkdir()
    for place in ("other.h5", tmp_path, tmp_path / "elsewhere"):
        assert runs(place) == ["0 unfinished runs, 0.0 MB"]


def test_those_in_the_folder_of_the_user_are_found_by_their_file(job, runs, tmp_path):
    file = job.dataset.file_path
    (homes(file)[1] / job.record.run_id).mkdir(parents=True)
    begun(job)
    for place in ((), (file,), (file.parent,)):
        assert runs(*place)[-1].startswith("1 unfinished run,")
    assert runs(tmp_path)[-1].startswith("0 unfinished runs,")


def test_one_without_a_note_is_told_too(job, runs):
    (begun(job) / NOTE).unlink()
    assert "20 of ? places  unknown of" in runs()[0]


def test_they_are_thrown_away_once_that_is_confirmed(job, runs):
    folder = begun(job)
    for answer in ("", "n\n"):
        assert runs("--clear", code=1, answer=answer)[-1].endswith(ASKED)
    assert folder.is_dir()
    assert runs("--clear", answer="y\n")[-1].endswith(
        "Removed 1 unfinished run, 0.0 MB."
    )
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]


def test_young_ones_stay_where_only_old_ones_are_meant(job, runs):
    folder = begun(job)
    assert runs("--clear", "--yes", "--older-than", 1) == ["0 unfinished runs, 0.0 MB"]
    for path in (folder, *folder.iterdir()):
        os.utime(path, (1e9, 1e9))
    assert len(runs("--older-than", 1)) == 2
    runs("--clear", "--yes", "--older-than", 1)
    assert not folder.exists()


def test_one_that_is_under_way_stays(job, runs):
    with job.begin() as ledger:
        ledger.put(job.block(0, 20))
        line, *_, last = runs("--clear", "--yes")
        assert "under way  20 of 48" in line
        assert "Removed 0 unfinished runs" in last
        assert "1 unfinished run under way" in last
        assert ledger.folder.is_dir()


def test_it_is_found_where_its_file_was_taken(job, runs, tmp_path):
    begun(job)
    moved = job.dataset.file_path.parent.rename(tmp_path / "moved")
    (run,) = unfinished(moved)
    assert run.source == str(moved / "scan.h5")
