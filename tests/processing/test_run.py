"""Runs: in the background, cancelled, gone on with, found again."""

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from block_functions import Scaled
from waiting import wait_for

import usid_lab as ul
from usid_lab.dataset import LazyAttributes
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ChangedFileError,
    DimensionError,
    FileError,
    OutputError,
    ProcessError,
    WriteError,
)
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.storage.commit.writerlock import WriterLock
from usid_lab.testing import untouched


def sums(dataset, **options):
    """Sum spectra by a function."""
    outputs = {"Sum": {"quantity": "Sum", "units": "nA"}}
    return ul.process(dataset, lambda b: b.sum((1, 2)), name="Sums", outputs=outputs,
                      **options)  # fmt: skip


def test_results_lie_beside_the_source_with_all_that_made_them(spectra):
    data, dataset = spectra(shuffled=True)
    run = Scaled(dataset, scale=2.0).compute()
    assert run.state == "done"
    assert run.progress.done == run.progress.total == 48
    most = run.results[1]
    assert most.path == "/Measurement_000/Channel_000/Raw_Data-Scaled_000/Most"
    assert most.dims == ("Y", "X", "Offset")
    np.testing.assert_array_equal(most.read(), 2 * data.max(3))
    np.testing.assert_array_equal(run.partial("Most"), 2 * data.max(3))
    attrs = LazyAttributes(dataset.file_path, most.path.rpartition("/")[0])
    assert attrs["scale"] == 2.0
    assert attrs["tool"] == "Scaled"
    assert most.source == dataset.path
    assert most.position_key == dataset.position_key


def test_an_identical_run_is_found_and_another_is_computed(spectra):
    _, dataset = spectra()
    first = Scaled(dataset, scale=2.0).compute()
    again = Scaled(dataset, scale=2.0).compute()
    assert again.results == first.results
    assert "identical run" in again.progress.message
    other = Scaled(dataset, scale=3.0).compute()
    assert other.results[0].path != first.results[0].path
    anew = Scaled(dataset, scale=2.0).compute(override=True)
    assert anew.results[0].path not in (first.results[0].path, other.results[0].path)


def test_where_results_cannot_go_is_said_before_anything_is_computed(spectra, tmp_path):
    _, dataset = spectra()
    (tmp_path / "notes.txt").write_text("no HDF5")
    cases = {
        "none/a.h5": "folder for 'a.h5'",
        "notes.txt": "'notes.txt'",
        ".": "folder",
    }
    for name, said in cases.items():
        with pytest.raises(FileError, match=said):
            sums(dataset).start(path=tmp_path / name)
    assert not list(tmp_path.glob(".*.usid"))


def test_results_of_a_file_of_ones_own_are_found_where_it_is_named(spectra, tmp_path):
    _, dataset = spectra()
    mine = tmp_path / "mine.h5"
    first = sums(dataset).compute(path=mine)
    assert sums(dataset).compute(path=mine).results == first.results
    assert first.results[0].file_path == mine
    other = sums(dataset).compute()
    assert other.results[0].file_path == dataset.file_path
    assert sums(dataset).compute(path=mine).results == first.results


def test_a_run_says_where_nothing_was_found_and_where_too_much(spectra):
    _, dataset = spectra()

    def found(block):
        first = block[:, 0, 0].astype("f8")
        return np.where(first > 1, 1e300, np.where(first < -1, np.nan, first))

    data = dataset.read()[:, :, 0, 0]
    process = ul.process(dataset, found, name="Far", outputs={"Far": {}})
    message = process.compute().progress.message
    told = f"nothing was found at {(data < -1).sum()} positions; values are infinite at"
    assert f"{told} {(data > 1).sum()} positions" in message
    assert told in process.compute().progress.message


