import json
import shutil
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from known_runs import job_of, names_in

import usid_lab as ul
from usid_lab.errors import ChangedFileError, DamagedDataError, WriteError
from usid_lab.processing.block import Block
from usid_lab.processing.ledger.facts import Facts
from usid_lab.processing.ledger.finding import finished
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.ledger.recording import record_results
from usid_lab.processing.ledger.shards import ENDING
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span
from usid_lab.reading.stopping import Stopped
from usid_lab.storage.commit import appending, copying, saving, strategy
from usid_lab.storage.commit.journal import place_of
from usid_lab.storage.commit.pending import pending
from usid_lab.storage.handles import release
from usid_lab.storage.results import results_path
from usid_lab.storage.status import status_of


def recorded(job, path=None, **parameters):
    ledger = job.begin()
    job.fill(ledger)
    return record_results(ledger, job.plan, Facts(parameters), path)


def assert_right(job, results):
    assert [one.name for one in results] == list(job.truth)
    for result in results:
        truth = job.truth[result.name]
        shape = (*job.dataset.layout.shape[:2], *truth.shape[1:])
        found = result.read().reshape(shape)
        assert found.dtype == truth.dtype
        np.testing.assert_array_equal(found, truth.reshape(shape))


def more(numbers):
    return next(numbers, None) is not None


def attributes_of(result):
    with h5py.File(result.file_path) as file:
        return dict(file[result.path].parent.attrs)


def test_results_lie_beside_their_source_and_share_its_positions(job):
    before = job.dataset.read()
    results = recorded(job)
    assert_right(job, results)
    where = job.dataset.path.rpartition("/")[0]
    assert results[0].path == f"{where}/Raw_Data-Peak_000/Fit"
    assert results[1].dims == ("Y", "X", "Bias")
    assert (results[1].quantity, results[1].units) == ("Current", "nA")
    with h5py.File(job.dataset.file_path) as file:
        for result in results:
            for table in ("Position_Indices", "Position_Values"):
                shared = [
                    file[file[path].attrs[table]].name
                    for path in (result.path, job.dataset.path)
                ]
                assert shared[0] == shared[1]
    again = ul.USIDataset(job.dataset.file_path, job.dataset.path)
    np.testing.assert_array_equal(again.read(), before)


def test_nothing_is_left_beside_the_file(job):
    recorded(job)
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]


def test_what_is_written_beside_results(job):
    long = np.arange(5000.0)
    parameters = {
        "width": 3,
        "kind": "lorentzian",
        "start": np.array([1.0, 2.0]),
        "long": long,
        "model": abs,
        "bounds": {"low": [1, 2]},
        "nothing": None,
        "tool": "a parameter of a name that is taken",
    }
    results = recorded(job, **parameters)
    attrs = attributes_of(results[0])
    assert attrs["tool"] == "Peak"
    assert attrs["tool_version"] == "1.0"
    assert attrs["run_id"] == job.record.run_id
    assert json.loads(attrs["parameters"]) == {"width": 3}
    assert (attrs["width"], attrs["kind"]) == (3, "lorentzian")
    np.testing.assert_array_equal(attrs["start"], [1, 2])
    assert json.loads(attrs["model"]) == {"function": "builtins.abs"}
    assert json.loads(attrs["bounds"]) == {"low": [1, 2]}
    assert attrs["num_sources"] == attrs["num_source_dsets"] == 1
    assert attrs["time_stamp"] == attrs["timestamp"]
    assert attrs["last_pixel"] == 48
    assert "failed_positions" not in attrs
    with h5py.File(results[0].file_path) as file:
        group = file[results[0].path].parent
        np.testing.assert_array_equal(group["Parameter_long"], long)
        assert file[attrs["source_000"]].name == job.dataset.path
        assert group["completed_positions"].dtype == np.uint8
        assert status_of(group, 48).is_complete


def test_places_without_any_number_are_counted(dataset):
    job = job_of(dataset)
    fit, shape = job.truth["Fit"], job.truth["Shape"]
    for field in ("Amplitude [V]", "Response"):
        fit[field][[3, 5, 7]] = np.nan
    shape[[3, 5, 9]] = np.nan
    shape[7, 1:] = np.nan
    ledger = job.begin()
    job.fill(ledger)
    results = record_results(ledger, job.plan, Facts())
    assert attributes_of(results[0])["failed_positions"] == 2


def test_places_of_infinite_values_are_counted(dataset):
    job = job_of(dataset)
    job.truth["Fit"]["Response"][[3, 5]] = np.inf + 1j
    job.truth["Shape"][5, 1:] = -np.inf
    job.truth["Shape"][6] = np.nan
    results = recorded(job)
    assert attributes_of(results[0])["infinite_positions"] == 2
    assert "failed_positions" not in attributes_of(results[0])


def test_whole_numbers_never_fail(dataset):
    job = job_of(dataset, {"Count": {"dtype": "i4"}})
    assert "failed_positions" not in attributes_of(recorded(job)[0])


