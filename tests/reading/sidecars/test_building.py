"""Sidecars appear complete or not at all, whatever ends who builds them."""

import json
import logging
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from cached import reader_of

import usid_lab as ul
from usid_lab.errors import FileError, WriteError
from usid_lab.reading.sidecars import building
from usid_lab.reading.sidecars.builder import Builder
from usid_lab.reading.sidecars.folder import BusyError, Folder, used
from usid_lab.reading.sidecars.sidecar import Sidecar
from usid_lab.storage import FileWriter, release

POSIX = pytest.mark.skipif(os.name != "posix", reason="no such thing here")


def old(path):
    """Make a file one that nobody has written for a while; its bytes stay."""
    time.sleep(max(0.0, path.stat().st_ctime + 2.05 - time.time()))
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """8192 spectra of 1024 steps, 32 MB in one piece; old enough to be read."""
    path = tmp_path_factory.mktemp("large") / "large.h5"
    data = np.random.default_rng(0).random((64, 128, 1024), dtype=np.float32)
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u",
            position={"Y": (np.arange(64.0), "m"), "X": (np.arange(128.0), "m")},
            spectroscopic={"V": (np.arange(1024.0), "V")},
            chunks=False, compression=None,
        )  # fmt: skip
    return old(path), data


def start(path, folder, **options):
    """Start the process that builds, as a viewer does."""
    brief = ul.open(path).main_datasets[0].brief()
    asked = {
        "folder": str(folder.path), "file": str(brief.file), "path": brief.path,
        "keys": [axis.key for axis in brief.layout.axes], "inner": [0],
    }  # fmt: skip
    command = [sys.executable, "-m", "usid_lab.reading.sidecars"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, **pipes, **options)
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    return process


def ended(process, seconds=60):
    with process.stdin, process.stdout:
        said = process.stdout.read().decode()
        return process.wait(seconds), said


def test_the_process_builds_a_sidecar(large, folder, fetched):
    path, data = large
    assert ended(start(path, folder)) == (0, "")
    assert len(folder.files()) == 1
    assert not list(folder.path.glob("*.part"))
    reader = reader_of(path)
    for step in (0, 500, 1023):
        np.testing.assert_array_equal(reader.read({"V": step}), data[..., step])
    band = reader.read({"V": slice(100, 164)})
    np.testing.assert_array_equal(band, data[..., 100:164])
    assert len(fetched) == 4
    if os.name == "posix":
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        for each in folder.path.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) == 0o600