def test_another_function_of_the_same_name_is_another_run(spectra):
    data, dataset = spectra()
    outputs = {"R": {}}
    one = ul.process(dataset, lambda b: b.max((1, 2)), name="R", outputs=outputs)
    two = ul.process(dataset, lambda b: b.min((1, 2)), name="R", outputs=outputs)
    np.testing.assert_array_equal(one.compute().results[0].read()[..., 0],
                                  data.max((2, 3)))  # fmt: skip
    np.testing.assert_array_equal(two.compute().results[0].read()[..., 0],
                                  data.min((2, 3)))  # fmt: skip


@pytest.mark.parametrize("executor", ["serial", "pool"])
def test_a_cancelled_run_goes_on_where_it_stopped(spectra, executor):
    data, dataset = spectra(sizes=(16, 16, 3, 5))
    process = Scaled(dataset, scale=2.0, seconds=0.002)
    process.batch = 4
    with untouched(dataset.file_path):
        run = process.start(executor=executor)
        wait_for(lambda: run.progress.done > 20, 30)
        begin = time.monotonic()
        run.cancel()
        assert run.wait(2)
        assert time.monotonic() - begin < 2
        assert run.state == "cancelled"
        assert 20 < run.progress.done < 256
        assert run.results == []
        partial = run.partial("Sum")
    known = ~np.isnan(partial)
    assert known.sum() == 3 * run.progress.done
    whole = 2 * data.sum(3)
    np.testing.assert_allclose(partial[known], whole[known], rtol=1e-5, atol=1e-5)
    seen = []
    again = process.compute(executor=executor, observer=seen.append)
    first = next(now for now in seen if now.state == "running")
    assert f"going on: {run.progress.done} of 256" in first.message
    assert first.done == run.progress.done
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert [p.state for p in seen][-2:] == ["committing", "done"]
    np.testing.assert_array_equal(again.results[1].read(), 2 * data.max(3))


def test_a_run_is_cancelled_while_its_results_enter_the_file(spectra):
    data, dataset = spectra()
    process = Scaled(dataset, scale=2.0, seconds=0.01)
    process.batch = 4
    path = dataset.file_path
    lock = WriterLock(path)
    with untouched(path):
        run = process.start(executor="serial")
        wait_for(lambda: run.progress.done, 30)
        lock.acquire()  # somebody else writes the file
        wait_for(lambda: run.state == "committing", 30)
        run.cancel()
        assert run.wait(2)
        assert (run.state, run.error) == ("cancelled", None)
        lock.release()
    seen = []
    again = process.compute(observer=seen.append)
    assert {now.done for now in seen if now.state != "waiting"} == {48}
    np.testing.assert_array_equal(again.results[1].read(), 2 * data.max(3))


def test_an_interrupted_run_gives_the_bits_of_one_that_was_not(spectra):
    _, one = spectra("one.h5", sizes=(16, 16, 3, 5))
    _, two = spectra("two.h5", sizes=(16, 16, 3, 5))
    whole = Scaled(one, scale=2.0, seconds=0.001).compute(executor="serial")
    process = Scaled(two, scale=2.0, seconds=0.001)
    for mark in (30, 100, 200):
        run = process.start(executor="pool")
        wait_for(lambda run=run, mark=mark: run.progress.done > mark, 30)
        run.cancel()
        run.wait()
    run = process.compute()
    for mine, other in zip(run.results, whole.results, strict=True):
        assert mine.read().tobytes() == other.read().tobytes()


def test_a_run_shows_what_it_knows_while_it_is_under_way(spectra):
    data, dataset = spectra(sizes=(8, 8, 1, 5))
    process = Scaled(dataset, scale=1.0, seconds=0.01)
    run = process.start(executor="serial")
    known = 0
    while not run.progress.is_over:
        partial = run.partial("Most")
        found = ~np.isnan(partial)
        assert found.sum() >= known
        known = found.sum()
        np.testing.assert_array_equal(partial[found], data.max(3)[found])
    assert run.join().partial("Most").size == 64


