"""What is read at its place in the file, the kernel reads itself; nothing else."""

import os
import signal

import h5py
import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.errors import ChangedFileError, TruncatedFileError
from usid_lab.reading import Stopped
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.near import Near, is_near
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.storage import release

LARGE = (1 << 12, 1 << 12)


def written(path, values, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **options)
    return path


def near_of(path):
    array = ul.open(path).array("/x")
    return Near(array.brief()), array.dims


@pytest.fixture
def large(tmp_path):
    return written(tmp_path / "large.h5", np.ones(LARGE, "f4"))


@pytest.mark.parametrize(
    ("nbytes", "places", "answer"),
    [
        (4, 1, True),  # one number
        (65_536, 1, True),  # a spectrum
        (16 << 20, 1024, True),  # a region of spectra
        (1 << 30, 1, True),  # everything
        (262_144, 65_536, False),  # a map
        (64 << 18, 65_536, False),  # a band
        (0, 0, True),
    ],
)
def test_long_stretches_and_few_are_near(nbytes, places, answer):
    assert is_near(nbytes, places) is answer


def test_maps_are_far_and_spectra_are_near(large):
    near, (slow, fast) = near_of(large)
    assert near.reader({fast: 3}) is None
    assert near.reader({slow: 3}) is not None
    assert near.reader({slow: slice(7, 99), fast: slice(0, 2000)}) is not None
    assert near.reader({slow: [1, 5, 9]}) is not None
    assert near.reader({fast: slice(0, 99)}) is None


@pytest.mark.parametrize(
    "options",
    [
        {"chunks": (1, 64)},
        {"chunks": (8, 8), "compression": "gzip"},
        {"fletcher32": True},
    ],
)
def test_chunks_are_far(tmp_path, options):
    near, dims = near_of(written(tmp_path / "x.h5", np.ones((64, 64)), **options))
    assert near.reader({dims[0]: 3}) is None


def test_what_only_hdf5_can_read_is_far(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver="latest") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((4, 4))
        h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_INT32, space, plist)
    near, dims = near_of(path)
    assert near.reader({dims[0]: 3}) is None
    assert near.reader({dims[0]: 3}) is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process")
def test_a_process_that_hangs_is_not_asked(large, process, remote):
    reader = remote(large)
    slow = ul.open(large).array("/x").dims[0]
    os.kill(process.pid, signal.SIGSTOP)
    told = []
    found = reader.read({slow: slice(5, 9)}, progress=told.append)
    np.testing.assert_array_equal(found, np.ones((4, LARGE[1]), "f4"))
    assert told[-1] == 1.0
    os.kill(process.pid, signal.SIGCONT)


def test_a_read_stops_between_two_pieces(large, remote, way):
    asked = []
    with pytest.raises(Stopped):
        remote(large).read({}, stop=lambda: asked.append(1) or len(asked) > 1)
    assert len(asked) == 2
    assert way.asked == (not way.is_near)


def test_a_file_that_is_cut_short_while_it_is_read(large, remote, way):
    asked = []

    def stop():
        asked.append(1)
        if len(asked) == 2:
            os.truncate(large, 1 << 20)
        return False

    # A quick machine has read it by then, and sees that it is another file now.
    errors = (TruncatedFileError, ChangedFileError)
    with pytest.raises(errors, match=r"large\.h5") as caught:
        remote(large).read({}, stop=stop)
    assert "again" in str(caught.value).lower()


def test_a_file_that_was_written_is_read_anew_and_not_here(tmp_path, remote, way):
    path = written(tmp_path / "x.h5", np.arange(64.0).reshape(8, 8))
    reader = remote(path)
    slow = ul.open(path).array("/x").dims[0]
    assert reader.read({slow: 3})[0] == 24

    def write():
        try:
            with h5py.File(path, "r+") as file:
                file["x"][3] = -1
        except OSError:
            return False
        return True

    release(path)
    wait_for(write)  # the process keeps a file open for a second
    asked = way.asked
    assert reader.read({slow: 3})[0] == -1
    assert way.asked == asked + 1


def test_a_file_that_was_replaced_is_read_anew(tmp_path, remote, way):
    path = written(tmp_path / "x.h5", np.zeros((8, 8)))
    reader = remote(path)
    slow = ul.open(path).array("/x").dims[0]
    assert reader.read({slow: 3})[0] == 0
    written(tmp_path / "y.h5", np.ones((8, 8))).replace(path)
    assert reader.read({slow: 3})[0] == 1


def test_what_rests_in_the_process_is_that_of_the_file(tmp_path, remote, way):
    path = written(tmp_path / "x.h5", np.arange(64.0).reshape(8, 8))
    reader = remote(path)
    slow, fast = ul.open(path).array("/x").dims
    assert reader.make_resident()
    np.testing.assert_array_equal(reader.read({slow: 3}), np.arange(24.0, 32.0))
    np.testing.assert_array_equal(reader.read({fast: 3}), np.arange(3.0, 64.0, 8.0))
    assert reader.is_resident


def test_before_the_process_is_up_nothing_is_different(large):
    process = ReaderProcess()
    reader = RemoteReader(process, ul.open(large).array("/x").brief())
    slow, fast = ul.open(large).array("/x").dims
    assert reader.read({slow: 1}).shape == (LARGE[1],)
    assert reader.read({fast: 1}).shape == (LARGE[0],)
    assert process.pid is None
    process.close()
