"""Fixtures of all tests of saves."""

import pytest
from crashes import Recorder, add_results, make_raw

from usid_lab.storage.commit import disk, strategy, writerlock

WAYS = {"copying": 1 << 30, "appending": 0}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Let results enter files by a copy, or where they lie."""
    monkeypatch.setattr(strategy, "CHEAP", WAYS[request.param])
    monkeypatch.setattr(strategy, "can_clone", lambda _: False)
    return request.param


@pytest.fixture
def appending(monkeypatch):
    """Let results enter files where they lie."""
    monkeypatch.setattr(strategy, "CHEAP", 0)
    monkeypatch.setattr(strategy, "can_clone", lambda _: False)


@pytest.fixture
def raw(tmp_path):
    """A file of raw data, alone in a folder."""
    path = tmp_path / "raw" / "a.h5"
    path.parent.mkdir()
    make_raw(path)
    return path


@pytest.fixture
def recorded(raw, way, monkeypatch):
    """All that the disk is asked during a save; the file before and after."""
    monkeypatch.setattr(disk, "PIECE", 1 << 15)
    gone = writerlock.Owner(writerlock.Owner.myself().host, 999_999_999)
    monkeypatch.setattr(writerlock.Owner, "myself", lambda: gone)
    old = raw.read_bytes()
    recorder = Recorder(raw.parent)
    recorder.start()
    with recorder.recording():
        add_results(raw)
    return recorder, raw.name, old, raw.read_bytes()