def test_a_function_that_fails_leaves_a_run_that_can_go_on(spectra):
    data, dataset = spectra(sizes=(16, 16, 3, 5))
    mark = dataset.file_path.with_suffix(".mended")

    def function(block, path):
        here = block[0, 0, 0] == data[12, 3, 0, 0]
        if here and not Path(path).exists():
            raise RuntimeError("not yet")
        return block.sum((1, 2))

    def process():
        return ul.process(dataset, function, name="Sums", outputs={"Sum": {}},
                          parameters={"path": str(mark)}, batch=1)  # fmt: skip

    with untouched(dataset.file_path), pytest.raises(ProcessError) as caught:
        process().compute(executor="serial")
    assert "at Y = 12 um (index 12), X = 3 um (index 3)" in caught.value.message
    mark.touch()
    seen = []
    run = process().compute(executor="serial", observer=seen.append)
    first = next(now for now in seen if now.state == "running")
    assert 0 < first.done <= 12 * 16 + 3
    np.testing.assert_allclose(
        run.results[0].read()[..., 0], data.sum((2, 3)), rtol=1e-4, atol=1e-5
    )


def test_a_source_that_is_replaced_meanwhile_ends_the_run(spectra):
    _, dataset = spectra(sizes=(16, 16, 3, 5))
    _, other = spectra("other.h5", sizes=(16, 16, 3, 5), seed=2)
    run = Scaled(dataset, scale=1.0, seconds=0.005).start(executor="serial")
    wait_for(lambda: run.progress.done > 20, 30)
    other.file_path.replace(dataset.file_path)
    with pytest.raises(ChangedFileError, match="was changed while it was processed"):
        run.join()
    assert run.state == "failed"
    assert "Scaled" not in str(ul.open(dataset.file_path).tree())


def test_results_of_other_values_are_not_those_of_a_process_made_before(spectra):
    _, dataset = spectra()
    _, other = spectra("other.h5", seed=2)
    process = Scaled(dataset, scale=1.0)
    process.compute()
    other.file_path.replace(dataset.file_path)
    with pytest.raises(ChangedFileError, match="Open the file again"):
        process.compute()


def test_a_full_disk_is_told_and_what_was_kept_stays(spectra, monkeypatch):
    data, dataset = spectra(sizes=(16, 16, 3, 5))
    kept, put = [], Ledger.put

    def full(self, block):
        if len(kept) == 3:
            raise WriteError("The disk is full: start again to go on.")
        kept.append(block.span)
        put(self, block)

    process = Scaled(dataset, scale=1.0, seconds=0.001)
    monkeypatch.setattr(Ledger, "put", full)
    with untouched(dataset.file_path), pytest.raises(WriteError, match="disk is full"):
        process.compute()
    monkeypatch.setattr(Ledger, "put", put)
    seen = []
    run = process.compute(observer=seen.append)
    first = next(now for now in seen if now.state == "running")
    assert first.done == sum(map(len, kept))
    np.testing.assert_array_equal(run.results[1].read(), data.max(3))


def test_an_observer_that_fails_disturbs_nobody(spectra, caplog):
    _, dataset = spectra()
    seen = []

    def observer(now):
        seen.append(now)
        raise ValueError("no")

    assert sums(dataset).compute(observer=observer).state == "done"
    assert len(seen) >= 2
    assert "an observer of a run failed" in caplog.text


def test_results_go_where_they_are_wanted(spectra, tmp_path):
    data, dataset = spectra(shuffled=True)
    with untouched(dataset.file_path):
        run = sums(dataset).compute(path=tmp_path / "else.results.h5")
    assert run.results[0].file_path == tmp_path / "else.results.h5"
    np.testing.assert_allclose(
        run.results[0].read()[..., 0], data.sum((2, 3)), rtol=1e-4, atol=1e-5
    )


def test_one_place_is_tested_before_all_are_computed(spectra):
    data, dataset = spectra(shuffled=True)
    found = Scaled(dataset, scale=2.0).test({"Y": 3, "X": 5})
    np.testing.assert_allclose(found["Sum"], 2 * data[3, 5].sum(1), rtol=1e-5)
    assert sums(dataset).test(0)["Sum"].shape == ()
    with pytest.raises(IndexError, match="indices 0 to 5, not 6"):
        sums(dataset).test({"Y": 6})
    with pytest.raises(DimensionError, match="told by Y, X"):
        sums(dataset).test({"Z": 6})


