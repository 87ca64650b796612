"""Deaths and hangs of the reader process are errors in words; nothing stays behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.errors import (
    DamagedDataError,
    FileError,
    MissingFileError,
    TruncatedFileError,
)
from usid_lab.reading.process import client, link, spawning
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def is_there(pid):
    """Whether there is a process, be it a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Killer:
    """Hears the progress of a read, and sends the process a signal at the first."""

    def __init__(self, process, number, harm=lambda: None):
        self.process, self.number, self.harm = process, number, harm
        self.killed = None

    def __call__(self, _):
        if self.killed is None:
            self.harm()
            self.killed = self.process.pid
            os.kill(self.killed, self.number)


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (signal.SIGKILL, FileError, "was ended from outside"),
        (signal.SIGSEGV, DamagedDataError, "ended in a crash"),
        (signal.SIGBUS, DamagedDataError, "ended in a crash"),
    ],
)
def test_a_death_is_an_error_and_the_next_read_works(
    slow_file, process, remote, number, kind, words
):
    reader = remote(slow_file)
    killer = Killer(process, number)
    with pytest.raises(kind, match=words) as caught:
        reader.read({}, progress=killer)
    assert "slow.h5" in caught.value.message
    assert signal.Signals(number).name in caught.value.reason
    assert "'/x'" in caught.value.reason
    wait_for(lambda: not is_there(killer.killed))
    assert reader.read({})[1, 0] == 500
    assert process.pid not in (None, killer.killed)


def test_who_dies_while_nobody_reads_is_not_missed(slow_file, process, remote):
    reader = remote(slow_file, "/small")
    first = process.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not is_there(first))
    np.testing.assert_array_equal(reader.read({}), np.arange(6.0))
    assert process.pid != first


def test_a_death_in_a_nested_read_takes_both_along(slow_file, process, remote):
    slow, other = remote(slow_file), remote(slow_file)
    failures, asked = [], []

    def stop():
        asked.append(1)  # the first time nothing was sent yet
        if len(asked) == 2:
            killer = Killer(process, signal.SIGKILL)
            with pytest.raises(FileError, match="ended from outside") as caught:
                other.read({}, progress=killer)
            failures.append(caught.value)
        return False

    with pytest.raises(FileError, match="ended from outside"):
        slow.read({}, stop=stop)
    assert len(failures) == 1
    assert other.read({})[0, 1] == 1


def test_after_three_deaths_a_dataset_is_refused_and_others_are_not(
    slow_file, process, remote
):
    reader, small = remote(slow_file), remote(slow_file, "/small")
    for _ in range(3):
        with pytest.raises(DamagedDataError, match="in a crash"):
            reader.read({}, progress=Killer(process, signal.SIGSEGV))
    with pytest.raises(DamagedDataError, match=r"is not read any more: .* 3 times"):
        reader.read({})
    assert small.read({})[3] == 3
    process.forgive()
    assert reader.read({})[1, 0] == 500


def test_a_success_between_makes_up_for_deaths(slow_file, process, remote, monkeypatch):
    monkeypatch.setattr(client, "_MOST_DEATHS", 2)
    reader = remote(slow_file)
    for _ in range(2):
        with pytest.raises(FileError):
            reader.read({}, progress=Killer(process, signal.SIGKILL))
        assert reader.read({})[1, 0] == 500


def test_a_hang_is_ended(slow_file, process, remote, monkeypatch):
    monkeypatch.setattr(link, "SILENCE", 0.5)
    reader = remote(slow_file)
    killer = Killer(process, signal.SIGSTOP)
    with pytest.raises(DamagedDataError, match="came to no end and was given up"):
        reader.read({}, progress=killer)
    wait_for(lambda: not is_there(killer.killed))
    assert reader.read({})[1, 0] == 500


def test_a_read_can_be_stopped_while_the_process_hangs(slow_file, process, remote):
    reader = remote(slow_file)
    killer = Killer(process, signal.SIGSTOP)
    stops = threading.Event()
    threading.Timer(0.2, stops.set).start()
    with pytest.raises(link.Stopped):
        reader.read({}, stop=stops.is_set, progress=killer)
    os.kill(process.pid, signal.SIGCONT)
    assert reader.read({})[1, 0] == 500


