"""Who wrote an object, when and with what."""

import importlib.metadata
import re
from importlib.metadata import PackageNotFoundError

import pytest

from usid_lab.storage import bookkeeping


def test_both_names_of_the_time_and_of_the_versions():
    found = bookkeeping.book_keeping()
    assert found["time_stamp"] == found["timestamp"]
    assert re.fullmatch(r"\d{4}(_\d\d){2}-\d\d(_\d\d){2}", found["time_stamp"])
    ours = bookkeeping.lab_version()
    assert found["usid_lab_version"] == ours
    assert found["pyUSID_version"] == f"0.0.4+usid.lab.{ours}"
    assert all(found.values())


def test_a_package_that_is_not_installed(monkeypatch):
    def missing(_):
        raise PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "version", missing)
    bookkeeping.lab_version.cache_clear()
    try:
        assert bookkeeping.lab_version() == "0+unknown"
    finally:
        bookkeeping.lab_version.cache_clear()


def test_the_machine_is_named_without_a_look_up(monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("asked the network"))
    assert bookkeeping.book_keeping()["machine_id"]