def test_the_time_is_estimated(spectra):
    _, dataset = spectra(sizes=(16, 16, 1, 5))
    process = Scaled(dataset, scale=1.0, seconds=0.02, cores=1)
    found = process.estimate()
    assert found.places == 256
    # Sleeping takes at least as long as was asked.
    assert 0.02 <= found.seconds_per_place < 0.2
    assert found.seconds == pytest.approx(256 * found.seconds_per_place)
    assert "256 places, about" in str(found)


def test_parameters_decide_and_cannot_be_changed(spectra):
    _, dataset = spectra()
    process = Scaled(dataset, scale=2.0)
    with pytest.raises(TypeError):
        process.parameters["scale"] = 3
    with pytest.raises(ArgumentTypeError, match="cannot be written down"):
        Scaled(dataset, scale=object()).start()


def test_what_makes_no_process_is_refused(spectra):
    _, dataset = spectra()
    with pytest.raises(ArgumentError, match="needs a dataset"):
        Scaled(scale=1)
    with pytest.raises(ArgumentTypeError, match="given datasets"):
        Scaled("scan.h5", scale=1)
    with pytest.raises(ArgumentError, match="cores"):
        Scaled(dataset, cores=0)
    with pytest.raises(ArgumentTypeError, match="executor is"):
        sums(dataset).start(executor="gpu")
    with pytest.raises(ArgumentTypeError, match="a dataset and a function"):
        ul.process(dataset, None, name="Nothing", outputs={"A": {}})


def test_memory_that_is_not_enough_is_told_before_anything_is_done(spectra):
    _, dataset = spectra()
    with pytest.raises(ArgumentError, match="max_mem_mb=1 is not enough"):
        sums(dataset, max_mem_mb=1).start()


def test_several_may_wait_for_a_run(spectra):
    _, dataset = spectra(sizes=(8, 8, 1, 5))
    run = Scaled(dataset, scale=1.0, seconds=0.005).start()
    assert not run.wait(0.01)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(run.wait(30)))
               for _ in range(3)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [True] * 3
    assert run.state == "done"


SCRIPT = r"""
import os, signal, sys, time
import usid_lab as ul
signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background
path, how = sys.argv[1:]

class Slow(ul.Process):
    outputs = {"Sum": {}}
    batch = 2
    def function(self, block):
        time.sleep(float(os.environ["PACE"]) * len(block))  # identifies no run
        return block.sum((1, 2))

if __name__ == "__main__":
    d = next(d for d in ul.open(path).main_datasets if d.name == "Raw_Data")
    process = Slow(d)
    def tell(now):
        sys.stdout.write(f"{now.state} {now.done}\n")  # whole, from any thread
        sys.stdout.flush()
    try:
        if how == "compute":
            process.compute(observer=tell, executor="pool")
        else:
            run = process.start(executor="pool")
            run.observe(tell)
            while run.progress.done < 10:
                time.sleep(0.01)
            sys.stdout.write("leaving\n")
            sys.exit(0)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(3)
"""


def script(tmp_path, path, how, pace, **more):
    """Start a program of its own that computes, so many seconds at each position."""
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(file), str(path), how],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PACE": str(pace)}, **more,
    )  # fmt: skip


def read_until(program, enough):
    """Read lines of a program until one is what is waited for."""
    for line in program.stdout:
        if enough(line.split()):
            return line.split()
    raise AssertionError(program.stderr.read())