def test_shards_of_any_size_that_overlap_are_joined(job):
    ledger = job.begin()
    for start, stop in ((0, 20), (5, 8), (10, 30), (10, 41), (41, 48), (40, 42)):
        ledger.put(job.block(start, stop))
    assert_right(job, record_results(ledger, job.plan, Facts()))


def test_a_second_run_gets_the_next_number(job):
    recorded(job)
    again = job_of(job.dataset, width=4)
    assert "/Raw_Data-Peak_001/" in recorded(again)[0].path


def test_a_file_of_the_users_choice(job, tmp_path):
    results = recorded(job, tmp_path / "elsewhere.h5")
    assert_right(job, results)
    attrs = attributes_of(results[0])
    assert attrs["source_file"] == "scans/scan.h5"
    assert attrs["source_dataset_path"] == job.dataset.path
    with h5py.File(job.dataset.file_path) as file:
        assert "Raw_Data-Peak_000" not in file[job.dataset.path].parent
    found = finished(job.record, tmp_path / "elsewhere.h5")
    assert [one.path for one in found] == [one.path for one in results]


def test_results_of_several_sources(dataset, tmp_path):
    other = ul.create(
        tmp_path / "other.h5",
        dataset.read() * 2,
        quantity="Current",
        units="nA",
        position={"Y": (np.arange(6.0), "um"), "X": (np.arange(8.0), "um")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 5), "V")},
    )
    plan = make_plan([dataset, other], None, declared({"Sum": {}}))
    sources = [item.source for item in plan.items]
    about = sources, plan.outputs, plan.count, plan.batch
    ledger = Ledger.begin(RunRecord.of("Sum", "1", {}, *about))
    ledger.put(Block(Span(0, 48), {"Sum": np.arange(48, dtype="f4")}, 0.0))
    (result,) = record_results(ledger, plan, Facts())
    assert result.path.endswith("/Multi_Dataset-Sum_000/Sum")
    attrs = attributes_of(result)
    assert attrs["num_sources"] == 2
    assert attrs["source_file_001"] == "../other.h5"
    assert attrs["source_dataset_path_001"] == other.path
    assert len(attrs["source_identities"]) == 2


# ---- what must not be recorded ------------------------------------------------


def test_an_unfinished_run_is_not_recorded(job):
    before = Path(job.dataset.file_path).read_bytes()
    with job.begin() as ledger:
        ledger.put(job.block(0, 20))
        ledger.put(job.block(30, 48))
        with pytest.raises(DamagedDataError, match="not there"):
            record_results(ledger, job.plan, Facts())
        assert ledger.left() == [Span(20, 30)]
    assert Path(job.dataset.file_path).read_bytes() == before


def test_all_damage_is_found_at_once(job):
    before = Path(job.dataset.file_path).read_bytes()
    with job.begin() as ledger:
        job.fill(ledger, 8)
        for path in sorted(ledger.folder.glob(f"*{ENDING}"))[1:5:2]:
            held = bytearray(path.read_bytes())
            held[-1] ^= 1
            path.write_bytes(held)
        with pytest.raises(DamagedDataError, match="computed again"):
            record_results(ledger, job.plan, Facts())
        assert ledger.left() == [Span(8, 16), Span(24, 32)]
        assert Path(job.dataset.file_path).read_bytes() == before
        job.fill(ledger)
        assert_right(job, record_results(ledger, job.plan, Facts()))


def test_results_do_not_enter_a_file_whose_values_changed(job):
    path = job.dataset.file_path
    with job.begin() as ledger:
        job.fill(ledger)
        release(path)
        with h5py.File(path, "r+") as file:
            file[job.dataset.path][0, 0] = 7
        with pytest.raises(ChangedFileError, match="was changed while"):
            record_results(ledger, job.plan, Facts())
        with h5py.File(path) as file:
            assert "Raw_Data-Peak_000" not in file[job.dataset.path].parent


def test_a_full_disk_loses_nothing(job, monkeypatch):
    before = Path(job.dataset.file_path).read_bytes()

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    with job.begin() as ledger:
        job.fill(ledger)
        with monkeypatch.context() as patch:
            patch.setattr("h5py.Dataset.__setitem__", full)
            with pytest.raises(WriteError):
                record_results(ledger, job.plan, Facts())
        assert ledger.left() == []
        assert Path(job.dataset.file_path).read_bytes() == before
    with job.begin() as ledger:
        assert_right(job, record_results(ledger, job.plan, Facts()))


@pytest.mark.parametrize("copied", [True, False])
def test_results_may_be_given_up_until_they_are_in_the_file(job, monkeypatch, copied):
    """Whenever it is asked: the file is as it was, and all that was kept is there."""
    monkeypatch.setattr(saving, "is_copied", lambda _: copied)
    monkeypatch.setattr(copying, "_PIECE_BYTES", 4096)
    path = job.dataset.file_path
    before = path.read_bytes()
    with job.begin() as ledger:
        job.fill(ledger)
        for most in range(200):
            asked = iter(range(most))
            try:
                results = record_results(
                    ledger, job.plan, Facts(), stop=lambda asked=asked: not more(asked)
                )
                break
            except Stopped:
                assert path.read_bytes() == before
                assert ledger.left() == []
                assert names_in(path.parent) == [".scan.h5.usid", "scan.h5"]
    assert most > 10
    assert_right(job, results)


