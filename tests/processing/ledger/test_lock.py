import gc
import json
import os
import platform
import shutil
import subprocess
import sys

import pytest
from known_runs import names_in
from waiting import wait_for

from usid_lab.errors import LockedFileError
from usid_lab.processing.ledger import lock as locks
from usid_lab.processing.ledger.lock import NAME, SILENT, Lock, Owner

HOLD = """
import sys
from pathlib import Path
from usid_lab.processing.ledger.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of a folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        yield process
        process.kill()


def rewrite(folder, **changes):
    """Change what a lock says, in place: its inode stays."""
    path = folder / NAME
    told = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(told))


def test_a_second_one_in_this_program_gets_a_sentence(tmp_path):
    lock = Lock(tmp_path)
    with pytest.raises(LockedFileError, match="in this program"):
        Lock(tmp_path)
    lock.release()
    Lock(tmp_path).release()
    assert names_in(tmp_path) == []


def test_another_program_gets_a_sentence(tmp_path, holder):
    with pytest.raises(LockedFileError, match="in another program") as caught:
        Lock(tmp_path)
    assert str(holder.pid) in caught.value.reason
    assert names_in(tmp_path) == [NAME]


@pytest.mark.parametrize("reaped", [True, False])
def test_the_lock_of_a_killed_program_counts_no_more(tmp_path, holder, reaped):
    holder.kill()
    if reaped:
        holder.wait()
    elif hasattr(os, "waitid"):
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # now a zombie
    Lock(tmp_path).release()


def test_the_lock_of_another_process_with_the_same_number_counts_no_more(
    tmp_path, holder
):
    rewrite(tmp_path, started=1e9)
    Lock(tmp_path).release()


def test_a_copied_folder_is_not_locked(tmp_path, holder):
    copy = tmp_path.with_name("copy")
    shutil.copytree(tmp_path, copy)
    Lock(copy).release()
    with pytest.raises(LockedFileError):
        Lock(tmp_path)


def test_another_machine_counts_as_alive_until_it_was_silent_for_long(tmp_path):
    lock = Lock(tmp_path)
    rewrite(tmp_path, host="node-2", pid=1)
    with pytest.raises(LockedFileError, match="another program") as caught:
        Lock(tmp_path)
    assert "process 1 of 'node-2'" in caught.value.reason
    then = (tmp_path / NAME).stat().st_mtime - SILENT - 10
    os.utime(tmp_path / NAME, (then, then))
    Lock(tmp_path).release()
    lock.release()


def test_a_running_program_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "_BEAT", 0.01)
    lock = Lock(tmp_path)
    os.utime(tmp_path / NAME, (1e9, 1e9))
    wait_for(lambda: (tmp_path / NAME).stat().st_mtime > 1.1e9)
    lock.release()


NO_LOCKS = [b"", b"{", b"[]", b'{"host": 1}', b"\xff", b"[" * 10**5]


@pytest.mark.parametrize("text", NO_LOCKS)
def test_what_is_no_lock_counts_for_nothing(tmp_path, text):
    (tmp_path / NAME).write_bytes(text)
    with pytest.raises(LockedFileError):
        Lock(tmp_path)  # somebody may be just about to sign it
    os.utime(tmp_path / NAME, (1e9, 1e9))
    lock = Lock(tmp_path)
    assert Owner.read(tmp_path / NAME).pid == os.getpid()
    lock.release()


@pytest.mark.parametrize("pid", [-1, 0, 2**40, 2**70])
def test_a_process_that_cannot_be_counts_as_dead(tmp_path, pid):
    lock = Lock(tmp_path)
    rewrite(tmp_path, pid=pid)
    Lock(tmp_path).release()
    lock.release()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / NAME)
    os.utime(tmp_path / NAME, (1e9, 1e9))
    Lock(tmp_path).release()


def test_somebody_who_forgets_it_releases_it(tmp_path):
    lock = Lock(tmp_path)
    del lock
    gc.collect()
    assert names_in(tmp_path) == []


def test_a_lock_that_was_taken_over_is_not_removed(tmp_path):
    lock = Lock(tmp_path)
    rewrite(tmp_path, token="another")
    lock.release()
    assert names_in(tmp_path) == [NAME]


def test_a_filesystem_without_hard_links_has_locks_too(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    lock = Lock(tmp_path)
    with pytest.raises(LockedFileError):
        Lock(tmp_path)
    lock.release()
    assert names_in(tmp_path) == []


RACE = """
import sys
from pathlib import Path
from usid_lab.errors import LockedFileError
from usid_lab.processing.ledger.lock import Lock
sys.stdin.readline()
try:
    lock = Lock(Path(sys.argv[1]))
except LockedFileError:
    print("refused", flush=True)
else:
    print("held", flush=True)
sys.stdin.read()
"""


def test_one_of_several_takes_over_from_a_dead_one(tmp_path):
    dead = {"host": platform.node(), "pid": 2**22 + 7, "started": 1.0, "token": "x"}
    (tmp_path / NAME).touch()
    inode = (tmp_path / NAME).stat().st_ino
    (tmp_path / NAME).write_text(json.dumps({**dead, "inode": inode}))
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    racers = [subprocess.Popen(command, **pipes) for _ in range(4)]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.stdout.readline().strip() for racer in racers]
    for racer in racers:
        racer.communicate()
    assert sorted(answers) == ["held", "refused", "refused", "refused"]