def far(words):
    return words[0] == "running" and int(words[1]) >= 10


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("kind", ["SIGINT", "SIGKILL"])
def test_a_program_that_is_interrupted_goes_on_later(spectra, tmp_path, kind):
    data, dataset = spectra(sizes=(16, 16, 1, 5))
    with untouched(dataset.file_path):
        program = script(tmp_path, dataset.file_path, "compute", 0.2)
        read_until(program, far)
        begin = time.monotonic()
        program.send_signal(getattr(signal, kind))
        rest, errors = program.communicate(timeout=60)
    if kind == "SIGINT":
        assert time.monotonic() - begin < 10
        assert program.returncode == 3, errors
        assert rest.split()[-1] == "interrupted"
        assert "cancelled" in rest
    program = script(tmp_path, dataset.file_path, "compute", 0.001)
    words = read_until(program, lambda words: words[0] == "running")
    assert int(words[1]) >= 10
    rest, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    (result,) = (d for d in ul.open(dataset.file_path).main_datasets if d.name == "Sum")
    np.testing.assert_allclose(result.read()[..., 0], data.sum((2, 3)), atol=1e-5)


def is_starting_workers(pid):
    """Whether a worker imports what it needs, which takes some tenths of a second."""
    with contextlib.suppress(psutil.Error):
        for one in psutil.Process(pid).children():
            if "popen_loky" in " ".join(one.cmdline()):
                return any("numpy" in part.path for part in one.memory_maps())
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into their memory")
def test_workers_that_are_just_starting_hear_no_ctrl_c(spectra, tmp_path):
    """A terminal sends it to them too; what they print would bury what is said."""
    _, dataset = spectra(sizes=(16, 16, 1, 5))
    given = dataset.file_path, "compute", 0.2
    program = script(tmp_path, *given, start_new_session=True)
    read_until(program, lambda words: words[0] == "running")
    wait_for(lambda: is_starting_workers(program.pid))
    os.killpg(program.pid, signal.SIGINT)
    rest, errors = program.communicate(timeout=60)
    assert program.returncode == 3, errors
    assert "Traceback" not in errors
    assert rest.split()[-1] == "interrupted"


def test_a_program_that_ends_does_not_wait_for_its_runs(spectra, tmp_path):
    _, dataset = spectra(sizes=(30, 30, 1, 5))
    program = script(tmp_path, dataset.file_path, "start", 0.1)
    read_until(program, lambda words: words[0] == "leaving")
    begin = time.monotonic()
    program.communicate(timeout=60)
    assert program.returncode == 0
    # All of it would take a minute and a half, on two cores half of that.
    assert time.monotonic() - begin < 20


def test_what_identifies_a_run_can_be_read_in_the_file(spectra):
    _, dataset = spectra()
    run = Scaled(dataset, scale=2.0).compute()
    group = run.results[0].path.rpartition("/")[0]
    attrs = LazyAttributes(dataset.file_path, group)
    assert json.loads(attrs["parameters"])["scale"] == 2.0


@pytest.mark.skipif(os.name == "nt", reason="paths are shorter there")
def test_a_file_with_the_longest_name(spectra, tmp_path, monkeypatch):
    monkeypatch.setenv("USID_LAB_DATA", str(tmp_path / "own"))
    _, dataset = spectra()
    path = dataset.file_path.rename(tmp_path / ("a" * 252 + ".h5"))
    process = Scaled(ul.open(path).main_datasets[0], scale=2.0)
    run = process.compute(executor="serial")
    assert run.results[0].file_path.is_relative_to(tmp_path / "own")
    assert "found" in process.compute(executor="serial").progress.message


def leaves(block):
    sys.exit(4)


@pytest.mark.parametrize("per_position", [True, False])
@pytest.mark.parametrize("executor", ["serial", "pool"])
def test_a_function_that_would_end_the_program(spectra, executor, per_position):
    _, dataset = spectra()
    process = ul.process(
        dataset, leaves, name="Leaves", outputs={"A": {}}, per_position=per_position
    )
    with pytest.raises(ProcessError, match=r"'Leaves' failed at Y = .*SystemExit: 4"):
        process.compute(executor=executor)


