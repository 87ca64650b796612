import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import samples
from usid_lab.reading.sidecars import states
from usid_lab.reading.sidecars.building import build
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.reading.sidecars.notes import Note
from usid_lab.storage import release


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "usid_lab.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    return samples.force_curve(tmp_path_factory.mktemp("cli") / "curve.h5", "small")


def test_samples_writes_and_names_the_files(tmp_path):
    done = _run("samples", tmp_path / "new", "--size", "small", "--only", "pfm")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(tmp_path / "new" / "pfm.h5")]
    assert len(ul.open(tmp_path / "new" / "pfm.h5").main_datasets) == 4


def test_tree_prints_the_tree(curve):
    done = _run("tree", curve)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == ul.open(curve).tree().strip()


def test_tree_keeps_control_characters_from_the_terminal(tmp_path):
    with h5py.File(tmp_path / "evil.h5", "w") as file:
        file.create_group("\x1b[31mred\x07")
    done = _run("tree", tmp_path / "evil.h5")
    assert done.returncode == 0
    assert "red" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07"}


def test_check_finds_nothing_in_a_sample(curve):
    done = _run("check", curve)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "curve.h5"
    assert "0 errors, 0 warnings" in done.stdout or "Nothing" in done.stdout


@pytest.mark.parametrize(("name", "code"), [("quantity", 3), ("machine_id", 0)])
def test_check_ends_with_3_where_there_are_errors(curve, tmp_path, name, code):
    path = tmp_path / "faulty.h5"
    shutil.copy(curve, path)
    with h5py.File(path, "r+") as file:
        for dataset in ul.open(curve).main_datasets:
            del file[dataset.path].attrs[name]
    done = _run("check", path)
    assert (done.returncode, done.stderr) == (code, "")
    assert f"'{name}'" in done.stdout


def test_check_keeps_control_characters_from_the_terminal(tmp_path):
    with h5py.File(tmp_path / "evil.h5", "w") as file:
        file.create_group("\x1b[31mred\x07")
    done = _run("check", tmp_path / "evil.h5")
    assert done.returncode == 0
    assert "red" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07"}


@pytest.mark.parametrize("command", ["tree", "lab", "check"])
def test_a_missing_file_is_one_sentence(tmp_path, command):
    done = _run(command, tmp_path / "nowhere.h5")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "nowhere.h5" in done.stderr


def test_a_file_of_another_kind_is_one_sentence(tmp_path):
    (tmp_path / "notes.h5").write_text("not HDF5")
    done = _run("tree", tmp_path / "notes.h5")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    for folder, text in (("taken", "is a file; give a folder"), ("taken/x", "taken")):
        done = _run("samples", tmp_path / folder, "--size", "small")
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert text in done.stderr
        assert "Errno" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("unknown",),
        ("samples",),
        ("samples", "x", "--only", "xrd"),
        ("cache", "show"),
        ("cache", "clear", "--older-than", "-1"),
        ("cache", "clear", "--older-than", "nan"),
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments):
    done = _run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_version():
    assert _run("--version").stdout.strip() == f"usid-lab {ul.__version__}"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A file, and the copy of its dataset in a cache of its own."""
    monkeypatch.setenv("USID_LAB_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "scan.h5"
    vectors = np.arange(100.0)
    ul.create(
        path, np.random.default_rng(0).random((100, 30)), quantity="q", units="u",
        position={"X": (vectors, "m")}, spectroscopic={"V": (vectors[:30], "V")},
    )  # fmt: skip
    monkeypatch.setattr(states, "_SETTLED", 0)
    brief = ul.open(path).main_datasets[0].brief()
    keys = [axis.key for axis in brief.layout.axes]
    return path, build(Folder.of_user(), brief.file, brief.path, keys)


def test_cache_shows_an_empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("USID_LAB_CACHE", str(tmp_path / "none"))
    for command in (("cache",), ("cache", "clear")):
        done = _run(*command)
        assert (done.returncode, done.stderr) == (0, "")
        assert "0 copies, 0.0 MB" in done.stdout
        assert not (tmp_path / "none").exists()


def test_cache_shows_what_there_is(kept):
    path, place = kept
    os.utime(place, (1e9, 1e9))
    done = _run("cache")
    assert (done.returncode, done.stderr) == (0, "")
    first, line, last = done.stdout.splitlines()
    assert first == str(place.parent)
    dataset = ul.open(path).main_datasets[0].path
    assert "2001-09-0" in line
    assert line.endswith(f"fresh  {path}: {dataset}")
    assert last.startswith("1 copy, 0.0 MB of ")
    release(path)
    with h5py.File(path, "r+") as file:
        file["more"] = 1
    assert "stale" in _run("cache").stdout
    place.with_suffix(".json").unlink()
    assert _run("cache").stdout.splitlines()[1].endswith("stale  unknown")


def test_cache_keeps_control_characters_from_the_terminal(kept):
    _, place = kept
    note = Note((("/a\x1b[31m", (1, 2, 3, 4, 5)),), "/b\x07")
    note.write(place)
    done = _run("cache")
    assert done.returncode == 0
    assert "[31m" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07"}


def test_cache_clear_removes_what_is_meant(kept, tmp_path):
    path, place = kept
    for spared in (("--older-than", "1"), (tmp_path / "other.h5",)):
        done = _run("cache", "clear", *spared)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "Removed 0 copies, 0.0 MB.\n"
        assert place.exists()
    os.utime(place, (1e9, 1e9))
    left = place.with_suffix(".part")
    left.touch()
    done = _run("cache", "clear", "--older-than", "1", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Removed 1 copy")
    assert [each.name for each in place.parent.iterdir()] == ["lock"]


def test_cache_clear_finds_those_of_a_file_that_is_gone(kept):
    path, place = kept
    path.unlink()
    assert "1 copy" in _run("cache", "clear", path).stdout
    assert not place.exists()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answer(url: str, process: subprocess.Popen[bytes], seconds: float) -> str:
    """Ask until the server answers; give up when it has ended, or time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return str(reply.url)
        except OSError:
            # Waits for the process, and so no longer than it lives.
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError("JupyterLab does not answer")


@pytest.fixture
def environment(tmp_path):
    """Settings of our own: nobody's configuration, no token."""
    config = tmp_path / "config"
    config.mkdir()
    own = {"IdentityProvider": {"token": ""}}
    (config / "jupyter_server_config.json").write_text(json.dumps(own))
    return {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
    }


@pytest.mark.skipif(os.name == "nt", reason="no SIGTERM to ask it to end")
def test_lab_serves_the_folder_of_the_file_and_opens_it(curve, port, environment):
    command = [sys.executable, "-m", "usid_lab.cli", "lab", str(curve)]
    command += ["--no-browser", "--port", str(port), "--allow-root"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        server = f"http://127.0.0.1:{port}"
        _answer(f"{server}/api/contents/curve.h5?content=0", process, 60)
        assert _answer(server, process, 10).endswith("/lab/tree/curve.h5")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
