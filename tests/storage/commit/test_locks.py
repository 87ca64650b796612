"""Of two writers one waits; who has a file open is not disturbed."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from functools import partial

import h5py
import pytest
from crashes import add_results, state_of

import usid_lab as ul
from usid_lab.errors import LockedFileError, WriteError
from usid_lab.storage import FileWriter, lease, pin
from usid_lab.storage.commit import appending, copying, datalock, writerlock
from usid_lab.storage.commit.datalock import DataLock
from usid_lab.storage.commit.writerlock import WriterLock
from usid_lab.storage.handles import vacant

GONE = 999_999_999


@pytest.fixture
def impatient(monkeypatch):
    """Wait for nobody for long."""
    real = DataLock.alone

    def alone(self, seconds=0.1, **how):
        real(self, seconds, **how)

    monkeypatch.setattr(DataLock, "alone", alone)
    monkeypatch.setattr(copying, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(appending, "vacant", partial(vacant, seconds=0.1))


def left_behind(path, host=None, pid=GONE, text=None):
    place = writerlock.place_of(path)
    owner = {"host": host or socket.gethostname(), "pid": pid}
    place.write_text(json.dumps(owner) if text is None else text)
    return place


def other(code, *paths):
    """Run a program that says when it is ready, and ends when it is told."""
    lines = textwrap.dedent(code)
    command = [sys.executable, "-c", lines, *map(str, paths)]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout.readline() == "ready\n"
    return program


WRITER = """
    import sys
    from usid_lab.storage import FileWriter
    with FileWriter(sys.argv[1], extend=True) as writer:
        writer.array("/theirs", 1)
        print("ready", flush=True)
        input()
"""
READER = """
    import sys, h5py
    with h5py.File(sys.argv[1]):
        print("ready", flush=True)
        input()
