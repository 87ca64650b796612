"""A function computed for every row: here, in worker processes, on a dask cluster."""

import os
import subprocess
import sys
import threading
from functools import partial
from itertools import pairwise

import joblib
import numpy as np
import pytest

import usid_lab.pyusid as usid
from usid_lab.errors import WorkerError
from usid_lab.pyusid.processing import mapping


def total(row, power=1, *, offset=0.0):
    return float(row.sum()) ** power + offset


def with_process(row):
    return os.getpid(), float(row.sum())


def with_thread(row):
    return threading.get_ident(), float(row.sum())


def failing(row):
    if row[0] == 33:
        raise ValueError("odd row")
    return 0


def ending(row):
    if row[0] == 33:
        os._exit(1)


ROWS = np.arange(200.0)[:, None] * np.ones(5)
TOTALS = (ROWS.sum(axis=1)).tolist()


@pytest.fixture
def at_once(monkeypatch):
    """Worker processes are used whatever it is worth."""
    monkeypatch.setattr(mapping, "_WORTH", 0.0)
    monkeypatch.setattr(mapping, "_PIECE", 0.0)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


@pytest.mark.parametrize("cores", [1, 2, None])
def test_gives_a_list_of_what_the_function_returns(cores):
    found = usid.parallel_compute(ROWS, total, cores=cores)
    assert type(found) is list
    assert found == TOTALS


def test_arguments_reach_the_function(at_once):
    more = {"func_args": [2], "func_kwargs": {"offset": 1.0}}
    for cores in (1, 2):
        found = usid.parallel_compute(ROWS, total, cores, **more)
        assert found == [number**2 + 1 for number in TOTALS]
    assert usid.parallel_compute(ROWS, total, func_args=(1,)) == TOTALS


def test_results_may_be_anything(at_once):
    found = usid.parallel_compute(ROWS, lambda row: row[: int(row[0]) % 3], cores=2)
    assert [len(part) for part in found] == [n % 3 for n in range(200)]


def test_workers_get_blocks(at_once):
    found = usid.parallel_compute(ROWS, with_process, cores=2)
    assert [number for _, number in found] == TOTALS
    others = [place for place, (pid, _) in enumerate(found) if pid != os.getpid()]
    assert others == list(range(others[0], 200))
    assert others[0] <= 3
    changes = sum(a != b for (a, _), (b, _) in pairwise(found))
    assert changes < 40


def test_little_work_stays_here():
    found = usid.parallel_compute(np.zeros((20_000, 5)), with_process, cores=2)
    assert {pid for pid, _ in found} == {os.getpid()}


def test_prints_what_the_documentation_prints(at_once, capsys):
    usid.parallel_compute(ROWS, total, cores=3)
    lines = ["Starting computing on 3 cores (requested 3 cores)"]
    assert capsys.readouterr().out.splitlines() == [
        *lines,
        "Finished parallel computation",
    ]
    usid.parallel_compute(ROWS[:30], total, cores=3)
    assert "on 1 cores (requested 3 cores)" in capsys.readouterr().out


@pytest.mark.parametrize("cores", [1, 2])
def test_an_error_is_that_of_the_function_and_names_the_row(cores, at_once):
    with pytest.raises(ValueError, match="odd row") as caught:
        usid.parallel_compute(ROWS, failing, cores)
    assert "This happened at position 33." in caught.value.__notes__


def test_a_worker_that_ends_is_said(at_once):
    with pytest.raises(WorkerError, match="ended before its work was done"):
        usid.parallel_compute(ROWS, ending, cores=2)
    assert usid.parallel_compute(ROWS, total, cores=2) == TOTALS


def test_a_function_that_cannot_be_sent_is_computed_here(at_once):
    handle = (number for number in range(3))
    with pytest.warns(RuntimeWarning, match="cannot be sent"):
        found = usid.parallel_compute(
            ROWS, lambda row: (handle is None) + row.sum(), cores=2
        )
    assert found == TOTALS


def test_blocks_are_bounded():
    rows = np.zeros((1000, 1 << 17))
    blocks = list(mapping._blocks(rows, 10**9, 2))
    assert max(stop - start for start, stop in blocks) == 8
    assert blocks[0] == (0, 8)
    assert blocks[-1] == (992, 1000)
    assert len(list(mapping._blocks(rows[:, :2], 10**9, 2))) == 8
    assert list(mapping._blocks(rows[:2], 0, 2)) == [(0, 1), (1, 2)]


def test_another_backend_is_honoured(at_once):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        found = usid.parallel_compute(ROWS, with_process, cores=2)
    assert {pid for pid, _ in found} == {os.getpid()}
    assert [number for _, number in found] == TOTALS


def test_other_workers_are_asked_from_a_machine_of_few_cores(at_once, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        found = usid.parallel_compute(ROWS, with_thread, cores=None)
        one = usid.parallel_compute(ROWS, with_thread)
    assert len({thread for thread, _ in found}) > 1
    assert [number for _, number in found] == TOTALS
    assert len({thread for thread, _ in one}) == 1


def test_a_dask_cluster_is_honoured(at_once):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
    )
    with cluster, distributed.Client(cluster) as client:
        with joblib.parallel_config(backend="dask"):
            found = usid.parallel_compute(ROWS, with_process, cores=2)
            alone = usid.parallel_compute(ROWS, with_process)
        workers = set(client.run(os.getpid).values())
    others = {pid for pid, _ in found} - {os.getpid()}
    assert others
    assert others <= workers
    assert [number for _, number in found] == TOTALS
    assert {pid for pid, _ in alone} == {os.getpid()}


def test_wrong_arguments_are_refused():
    for data, func, more in (
        (TOTALS, total, {}),
        (np.float64(3), total, {}),
        (np.array(3.0), total, {}),
        (ROWS, "sum", {}),
        (ROWS, total, {"func_args": 3}),
        (ROWS, total, {"func_kwargs": [3]}),
        (ROWS, total, {"cores": 1.5}),
    ):
        with pytest.raises(TypeError):
            usid.parallel_compute(data, func, **more)


def test_no_rows_give_no_results():
    assert usid.parallel_compute(np.zeros((0, 4)), total, cores=2) == []


def test_a_function_of_a_script_reaches_the_workers():
    script = """
import os
from functools import partial
from itertools import pairwise
import numpy as np
import usid_lab.pyusid as usid
from usid_lab.pyusid.processing import mapping

mapping._WORTH = mapping._PIECE = 0.0
os.cpu_count = lambda: 4
scale = 2

def scaled(row, offset):
    return os.getpid(), float(scale * row.sum() + offset)

found = usid.parallel_compute(np.ones((100, 4)), partial(scaled, offset=1), cores=2)
assert {number for _, number in found} == {9.0}
assert len({pid for pid, _ in found}) > 1
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_numpy_partials_are_functions():
    found = usid.parallel_compute(ROWS, partial(np.quantile, q=0.5))
    assert found == ROWS[:, 0].tolist()
