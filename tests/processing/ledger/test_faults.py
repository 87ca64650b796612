"""The disk refuses: at every single step of keeping a block."""

import errno
import os
import signal
import subprocess
import sys

import pytest
from known_runs import names_in

from usid_lab.errors import WriteError
from usid_lab.processing.span import Span

WRITE = "pwrite" if hasattr(os, "pwrite") else "write"
STEPS = ("open", WRITE, "fsync", "replace", "close")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)


class Disk:
    """Calls of the system, of which one fails."""

    def __init__(self, monkeypatch, fail_at, error, *, short=False):
        self.calls = 0
        self.failed = ""
        self._cut = False
        self._about = fail_at, error, short
        for name in STEPS:
            monkeypatch.setattr(os, name, self._faulty(name, getattr(os, name)))

    def _faulty(self, name, real):
        fail_at, error, short = self._about

        def call(*args, **options):
            self.calls += 1
            if self.calls != fail_at and not self._cut:
                return real(*args, **options)
            self.failed = name
            if short and name == WRITE and not self._cut:
                self._cut = True  # takes less now, and nothing the next time
                return real(args[0], args[1][: len(args[1]) // 2], *args[2:])
            self._cut = False
            if name == "close":
                real(*args)
            raise OSError(error, os.strerror(error))

        return call


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def message_of(call):
    """Sentence of the WriteError that a call raises; '' if it raises none."""
    try:
        call()
    except WriteError as error:
        return error.message
    return ""


def kept_until(job, monkeypatch, fail_at, error, short):
    """Put a block on a disk that fails at a step; False once no step fails."""
    ledger = job.begin(override=True)
    ledger.put(job.block(0, 8))
    before = contents(ledger.folder)
    with monkeypatch.context() as patch:
        disk = Disk(patch, fail_at, error, short=short)
        said = message_of(lambda: ledger.put(job.block(8, 16)))
    assert ("safe: start again" in said) == bool(disk.failed)
    full = error in (errno.ENOSPC, errno.EDQUOT)
    assert ("disk is full" in said) == (full and bool(disk.failed))
    after = contents(ledger.folder)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.startswith(".part")]
    assert ledger.done() in ([Span(0, 8)], [Span(0, 16)])
    job.fill(ledger)
    for name, truth in job.truth.items():
        assert ledger.read(name, Span(0, 48)).tobytes() == truth.tobytes()
    ledger.close()
    return bool(disk.failed)


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("error", ERRORS)
def test_every_step_may_fail(job, monkeypatch, error, short):
    steps = 1
    while kept_until(job, monkeypatch, steps, error, short):
        steps += 1
        assert steps < 50
    assert steps > 8  # open, a write for each array, fsync, close, replace, the folder


LIMITED = """
import resource, sys
from pathlib import Path
from usid_lab.errors import WriteError
from usid_lab.processing.ledger.durable import write_whole
from usid_lab.processing.ledger.shards import not_kept
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
write_whole(Path(sys.argv[1]) / "small", [bytes(4000)])
try:
    write_whole(Path(sys.argv[1]) / "large", [bytes(9000)])
except OSError as error:
    print(not_kept(Path(sys.argv[1]), error).message)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="a limit of POSIX")
def test_a_real_limit_leaves_no_part_behind(tmp_path):
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "could not be kept" in said
    assert names_in(tmp_path) == ["small"]


def test_a_run_that_cannot_begin_says_so(job, monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk(patch, 1, errno.ENOSPC)
        disk.failed = ""

        def full(*args, **options):
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(os, "open", full)
        with pytest.raises(WriteError, match="Results cannot be kept"):
            job.begin()
    job.begin().discard()


def test_begin_may_fail_at_every_step_and_can_be_tried_again(job, monkeypatch):
    steps = 1
    failed = True
    while failed:
        with monkeypatch.context() as patch:
            disk = Disk(patch, steps, errno.ENOSPC)
            try:
                ledger = job.begin()
            except WriteError:
                assert disk.failed
            else:
                ledger.close()
            failed = bool(disk.failed)
        steps += 1
    ledger = job.begin()
    assert ledger.left() == [Span(0, 48)]
    ledger.discard()
    assert names_in(job.dataset.file_path.parent) == ["scan.h5"]
