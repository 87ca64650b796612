"""Who computes on this machine, with real processes."""

import contextlib
import multiprocessing
import os
import threading
import time

import block_functions as functions
import numpy as np
import psutil
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.errors import ArgumentError, ProcessError, WorkerError
from usid_lab.processing.block import Block, Failure
from usid_lab.processing.cutting import Cutter
from usid_lab.processing.executors import workers
from usid_lab.processing.executors.local import LocalExecutor
from usid_lab.processing.executors.parcel import PayloadWarning, pickled, shipped
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span, merged
from usid_lab.processing.task import Task

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def bound(function, **given):
    """Bind arguments, in a function that travels whole: no worker imports this."""
    return lambda block: function(block, **given)


@pytest.fixture
def task_of(spectra):
    def task_of(function, batch=4, outputs=None, **options):
        data, dataset = spectra(**options)
        given = declared(outputs or {"R": {}})
        plan = make_plan([dataset], ("Frequency",), given, batch)
        return data, Task(plan, function, "Test")

    return task_of


def workers_now():
    """Worker processes that live."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            line = " ".join(child.cmdline())
            if "loky" in line and "tracker" not in line:
                found.append(child)
    return found


def ran(task, how="pool", count=2, stop=lambda: False, limit=None):
    """Compute all places; gives blocks and failures."""
    executor = LocalExecutor(count, how, limit)
    whole = [Span(0, task.plan.count)]
    cutter = Cutter(task.plan, whole, executor.workers, executor.seconds)
    for outcome in executor.each(task, cutter, stop):
        if isinstance(outcome, Block):
            cutter.learn(len(outcome.span), outcome.seconds)
        yield outcome


def check(task, outcomes, truth):
    """All places came once, with the values that they shall have."""
    blocks = list(outcomes)
    assert all(isinstance(block, Block) for block in blocks), blocks
    assert sum(len(block.span) for block in blocks) == task.plan.count
    assert merged([b.span for b in blocks]) == [Span(0, task.plan.count)]
    blocks.sort(key=lambda block: block.span)
    found = np.concatenate([block.arrays["R"] for block in blocks])
    np.testing.assert_array_equal(found.reshape(truth.shape), truth)


@pytest.mark.parametrize("how", ["serial", "pool", "auto"])
def test_everybody_finds_the_same(task_of, how):
    data, task = task_of(functions.mean, shuffled=True)
    serial = [task.compute(Span(0, 48)).arrays["R"]]
    check(task, ran(task, how), serial[0])
    np.testing.assert_allclose(
        task.plan.unfolded("R", serial[0]), data.mean(3), atol=1e-6
    )


def test_results_that_are_as_large_as_what_was_read_come_back(task_of):
    outputs = {"R": {"dims": ("Frequency",)}, "S": {"dims": ("Frequency",)}}
    data, task = task_of(
        lambda b: (functions.twice(b), b), 32, outputs, sizes=(64, 64, 3, 5)
    )
    check(task, ran(task), 2 * data.reshape(64 * 64, 3, 5))


def test_little_work_is_done_here_and_more_by_workers(task_of):
    workers.dismiss()
    _, task = task_of(functions.mean)
    assert len(list(ran(task, "auto"))) > 0
    assert not workers.is_warm(2)
    _, task = task_of(bound(functions.slow_mean, seconds=0.02), name="other.h5")
    check(task, ran(task, "auto"), task_of(functions.mean, name="third.h5")[1]
          .compute(Span(0, 48)).arrays["R"])  # fmt: skip
    assert workers.is_warm(2)


def test_what_is_as_quick_as_memory_is_done_here(task_of, monkeypatch):
    monkeypatch.setattr("usid_lab.processing.executors.local._WORTH", 0.0)
    monkeypatch.setattr("usid_lab.processing.executors.local._TRIAL", 0.0)
    workers.dismiss()
    data, task = task_of(lambda b: b[:, 0], 2048, sizes=(128, 128, 1, 256))
    truth = data[..., 0].reshape(-1, 1)
    check(task, ran(task, "auto"), truth)
    assert not workers.is_warm(2)


def test_a_batch_that_takes_long_is_not_waited_for(task_of):
    workers.dismiss()
    _, task = task_of(
        bound(functions.slow_mean, seconds=0.2), batch=4, sizes=(2, 4, 1, 5)
    )
    blocks = list(ran(task, "auto"))
    assert sum(len(block.span) for block in blocks) == 8
    assert workers.is_warm(2)


def by_this_process(blocks):
    """Part of the places whose result says that this process computed them."""
    found = np.concatenate([block.arrays["R"].ravel() for block in blocks])
    return np.mean(found == os.getpid())


def test_workers_that_wait_are_asked_at_once(task_of):
    list(ran(task_of(functions.mean)[1]))
    assert workers.is_warm(2)
    _, task = task_of(bound(functions.whose, seconds=0.05), name="slow.h5")
    assert by_this_process(ran(task, "auto")) < 0.5


def test_what_turns_out_to_be_quick_comes_back_to_this_process(task_of):
    list(ran(task_of(functions.mean)[1]))
    sizes = (256, 256, 1, 256)
    _, task = task_of(functions.whose_after_loading, 1024, name="big.h5", sizes=sizes)
    assert by_this_process(ran(task, "auto")) > 0.5
    assert workers.is_warm(2)


def test_workers_may_be_ended_just_when_they_are_asked(task_of):
    task = task_of(functions.mean)[1]
    with shipped(pickled(task)) as parcel:
        for _ in range(8):  # what fails in a thread of theirs fails the test
            pool = workers.Workers(2)
            calls = [pool.submit(parcel, Span(0, 4)) for _ in range(3)]
            pool.kill()
            assert all(call.running() or call.done() for call in calls)


def test_workers_stay_for_the_next_run(task_of):
    _, task = task_of(functions.mean)
    list(ran(task))
    before = {child.pid for child in workers_now()}
    list(ran(task))
    assert {child.pid for child in workers_now()} == before


@pytest.mark.parametrize("how", ["serial", "pool"])
def test_blas_has_one_thread(task_of, how):
    def function(block):
        from threadpoolctl import threadpool_info

        known = [one["num_threads"] for one in threadpool_info()]
        return np.full(len(block), max(known, default=1), "f4")

    _, task = task_of(function)
    check(task, ran(task, how), np.ones((48, 3), "f4"))


def test_prints_of_a_function_disturb_nobody(task_of, capfd):
    workers.dismiss()  # those that are there print elsewhere
    _, task = task_of(functions.printing)
    truth = Task(task.plan, functions.mean).compute(Span(0, 48)).arrays["R"]
    check(task, ran(task), truth)
    assert "what a function says" in capfd.readouterr().out


@pytest.mark.parametrize("how", ["serial", "pool"])
def test_an_error_comes_with_its_place(task_of, how):
    data, task = task_of(bound(functions.failing, limit=2.0))
    assert (data[..., 0] > 2.0).any()
    failures = [one for one in ran(task, how) if isinstance(one, Failure)]
    assert len(failures) >= 1
    assert isinstance(failures[0].error, ProcessError)
    assert "ValueError: too much" in failures[0].error.message
    assert "um (index" in failures[0].error.message


@posix
def test_a_worker_that_is_killed_once_is_survived(task_of, tmp_path):
    mark = tmp_path / "killed"
    _, task = task_of(bound(functions.dying_once, marker=str(mark)))
    truth = Task(task.plan, functions.mean).compute(Span(0, 48)).arrays["R"]
    check(task, ran(task), truth)
    assert mark.exists()


@posix
def test_workers_that_are_killed_from_outside_are_survived(task_of):
    _, task = task_of(bound(functions.slow_mean, seconds=0.005), sizes=(12, 12, 1, 5))
    truth = Task(task.plan, functions.mean).compute(Span(0, 144)).arrays["R"]
    killed, blocks = 0, []
    for outcome in ran(task):
        blocks.append(outcome)
        if len(blocks) in (2, 5):
            workers_now()[0].kill()
            killed += 1
    assert killed == 2
    check(task, blocks, truth)


@posix
def test_a_place_that_always_kills_its_worker_ends_the_run_with_a_sentence(task_of):
    data, task = task_of(bound(functions.dying_at, limit=2.0))
    failures = [one for one in ran(task) if isinstance(one, Failure)]
    assert len(failures) >= 1
    error = failures[0].error
    assert isinstance(error, WorkerError)
    assert "was ended 3 times at" in error.message
    assert "the function crashes there, or takes more memory" in error.message
    assert "SIGKILL" in error.reason
    span = failures[0].span
    assert (data.reshape(48, -1, 5)[span.start : span.stop, :, 0] > 2.0).any()


@pytest.mark.parametrize(
    ("how", "function"),
    [
        ("serial", functions.for_ever),
        ("auto", functions.for_ever),
        ("pool", functions.for_ever),
        ("pool", functions.asleep),
    ],
)
def test_a_function_that_takes_for_ever_is_given_up_within_two_seconds(
    task_of, tmp_path, how, function
):
    mark = tmp_path / "begun"
    _, task = task_of(bound(function, marker=str(mark)))
    cancelled = []

    def stop():
        if mark.exists():
            cancelled.append(time.monotonic())
        return bool(cancelled)

    assert list(ran(task, how, stop=stop)) == []
    assert time.monotonic() - cancelled[0] < 2
    if how == "pool":
        assert not workers.is_warm(2)
        wait_for(lambda: not workers_now())
    wait_for(lambda: not [t for t in threading.enumerate() if "serial" in t.name])


def test_large_data_that_travel_with_a_function_are_named(task_of):
    table = np.random.default_rng(1).normal(size=300_000)

    def function(block):
        return block.mean(1) + table[0]

    _, task = task_of(function)
    with pytest.warns(PayloadWarning, match=r"takes 2.4 MB .* most of it is 'table'"):
        pickled(task)


def test_large_data_are_named_whatever_made_the_process(spectra):
    _, dataset = spectra()
    table = np.random.default_rng(1).normal(size=300_000)

    def function(block):
        return block.mean((1, 2)) + table[0]

    task = ul.process(dataset, function, outputs={"R": {}}).task()
    with pytest.warns(PayloadWarning, match="most of it is 'table'"):
        pickled(task)


def test_far_too_much_is_refused(task_of, monkeypatch):
    monkeypatch.setattr("usid_lab.processing.executors.parcel._MOST", 2 << 20)
    table = np.random.default_rng(1).normal(size=300_000)
    _, task = task_of(lambda block: block.mean(1) + table[0])
    with pytest.raises(ArgumentError, match="'table'"):
        pickled(task)


def test_what_cannot_be_sent_is_told(task_of):
    lock = threading.Lock()

    def function(block):
        with lock:
            return functions.mean(block)

    _, task = task_of(function)
    (failure,) = ran(task, "pool")
    assert "cannot be sent to workers" in failure.error.message
    check(task, ran(task, "serial"), task.compute(Span(0, 48)).arrays["R"])


def test_what_cannot_be_sent_is_done_here_where_nobody_asked_for_workers(
    task_of, caplog
):
    lock = threading.Lock()

    def function(block):
        with lock:
            return functions.slow_mean(block, 0.03)

    _, task = task_of(function)
    truth = Task(task.plan, functions.mean).compute(Span(0, 48)).arrays["R"]
    check(task, ran(task, "auto"), truth)
    assert "this process computes alone" in caplog.text


def test_a_function_that_takes_too_much_memory_is_ended(task_of):
    _, task = task_of(bound(functions.hungry, megabytes=300))
    limit = psutil.Process().memory_info().rss + (250 << 20)
    failures = [one for one in ran(task, limit=limit) if isinstance(one, Failure)]
    assert len(failures) == 1
    assert "Allow more" in failures[0].error.message


def test_a_process_of_multiprocessing_ends_with_its_workers(spectra):
    _, dataset = spectra()
    context = multiprocessing.get_context("spawn")
    # A function of a module that is found there.
    program = context.Process(
        target=functions.compute_mean, args=(str(dataset.file_path),)
    )
    program.start()
    program.join(60)
    assert program.exitcode == 0