@pytest.mark.parametrize(
    ("harm", "kind", "words"),
    [
        (lambda path: path.unlink(), MissingFileError, "is gone"),
        (lambda path: os.truncate(path, 4096), TruncatedFileError, "went missing"),
        (
            lambda path: path.with_name("y").replace(path),
            FileError,
            "Another file has taken the place",
        ),
    ],
)
def test_what_became_of_the_file_is_said(
    tmp_path, slow_file, process, remote, harm, kind, words
):
    path = tmp_path / "mine.h5"
    path.write_bytes(slow_file.read_bytes())
    path.with_name("y").write_bytes(slow_file.read_bytes())
    killer = Killer(process, signal.SIGBUS, lambda: harm(path))
    reader = remote(path)
    with pytest.raises(kind, match=words) as caught:
        reader.read({}, progress=killer)
    assert "mine.h5" in caught.value.message


def test_a_file_that_is_cut_short_is_an_error(tmp_path, process, remote, way):
    path = tmp_path / "cut.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones((64, 1 << 18))
    reader = remote(path)
    name = ul.open(path).array("/x").dims[1]
    assert reader.read({name: 7})[63] == 1
    os.truncate(path, 1 << 20)
    with pytest.raises(FileError) as caught:
        reader.read({name: 9})
    assert "cut.h5" in str(caught.value)
    with pytest.raises(FileError, match=r"cut\.h5"):
        reader.read({name: 9})


def test_a_file_that_is_cut_short_under_its_mapping(tmp_path, process, remote):
    path = tmp_path / "cut.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros((1 << 14, 1 << 12), "f4")
    reader = remote(path)
    name = ul.open(path).array("/x").dims[1]
    asked = []

    def stop():
        asked.append(1)
        if len(asked) == 3:  # the process reads; it may be within a page of the file
            os.truncate(path, 1 << 20)
        return False

    with pytest.raises(TruncatedFileError) as caught:
        reader.read({name: slice(900)}, stop=stop)
    assert "cut.h5" in str(caught.value)
    assert "copy it again" in str(caught.value).lower()


def test_where_none_can_be_started_the_kernel_reads(plain_file, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(plain_file.parent / "no-python"))
    process = ReaderProcess()
    reader = RemoteReader(process, ul.open(plain_file).array("/x").brief())
    assert not process.comes_up()
    assert process.pid is None
    assert reader.read({})[0, 5] == 5
    assert reader.make_resident()
    assert reader.is_resident
    process.close()


def test_where_it_ends_at_once_the_kernel_reads(plain_file, tmp_path, monkeypatch):
    program = tmp_path / "ends.py"
    program.write_text("raise SystemExit(3)")
    monkeypatch.setattr(spawning, "_PROGRAM", program)
    process = ReaderProcess()
    reader = RemoteReader(process, ul.open(plain_file).array("/x").brief())
    assert not process.comes_up()
    assert reader.read({})[0, 5] == 5
    process.close()


def test_until_it_is_up_the_kernel_reads(plain_file, tmp_path, monkeypatch):
    program = tmp_path / "sleeps.py"
    program.write_text("import sys\nsys.stdin.read()\nimport time\ntime.sleep(99)")
    monkeypatch.setattr(spawning, "_PROGRAM", program)
    monkeypatch.setattr(client, "PATIENCE", 0.3)
    process = ReaderProcess()
    reader = RemoteReader(process, ul.open(plain_file).array("/x").brief())
    process.start()
    pid = process.pid
    assert reader.read({})[0, 5] == 5
    assert process.pid == pid
    assert not process.comes_up()
    assert reader.make_resident()
    process.close()
    wait_for(lambda: not is_there(pid))


def test_closing_stops_who_waits(slow_file, process, remote):
    reader = remote(slow_file)
    closing = threading.Thread(target=process.close)
    with pytest.raises(link.Stopped):
        reader.read({}, progress=lambda _: closing.ident or closing.start())
    closing.join()
    assert process.pid is None


def test_with_the_last_reference_it_ends(plain_file):
    process = ReaderProcess()
    process.start()
    assert process.comes_up()
    pid = process.pid
    del process
    wait_for(lambda: not is_there(pid))


