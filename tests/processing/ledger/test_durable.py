import os
import platform
import subprocess
import sys

import pytest
from known_runs import names_in

from usid_lab.processing.ledger.durable import part_of, sweep, write_whole
from usid_lab.storage.commit import disk


def test_a_file_holds_its_parts_one_after_the_other(tmp_path):
    path = tmp_path / "a"
    write_whole(path, [b"one", memoryview(b"two"), b"", b"three"])
    assert path.read_bytes() == b"onetwothree"
    assert names_in(tmp_path) == ["a"]


def test_a_file_that_is_there_is_replaced(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    write_whole(path, [b"new"])
    assert path.read_bytes() == b"new"


def test_the_system_may_take_less_than_it_is_given(tmp_path, monkeypatch):
    write = disk._write_some

    def some(descriptor, data, offset):
        return write(descriptor, data[:3], offset)

    monkeypatch.setattr(disk, "_write_some", some)
    write_whole(tmp_path / "a", [b"0123456789"])
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_system_that_takes_nothing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "_write_some", lambda *_: 0)
    with pytest.raises(OSError, match="takes no more"):
        write_whole(tmp_path / "a", [b"0123456789"])
    assert names_in(tmp_path) == []


def test_parts_of_dead_processes_are_swept_those_of_living_ones_stay(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from usid_lab.processing.ledger.durable import part_of\n"
        "part_of(Path(sys.argv[1]) / 'x').touch()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    mine = part_of(tmp_path / "x")
    mine.touch()
    elsewhere = tmp_path / ".part-elsewhere-1-aa"
    elsewhere.touch()
    old = tmp_path / ".part-elsewhere-2-bb"
    old.touch()
    os.utime(old, (1e9, 1e9))
    (tmp_path / "kept").touch()
    assert len(names_in(tmp_path)) == 5
    sweep(tmp_path)
    left = {mine.name, elsewhere.name, "kept"}
    assert set(names_in(tmp_path)) == left


@pytest.mark.parametrize("name", ["node-1.example", "", "Laborrechner des Instituts"])
def test_parts_are_known_whatever_the_machine_is_called(tmp_path, name, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: name)
    part_of(tmp_path / "x").touch()
    sweep(tmp_path)
    assert len(names_in(tmp_path)) == 1
    monkeypatch.setattr("psutil.pid_exists", lambda pid: False)
    sweep(tmp_path)
    assert names_in(tmp_path) == []
