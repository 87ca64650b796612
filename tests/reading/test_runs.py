import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.reading.planning.runs import Run, runs_of


def entries(run):
    starts = run.start + np.arange(run.count) * run.stride
    return (starts[:, None] + np.arange(run.block)).ravel()


@st.composite
def regular(draw):
    block = draw(st.integers(1, 5))
    stride = block + draw(st.integers(0, 5))
    return Run(draw(st.integers(0, 20)), stride, draw(st.integers(1, 6)), block)


@given(regular())
def test_size_and_end(run):
    assert run.size == len(entries(run))
    assert run.last == entries(run)[-1]


@given(regular(), st.integers(1, 8))
def test_halves_make_the_whole(run, chunk):
    halves = run.halves(chunk)
    if halves is None:
        assert run.start // chunk == run.last // chunk or run.size == 1
        return
    assert all(half.size for half in halves)
    np.testing.assert_array_equal(np.concatenate([*map(entries, halves)]), entries(run))


@given(st.integers(0, 20), st.integers(2, 40), st.integers(1, 8))
def test_halves_of_neighbours_meet_where_chunks_meet(start, block, chunk):
    halves = Run(start, 1, 1, block).halves(chunk)
    if halves is not None:
        assert halves[1].start % chunk == 0


@given(st.sets(st.integers(0, 300), max_size=120))
def test_runs_cover_what_is_wanted(wanted):
    chosen = np.array(sorted(wanted), np.int64)
    runs, which = runs_of(chosen)
    read = np.concatenate([np.empty(0, int), *map(entries, runs)])
    np.testing.assert_array_equal(read if which is None else read[which], chosen)
    assert len(read) <= 5 * max(1, len(chosen))


@pytest.mark.parametrize(
    ("chosen", "run"),
    [
        ([7], Run(7)),
        ([3, 4, 5], Run(3, 1, 1, 3)),
        ([2, 12, 22], Run(2, 10, 3)),
        ([2, 3, 12, 13, 22, 23], Run(2, 10, 3, 2)),
    ],
)
def test_regular_entries_are_one_run(chosen, run):
    assert runs_of(np.array(chosen)) == ((run,), None)


def test_many_scattered_entries_take_few_reads():
    chosen = np.flatnonzero(np.random.default_rng(0).random(10_000) < 0.5)
    runs, _ = runs_of(chosen)
    assert len(runs) < 700