def lives(process, seconds):
    """Wait for a process, no longer than that; whether it still lives."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def test_however_it_is_killed_nothing_wrong_is_ever_used(large, folder):
    path, data = large
    random.seed(4)
    begun = time.monotonic()
    assert ended(start(path, folder))[0] == 0
    whole = time.monotonic() - begun
    unfinished = 0
    for number in range(20):
        for file in folder.files():
            file.unlink()
        process = start(path, folder)
        if number % 4:
            # It writes in the last part of its life only.
            while not list(folder.path.glob("*.part")) and lives(process, 0.002):
                pass
            lives(process, random.choice([0, 0.05, 0.1, 0.3]) * whole * random.random())
        else:
            lives(process, random.random() * whole)
        process.kill()
        ended(process)
        unfinished += bool(list(folder.path.glob("*.part")))
        reader = reader_of(path)
        for step in (number, 511 + number, 1023):
            np.testing.assert_array_equal(reader.read({"V": step}), data[..., step])
        for file in folder.files():
            assert Sidecar.open(file).header.nbytes == file.stat().st_size
        for left in folder.path.glob("*.part"):
            if number % 2:
                left.unlink()
    assert unfinished, "none was killed while it wrote"
    assert ended(start(path, folder)) == (0, "")
    assert len(folder.files()) == 1
    assert not list(folder.path.glob("*.part"))


def test_it_ends_with_the_one_who_started_it(large, folder):
    path, _ = large
    process = start(path, folder)
    process.stdin.close()
    process.stdin = None
    assert process.wait(60) == 3
    process.stdout.close()
    assert not folder.files()


def test_two_that_build_the_same_do_no_harm(large, folder):
    path, data = large
    processes = [start(path, folder) for _ in range(2)]
    results = [ended(process) for process in processes]
    assert 0 in [code for code, _ in results]
    for code, said in results:
        assert code == 0 or "BusyError" in said
    assert len(folder.files()) == 1
    np.testing.assert_array_equal(reader_of(path).read({"V": 9}), data[..., 9])


def test_while_one_builds_another_does_not(scan, folder, built):
    folder.make()
    with folder.locked(), pytest.raises(BusyError):
        built(scan[0])


@POSIX
def test_a_full_disk_ends_it_quietly(large, tmp_path, monkeypatch, fetched):
    path, data = large
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        monkeypatch.setenv("USID_LAB_CACHE", str(disk))
        monkeypatch.setenv("USID_LAB_CACHE_GB", "1")
        code, said = ended(start(path, Folder.of_user()))
        assert code == 3
        assert "No space left" in said
        # It is the disk of the cache that is full; nothing is wrong with the file.
        assert said.startswith("WriteError")
        assert "damaged" not in said
        left = [each.name for each in Folder.of_user().path.iterdir()]
        assert left == ["lock"]
        np.testing.assert_array_equal(reader_of(path).read({"V": 9}), data[..., 9])
        assert not fetched
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@POSIX
@pytest.mark.parametrize("reserves", [True, False])
def test_a_disk_that_fills_up_on_the_way_leaves_nothing(
    scan, folder, built, monkeypatch, reserves
):
    def full(*_):
        raise OSError(28, "No space left on device")

    if not reserves:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    calls = []
    write = os.pwrite

    def short(descriptor, data, start):
        """Write half of it, and fail in the end."""
        calls.append(start)
        if len(calls) > 30:
            full()
        return write(descriptor, data[: max(1, len(data) // 2)], start)

    monkeypatch.setattr(os, "pwrite", short)
    with pytest.raises(OSError, match="No space left"):
        built(scan[0])
    assert [each.name for each in folder.path.iterdir()] == ["lock"]


@POSIX
def test_a_limit_of_file_sizes_does_not_kill_it(large, folder):
    import resource

    path, _ = large

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    code, said = ended(start(path, folder, preexec_fn=limit))
    assert code == 3
    assert "File too large" in said
    assert [each.name for each in folder.path.iterdir()] == ["lock"]


def test_a_file_that_changes_while_it_is_read_has_no_sidecar(
    scan, folder, built, monkeypatch
):
    path, _ = scan
    fill = building._fill

    def change(*arguments):
        os.utime(path)
        return fill(*arguments)

    monkeypatch.setattr(building, "_fill", change)
    with pytest.raises(FileError, match="changed"):
        built(path)
    assert not folder.files()


@POSIX
def test_it_stands_in_no_writers_way(scan, folder, built, monkeypatch):
    path, _ = scan
    wrote = []

    def write(*_):
        code = f"import h5py; h5py.File({str(path)!r}, 'r+').close()"
        done = subprocess.run([sys.executable, "-c", code], check=False)
        wrote.append(done.returncode)
        raise FileError("enough")

    monkeypatch.setattr(building, "_make", write)
    with pytest.raises(FileError, match="enough"):
        built(path)
    assert wrote == [0]


def test_a_damaged_dataset_has_none(write, folder, built):
    data = np.random.default_rng(0).random((80, 50))
    path = write(
        data, {"X": (np.arange(80.0), "m")}, {"V": (np.arange(50.0), "V")},
        chunks=(40, 50), compression="gzip",
    )  # fmt: skip
    release(path)
    with h5py.File(path, "r") as file:
        info = file["Measurement_000/Channel_000/Raw_Data"].id.get_chunk_info(1)
    with path.open("r+b") as stream:
        stream.seek(info.byte_offset)
        stream.write(b"\0" * 50)
    with pytest.raises(ul.errors.UsidError):
        built(path)
    assert not folder.files()


def scans(write, count):
    for number in range(count):
        data = np.random.default_rng(number).random((100, 100))
        vectors = np.arange(100.0)
        yield write(
            data, {"X": (vectors, "m")}, {"V": (vectors, "V")}, name=f"{number}.h5"
        )


def test_those_not_used_for_longest_go_first(write, folder, built, monkeypatch):
    one, two, three = scans(write, 3)
    places = [built(one), built(two)]
    monkeypatch.setenv("USID_LAB_CACHE_GB", "0.0002")
    os.utime(places[0], (1e9, 1e9))
    os.utime(places[1], (2e9, 2e9))
    fourth = built(three)
    assert set(folder.files()) == {places[1], fourth}
    assert folder.total() <= folder.most() == 200_000


def test_use_counts_as_use(write, folder, built):
    one, two = scans(write, 2)
    places = [built(one), built(two)]
    os.utime(places[0], (1e9, 1e9))
    os.utime(places[1], (1.1e9, 1.1e9))
    reader_of(one).read({"V": 5})
    assert used(places[0]) > used(places[1])
    assert folder.files() == [places[1], places[0]]


def test_what_is_larger_than_the_cache_may_be_drops_nothing(
    write, folder, built, monkeypatch
):
    one, two = scans(write, 2)
    place = built(one)
    monkeypatch.setenv("USID_LAB_CACHE_GB", "0.00001")
    with pytest.raises(WriteError, match="larger than the cache"):
        built(two)
    assert folder.files() == [place]


def test_the_cache_takes_a_tenth_of_what_is_free_and_never_more_than_20_gb(
    folder, monkeypatch
):
    free = {"now": 50 * 10**9}
    usage = type("Usage", (), {"free": property(lambda _: free["now"])})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage())
    assert folder.most() == 5 * 10**9
    free["now"] = 10**15
    assert folder.most() == 20 * 10**9


def test_a_viewer_starts_it_once_and_ends_it(large, folder, caplog):
    path, _ = large
    brief = ul.open(path).main_datasets[0].brief()
    builder = Builder()
    assert not builder.is_busy
    assert builder.start(brief)
    assert builder.is_busy
    assert not builder.start(brief)
    builder.stop()
    assert not builder.is_busy
    assert not folder.files()
    assert not builder.start(brief), "that was tried"
    with caplog.at_level(logging.INFO):
        second = Builder()
        assert second.start(brief)
        assert second.wait(60)
    assert len(folder.files()) == 1
    assert not caplog.records


def test_why_there_is_none_is_one_quiet_line(large, folder, caplog, monkeypatch):
    monkeypatch.setenv("USID_LAB_CACHE_GB", "0")
    builder = Builder()
    with caplog.at_level(logging.DEBUG):
        assert builder.start(ul.open(large[0]).main_datasets[0].brief())
        assert builder.wait(60)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "larger than the cache" in record.message


def test_a_lost_builder_is_ended(large, folder):
    builder = Builder()
    builder.start(ul.open(large[0]).main_datasets[0].brief())
    process = builder._process
    del builder
    assert process.poll() is not None


def test_the_system_says_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.delenv("USID_LAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = Folder.of_user().path
    assert place.name == "sidecars"
    assert "usid_lab" in place.parts
    if sys.platform == "linux":
        assert place == tmp_path / "usid_lab" / "sidecars"
    assert not Path(place).exists()


def test_where_another_builds_it_is_tried_again_later(large, folder, monkeypatch):
    brief = ul.open(large[0]).main_datasets[0].brief()
    builder = Builder()
    folder.make()
    with folder.locked():
        assert builder.start(brief)
        assert builder.wait(60)
        assert not folder.files()
    assert not builder.start(brief)
    later = time.monotonic() + 61
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: later)
        assert builder.start(brief)
    assert builder.wait(60)
    assert folder.files()


def test_a_file_that_cannot_be_opened_just_now_is_kept(scan, built, monkeypatch):
    path, data = scan
    place = built(path)

    def fail(_):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Sidecar, "open", fail)
        np.testing.assert_array_equal(reader_of(path).read({"V": 9}), data[..., 9])
    assert place.exists()


def test_another_file_that_takes_the_name_meanwhile_is_not_mistaken(
    scan, folder, built, monkeypatch, tmp_path
):
    path, _ = scan
    other = tmp_path / "other.h5"
    shutil.copy(path, other)
    with h5py.File(other, "r+") as file:
        file["Measurement_000/Channel_000/Raw_Data"][...] = 0
    find = building.find_dataset

    def swap(*arguments):
        other.replace(path)
        return find(*arguments)

    monkeypatch.setattr(building, "find_dataset", swap)
    with pytest.raises(FileError, match="changed"):
        built(path)
    assert not folder.files()
    assert not reader_of(path).read({"V": 3}).any()


def test_a_file_that_is_gone_has_none(folder, at_once, tmp_path):
    with pytest.raises(FileError, match="gone"):
        building.build(folder, tmp_path / "nowhere.h5", "/Main", [])
