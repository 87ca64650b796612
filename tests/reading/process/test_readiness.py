"""The process is told of a dataset, and tells where its chunks lie, before it reads."""

import os

import h5py
import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.reading.process.link import Link
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.reading.sidecars.states import is_settled
from usid_lab.reading.stopping import Stopped
from usid_lab.storage.stamps import quick_stamp

needs_preadv = pytest.mark.skipif(not hasattr(os, "preadv"), reason="HDF5 reads there")


@pytest.fixture
def path(tmp_path):
    """Rows in chunks of their own."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        values = np.arange(3000.0).reshape(60, 50)
        file.create_dataset("x", data=values, chunks=(1, 50))
    return path


@needs_preadv
def test_the_first_read_finds_places_that_were_told_before(path, process, monkeypatch):
    reader = RemoteReader(process, ul.open(path).array("/x").brief())
    # Places of a file that may still be written are not told.
    wait_for(lambda: is_settled(quick_stamp(path)))
    assert reader.get_ready()
    assert process.pid is not None
    monkeypatch.setattr(Link, "begin_read", None)  # the process is not asked
    slow, _ = ul.open(path).array("/x").dims
    np.testing.assert_array_equal(reader.read({slow: 7}), np.arange(350.0, 400.0))


def test_who_waits_for_the_process_can_be_stopped(path, process):
    reader = RemoteReader(process, ul.open(path).array("/x").brief())
    with pytest.raises(Stopped):
        reader.get_ready(lambda: True)


def test_where_there_is_no_process_there_is_nothing_to_get_ready(path, process):
    process.close()
    reader = RemoteReader(process, ul.open(path).array("/x").brief())
    assert not reader.get_ready()