"""


def test_a_second_writer_waits_for_the_first(raw, way):
    with other(WRITER, raw) as program:
        done = threading.Event()

        def save():
            add_results(raw)
            done.set()

        mine = threading.Thread(target=save)
        mine.start()
        assert not done.wait(0.3)
        program.communicate("\n")
        mine.join(20)
    assert state_of(raw) == "new"
    with h5py.File(raw) as file:
        assert "theirs" in file


def test_a_second_writer_does_not_wait_for_ever(raw):
    with other(WRITER, raw) as program:
        lock = WriterLock(raw, seconds=0.1)
        with pytest.raises(LockedFileError) as caught:
            lock.acquire()
        program.communicate("\n")
    text = "Another program is writing 'a.h5'. Wait until it is done, and try again."
    assert caught.value.message == text
    assert str(program.pid) in caught.value.reason


class GivenUpError(Exception):
    """Somebody does not want to wait any more."""


def add(path, pause):
    with FileWriter(path, extend=True, pause=pause) as writer:
        writer.array("/mine", 1)


def test_who_waits_for_another_writer_can_give_up(raw):
    def pause(fraction):
        raise GivenUpError

    with other(WRITER, raw) as program:
        with pytest.raises(GivenUpError):
            add(raw, pause)
        program.communicate("\n")


@pytest.mark.usefixtures("appending")
def test_who_waits_for_a_reader_can_give_up(raw):
    old, told, enough = raw.read_bytes(), [], 9

    def pause(fraction):
        told.append(fraction)
        if len(told) > enough:
            raise GivenUpError

    with other(READER, raw) as program:
        with pytest.raises(GivenUpError):
            add(raw, pause)
        assert raw.read_bytes() == old
        assert [entry.name for entry in raw.parent.iterdir()] == ["a.h5"]
        program.communicate("\n")
    told.clear()
    add(raw, pause)  # where nobody is waited for it is asked a few times
    assert told


def test_two_threads_of_one_program_write_one_after_the_other(raw, way):
    def add(name):
        with FileWriter(raw, extend=True) as writer:
            writer.array(f"/{name}", 1)

    threads = [threading.Thread(target=add, args=(f"n{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with h5py.File(raw) as file:
        assert {f"n{n}" for n in range(6)} < set(file)


def test_one_writer_inside_another_is_told_so(raw):
    def nest():
        with FileWriter(raw, extend=True), FileWriter(raw, extend=True):
            pass

    with pytest.raises(LockedFileError, match="being written by this program already"):
        nest()
    assert [entry.name for entry in raw.parent.iterdir()] == ["a.h5"]


@pytest.mark.parametrize("text", [None, "", "{", '{"host": 3}', "[]"])
def test_what_a_dead_writer_left_is_taken(raw, text):
    place = left_behind(raw, text=text)
    add_results(raw)
    assert state_of(raw) == "new"
    assert not place.exists()


def test_a_lock_of_another_computer_is_believed(raw):
    place = left_behind(raw, host="far-away", pid=7)
    lock = WriterLock(raw, seconds=0.05)
    with pytest.raises(LockedFileError, match="A program on 'far-away' is writing"):
        lock.acquire()
    assert place.exists()
    place.unlink()
    lock.acquire()
    lock.release()
    assert not place.exists()


def test_on_disks_without_locks_the_process_number_counts(raw, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    place = left_behind(raw, pid=os.getppid())
    with pytest.raises(LockedFileError, match="Another program is writing"):
        WriterLock(raw, seconds=0.05).acquire()
    left_behind(raw)
    add_results(raw)
    assert state_of(raw) == "new"
    place.write_text("")
    with pytest.raises(LockedFileError):
        WriterLock(raw, seconds=0.05).acquire()
    os.utime(place, (time.time() - 100, time.time() - 100))
    lock = WriterLock(raw, seconds=0.05)
    lock.acquire()
    lock.release()
    lock.release()


def test_a_folder_where_no_lock_can_be(raw, monkeypatch):
    real = os.open

    def refuse(path, *rest):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(WriteError, match=r"folder of 'a\.h5' cannot be written"):
        add_results(raw)


@pytest.mark.usefixtures("appending", "impatient")
def test_somebody_who_reads_the_file_all_the_time(raw):
    old = raw.read_bytes()
    with other(READER, raw) as program:
        with pytest.raises(
            LockedFileError, match=r"'a\.h5' is open in another program"
        ):
            add_results(raw)
        assert raw.read_bytes() == old
        assert [entry.name for entry in raw.parent.iterdir()] == ["a.h5"]
        program.communicate("\n")
    add_results(raw)
    assert state_of(raw) == "new"


@pytest.mark.usefixtures("appending")
def test_a_commit_waits_for_a_short_reader(raw):
    with other(READER, raw) as program:
        ender = threading.Timer(0.3, program.communicate, ["\n"])
        ender.start()
        add_results(raw)
        ender.join()
    assert state_of(raw) == "new"


def test_our_own_readers_step_aside(raw, way):
    file = ul.open(raw)
    with file:
        dataset = file.main_datasets[0]
        add_results(raw)
        assert dataset.read(X=0).shape == (200,)
        assert state_of(raw) == "new"
        assert file.attribute_values(dataset.path)["operator"] == "Ada"
    with pin(raw) as first, pin(raw):
        assert "Measurement_000" in first


@pytest.mark.usefixtures("appending", "impatient")
def test_a_lease_that_is_not_given_back(raw):
    with lease(raw), pytest.raises(LockedFileError, match="or here"):
        add_results(raw)
    assert state_of(raw) == "old"


def test_readers_see_the_old_or_the_new_file(raw, way):
    """Threads and another process read while twenty saves enter the file."""
    code = """
        import sys, h5py
        import usid_lab as ul
        print("ready", flush=True)
        seen = []
        while not seen or seen[-1] < 20:
            file = ul.open(sys.argv[1])
            found = len(list(file.arrays))
            total = file.main_datasets[0].read(X=3).sum()
            file.close()
            seen.append(found - int(sys.argv[2]))
            assert seen == sorted(seen), seen
        print(seen[0], total)
    """
    before = len(list(ul.open(raw).arrays))
    total = ul.open(raw).main_datasets[0].read(X=3).sum()
    with other(code, raw, before) as program:
        for number in range(20):
            with FileWriter(raw, extend=True) as writer:
                writer.array(f"/new_{number:02d}", [1.0, 2.0])
        told, _ = program.communicate()
    assert program.returncode == 0
    assert float(told.split()[1]) == total


@pytest.mark.usefixtures("appending")
def test_one_who_reads_all_the_time_lets_a_save_go_first(raw):
    """It never closes the file for as long as it stays the same."""
    code = """
        import sys
        import usid_lab as ul
        with ul.open(sys.argv[1]) as file:
            dataset = file.main_datasets[0]
            print("ready", flush=True)
            while "operator" not in file.attribute_values(dataset.path):
                assert dataset.read(X=3).shape == (200,)
    """
    with other(code, raw) as program:
        add_results(raw)
        program.communicate()
    assert program.returncode == 0
    assert state_of(raw) == "new"


def test_windows_opens_the_file_for_nobody_else(raw, monkeypatch):
    """The seam: what is asked of Windows, and what follows."""
    answers = [-1, -1]
    closed = []

    def unshared(path):
        closed.append(lock.descriptor)
        return answers.pop(0) if answers else os.open(path, os.O_RDWR)

    monkeypatch.setattr(datalock, "unshared", unshared)
    monkeypatch.setattr(datalock, "_ON_WINDOWS", True)
    lock = DataLock(raw)
    lock.open()
    lock.alone(5)
    assert closed == [-1, -1, -1]
    assert os.fstat(lock.descriptor).st_ino == raw.stat().st_ino
    lock.close()
    lock.close()
    answers[:] = [-1] * 9999
    lock.open()
    with pytest.raises(LockedFileError, match="is open in another program"):
        lock.alone(0.05)
    assert os.fstat(lock.descriptor).st_ino == raw.stat().st_ino
    lock.close()


def test_windows_waits_until_a_file_can_be_replaced(raw, monkeypatch):
    """Windows replaces no file that somebody has open."""
    real, refused = copying.disk.move, []

    def move(old, new):
        if len(refused) < 3:
            refused.append(new)
            raise PermissionError(13, "Access is denied")
        real(old, new)

    monkeypatch.setattr(copying, "_ON_WINDOWS", True)
    monkeypatch.setattr(copying.disk, "move", move)
    add_results(raw)
    assert len(refused) == 3
    assert state_of(raw) == "new"


@pytest.mark.usefixtures("impatient")
def test_windows_where_a_file_is_never_closed(raw, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Access is denied")

    old = raw.read_bytes()
    monkeypatch.setattr(copying, "_ON_WINDOWS", True)
    monkeypatch.setattr(copying.disk, "move", refuse)
    with pytest.raises(LockedFileError, match=r"'a\.h5' is open in another program"):
        add_results(raw)
    assert raw.read_bytes() == old
    assert [entry.name for entry in raw.parent.iterdir()] == ["a.h5"]
