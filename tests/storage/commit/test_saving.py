"""A file appears or changes whole, or not at all."""

import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    EmptyFileError,
    ExistsError,
    LockedFileError,
    NotHDF5Error,
    RefusedError,
    SpecialFileError,
    WriteError,
)
from usid_lab.storage import FileWriter, lease
from usid_lab.storage.commit import copying, saving

MAIN = {"quantity": "Current", "units": "nA", "position": {"X": ([0.0, 1.0], "m")}}


@pytest.fixture
def path(tmp_path):
    """A file of results with one Main dataset, "/First"."""
    path = tmp_path / "a.results.h5"
    with FileWriter(path, extend=True) as writer:
        writer.main("/", "First", [1.0, 2.0], **MAIN)
    return path


def names(path):
    with h5py.File(path) as file:
        return {name for name in file if "_" not in name}


def test_results_are_added(path):
    path.chmod(0o640)
    with FileWriter(path, extend=True) as writer:
        group = writer.results("/First", "Fit")
        writer.main(group, "Second", [3.0, 4.0], **MAIN)
        assert names(path) == {"First"}
    found = ul.open(path)
    assert [dataset.name for dataset in found.main_datasets] == ["First", "Second"]
    assert found.main_datasets[1].source == "/First"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_readers_keep_what_they_opened_and_see_the_new_file_next(path):
    with lease(path) as before, FileWriter(path, extend=True) as writer:
        writer.main("/", "Second", [3.0, 4.0], **MAIN)
        assert "Second" not in before
    with lease(path) as after:
        assert "Second" in after


def test_a_failure_leaves_the_old_file(path, fingerprint):
    before = fingerprint(path)

    def fail():
        with FileWriter(path, extend=True) as writer:
            writer.main("/", "Second", [3.0, 4.0], **MAIN)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert fingerprint(path) == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["inside", "after closing", "before replacing"])
def test_a_crash_leaves_the_old_file(path, fingerprint, moment):
    before = fingerprint(path)
    code = f"""
        import os, sys
        from usid_lab.storage import FileWriter
        from usid_lab.storage.commit import disk
        crash = lambda *_: os._exit(7)
        if {moment!r} == "after closing":
            disk.sync = crash
        if {moment!r} == "before replacing":
            disk.move = crash
        with FileWriter({str(path)!r}, extend=True) as writer:
            writer.array("/Second", [1.0] * 100_000)
            if {moment!r} == "inside":
                crash()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == 7
    assert fingerprint(path) == before
    with FileWriter(path, extend=True) as writer:
        writer.array("/Third", 1)
    assert names(path) == {"First", "Third"}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("change", ["written", "replaced", "removed"])
def test_a_file_that_changed_meanwhile_stays_as_it_is(path, change):
    def disturb():
        with FileWriter(path, extend=True) as writer:
            writer.array("/Second", 1)
            if change == "written":
                with path.open("ab") as stream:
                    stream.write(b"x")
            elif change == "removed":
                path.unlink()
            else:
                with FileWriter(path.with_name("b.h5")) as other:
                    other.array("/Other", 1)
                path.with_name("b.h5").replace(path)

    with pytest.raises(
        LockedFileError, match=r"'a\.results\.h5' was changed by another"
    ):
        disturb()
    kept = {"written": {"First"}, "replaced": {"Other"}}
    assert (names(path) if path.exists() else None) == kept.get(change)
    assert len(list(path.parent.iterdir())) == (change != "removed")


def test_no_other_program_writes_meanwhile(path):
    code = f"import h5py; h5py.File({str(path)!r}, 'r+')"
    command = [sys.executable, "-c", code]
    with FileWriter(path, extend=True) as writer:
        writer.array("/Second", 1)
        refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "unable to lock file" in refused.stderr
    assert subprocess.run(command, check=False).returncode == 0


def test_a_file_that_another_program_writes(path):
    code = f"""
        import h5py
        with h5py.File({str(path)!r}, "r+"):
            print("open", flush=True)
            input()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(LockedFileError, match="in use by a program that writes it"):
            FileWriter(path, extend=True).__enter__()
        other.communicate("\n")
    assert list(path.parent.iterdir()) == [path]


def test_a_copy_that_cannot_be_opened(path, monkeypatch):
    real = h5py.File

    def refuse(name, mode):
        if mode == "r+":
            raise OSError("bad object header")
        return real(name, mode)

    monkeypatch.setattr(h5py, "File", refuse)
    refused = pytest.raises(WriteError, match=r"'a\.results\.h5' is damaged; nothing")
    with refused, FileWriter(path, extend=True):
        pass
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_changes_while_it_is_copied(path):
    def copied(fraction):
        if not changed:
            changed.append(fraction)
            path.write_bytes(path.read_bytes() + b"x")

    changed = []
    refused = pytest.raises(LockedFileError)
    with refused, FileWriter(path, extend=True, pause=copied):
        pass
    assert changed
    assert list(path.parent.iterdir()) == [path]


class GivenUpError(Exception):
    """Somebody does not want it any more."""


