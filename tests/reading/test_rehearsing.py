"""What is read while nobody waits is little, in memory already, and thrown away."""

import math
import os

import h5py
import hdf5plugin
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.reading.planning.pieces import Storage
from usid_lab.reading.rehearsing import samples
from usid_lab.reading.routes import mapped
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.slabcache import shared

SHAPE = (600, 40)
LAYOUTS = {
    "contiguous": {},
    "plain": {"chunks": (50, 8)},
    "deflated": {"chunks": (50, 8), "compression": "gzip"},
    "lzf": {"chunks": (50, 8), "compression": "lzf"},
    "blosc2": {"chunks": (50, 8), **hdf5plugin.Blosc2()},
}
pytestmark = pytest.mark.skipif(
    not hasattr(os, "RWF_NOWAIT"), reason="this system tells of no file what it holds"
)


def numbers():
    return np.random.default_rng(5).random(SHAPE)


@pytest.fixture(params=LAYOUTS)
def brief(request, tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=numbers(), **LAYOUTS[request.param])
    return ul.open(path).array("/x").brief()


def never():
    return False


@pytest.mark.parametrize("is_mapped", [False, True])
def test_reads_are_right_after_a_rehearsal(brief, is_mapped):
    reader = brief.reader(mapped=is_mapped)
    before = shared.nbytes
    assert reader.get_ready(never)
    assert reader.rehearse(never)
    assert shared.nbytes == before
    slow, fast = brief.layout.dims
    for index in (0, 7, 8, 20, 39):
        found = reader.read({fast: index})
        np.testing.assert_array_equal(found, numbers()[:, index])
    np.testing.assert_array_equal(reader.read({slow: 33}), numbers()[33])


def test_a_rehearsal_gives_way_and_goes_on_later(brief):
    reader = brief.reader(mapped=True)
    asked = 0
    while not reader.rehearse(lambda: True):
        asked += 1
    assert asked > 0
    assert reader.rehearse(lambda: True)  # there is nothing more to do


def test_nothing_is_read_of_a_file_that_is_not_in_memory(brief, monkeypatch):
    monkeypatch.setattr(RawFile, "is_warm", lambda *_: False)
    reader = brief.reader(mapped=True)
    monkeypatch.setattr(reader._fetcher, "rehearse", None)
    assert reader.rehearse(never)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 3000)), max_size=4),
    st.sampled_from([1, 8, 4096]),
    st.booleans(),
    st.sampled_from(["chunked", "placed", "elsewhere", "other"]),
)
def test_samples_are_small_and_lie_in_the_array(sides, itemsize, decoded, kind):
    shape = tuple(size for size, _ in sides)
    chunk = tuple(min(length, max(size, 1)) for size, length in sides)
    storage = Storage(
        shape,
        itemsize,
        chunk if kind == "chunked" and shape else None,
        decoded=decoded,
        placed=kind == "placed",
        elsewhere=kind == "elsewhere",
    )
    found = list(samples(storage))
    if kind in ("elsewhere", "other") or 0 in shape:
        assert not found
    assert len(found) <= 16
    last = -1
    for first, *others in found:
        assert [len(along) for along in (first, *others)] == [1] * len(shape)
        assert last < first[0].start <= first[0].last < shape[0]
        last = first[0].last
        assert first[0].size <= 2048
        assert all(
            0 <= run.last < n for (run,), n in zip(others, shape[1:], strict=True)
        )
        if storage.chunk and decoded:
            touched = first[0].last // chunk[0] - first[0].start // chunk[0] + 1
            nbytes = math.prod(chunk) * itemsize
            assert nbytes <= 4 << 20
            assert touched * nbytes <= max(1 << 20, nbytes)


def test_a_mapping_is_touched_up_to_its_end(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros(3 * mapped.TOUCHED // 16))
    with h5py.File(path) as file:
        raw = RawFile.of(file)
        assert not mapped.touch(raw, 0)  # nobody has mapped it
        mapping = mapped._mapping(raw)
        assert mapped.touch(raw, 0)
        assert mapped.touch(raw, mapped.TOUCHED)
        assert not mapped.touch(raw, 2 * mapped.TOUCHED)
        del mapping
        assert not mapped.touch(raw, 0)


def test_what_is_not_in_memory_is_not_touched(tmp_path, monkeypatch):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros(mapped.TOUCHED // 8))
    with h5py.File(path) as file:
        raw = RawFile.of(file)
        mapping = mapped._mapping(raw)
        monkeypatch.setattr(RawFile, "is_warm", lambda *_: False)
        monkeypatch.setattr(mapped.np, "frombuffer", None)
        assert mapped.touch(raw, 0)
        del mapping
