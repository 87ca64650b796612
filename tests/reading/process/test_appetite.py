"""A process that takes too much memory ends, and it is said why."""

import mmap
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import RefusedError
from usid_lab.reading.process import spawning
from usid_lab.reading.process.appetite import OVERFED, private_bytes
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader

MB = 1 << 20
HUNGRY = """
import sys, time
import numpy as np
from usid_lab.reading.process.appetite import Appetite
Appetite(64 << 20).start()
taken = np.ones(int(sys.argv[1]) << 20, "u1")
time.sleep(1.5)
"""


@pytest.mark.parametrize(("megabytes", "code"), [(8, 0), (200, OVERFED)])
def test_it_ends_where_it_takes_too_much(megabytes, code):
    ran = subprocess.run([sys.executable, "-c", HUNGRY, str(megabytes)], timeout=60)
    assert ran.returncode == code


def test_what_is_written_to_counts():
    before = private_bytes()
    taken = np.ones(64 * MB, "u1")
    assert private_bytes() - before > 48 * MB
    assert taken.all()


def test_mapped_files_do_not_count(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"1" * (64 * MB))
    before = private_bytes()
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        assert np.frombuffer(mapped, "u1").all()
        assert private_bytes() - before < 32 * MB


@pytest.mark.skipif(sys.platform == "win32", reason="inherits a descriptor")
def test_the_kernel_says_why(plain_file, tmp_path, monkeypatch):
    program = tmp_path / "overfed.py"
    program.write_text(
        textwrap.dedent(f"""
        import os, socket, struct, sys
        end = socket.socket(fileno=int(sys.argv[1]))
        hello = b'{{"kind": "Hello", "protocol": 2}}'
        end.sendall(struct.pack("!Q", len(hello)) + hello)
        end.recv(1)
        os._exit({OVERFED})
    """)
    )
    monkeypatch.setattr(spawning, "_PROGRAM", program)
    process = ReaderProcess()
    assert process.comes_up()
    reader = RemoteReader(process, ul.open(plain_file).array("/x").brief())
    with pytest.raises(RefusedError, match="more memory than the viewer may use"):
        reader.read({})
    process.close()
