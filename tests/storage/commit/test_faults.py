"""A disk that fails: a clear error, and the file is what it was."""

import errno
import os
import stat

import pytest
from crashes import add_results, state_of
from faults import KINDS, failing, short

import usid_lab as ul
from usid_lab.errors import InterruptedSaveError, WriteError
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.recovering import recover


def attempt(path, old):
    """Save; whether it failed. If so, the file is the old one, byte by byte."""
    failure = None
    try:
        add_results(path)
    except WriteError as error:
        failure = error
    parts = [entry.name for entry in path.parent.iterdir() if ".part" in entry.name]
    assert parts == []
    if failure is None:
        assert state_of(path) == "new"
        return False
    assert "'a.h5'" in failure.message
    assert path.read_bytes() == old
    return True


def every(path, fault):
    """Try a fault at every call; which of them failed."""
    old = path.read_bytes()
    failed = []
    number = 0
    while not failed or number < len(failed) + 1:
        number += 1
        with fault(number) as count:
            failed.append(attempt(path, old))
        if count[0] < number:
            return failed[:-1]
        path.write_bytes(old)
        left = path.with_name("a.h5.journal")
        left.unlink(missing_ok=True)
    return failed


# What fails once the file is changed is too late, and does no harm.
HARMLESS = {
    ("appending", "move"): [True, True],
    ("appending", "remove"): [False],
    ("appending", "sync_folder"): [True, True, False],
    ("copying", "move"): [True],
    ("copying", "remove"): [],
    ("copying", "sync_folder"): [False],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_any_call(raw, way, kind):
    failed = every(raw, lambda number: failing(kind, number))
    if (way, kind) in HARMLESS:
        assert failed == HARMLESS[way, kind]
    else:
        assert failed
        assert all(failed)


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folders")
def test_a_disk_that_synchronises_no_folders_does_no_harm(raw, way, monkeypatch):
    real = os.fsync

    def refusing(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", refusing)
    add_results(raw)
    assert state_of(raw) == "new"


def test_a_write_that_takes_half_of_the_bytes(raw, way):
    failed = every(raw, short)
    assert len(failed) > 10
    assert all(failed)


def test_writes_that_take_little_at_a_time(raw, way, monkeypatch):
    real = os.pwrite

    def little(descriptor, data, offset):
        return real(descriptor, data[: max(1, len(data) // 3)], offset)

    monkeypatch.setattr(os, "pwrite", little)
    add_results(raw)
    assert state_of(raw) == "new"


def test_a_disk_that_fails_for_good(raw, appending, monkeypatch):
    """Once the first page of the file is changed, nothing can be written any more."""
    real, node = disk.write_at, raw.stat().st_ino
    dead = []

    def write(descriptor, data, offset):
        if dead:
            raise OSError(5, "Input/output error")
        real(descriptor, data, offset)
        dead.extend([offset] * (os.fstat(descriptor).st_ino == node and offset == 0))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write_at", write)
        with pytest.raises(WriteError, match=r"usid-lab recover a\.h5"):
            add_results(raw)
    with pytest.raises(InterruptedSaveError, match="cannot be read before the save"):
        ul.open(raw)
    recover(raw)
    assert state_of(raw) == "new"
