"""Memory goes to the next block only once nobody looks at it any more."""

import gc

import numpy as np
import pytest

from usid_lab.reading import rooms as module
from usid_lab.reading.rooms import Rooms

FLOAT = np.dtype(np.float32)
SHAPE = (512, 1024)


@pytest.fixture
def rooms():
    return Rooms()


def place(values):
    return values.__array_interface__["data"][0]


def test_memory_is_used_again(rooms):
    first = rooms.empty(SHAPE, FLOAT)
    where = place(first)
    assert first.shape == SHAPE
    assert first.dtype == FLOAT
    assert first.flags.writeable
    assert first.flags.c_contiguous
    del first
    assert place(rooms.empty((256, 1024), np.dtype(np.float64))) == where


def test_what_is_looked_at_is_nobody_elses(rooms):
    first = rooms.empty(SHAPE, FLOAT)
    first[:] = 1
    view = first[3:5, ::2]
    del first
    gc.collect()
    rooms.empty(SHAPE, FLOAT)[:] = 2
    assert (view == 1).all()


def test_a_larger_one_is_new(rooms):
    small = rooms.empty(SHAPE, FLOAT)
    del small
    large = rooms.empty((1024, 1024), FLOAT)
    large[:] = 3
    assert (large == 3).all()


def test_what_is_kept_is_bounded(rooms, monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 4 << 20)
    many = [rooms.empty(SHAPE, FLOAT) for _ in range(5)]
    del many
    assert sum(map(len, rooms._free)) == 4 << 20
    monkeypatch.setattr(module, "_IDLE", 2 << 20)
    rooms.tidy()
    assert sum(map(len, rooms._free)) == 2 << 20


@pytest.mark.parametrize("shape", [(), (0, 5), (3,)])
def test_small_arrays_are_ordinary_ones(rooms, shape):
    assert rooms.empty(shape, FLOAT).base is None
