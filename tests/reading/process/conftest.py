"""Files to read, and reader processes that are ended after each test."""

import h5py
import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.reading.process import near
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.link import Link
from usid_lab.reading.process.remote import RemoteReader


@pytest.fixture
def process():
    made = ReaderProcess()
    yield made
    made.close()
    wait_for(lambda: made.pid is None)


@pytest.fixture
def remote(process):
    """A reader of the array /x of a file; the process is up."""

    def reader(path, name="/x"):
        assert process.comes_up()
        return RemoteReader(process, ul.open(path).array(name).brief())

    return reader


class Way:
    """Which way reads go; counts those that the process is asked for."""

    def __init__(self, name):
        self.is_near = name == "near"
        self.asked = 0


@pytest.fixture(params=["near", "far"])
def way(request, monkeypatch):
    """Contiguous arrays are read in the kernel, or in the process as all others."""
    made = Way(request.param)
    if not made.is_near:
        monkeypatch.setattr(near, "is_near", lambda *_: False)
    begin_read = Link.begin_read

    def counted(*args):
        made.asked += 1
        return begin_read(*args)

    monkeypatch.setattr(Link, "begin_read", counted)
    return made


@pytest.fixture
def plain_file(tmp_path):
    """One chunk: only the process reads it."""
    path = tmp_path / "plain.h5"
    with h5py.File(path, "w") as file:
        values = np.arange(240.0).reshape(20, 12)
        file.create_dataset("x", data=values, chunks=(20, 12))
    return path


@pytest.fixture(scope="session")
def slow_file(tmp_path_factory):
    """A quarter of a million chunks of one value each: seconds in small pieces."""
    path = tmp_path_factory.mktemp("slow") / "slow.h5"
    with h5py.File(path, "w") as file:
        values = np.arange(250_000, dtype="u4").reshape(500, 500)
        file.create_dataset("x", data=values, chunks=(1, 2), compression="lzf")
        file.create_dataset("small", data=np.arange(6.0), chunks=(6,))
    return path
