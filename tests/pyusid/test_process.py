"""Processes that subclass pyUSID's: what they compute, mark, find and go on with."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from peak_finder import LaterPeakFinder, PeakFinder

import usid_lab.pyusid as usid
from usid_lab.errors import WriteError

COUNT, WIDTH = 60, 7
HELPERS = Path(__file__).parents[1] / "helpers"
both = pytest.mark.parametrize("kind", [PeakFinder, LaterPeakFinder])


def write(path):
    dims = (
        [usid.Dimension("X", "m", 10), usid.Dimension("Y", "m", 6)],
        usid.Dimension("Bias", "V", WIDTH),
    )
    values = np.random.default_rng(3).standard_normal((COUNT, WIDTH)) + 1j
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000")
        usid.hdf_utils.write_main_dataset(
            group, values.astype("c8"), "Raw_Data", "Current", "A", *dims
        )
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "scan.h5")


@pytest.fixture
def main(path):
    with h5py.File(path, "r+") as file:
        yield main_of(file)


def main_of(file):
    return usid.USIDataset(file["Measurement_000/Channel_000/Raw_Data"])


def truth(main, power=1):
    return np.abs(main[()]).max(axis=1).astype("f4") ** power


def peaks(group):
    return group["Peak_Response"][:, 0]


def stopping(kind, at, error=KeyboardInterrupt):
    """A process that is interrupted before it computes a position; batches of ten."""

    class Stopping(kind):
        def _unit_computation(self, *args, **kwargs):
            if self._start_pos <= at < self._end_pos:
                raise error
            super()._unit_computation(*args, **kwargs)

        def _set_memory_and_cores(self, **kwargs):
            super()._set_memory_and_cores(**kwargs)
            self._max_pos_per_read = 10

    return Stopping


@both
def test_computes_every_position(kind, main):
    finder = kind(main)
    assert finder.test(7) == pytest.approx(np.abs(main[7]).max())
    group = finder.compute()
    assert group.name == "/Measurement_000/Channel_000/Raw_Data-Peak_Finding_000"
    np.testing.assert_allclose(peaks(group), truth(main), rtol=1e-6)
    assert usid.hdf_utils.check_if_main(group["Peak_Response"])
    assert group.attrs["last_pixel"] == COUNT
    assert ("completed_positions" in group) == (kind is LaterPeakFinder)
    if kind is LaterPeakFinder:
        assert group["completed_positions"].dtype == np.uint8
        assert (group["completed_positions"][()] == 1).all()


def test_arguments_go_to_the_function(main):
    found = PeakFinder(main).compute(False, 3)
    np.testing.assert_allclose(peaks(found), truth(main, 3), rtol=1e-5)
    found = PeakFinder(main).compute(override=True, power=2)
    np.testing.assert_allclose(peaks(found), truth(main, 2), rtol=1e-5)


@both
def test_results_that_exist_are_returned(kind, main, capsys):
    first = kind(main).compute()
    again = kind(main)
    assert again.duplicate_h5_groups == [first]
    assert again.partial_h5_groups == []
    assert again.check_for_duplicates() == ([first], [])
    assert again.compute() == first
    assert "already been performed with the same" in capsys.readouterr().out
    assert again.compute(override=True).name.endswith("Finding_001")
    assert kind(main, power=2).duplicate_h5_groups == []


@both
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_goes_on_where_it_was_interrupted(kind, error, path):
    with h5py.File(path, "r+") as file:
        finder = stopping(kind, 35, error)(main_of(file))
        with pytest.raises(error):
            finder.compute()
    with h5py.File(path, "r+") as file:
        main = main_of(file)
        finder = stopping(kind, 5, AssertionError)(main)
        (partial,) = finder.partial_h5_groups
        assert partial.attrs["last_pixel"] == 30
        np.testing.assert_allclose(peaks(partial)[:30], truth(main)[:30], rtol=1e-6)
        assert not peaks(partial)[30:].any()
        # It would fail if position 5 was computed again.
        assert finder.compute() == partial
        np.testing.assert_allclose(peaks(partial), truth(main), rtol=1e-6)
        assert kind(main).duplicate_h5_groups == [partial]


@both
def test_the_same_object_goes_on(kind, main):
    class Once(stopping(kind, 35)):
        def _get_existing_datasets(self):
            raise AssertionError("it has its datasets")

    finder = Once(main)
    with pytest.raises(KeyboardInterrupt):
        finder.compute()
    group = finder.h5_results_grp
    with pytest.raises(KeyboardInterrupt):
        finder.compute()
    assert finder._start_pos == 30
    assert finder.h5_results_grp == group
    with pytest.raises(KeyboardInterrupt):
        finder.compute(override=True)
    assert finder.h5_results_grp != group


def test_a_half_made_group_is_left_alone(main):
    class Failing(PeakFinder):
        def _create_results_datasets(self):
            super()._create_results_datasets()
            del self.h5_results_grp["Peak_Response"]
            raise KeyboardInterrupt

    finder = Failing(main)
    with pytest.raises(KeyboardInterrupt):
        finder.compute()
    finder._create_results_datasets = super(Failing, finder)._create_results_datasets
    np.testing.assert_allclose(peaks(finder.compute()), truth(main), rtol=1e-6)
    assert finder.h5_results_grp.name.endswith("_001")


def test_a_partial_group_can_be_chosen(main):
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            stopping(PeakFinder, 15)(main).compute(override=True)
    finder = PeakFinder(main)
    first, second = finder.partial_h5_groups
    finder.use_partial_computation()
    assert finder.h5_results_grp == second
    finder.use_partial_computation(first)
    assert finder._start_pos == 10
    assert finder.parms_dict["algorithm"] == "highest"
    assert finder.compute(override=True) == first
    np.testing.assert_allclose(peaks(first), truth(main), rtol=1e-6)
    assert not peaks(second)[10:].any()


def test_what_is_chosen_wins_over_what_is_finished(main):
    with pytest.raises(KeyboardInterrupt):
        stopping(PeakFinder, 15)(main).compute()
    finished = PeakFinder(main).compute(override=True)
    finder = PeakFinder(main)
    assert finder.duplicate_h5_groups == [finished]
    finder.use_partial_computation()
    (partial,) = finder.partial_h5_groups
    assert finder.compute() == partial
    np.testing.assert_array_equal(peaks(partial), peaks(finished))


def test_no_other_group_can_be_chosen(main):
    finder = PeakFinder(main)
    with pytest.raises(ValueError, match="No group with partial results"):
        finder.use_partial_computation()
    with pytest.raises(KeyboardInterrupt):
        stopping(PeakFinder, 15)(main).compute()
    with pytest.raises(ValueError, match="not among"):
        PeakFinder(main).use_partial_computation(main.parent)


def test_positions_in_between_are_computed_alone(main):
    """As runs of pyUSID under MPI leave them: last_pixel says that all is done."""
    group = LaterPeakFinder(main).compute()
    peaks_before = peaks(group)
    holes = [*range(5, 9), 30, 59]
    group["completed_positions"][holes] = 0
    group["Peak_Response"][holes, 0] = np.full(len(holes), -1)
    group.attrs["last_pixel"] = COUNT

    class Watching(LaterPeakFinder):
        seen = ()

        def _read_data_chunk(self):
            super()._read_data_chunk()
            if self.data is not None:
                self.seen = (*self.seen, *self._get_pixels_in_current_batch())

    finder = Watching(main)
    assert finder.partial_h5_groups == [group]
    assert finder.compute() == group
    assert list(finder.seen) == holes
    np.testing.assert_array_equal(peaks(group), peaks_before)
    assert group["completed_positions"][()].all()


@pytest.mark.parametrize("claimed", [45, COUNT])
def test_claims_without_values_are_not_believed(claimed, main):
    finder = PeakFinder(main)
    finder._create_results_datasets()
    finder.h5_results[:20] = 1.0
    group = finder.h5_results_grp
    group.attrs["last_pixel"] = claimed
    assert PeakFinder(main).compute() == group
    np.testing.assert_array_equal(peaks(group)[:20], 1.0)
    np.testing.assert_allclose(peaks(group)[20:], truth(main)[20:], rtol=1e-6)


def test_values_are_on_the_disk_before_their_marks(main):
    """Another process reads the file at each moment when marks are set."""
    seen = []
    script = (
        "import h5py, json, sys; f = h5py.File(sys.argv[1], 'r', locking=False);"
        "g = f['Measurement_000/Channel_000/Raw_Data-Peak_Finding_000'];"
        "print(json.dumps([int((g['Peak_Response'][:, 0] != 0).sum()),"
        "int(g['completed_positions'][()].sum())]))"
    )

    class Looking(stopping(LaterPeakFinder, -1)):
        def _read_data_chunk(self):
            if self._start_pos in (20, COUNT):
                self.look()
            super()._read_data_chunk()

        def look(self):
            done = subprocess.run(
                [sys.executable, "-c", script, self.h5_main.file.filename],
                capture_output=True,
                text=True,
                check=True,
            )
            seen.append(json.loads(done.stdout))

    Looking(main).compute()
    assert seen == [[20, 20], [COUNT, COUNT]]


def test_an_error_names_the_position(main):
    class Odd(PeakFinder):
        @staticmethod
        def _map_function(spectra):
            if spectra[0] == first:
                raise ZeroDivisionError("odd")
            return 1.0

    first = main[43, 0]
    with pytest.raises(ZeroDivisionError) as caught:
        Odd(main).compute()
    assert caught.value.__notes__ == ["This happened at position 43."]


def test_several_spectra_of_a_position(main):
    """The documentation's recipe: reshape what is read, and what is computed."""

    class Juggling(PeakFinder):
        def _create_results_datasets(self):
            super()._create_results_datasets()
            self.seen = np.zeros((COUNT, WIDTH))

        def _read_data_chunk(self):
            super()._read_data_chunk()
            if self.data is not None:
                self.data = self.data.reshape(-1, 1)

        def _write_results_chunk(self):
            self._results = np.array(self._results).reshape(-1, WIDTH)
            self.seen[self._start_pos : self._end_pos] = self._results
            self._results = self._results.max(axis=1)
            super()._write_results_chunk()

    finder = Juggling(main)
    np.testing.assert_allclose(peaks(finder.compute()), truth(main), rtol=1e-6)
    np.testing.assert_allclose(finder.seen, np.abs(main[()]), rtol=1e-6)


