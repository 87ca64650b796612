"""Computing on a cluster of worker processes, some of which are killed."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from itertools import count

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    MissingExtraError,
    MissingFileError,
    ProcessError,
    WorkerError,
)
from usid_lab.processing import memory
from usid_lab.processing.block import Block, Failure, Receipt
from usid_lab.processing.cutting import Cutter
from usid_lab.processing.executors import errand
from usid_lab.processing.executors.cluster import ClusterExecutor, cluster_of
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are killed by signals"
)
OUTPUTS = declared(
    {
        "Peak": {"quantity": "Current", "units": "nA", "dtype": "f8"},
        "Shape": {"quantity": "Current", "units": "nA", "dims": ("Bias",)},
    }
)
BATCH = 8


def cluster_of_processes(workers):
    """Worker processes of one thread each, on this machine only."""
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
    )


@pytest.fixture(scope="module")
def clients():
    """One that serves all tests, unless its workers do not come back from the dead."""
    found = []
    yield found
    for client in found:
        end(client)


@pytest.fixture
def client(clients):
    if clients and not is_staffed(clients[-1]):
        end(clients.pop())
    if not clients:
        clients.append(distributed.Client(cluster_of_processes(2)))
    return clients[-1]


def end(client):
    client.close()
    with suppress(KeyError):  # of a worker that died while it was asked to leave
        client.cluster.close()


def is_staffed(client):
    try:
        client.wait_for_workers(2, timeout=60)
    except TimeoutError:
        return False
    return len(client.nthreads()) == 2


@pytest.fixture
def dataset(tmp_path):
    data = np.random.default_rng(3).normal(size=(20, 16, 30)).astype("f4")
    return ul.create(
        tmp_path / "scan.h5",
        data,
        quantity="Current",
        units="nA",
        position={"Y": (np.arange(20.0), "um"), "X": (np.arange(16.0), "um")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 30), "V")},
    )


def peaks(block):
    """Found by the workers by its import path, or whole."""
    return {"Peak": np.abs(block).max(axis=1), "Shape": np.sort(block, axis=1)}


def by_value(seconds=0.0, note=None):
    """A function that only travels whole; tells its process in a file."""

    def function(block):
        if note is not None:
            with note.open("a") as stream:
                stream.write(f"{os.getpid()}\n")
        time.sleep(seconds)
        return peaks(block)

    function.__module__ = "__main__"
    return function


def task_of(dataset, function):
    return Task(make_plan([dataset], None, OUTPUTS, BATCH), function, "Peaks")


def ledger_of(task):
    sources = [item.source for item in task.plan.items]
    plan = task.plan
    about = sources, plan.outputs, plan.count, plan.batch
    return Ledger.begin(RunRecord.of("Peaks", "1.0", {"width": 3}, *about))


def run(executor, task, ledger, stop=lambda: False, seconds=(0.0, 0.1)):
    cutter = Cutter(task.plan, ledger.left(), executor.workers, seconds)
    for found in executor.each(task, cutter, stop, ledger.shards.put):
        if isinstance(found, Failure):
            raise found.error
        assert isinstance(found, Receipt)
        cutter.learn(len(found.span), found.seconds)
        yield found


def assert_same_as_here(task, ledger):
    whole = Span(0, task.plan.count)
    assert ledger.left() == []
    for name, wanted in task.compute(whole).arrays.items():
        np.testing.assert_array_equal(ledger.read(name, whole), wanted)


def pids(client):
    return list(client.run(os.getpid).values())


@pytest.mark.parametrize("function", [np.sort, by_value()], ids=["by path", "by value"])
def test_workers_keep_what_they_compute(client, dataset, function):
    outputs = OUTPUTS if function is not np.sort else {"Shape": OUTPUTS["Shape"]}
    task = Task(make_plan([dataset], None, outputs, BATCH), function, "Peaks")
    with ledger_of(task) as ledger:
        receipts = list(run(cluster_of(client), task, ledger))
        assert sum(len(receipt.span) for receipt in receipts) == task.plan.count
        assert all(r.nbytes and r.seconds > 0 for r in receipts)
        assert_same_as_here(task, ledger)
        assert not list(ledger.folder.glob(".task-*"))


def test_without_a_folder_blocks_come_back(client, dataset):
    task = task_of(dataset, by_value())
    spans = iter([Span(0, 16), Span(16, 24)])
    found = list(cluster_of(client).each(task, spans, lambda: False))
    assert all(isinstance(block, Block) for block in found)
    for block in found:
        for name, wanted in task.compute(block.span).arrays.items():
            np.testing.assert_array_equal(block.arrays[name], wanted)


def test_few_spans_are_under_way(client, dataset):
    task, asked = task_of(dataset, by_value(0.02)), count()
    spans = (Span(BATCH * next(asked), BATCH * (n + 1)) for n in range(40))
    each = cluster_of(client).each(task, spans, lambda: False)
    for done, found in enumerate(each):
        assert isinstance(found, Block)
        under_way = int(repr(asked)[6:-1]) - done
        assert under_way <= 2 * 2 + 2
    assert done == 39


def test_a_worker_that_is_killed_is_made_up_for(client, dataset, tmp_path):
    note = tmp_path / "pids"
    task = task_of(dataset, by_value(0.05, note))
    with ledger_of(task) as ledger:
        each = run(cluster_of(client), task, ledger)
        next(each)
        victim = int(note.read_text().split()[-1])
        os.kill(victim, signal.SIGKILL)
        list(each)
        assert_same_as_here(task, ledger)
    assert victim not in pids(client)


def test_what_is_cancelled_is_gone_on_with(client, dataset, tmp_path):
    note = tmp_path / "pids"
    task, seen = task_of(dataset, by_value(0.05, note)), []

    def stop():
        return bool(seen)

    with ledger_of(task) as ledger:
        for receipt in run(cluster_of(client), task, ledger, stop):
            seen += [receipt]
        assert 0 < len(seen) < 40
    with ledger_of(task) as ledger:
        done = sum(map(len, ledger.done()))
        assert 0 < done < task.plan.count
        list(run(cluster_of(client), task, ledger))
        assert_same_as_here(task, ledger)
    calls = [pid for pid in note.read_text().split() if pid != str(os.getpid())]
    assert len(calls) < 40 + 12  # those that were under way, and no others, came twice


def test_cancelling_waits_for_nobody(client, dataset, tmp_path):
    release, asked = tmp_path / "release", []

    def function(block):
        while not release.exists():
            time.sleep(0.05)
        return peaks(block)

    def stop():
        asked.append(time.monotonic())
        return len(asked) > 3

    function.__module__ = "__main__"
    task = task_of(dataset, function)
    with ledger_of(task) as ledger:
        assert list(run(cluster_of(client), task, ledger, stop)) == []
        assert time.monotonic() - asked[3] < 2
    release.touch()


def test_late_results_of_a_cancelled_run_are_not_kept(client, dataset, tmp_path):
    task = task_of(dataset, by_value())
    with ledger_of(task) as ledger:
        with errand.sent(task, ledger.shards.put) as sent:
            assert isinstance(sent.run(Span(0, 8)), Receipt)
        late = sent.run(Span(8, 16))
        assert isinstance(late, Failure)
        assert isinstance(late.error, errand.Stopped)
        assert ledger.done() == [Span(0, 8)]


def test_an_error_names_the_position(client, dataset):
    def function(block):
        if (block[:, 0] == odd).any():
            raise ZeroDivisionError("odd")
        return peaks(block)

    function.__module__ = "__main__"
    odd = float(dataset.read().reshape(320, 30)[77, 0])
    task = task_of(dataset, function)
    with ledger_of(task) as ledger:
        with pytest.raises(ProcessError, match=r"Y = 4 .*X = 13 .*ZeroDivisionError"):
            list(run(cluster_of(client), task, ledger))
        assert Span(72, 80) not in ledger.done()


def test_a_folder_that_workers_do_not_see_is_said(client, dataset, monkeypatch):
    monkeypatch.setattr(errand, "_write", lambda file, payload: None)
    monkeypatch.setattr(errand, "_PATIENCE", 0.3)
    task = task_of(dataset, by_value())
    said = pytest.raises(MissingFileError, match="does not see the folder in which")
    with ledger_of(task) as ledger, said:
        list(run(cluster_of(client), task, ledger))


def test_data_that_workers_do_not_see_are_said(client, dataset, tmp_path):
    task = task_of(dataset, by_value())
    with ledger_of(task) as ledger:
        dataset.file_path.rename(tmp_path / "elsewhere.h5")
        with pytest.raises(MissingFileError, match=r"does not see 'scan\.h5'"):
            list(run(cluster_of(client), task, ledger))


def test_a_package_that_workers_do_not_have_is_said(client, dataset, monkeypatch):
    class Module:
        __name__ = "only_here"

    def function(block):
        return peaks(block)

    function.__module__, function.__qualname__ = "only_here", "function"
    Module.function = function
    monkeypatch.setitem(sys.modules, "only_here", Module)
    task = task_of(dataset, function)
    said = pytest.raises(WorkerError, match="same packages must be installed")
    with ledger_of(task) as ledger, said:
        list(run(cluster_of(client), task, ledger))


def test_a_task_that_was_tampered_with_is_not_loaded(dataset, monkeypatch):
    task = task_of(dataset, by_value())
    with ledger_of(task) as ledger, errand.sent(task, ledger.shards.put) as sent:
        sent.file.write_bytes(sent.file.read_bytes() + b"x")
        found = sent.run(Span(0, 8))
        assert isinstance(found.error, WorkerError)
        assert "cannot load" in found.error.message


def test_a_cluster_that_is_closed_ends_the_run(dataset):
    cluster = cluster_of_processes(1)
    client = distributed.Client(cluster)
    executor = cluster_of(client)
    task = task_of(dataset, by_value(0.2))
    with ledger_of(task) as ledger:
        each = run(executor, task, ledger)
        next(each)
        threading.Thread(target=cluster.close).start()
        with pytest.raises(WorkerError, match="let go of 'Peaks'"):
            list(each)
        assert ledger.done()
    client.close()
    with pytest.raises(ArgumentError, match="not connected"):
        cluster_of(client)


def test_a_cluster_that_is_deserted_ends_the_run(dataset):
    task = task_of(dataset, by_value(0.2))
    with cluster_of_processes(1) as cluster, distributed.Client(cluster) as client:
        executor = ClusterExecutor(client, patience=1.0)
        with ledger_of(task) as ledger:
            each = run(executor, task, ledger)
            next(each)
            cluster.scale(0)
            with pytest.raises(WorkerError, match="lost its last worker"):
                list(each)
            assert ledger.done()


def test_a_process_is_computed_on_a_cluster(client, dataset):
    wanted = np.sort(dataset.read(), axis=-1)
    for executor in (client, "dask", ClusterExecutor(client, seconds=(0.1, 0.2))):
        run = ul.process(
            dataset,
            lambda block: np.sort(block, axis=1),
            name="Sorted",
            outputs={"Shape": {"quantity": "Current", "units": "nA", "dims": ["Bias"]}},
        ).compute(executor=executor, override=True)
        (found,) = run.results
        np.testing.assert_array_equal(found.read(), wanted)
        assert not list(dataset.file_path.parent.glob(".*.usid"))


def test_blocks_elsewhere_are_bounded(dataset, monkeypatch):
    monkeypatch.setattr(memory, "_ELSEWHERE", 100 * 30 * 4)

    class Recorder:
        workers, seconds, lengths = 1, (100.0, 1000.0), ()

        def each(self, task, spans, stop, put=None):
            for span in spans:
                self.lengths += (len(span),)
                yield task.compute(span)

        def close(self):
            pass

    recorder = Recorder()
    ul.process(
        dataset,
        lambda block: block,
        name="Same",
        outputs={"Shape": {"quantity": "Current", "units": "nA", "dims": ["Bias"]}},
        batch=10,
    ).compute(executor=recorder)
    assert sum(recorder.lengths) == 320
    assert max(recorder.lengths) == 100


def test_the_last_client_has_a_name(client):
    assert isinstance(cluster_of("dask"), ClusterExecutor)
    assert cluster_of("dask").workers == 2


def test_what_is_no_client_is_refused(monkeypatch):
    with pytest.raises(ArgumentTypeError, match=r"distributed\.Client"):
        cluster_of("http://127.0.0.1:8786")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"usid-lab\[dask\]"):
        cluster_of("dask")


def test_a_function_that_kills_its_workers_ends_the_run(client, dataset):
    def function(block):
        os._exit(1)

    function.__module__ = "__main__"
    task = task_of(dataset, function)
    with ledger_of(task) as ledger:
        with pytest.raises(WorkerError, match=r"places of 'Peaks' from Y = .*memory"):
            list(run(cluster_of(client), task, ledger))
        assert ledger.done() == []