# ---- finding it again ---------------------------------------------------------


def test_a_finished_run_is_found_again(job):
    assert finished(job.record) is None
    results = recorded(job)
    found = finished(job_of(job.dataset).record)
    assert [one.path for one in found] == [one.path for one in results]
    assert_right(job, found)
    for other in (job_of(job.dataset, width=4), job_of(job.dataset, {"A": {}})):
        assert finished(other.record) is None


def test_a_finished_run_is_found_in_a_file_beside(job):
    recorded(job, results_path(job.dataset.file_path))
    assert_right(job, finished(job.record))


def test_a_finished_run_is_found_in_a_copy_of_the_file(job, tmp_path):
    recorded(job)
    shutil.copy(job.dataset.file_path, tmp_path / "copy.h5")
    again = job_of(ul.USIDataset(tmp_path / "copy.h5", job.dataset.path))
    found = finished(again.record)
    assert found[0].file_path == tmp_path / "copy.h5"


def test_what_was_left_after_the_commit_is_cleared(job):
    with job.begin() as ledger:
        job.fill(ledger)
        kept = shutil.copytree(ledger.folder, ledger.folder.with_name("kept"))
        (kept / "lock").unlink()  # who was killed is alive here
        record_results(ledger, job.plan, Facts())
    shutil.copytree(kept, ledger.folder)
    shutil.rmtree(kept)
    assert_right(job, finished(job.record))
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]


def test_a_run_that_was_killed_while_its_results_entered_the_file(job, monkeypatch):
    path, left = job.dataset.file_path, {}
    real = appending.complete

    def complete(descriptor, journal):
        left.update({p: p.read_bytes() for p in (path, place_of(path))})
        real(descriptor, journal)

    monkeypatch.setattr(strategy, "CHEAP", 0)
    monkeypatch.setattr(appending, "complete", complete)
    recorded(job)
    release(path)
    for one, data in left.items():
        one.write_bytes(data)
    assert pending(path) is not None
    assert_right(job, finished(job.record))
    assert names_in(path.parent) == ["scan.h5"]


def test_the_newest_of_two_is_taken(job):
    recorded(job)
    with job.begin(override=True) as ledger:
        job.fill(ledger)
        record_results(ledger, job.plan, Facts())
    assert "Raw_Data-Peak_001" in finished(job.record)[0].path


def spoil(kind, group):
    if kind == "no output":
        del group["Shape"]
    elif kind == "not all marked":
        group["completed_positions"][47] = 0
    elif kind == "no marks":
        del group["completed_positions"]
    elif kind == "no shapes":
        del group.attrs["output_shapes"]
    elif kind == "odd shapes":
        group.attrs["output_shapes"] = "[1"
    elif kind == "another shape":
        group.attrs["output_shapes"] = json.dumps({"Fit": [48, 1], "Shape": [48, 4]})
    elif kind == "another id":
        group.attrs["run_id"] = "another"
    elif kind == "an id that is no text":
        group.attrs["run_id"] = 7
    elif kind == "no Main":
        del group["Shape"].attrs["Position_Indices"]
    elif kind == "not written":
        about = dict(group["Shape"].attrs)
        del group["Shape"]
        made = group.create_dataset("Shape", (48, 5), "f4", chunks=(8, 5))
        made[:40] = 1
        made.attrs.update(about)


KINDS = [
    "no output",
    "not all marked",
    "no marks",
    "no shapes",
    "odd shapes",
    "another shape",
    "another id",
    "an id that is no text",
    "no Main",
    "not written",
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_complete_is_not_taken(job, kind):
    results = recorded(job)
    release(job.dataset.file_path)
    with h5py.File(job.dataset.file_path, "r+") as file:
        spoil(kind, file[results[0].path].parent)
    assert finished(job.record) is None


def test_a_damaged_file_beside_holds_no_finished_run(job):
    results_path(job.dataset.file_path).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    assert finished(job.record) is None


def test_results_are_recorded_shard_by_shard(tmp_path):
    steps, places, step = 512, 16384, 1024
    dataset = ul.create(
        tmp_path / "scan.h5",
        np.zeros(places, "f4"),
        quantity="Current",
        units="nA",
        position={"X": (np.arange(float(places)), "m")},
        spectroscopic={},
    )
    spectrum = ul.Dimension("Step", "", steps)
    job = job_of(dataset, {"Spectrum": {"dims": (spectrum,)}}, made="here")
    with job.begin() as ledger:
        job.fill(ledger, step)
        whole = job.truth["Spectrum"].nbytes
        tracemalloc.start()
        record_results(ledger, job.plan, Facts())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert whole == 32 << 20
    assert peak < whole / 3