def test_parameters_may_have_any_name(spectra):
    data, dataset = spectra()
    given = {"cores": 2, "max_mem_mb": 3, "self": 4}

    def function(block, **parameters):
        return block.sum((1, 2)) * sum(parameters.values())

    outputs = {"Sum": {"dtype": "f8"}}
    process = ul.process(
        dataset, function, name="Odd", outputs=outputs, parameters=given
    )
    found = process.compute(executor="serial").results[0].read()
    np.testing.assert_allclose(found.squeeze(), data.sum((2, 3)) * 9, rtol=1e-5)


@pytest.mark.parametrize("position", ["a", None, 1.5, (1, 2), {"X": "a"}, {"Y": 0.5}])
def test_a_position_is_told_by_whole_numbers(spectra, position):
    _, dataset = spectra()
    with pytest.raises(ArgumentTypeError, match="A position is told by its number"):
        sums(dataset).test(position)


@pytest.mark.parametrize(
    "given",
    [
        {"batch": 0},
        {"batch": -1},
        {"batch": 1.5},
        {"batch": "a"},
        {"max_mem_mb": "x"},
        {"max_mem_mb": float("nan")},
        {"sees": ("Offset", "Offset")},
        {"outputs": {"A": {"units": 5}}},
        {"outputs": {"A": {"units": "a\0"}}},
        {"outputs": {"A": {"quantity": b"a"}}},
        {"outputs": {}},
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_computed(spectra, given):
    _, dataset = spectra()
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        ul.process(
            dataset, lambda _: 1 / 0, **{"name": "A", "outputs": {"A": {}}, **given}
        ).compute(executor="serial")


def test_a_process_has_outputs_and_is_of_datasets(spectra):
    _, dataset = spectra()
    with pytest.raises(ArgumentError, match="declares at least one output"):
        type("Empty", (ul.Process,), {})(dataset).compute()
    with pytest.raises(ArgumentTypeError, match="is given datasets"):
        ul.process(5, len, name="A", outputs={"A": {}})


def test_one_dimension_is_seen_by_its_name(spectra):
    data, dataset = spectra()
    outputs = {"Sum": {"dtype": "f8"}}
    given = dataset, lambda block: block.sum(1)
    process = ul.process(*given, name="A", outputs=outputs, sees="Frequency")
    found = process.compute(executor="serial").results[0].read()
    np.testing.assert_allclose(found, data.sum(3), rtol=1e-5, atol=1e-5)


def test_how_a_function_is_called_makes_another_run(spectra):
    _, dataset = spectra()

    def run_id(**options):
        outputs = {"A": {"dims": ("Frequency",)}}
        given = {"name": "A", "outputs": outputs, "parameters": {"sees": 1}}
        return ul.process(dataset, abs, **given, **options).record().run_id

    calls = {"batch": 1}, {"batch": 1, "per_position": True}, {"sees": ("Frequency",)}
    assert len({run_id(**options) for options in calls}) == 3


def test_a_process_is_named_by_its_function(spectra):
    _, dataset = spectra()
    outputs = {"Sum": {}}

    def add(block):
        return block.sum((1, 2))

    (found,) = ul.process(dataset, add, outputs=outputs).compute().results
    assert found.path.endswith("Raw_Data-add_000/Sum")
    for nameless in (lambda block: block.sum((1, 2)), functools.partial(add)):
        with pytest.raises(ArgumentError, match="has no name"):
            ul.process(dataset, nameless, outputs=outputs)


def test_masked_values_are_nan(spectra):
    data, dataset = spectra()
    outputs = {"A": {"dims": ("Offset", "Frequency")}}
    given = dataset, lambda block: np.ma.masked_less(block, 0)
    found = ul.process(*given, name="A", outputs=outputs).compute(executor="serial")
    np.testing.assert_array_equal(
        found.results[0].read(), np.where(data < 0, np.nan, data)
    )
    whole = dataset, lambda block: np.ma.masked_less(block.astype("i4"), 0)
    with pytest.raises(OutputError, match="masked values"):
        ul.process(*whole, name="B", outputs=outputs).compute(executor="serial")
