"""A few chunks the kernel reads itself, as h5py would; what is unusual it leaves."""

import os

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import wait_for

import usid_lab as ul
from usid_lab.reading.process import placed as module
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.link import Link
from usid_lab.reading.process.placed import Placed
from usid_lab.reading.process.telling import NOTHING, Places, told
from usid_lab.reading.routes.chunkindex import ChunkIndex

SHAPE, CHUNK = (30, 50), (4, 25)
FILTERS = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True},
]
pytestmark = pytest.mark.skipif(not hasattr(os, "preadv"), reason="HDF5 reads there")


def numbers(dtype):
    return np.random.default_rng(3).integers(0, 99, SHAPE).astype(dtype)


def written(path, data, chunks=CHUNK, **filters):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=chunks, **filters)
    os.utime(path, (1e9, 1e9))
    return path


def placed(path, change=lambda index: index):
    array = ul.open(path).array("/x")
    brief = array.brief()
    with h5py.File(path, "r") as file:
        index = change(ChunkIndex.of(file["x"]))
    itemsize = brief.dtype.itemsize
    found = Places.checked(told(index, itemsize), brief.layout.stored_shape, itemsize)
    return Placed(brief, found), array.dims


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<i2", ">u8", "<c16", "u1"])
def test_rows_columns_and_values_are_those_of_h5py(tmp_path, filters, dtype):
    data = numbers(dtype)
    near, (slow, fast) = placed(written(tmp_path / "x.h5", data, **filters))
    for row in (0, 3, 4, 29, -1):
        np.testing.assert_array_equal(near.read({slow: row}), data[row])
    for column in (0, 24, 25, 49):
        found = near.read({fast: column})
        np.testing.assert_array_equal(found, data[:, column])
        assert found.dtype == data.dtype.newbyteorder("=")
    assert near.read({slow: 7, fast: 30}) == data[7, 30]


def test_what_is_no_cut_or_too_much_is_left(tmp_path):
    near, (slow, fast) = placed(written(tmp_path / "x.h5", numbers("f4")))
    assert near.read({}) is not None
    assert near.read({slow: slice(0, 3)}) is None
    assert near.read({slow: 30}) is None
    assert near.read({slow: 1.5}) is None
    small = written(tmp_path / "y.h5", numbers("f4"), (1, 50))
    near, (slow, fast) = placed(small)
    assert near.read({fast: 3}) is None
    assert near.read({slow: 3}) is not None


def test_chunks_are_counted_before_anything_is_made_of_them(tmp_path, monkeypatch):
    small = written(tmp_path / "x.h5", numbers("f4"), (1, 50))
    near, (_, fast) = placed(small)
    monkeypatch.setattr(module, "parts_of", None)
    assert near.read({fast: 3}) is None


def test_chunks_that_were_never_written_are_left(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("x", SHAPE, "f4", chunks=CHUNK)[:4] = 1
    near, (slow, _) = placed(tmp_path / "x.h5")
    np.testing.assert_array_equal(near.read({slow: 3}), np.ones(50))
    assert near.read({slow: 4}) is None


@pytest.mark.parametrize("filters", FILTERS[1:])
def test_a_bomb_and_a_chunk_that_is_too_short_are_left(tmp_path, filters):
    path = written(tmp_path / "x.h5", np.zeros(SHAPE, "f4"), **filters)
    # In a larger chunk there is more than fits, in a smaller one not enough.
    for chunk in ((2, 25), (8, 25)):
        near, (slow, _) = placed(path)
        grid = (-(-SHAPE[0] // chunk[0]), 2)
        start, size = near._told.place((0, 0))
        near._told = Places(
            True,
            "shuffle" in filters,
            chunk,
            np.full(grid, start),
            np.full(grid, size),
        )
        near._nbytes = chunk[0] * chunk[1] * 4
        assert near.read({slow: 0}) is None


@pytest.mark.parametrize("places", ["end", "beyond", "noise"])
def test_places_that_are_wrong_give_no_values_of_other_chunks(tmp_path, places):
    data = numbers("f4")
    path = written(tmp_path / "x.h5", data, compression="gzip")
    near, (slow, _) = placed(path)
    size = path.stat().st_size
    near._told.offsets[:] = {"end": size - 3, "beyond": 1 << 62, "noise": 5}[places]
    assert near.read({slow: 0}) is None


def test_a_file_of_another_state_is_left(tmp_path):
    path = written(tmp_path / "x.h5", numbers("f4"))
    near, (slow, _) = placed(path)
    assert near.read({slow: 0}) is not None
    os.utime(path, (2e9, 2e9))
    assert near.read({slow: 0}) is None
    path.unlink()
    assert near.read({slow: 0}) is None


@pytest.mark.parametrize(
    "filters", [{"compression": "lzf"}, {"fletcher32": True}, {"scaleoffset": 3}]
)
def test_of_other_filters_nothing_is_told(tmp_path, filters):
    path = written(tmp_path / "x.h5", numbers("i4"), **filters)
    with h5py.File(path, "r") as file:
        index = ChunkIndex.of(file["x"])
    assert index is None or told(index, 4) is NOTHING


@given(st.lists(st.integers(-3, 40) | st.integers(-(2**63), 2**63 - 1), max_size=12))
def test_what_is_told_is_possible_or_a_breach(values):
    try:
        found = Places.checked(np.array(values, np.int64), (3, 4), 2)
    except BreachError:
        return
    assert all(
        0 < length <= size for length, size in zip(found.chunk, (3, 4), strict=True)
    )
    assert found.offsets.shape == found.sizes.shape
    assert (found.sizes >= 0).all()
    assert (found.sizes <= 2 * 24 + (1 << 16)).all()


def test_once_it_was_told_the_kernel_reads(tmp_path, remote, monkeypatch):
    data = numbers("f4")
    reader = remote(written(tmp_path / "x.h5", data, **FILTERS[2]))
    slow = ul.open(tmp_path / "x.h5").array("/x").dims[0]
    asked = []
    begin = Link.begin_read

    def counted(*args):
        asked.append(1)
        return begin(*args)

    monkeypatch.setattr(Link, "begin_read", counted)

    def is_read_here():
        before = len(asked)
        np.testing.assert_array_equal(reader.read({slow: 7}), data[7])
        return len(asked) == before

    assert not is_read_here()
    # Once the file was not written for two seconds.
    wait_for(is_read_here, seconds=60)
    for row in range(30):
        np.testing.assert_array_equal(reader.read({slow: row}), data[row])
