import os
import subprocess
import sys

import pytest

from usid_lab.errors import DamagedDataError
from usid_lab.storage.handles import lease, pin, release


def test_release_closes_at_once(image):
    with lease(image) as file:
        pass
    release(image)
    assert not file


def test_pin_keeps_it_open(image):
    with pin(image) as file:
        release(image)
        assert file


def test_python_ends_while_a_thread_is_reading(image):
    code = (
        "import sys, threading, usid_lab as ul; f = ul.open(sys.argv[1]); go = "
        "threading.Event()\n"
        "def work():\n"
        "    while True:\n"
        "        f.tree(); go.set()\n"
        "threading.excepthook = lambda _: None\n"
        "threading.Thread(target=work, daemon=True).start(); go.wait()"
    )
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", code, str(image)], timeout=60, check=False
        )
        assert run.returncode == 0


FORKING = """
import os, signal, sys, threading, time
from usid_lab.storage import handle, handles
path, reading, done = sys.argv[1], threading.Event(), threading.Event()
opens = handle.open_read_only
def slowly(path):
    reading.set()
    time.sleep(0.3)
    return opens(path)
handle.open_read_only = slowly
def read():
    with handles.lease(path):
        done.wait(60)
thread = threading.Thread(target=read)
thread.start()
reading.wait(60)
child = os.fork()
if not child:
    signal.alarm(30)
    with handles.lease(path) as file:
        file.keys()
    while handles.is_open(path):
        time.sleep(0.01)
    os._exit(7)
done.set()
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")
def test_a_fork_reads_while_another_thread_opens_a_file(image):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, str(image)],
        timeout=60, check=True, capture_output=True,
    )  # fmt: skip
    assert run.stdout.split() == [b"7"]


def test_what_hdf5_says_of_damage_is_put_in_words(image):
    with pytest.raises(DamagedDataError, match="damaged") as caught, lease(image):
        raise RuntimeError("wrong B-tree signature")
    assert "B-tree" in caught.value.reason
    with pytest.raises(ZeroDivisionError), lease(image):
        raise ZeroDivisionError
