"""The progress of a run: what a browser is told, and what it can say."""

import threading
import time
import tracemalloc
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import ClassVar

import numpy as np
import pytest

import usid_lab as ul
from usid_lab import _bridges
from usid_lab.errors import WriteError
from usid_lab.model.dimension import Side
from usid_lab.processing.extract import Map
from usid_lab.processing.progress import Progress
from usid_lab.widgets.jobmaps import job_map

pytestmark = pytest.mark.skipif(
    not files("usid_lab").joinpath("static", "job.js").is_file(),
    reason="the browser's half is not built",
)


def positions(source):
    return tuple(d for d in source.dimensions if d.side is Side.POSITION)


def drawn_of(source, values, quantity, units):
    return job_map(Map(positions(source), values), quantity, units, y_up=source.y_up)


@dataclass(frozen=True)
class Output:
    name: str = "Peak"
    quantity: str = "Current"
    units: str = "nA"


@dataclass
class Run:
    """A run whose progress is what a test says."""

    sources: tuple
    name: str = "Peak Finder"
    outputs: tuple = (Output(),)
    progress: Progress = field(default_factory=lambda: Progress(0, 42))
    error: Exception | None = None
    results: tuple = ()
    awaited: bool = False
    values: np.ndarray | None = None
    asked: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)
    observers: list = field(default_factory=list)

    def cancel(self):
        self.cancelled.set()

    def map(self, name):
        assert name == "Peak"
        self.asked += 1
        return Map(positions(self.sources[0]), self.values)

    def observe(self, callback):
        self.observers.append(callback)
        return lambda: self.observers.remove(callback)

    def move(self, **change):
        self.progress = replace(self.progress, **change)
        for callback in list(self.observers):
            callback(self.progress)


@pytest.fixture
def source(spectra_file):
    return ul.open(spectra_file).main_datasets[0]


@pytest.fixture
def run(source):
    return Run((source,), values=np.full((6, 7), np.nan, "f4"))


@pytest.fixture
def show(run):
    from usid_lab.widgets.jobs import JobWidget

    widgets = []

    def show():
        widgets.append(JobWidget(run))
        return widgets[-1]

    yield show
    for widget in widgets:
        widget.close()
        assert widget.join(30)


def until(widget, **wanted):
    """Wait until the browser knows something; gives all that it knows."""
    known = threading.Event()

    def look(_=None):
        if wanted.items() <= widget.status.items():
            known.set()

    widget.observe(look, "status")
    look()
    assert known.wait(30), widget.status
    return widget.status


def pixels(widget):
    form = widget.status["map"]
    flat = np.frombuffer(widget.picture, "<f4")
    return flat.reshape(form["rows"], form["columns"])


def test_it_tells_what_a_run_is_before_anything_is_done(show, source):
    told = show().status
    assert (told["tool"], told["state"]) == ("Peak Finder", "waiting")
    assert told["source"] == source.path
    assert (told["done"], told["total"]) == (0, 42)
    assert told["failure"] is None
    assert told["results"] == []


def test_it_follows_the_run_to_its_end_and_lets_it_go(show, run, source):
    widget = show()
    run.move(state="running", done=21, rate=7.0, remaining=3.0)
    told = until(widget, done=21)
    assert (told["state"], told["rate"], told["remaining"]) == ("running", 7.0, 3.0)
    run.results = (source,)
    run.move(state="done", done=42)
    told = until(widget, state="done")
    assert told["results"] == [{"file": str(source.file_path), "path": source.path}]
    assert widget.join(30)
    assert run.observers == []
    assert repr(widget) == f"Peak Finder of {source.path}: done, 42 of 42 positions"


def test_its_map_is_the_output_with_y_upwards(show, run):
    widget = show()
    run.values[:3] = np.arange(21).reshape(3, 7)
    run.move(state="done", done=42)
    form = until(widget, state="done")["map"]
    np.testing.assert_array_equal(pixels(widget), run.values[::-1])
    low, high = np.percentile(np.arange(21), (1, 99))
    assert form["limits"] == pytest.approx([low, high])
    assert (form["label"], form["units"]) == ("Current", "nA")
    assert form["shape"] == pytest.approx(6 / 7)


def test_many_steps_make_few_messages(show, run):
    widget = show()
    sent = []
    widget.observe(lambda _: sent.append(1), "status")
    run.move(state="running")
    for done in range(1, 42):
        run.move(done=done)
    run.move(state="done", done=42)
    until(widget, state="done")
    assert len(sent) < 10
    assert run.asked < 10


def test_the_button_cancels_once(show, run):
    widget = show()
    widget._handle_custom_msg({"kind": "cancel"}, [])
    assert run.cancelled.is_set()
    assert widget.status["stopping"]
    run.cancelled.clear()
    widget._handle_custom_msg({"kind": "cancel"}, [])
    assert not run.cancelled.is_set()


@pytest.mark.parametrize("nonsense", [None, 5, [], {"kind": "format"}, {"kind": {}}])
def test_other_messages_do_nothing(show, run, nonsense):
    show()._handle_custom_msg(nonsense, [])
    assert not run.cancelled.is_set()


def test_a_failure_is_a_sentence_and_a_reason(show, run):
    widget = show()
    run.error = WriteError("The disk is full.", "ENOSPC")
    run.move(state="failed", done=3)
    told = until(widget, state="failed")
    assert told["failure"] == {"message": "The disk is full.", "reason": "ENOSPC"}


def test_an_unexpected_failure_is_no_traceback(show, run):
    widget = show()
    run.error = ZeroDivisionError("division by zero")
    run.move(state="failed")
    failure = until(widget, state="failed")["failure"]
    assert "unexpected" in failure["message"]
    assert failure["reason"] == "ZeroDivisionError: division by zero"