@pytest.mark.parametrize("copied", [True, False])
def test_a_save_can_be_given_up_until_the_file_is_touched(path, monkeypatch, copied):
    """At whichever pause: the file is what it was, and nothing lies beside it."""
    monkeypatch.setattr(saving, "is_copied", lambda _: copied)
    monkeypatch.setattr(copying, "_PIECE_BYTES", 1000)
    before = path.read_bytes()

    def save(most):
        told = []

        def pause(fraction):
            if len(told) == most:
                raise GivenUpError
            told.append(fraction)

        with FileWriter(path, extend=True, pause=pause) as writer:
            writer.array("/Second", np.arange(1000))
        return told

    for most in range(100):
        try:
            told = save(most)
        except GivenUpError:
            assert path.read_bytes() == before
            assert list(path.parent.iterdir()) == [path]
        else:
            break
    assert len(told) == most > 0
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 5 or not copied
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["Second"], np.arange(1000))


def test_a_file_of_raw_data_is_extended(image):
    raw = ul.open(image).main_datasets[0].read()
    with FileWriter(image, extend=True) as writer:
        group = writer.results("/Measurement_000/Channel_000/Raw_Data", "Fit")
        writer.main(group, "Second", [3.0, 4.0], **MAIN)
    first, second = ul.open(image).main_datasets
    np.testing.assert_array_equal(first.read(), raw)
    np.testing.assert_array_equal(second.read()[:, 0], [3.0, 4.0])


def test_a_link_stays_a_link(tmp_path, image):
    link = tmp_path / "x.h5"
    link.symlink_to(image)
    with FileWriter(link, extend=True) as writer:
        writer.array("/Second", 1)
    assert link.is_symlink()
    assert "Second" in names(image)


def test_a_file_of_results_is_not_overwritten_unasked(path):
    with pytest.raises(ExistsError, match="exists already"), FileWriter(path):
        pass


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: path.write_bytes(b""), EmptyFileError),
        (lambda path: path.write_bytes(b"not HDF5"), NotHDF5Error),
        (
            lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)),
            NotHDF5Error,
        ),
        (lambda path: path.mkdir(), SpecialFileError),
        (os.mkfifo, SpecialFileError),
    ],
)
def test_what_is_no_file_of_results(tmp_path, make, error):
    path = tmp_path / "a.results.h5"
    make(path)
    with pytest.raises(error, match=r"'a\.results\.h5'"):
        FileWriter(path, extend=True).__enter__()
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_written_through_a_link_out_of_the_file(path, image, fingerprint):
    before = fingerprint(image)
    with h5py.File(path, "r+") as file:
        file["out"] = h5py.ExternalLink(image.name, "/")
        file.create_dataset("raw", (4,), "f8", external=[(str(image), 0, 32)])
    refused = pytest.raises((RefusedError, WriteError))
    with FileWriter(path, extend=True) as writer:
        for attempt in (
            lambda: writer.group("/out/new"),
            lambda: writer.attributes("/out", {"a": 1}),
            lambda: writer.array("/out/new", 1),
            lambda: writer.main("/out", "Main", [1.0, 2.0], **MAIN),
            lambda: writer.fill("/raw", 0, 1.0),
        ):
            with refused:
                attempt()
    assert fingerprint(image) == before


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    path = tmp_path / "a.h5"
    with pytest.raises(WriteError, match=r"folder of 'a\.h5' cannot be written"):
        FileWriter(path).__enter__()


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.h5"
    monkeypatch.setattr("os.fsync", refuse)
    refused = pytest.raises(
        WriteError, match=r"'a\.h5' could not be written to its end"
    )
    with refused, FileWriter(path) as writer:
        writer.array("/a", np.zeros(9))
    assert list(tmp_path.iterdir()) == []


def test_a_filesystem_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", refuse)
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        writer.array("/a", 1)
    assert names(path) == {"a"}
    with pytest.raises(ExistsError), FileWriter(tmp_path / "b.h5"):
        (tmp_path / "b.h5").write_text("mine")
    assert (tmp_path / "b.h5").read_text() == "mine"


def test_a_name_that_no_file_has(tmp_path):
    with pytest.raises(ArgumentError, match=r"not the name of a file\. .*a\\x00b"):
        FileWriter(f"{tmp_path}/a\0b.h5")


def test_a_copy_that_fails_leaves_nothing(path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copystat", refuse)
    refused = pytest.raises(WriteError, match=r"'a\.results\.h5' could not be copied")
    with refused, FileWriter(path, extend=True):
        pass
    assert list(path.parent.iterdir()) == [path]
    assert names(path) == {"First"}


def test_a_system_without_locks(path, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with FileWriter(path, extend=True) as writer:
        writer.array("/Second", 1)
    assert names(path) == {"First", "Second"}


def test_a_file_that_this_program_writes_is_not_replaced_under_it(path):
    with h5py.File(path, "r+") as held:
        with pytest.raises(LockedFileError, match="writing in this program; close it"):
            FileWriter(path, extend=True).__enter__()
        held["more"] = 1
    assert names(path) == {"First", "more"}
    with FileWriter(path, extend=True) as writer:
        writer.main("/", "Second", [1.0, 2.0], **MAIN)
    assert names(path) == {"First", "more", "Second"}
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_read_only_file_of_results(path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda where, how: how != os.W_OK)
    with pytest.raises(WriteError, match="is read-only; choose another path"):
        FileWriter(path, extend=True).__enter__()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
