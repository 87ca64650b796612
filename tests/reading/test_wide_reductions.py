"""Wide results come in parts: little memory, and each chunk decoded for one of them."""

import math
import tracemalloc
from itertools import product

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import ChangedFileError
from usid_lab.model.selection import picks
from usid_lab.reading import Stopped, stopping
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.link import Link
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.reading.reducing import parting, reductions
from usid_lab.reading.reducing.parting import parts_of
from usid_lab.reading.reducing.reductions import place_bytes, reduction
from usid_lab.reading.reducing.wanted import axes_of

MB = 1 << 20
GIVEN = {"mean": np.mean, "std": np.std, "sum": np.sum, "median": np.median}


def write(path, values, **storage):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **storage)
    return ul.open(path).array("/x")


def asked_of(array, how, dim, **selection):
    dims = array.dims
    chosen = picks({dims[k]: v for k, v in selection.items()}, dims, array.shape)
    return reduction(how, dims[dim], chosen, array.layout, array.dtype)


def cut(array, asked, places):
    nbytes = places * place_bytes(asked, array.dtype)
    return parts_of(asked, array.layout, array.dtype, array.chunks, nbytes)


def chunks_of(array, asked):
    """Which chunks a reduction reads, as numbers along each axis."""
    axes = axes_of(array.layout, asked, None)
    entries = [axis.window(0, axis.count).entries for axis in axes]
    pairs = zip(entries, array.chunks, strict=True)
    return set(product(*(np.unique(at // chunk).tolist() for at, chunk in pairs)))


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 12)] * 3),
    chunk=st.one_of(st.none(), st.tuples(*[st.integers(1, 5)] * 3)),
    dim=st.integers(0, 2),
    places=st.integers(1, 40),
)
def test_parts_cover_every_place_once(tmp_path_factory, shape, chunk, dim, places):
    chunk = chunk and tuple(map(min, chunk, shape))
    path = tmp_path_factory.mktemp("a") / "a.h5"
    array = write(path, np.zeros(shape), chunks=chunk)
    asked = asked_of(array, "std", dim)
    parts = cut(array, asked, places)
    count = np.zeros(asked.sizes(array.layout), int)
    for part in parts:
        count[part.place] += 1
        assert part.asked.sizes(array.layout) == count[part.place].shape
        assert count[part.place].size <= 2 * places
    assert (count == 1).all()


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("window", [{}, {"whole": True}, {"narrow": True}])
@pytest.mark.parametrize("chunk", [(1, 16, 16), (12, 8, 8), (4, 100, 4), (3, 10, 90)])
def test_parts_meet_where_chunks_do(tmp_path, chunk, dim, window):
    array = write(tmp_path / "a.h5", np.zeros((12, 100, 90), "f4"), chunks=chunk)
    selection = {"whole": {0: slice(0, 12)}, "narrow": {1: slice(7, 93)}}
    chosen = {array.dims[k]: v for w in window for k, v in selection[w].items()}
    picked = picks(chosen, array.dims, array.shape)
    asked = reduction("std", array.dims[dim], picked, array.layout, array.dtype)
    parts = cut(array, asked, math.prod(asked.sizes(array.layout)) // 5)
    assert len(parts) > 2
    seen = [chunks_of(array, part.asked) for part in parts]
    assert sum(map(len, seen)) == len(set().union(*seen))


def test_a_chunk_is_not_split_where_that_takes_twice_the_room(tmp_path):
    array = write(tmp_path / "a.h5", np.zeros((3, 64, 50), "f4"), chunks=(1, 32, 50))
    asked = asked_of(array, "mean", 0)
    assert len(cut(array, asked, 800)) == 2
    assert len(cut(array, asked, 799)) > 2


def test_rows_of_a_grid_are_cut_where_chunks_meet(tmp_path):
    """Chunks of whole lines of positions."""
    made = ul.create(
        tmp_path / "a.h5", np.zeros((24, 10, 6), "f4"), quantity="Q", units="",
        position={"Y": (24, "m"), "X": (10, "m")},
        spectroscopic={"V": (6, "V")}, chunks=(40, 6),
    )  # fmt: skip
    chosen = picks({}, made.layout.dims, made.layout.shape)
    asked = reduction("std", "V", chosen, made.layout, made.dtype)
    parts = cut(made, asked, 100)
    assert [part.place[0] for part in parts] == [
        slice(start, start + 8) for start in (0, 8, 16)
    ]


@pytest.mark.parametrize("how", ["std", "mean", "min", "argmin", "median"])
@pytest.mark.parametrize(
    "storage",
    [{}, {"chunks": (1, 64, 600)}, {"chunks": (6, 60, 60), "compression": 1}],
    ids=["contiguous", "layers", "gzip"],
)
def test_memory_is_bounded(tmp_path, monkeypatch, storage, how):
    values = np.random.default_rng(3).integers(0, 40, (6, 600, 600)).astype("f4")
    array = write(tmp_path / "a.h5", values, **storage)
    asked = asked_of(array, how, 0)
    reader = array.reader(budget=4 * MB)
    tracemalloc.start()
    try:
        found = reader.reduce(asked)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most <= found.nbytes + 4 * MB
    wide = values.astype("f8")
    named = {"min": np.min, "argmin": np.argmin, **GIVEN}
    np.testing.assert_allclose(found, named[how](wide, axis=0), rtol=1e-12)


def test_a_median_is_not_counted_for_very_many_places(tmp_path, monkeypatch):
    values = np.random.default_rng(3).integers(0, 200, (3, 700, 700)).astype("u1")
    array = write(tmp_path / "a.h5", values, chunks=(1, 700, 700), compression=1)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 128 << 10)
    tracemalloc.start()
    try:
        found = array.reader().reduce(asked_of(array, "median", 0))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most <= found.nbytes + 12 * MB
    np.testing.assert_array_equal(found, np.median(values, axis=0))