def test_text_of_files_moves_nothing(show, run):
    run.name = "a\x1b[2Jb"
    run.progress = replace(run.progress, message="x\u202ey", rate=float("inf"))
    told = show().status
    assert told["tool"] == "a\\x1b[2Jb"
    assert told["message"] == "x\\u202ey"
    assert told["rate"] is None


def test_a_picture_that_cannot_be_made_now_is_left_as_it_was(show, run, monkeypatch):
    run.values[:] = 4
    run.progress = replace(run.progress, done=1)
    widget = show()
    assert (pixels(widget) == 4).all()

    def gone(name):
        raise FileNotFoundError(name)

    monkeypatch.setattr(run, "map", gone)
    run.move(state="done", done=42)
    until(widget, state="done")
    assert (pixels(widget) == 4).all()


def test_outside_of_a_notebook_nothing_is_shown(run):
    assert _bridges.show_run(run) is False


class Largest(ul.Process):
    """The largest value of each spectrum."""

    outputs: ClassVar = {"Largest": {"quantity": "Current", "units": "nA"}}

    def function(self, block):
        return block.reshape(len(block), -1).max(axis=1)


def test_a_real_run_is_shown_with_its_results(source, spectra):
    from usid_lab.widgets.jobs import JobWidget

    run = Largest(source).start(executor="serial")
    widget = JobWidget(run)
    assert run.wait(60)
    assert widget.join(30)
    told = widget.status
    assert (told["state"], told["done"], told["total"]) == ("done", 42, 42)
    [result] = told["results"]
    assert result["path"].endswith("Raw_Data-Largest_000/Largest")
    largest = spectra.reshape(6, 7, -1).max(axis=2)
    np.testing.assert_array_equal(pixels(widget), largest[::-1])
    widget.close()


class Scaled(ul.Process):
    """As large as what it is given."""

    sees = ("Bias",)
    outputs: ClassVar = {"Scaled": {"dims": ("Bias",)}}

    def function(self, block):
        time.sleep(0.01)
        return 2 * block


def test_the_map_takes_no_more_memory_than_a_map(write):
    from usid_lab.widgets.jobs import JobWidget

    places, steps = (64, 64), 4096
    sides = {"Y": (np.arange(64.0), "m"), "X": (np.arange(64.0), "m")}
    data = np.random.default_rng(2).normal(size=(*places, steps)).astype("f4")
    source = ul.open(write(data, sides, {"Bias": (np.arange(1.0 * steps), "V")}))
    process = Scaled(source.main_datasets[0])
    process.batch = 64
    process.test()  # what is imported is imported
    tracemalloc.start()
    run = process.start(executor="serial")
    widget = JobWidget(run)
    assert run.wait(60)
    assert widget.join(30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < data.nbytes  # the map was made of all of it, and of a copy
    middle = 2 * data[::-1, :, steps // 2]
    np.testing.assert_array_equal(pixels(widget), middle)
    widget.close()


def test_a_run_without_a_notebook_is_its_text(source):
    from IPython.core.formatters import DisplayFormatter

    run = Largest(source).start(executor="serial")
    assert run.wait(60)
    data, _ = DisplayFormatter().format(run)
    assert data == {"text/plain": repr(run)}


class TestMap:
    """Against the arrays themselves."""

    def test_of_a_compound_its_first_field(self, source):
        values = np.zeros((6, 7), [("Amplitude [V]", "f4"), ("Phase [rad]", "f4")])
        values["Amplitude [V]"] = np.arange(42).reshape(6, 7)
        drawn = drawn_of(source, values, "SHO_Fit", "compound")
        assert (drawn.label, drawn.units) == ("Amplitude", "V")
        np.testing.assert_array_equal(drawn.values, values["Amplitude [V]"][::-1])

    def test_of_complex_numbers_the_magnitude(self, source):
        drawn = drawn_of(source, np.full((6, 7), 3 + 4j), "Current", "nA")
        assert (drawn.values == 5).all()

    def test_x_is_horizontal_whatever_the_order(self, write):
        position = {"X": (np.arange(3.0), "m"), "Y": ([0.0, 1.0], "m")}
        path = write(np.zeros((3, 2, 4)), position, {"Bias": (np.arange(4.0), "V")})
        values = np.arange(6.0).reshape(3, 2)
        drawn = drawn_of(ul.open(path).main_datasets[0], values, "Current", "nA")
        np.testing.assert_array_equal(drawn.values, values.T[::-1])

    def test_of_a_line_a_strip(self, write):
        path = write(
            np.zeros((9, 4)), {"X": (np.arange(9.0), "m")}, {"V": (np.arange(4.0), "V")}
        )
        drawn = drawn_of(ul.open(path).main_datasets[0], np.arange(9.0), "C", "A")
        assert drawn.values.tolist() == [list(range(9))]

    def test_of_one_position_none(self, write):
        path = write(np.zeros(4), {}, {"V": (np.arange(4.0), "V")})
        source = ul.open(path).main_datasets[0]
        assert drawn_of(source, np.zeros(1), "C", "A") is None

    def test_a_large_one_is_thinned(self, write):
        sides = {"Y": (np.arange(600.0), "m"), "X": (np.arange(300.0), "m")}
        path = write(np.zeros((600, 300)), sides, {})
        values = np.arange(600 * 300.0).reshape(600, 300)
        drawn = drawn_of(ul.open(path).main_datasets[0], values, "C", "A")
        assert drawn.values.shape == (200, 150)
        assert drawn.shape == pytest.approx(2)
        np.testing.assert_array_equal(drawn.values, values[::-1][::3, ::2])

    def test_where_nothing_is_known_there_are_no_limits(self, source):
        drawn = drawn_of(source, np.full((6, 7), np.nan), "C", "A")
        assert drawn.limits is None