KERNEL = """
    import sys, time
    import usid_lab as ul
    from usid_lab.reading.process.client import ReaderProcess
    from usid_lab.reading.process.remote import RemoteReader

    process = ReaderProcess()
    assert process.comes_up()
    reader = RemoteReader(process, ul.open(sys.argv[1]).array("/x").brief())
    print(process.pid, flush=True)
    def stop():
        print("reads", flush=True)
        return False
    while True:
        reader.read({}, stop=stop)
"""


def shared_memory(pid):
    """Files of memory that a process shares and writes to, by name if they have one."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    found = [line.split(maxsplit=5) for line in lines]
    return {line[5] for line in found if line[1] == "rw-s"}


@linux
@pytest.mark.parametrize("busy", [True, False])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_kernel_however_that_ends(slow_file, number, busy):
    program = textwrap.dedent(KERNEL)
    if not busy:
        program = program[: program.index("def stop")] + "time.sleep(99)"
    command = [sys.executable, "-c", program, str(slow_file)]
    root = str(Path(ul.__file__).parents[1])
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": root}
    ) as kernel:
        pid = int(kernel.stdout.readline())
        assert not busy or kernel.stdout.readline() == b"reads\n"
        assert is_there(pid)
        shared = shared_memory(pid)
        assert shared
        assert shared == shared_memory(kernel.pid)
        kernel.send_signal(number)
    wait_for(lambda: not is_there(pid))
    assert not any(Path(name).exists() for name in shared)


@linux
def test_a_kernel_that_ends_says_nothing(plain_file):
    program = textwrap.dedent(KERNEL)
    program = program[: program.index("print(")] + "print(reader.read({})[0, 5])"
    root = str(Path(ul.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, str(plain_file)],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root},
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"5.0\n", b"")


@linux
def test_a_fork_of_the_kernel_that_ends_leaves_it_alone(plain_file):
    program = textwrap.dedent(KERNEL)
    program = program[: program.index("print(")] + textwrap.dedent("""
        import os
        if not os.fork():
            sys.exit(0)
        os.wait()
        pid = process.pid
        time.sleep(0.2)
        reader.read({})
        print(process.pid == pid)
    """)
    root = str(Path(ul.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program, str(plain_file)],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root},
        check=True,
    )
    assert done.stdout.split() == [b"True"]


@linux
def test_an_interrupt_of_the_kernel_leaves_it_alone(slow_file, process, remote):
    reader = remote(slow_file)
    os.kill(process.pid, signal.SIGINT)
    pid = process.pid
    assert reader.read({})[1, 0] == 500
    assert process.pid == pid


@linux
def test_memory_has_a_limit_but_not_the_address_space(process, plain_file, remote):
    remote(plain_file).read({})
    limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
    data = next(line for line in limits if line.startswith("Max data size"))
    assert int(data.split()[3]) < 2 << 30
    core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4] == "0"
    space = next(line for line in limits if line.startswith("Max address space"))
    assert space.split()[3] == "unlimited"


@pytest.mark.skipif(sys.platform == "win32", reason="calls the C library")
def test_one_that_hangs_in_a_library_ends_by_itself():
    program = (
        "import ctypes;"
        "from usid_lab.reading.process import limits;"
        "limits._LIFE = 0.3;"
        "limits.Lifeline();"
        "ctypes.PyDLL(None).sleep(60)"  # no other thread of Python can run
    )
    root = str(Path(ul.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root},
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == (b"", b"")


def test_it_ends_when_nothing_is_ordered_for_long(plain_file):
    program = (
        "import socket;"
        "from usid_lab.reading.process import arena, channel, server;"
        "ours, theirs = socket.socketpair();"
        "server.Server(channel.Channel(theirs), arena.make()[0], 0.1).run();"
        "print(ours.recv(99)[8:].decode())"
    )
    root = str(Path(ul.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root},
        check=True,
    )
    assert b"Hello" in done.stdout


def test_it_imports_no_viewer(plain_file):
    program = (
        "import sys, usid_lab.reading.process.server as s;"
        "print([m for m in ('xarray', 'IPython', 'traitlets', 'matplotlib', 'asyncio',"
        "'multiprocessing', 'usid_lab.dataset') if m in sys.modules])"
    )
    root = str(Path(ul.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root},
        check=True,
    )
    assert done.stdout.strip() == b"[]"