def test_the_type_is_that_of_the_whole(tmp_path, monkeypatch):
    """A sum that overflows, far from others that do not."""
    values = np.ones((3, 40, 5), "u8")
    values[:, 30] = 2**63
    array = write(tmp_path / "a.h5", values)
    asked = asked_of(array, "sum", 0)
    whole = array.reader().reduce(asked)
    monkeypatch.setattr(parting, "GATHERED", 300)
    found = array.reader().reduce(asked)
    assert found.dtype == whole.dtype == np.float64
    np.testing.assert_array_equal(found, whole)


@pytest.fixture
def many(monkeypatch):
    """A wide result is one of a few hundred places."""
    monkeypatch.setattr(parting, "GATHERED", 3000)
    monkeypatch.setattr(stopping, "_OFTEN", 0)
    monkeypatch.setattr(stopping, "_SHARE", 0)


@pytest.fixture(params=["script", "viewer"])
def reader_of(request):
    """Readers in this process, and in another one."""
    if request.param == "script":
        yield lambda array: array.reader()
        return
    process = ReaderProcess()
    assert process.comes_up()
    yield lambda array: RemoteReader(process, array.brief())
    process.close()


@pytest.mark.parametrize("how", GIVEN)
def test_it_is_shown_part_by_part(tmp_path, many, reader_of, how):
    values = np.random.default_rng(1).integers(1, 9, (8, 30, 20)).astype("i4")
    array = write(tmp_path / "a.h5", values, chunks=(4, 5, 5), compression=1)
    told, shown = [], []
    asked = asked_of(array, how, 0)
    found = reader_of(array).reduce(asked, None, told.append, shown.append)
    np.testing.assert_allclose(found, GIVEN[how](values, axis=0), rtol=1e-12)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    counts = [np.isfinite(picture).sum() for picture in shown]
    assert counts == sorted(counts)
    assert len({*counts}) > 2
    for picture in shown:
        assert picture.shape == found.shape
    complete = np.isfinite(shown[-1])
    np.testing.assert_allclose(shown[-1][complete], found[complete], rtol=1e-12)


def test_it_is_stopped_between_parts(tmp_path, many, reader_of):
    array = write(tmp_path / "a.h5", np.ones((8, 30, 20), "f4"), chunks=(4, 5, 5))
    told = []
    with pytest.raises(Stopped):
        reader_of(array).reduce(
            asked_of(array, "std", 0), lambda: max(told, default=0) > 0.3, told.append
        )
    assert max(told) < 0.9


def test_a_file_that_changes_between_parts_is_an_error(tmp_path, many, reader_of):
    path = tmp_path / "a.h5"
    array = write(path, np.ones((8, 30, 20), "f4"), chunks=(4, 5, 5))
    reader = reader_of(array)

    def change(_):
        path.write_bytes(path.read_bytes())

    with pytest.raises(ChangedFileError):
        reader.reduce(asked_of(array, "std", 0), None, None, change)


def test_the_process_is_asked_for_one_part_after_the_other(tmp_path, many, monkeypatch):
    values = np.random.default_rng(1).normal(size=(8, 30, 20)).astype("f4")
    array = write(tmp_path / "a.h5", values, chunks=(4, 5, 5))
    asked = asked_of(array, "std", 0)
    begin, begun = Link.begin_read, []

    def counted(*args):
        begun.append(1)
        return begin(*args)

    monkeypatch.setattr(Link, "begin_read", counted)
    process = ReaderProcess()
    try:
        assert process.comes_up()
        found = RemoteReader(process, array.brief()).reduce(asked)
    finally:
        process.close()
    about = array.layout, array.dtype, array.chunks
    assert len(begun) == len(parts_of(asked, *about)) > 2
    np.testing.assert_allclose(found, values.std(axis=0, dtype="f8"), rtol=1e-12)