def test_a_unit_computation_of_its_own_gets_all_that_memory_holds(main):
    class Whole(PeakFinder):
        def _unit_computation(self):
            half = self.data.shape[1] // 2
            parts = self.data[:, :half], self.data[:, half:]
            found = [usid.parallel_compute(part, self._map_function) for part in parts]
            self.rows = len(self.data)
            self._results = np.max(found, axis=0)

    finder = Whole(main)
    np.testing.assert_allclose(peaks(finder.compute()), truth(main), rtol=1e-6)
    assert finder.rows == COUNT


def test_memory_and_cores_are_bounded(main, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    finder = PeakFinder(main, cores=4, max_mem_mb=1)
    assert (finder._cores, finder._max_mem_mb) == (4, 1)
    assert finder._max_pos_per_read == int(1e6 / 4 / (WIDTH * 8))
    assert PeakFinder(main)._cores == 6
    assert PeakFinder(main, cores=99)._cores == 8
    wide = PeakFinder(main, cores=1, max_mem_mb=1, mem_multiplier=2.0)
    assert wide._max_pos_per_read == int(1e6 / 2 / (WIDTH * 8))
    assert PeakFinder(main, max_mem_mb=0)._max_pos_per_read == 1


def test_later_versions_give_name_and_parameters_at_once(main):
    class Later(LaterPeakFinder):
        def __init__(self, h5_main, **kwargs):
            name, parms = "Peak_Finding", {"algorithm": "highest", "power": 1}
            usid.Process.__init__(
                self, h5_main, process_name=name, parms_dict=parms, **kwargs
            )

    group = Later(main).compute()
    assert Later(main).duplicate_h5_groups == [group]


def test_wrong_arguments_are_refused(path, main):
    with pytest.raises(TypeError, match="h5_main"):
        usid.Process("Raw_Data")
    with pytest.raises(ValueError, match="not a Main"):
        usid.Process(main.h5_pos_inds)
    with pytest.raises(TypeError, match="cores"):
        usid.Process(main, cores=1.5)
    with pytest.raises(TypeError, match="max_mem_mb"):
        usid.Process(main, max_mem_mb="1 GB")
    with pytest.raises(ValueError, match="mem_multiplier"):
        usid.Process(main, mem_multiplier=0.5)


def test_a_file_that_is_open_for_reading_is_refused(path):
    with h5py.File(path) as file, pytest.raises(TypeError, match=r"'r\+'"):
        usid.Process(main_of(file))


@pytest.mark.parametrize(
    "hook", ["test", "_create_results_datasets", "_write_results_chunk"]
)
def test_what_a_subclass_does_not_define_is_said(hook, main):
    process = usid.Process(main)
    with pytest.raises(NotImplementedError, match=f"Process .*{hook}"):
        getattr(process, hook)()


def test_results_that_cannot_be_gone_on_with_are_said(main):
    class Forgetful(PeakFinder):
        _get_existing_datasets = usid.Process._get_existing_datasets

    with pytest.raises(KeyboardInterrupt):
        stopping(PeakFinder, 15)(main).compute()
    with pytest.raises(NotImplementedError, match=r"override=True"):
        Forgetful(main).compute()


def test_marks_that_cannot_be_written_are_said(main):
    class Odd(LaterPeakFinder):
        def _create_results_datasets(self):
            super()._create_results_datasets()
            self.h5_results_grp.create_group("completed_positions")

    with pytest.raises(WriteError, match="computed"):
        Odd(main).compute()


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_ctrl_c_and_kill_leave_what_was_written(path, tmp_path):
    """A real process, a real signal."""
    script = tmp_path / "run.py"
    script.write_text(
        f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background
sys.path.insert(0, {str(HELPERS)!r})
import h5py
import usid_lab.pyusid as usid
from peak_finder import LaterPeakFinder

class Slow(LaterPeakFinder):
    def _unit_computation(self):
        if self._start_pos == 20:
            print("ready", flush=True)
            time.sleep(60)
        super()._unit_computation()

    def _set_memory_and_cores(self, **kwargs):
        super()._set_memory_and_cores(**kwargs)
        self._max_pos_per_read = 10

with h5py.File(sys.argv[1], "r+") as file:
    Slow(file["Measurement_000/Channel_000/Raw_Data"]).compute(override=True)
""",
        "utf-8",
    )
    for how in (signal.SIGINT, signal.SIGKILL):
        running = subprocess.Popen(
            [sys.executable, str(script), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with running:
            assert any(line == "ready\n" for line in running.stdout)
            running.send_signal(how)
            assert running.wait(60) != 0
    with h5py.File(path, "r+") as file:
        main = main_of(file)
        finder = LaterPeakFinder(main)
        assert len(finder.partial_h5_groups) == 2
        for group in finder.partial_h5_groups:
            assert group["completed_positions"][()].sum() == 20
        finder.compute()
        np.testing.assert_allclose(peaks(group), truth(main), rtol=1e-6)
