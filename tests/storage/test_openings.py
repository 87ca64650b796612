import os
import socket
import subprocess
import sys

import h5py
import pytest

from usid_lab import errors
from usid_lab.storage.openings import open_read_only

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


def refused(path, kind):
    with pytest.raises(kind) as caught:
        open_read_only(path)
    assert caught.value.message
    return caught.value


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.h5"
    path.touch()
    assert "0 bytes" in refused(path, errors.EmptyFileError).message
    assert path.stat().st_size == 0


def test_a_missing_file(tmp_path):
    error = refused(tmp_path / "gone.h5", errors.MissingFileError)
    assert "'gone.h5'" in error.message


def test_a_file_below_a_file(image):
    error = refused(image / "more.h5", errors.MissingFileError)
    assert "more.h5" in error.message


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0byte"])
def test_a_name_that_no_file_has(tmp_path, name):
    refused(tmp_path / name, errors.MissingFileError)


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        (b"just some text\n" * 100, "a text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "a PNG image"),
        (b"PK\x03\x04" + bytes(1000), "a ZIP archive"),
        (bytes(range(256)) * 10, "another kind of file"),
    ],
)
def test_another_kind_of_file(tmp_path, content, guess):
    path = tmp_path / "renamed.h5"
    path.write_bytes(content)
    assert guess in refused(path, errors.NotHDF5Error).message


@pytest.mark.parametrize("missing", [1, 1000])
def test_a_truncated_file_tells_both_sizes(image, missing):
    size = image.stat().st_size
    os.truncate(image, size - missing)
    error = refused(image, errors.TruncatedFileError)
    assert f"{size - missing:,} of {size:,} bytes" in error.message


def test_a_damaged_header(image):
    content = bytearray(image.read_bytes())
    content[8] = 77
    image.write_bytes(content)
    assert "header is damaged" in refused(image, errors.NotHDF5Error).message


def test_a_user_block_is_skipped(tmp_path):
    path = tmp_path / "user.h5"
    with h5py.File(path, "w", userblock_size=1024) as file:
        file["a"] = 1
    with open_read_only(path) as file:
        assert file["a"][()] == 1


def test_a_folder(tmp_path):
    assert "a folder" in refused(tmp_path, errors.SpecialFileError).message


@POSIX
def test_a_pipe_is_not_opened(tmp_path):
    path = tmp_path / "pipe.h5"
    os.mkfifo(path)
    assert "a pipe" in refused(path, errors.SpecialFileError).message


@POSIX
def test_a_socket_and_a_device(tmp_path, monkeypatch):
    # The name of a socket must be short.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.h5")
        refused(tmp_path / "socket.h5", errors.SpecialFileError)
    (tmp_path / "device.h5").symlink_to("/dev/zero")
    assert (
        "a device" in refused(tmp_path / "device.h5", errors.SpecialFileError).message
    )


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="this user may read everything",
)
def test_an_unreadable_file(image):
    image.chmod(0)
    assert "may not read" in refused(image, errors.UnreadableFileError).message


def test_a_file_that_another_program_writes(image):
    code = (
        "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('open', flush=True);"
        "sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(image)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline() == "open\n"
        error = refused(image, errors.LockedFileError)
        assert "program that writes it" in error.message
    finally:
        writer.communicate()
    open_read_only(image).close()


def test_a_file_left_open_by_a_writer_that_died(tmp_path):
    path = tmp_path / "flagged.h5"
    code = (
        "import h5py, os, sys; f = h5py.File(sys.argv[1], 'w', libver='latest');"
        "f['a'] = 1; f.flush(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    refused(path, errors.LockedFileError)


def test_reading_changes_nothing(image, fingerprint):
    before = fingerprint(image)
    with open_read_only(image) as file:
        file.visititems(lambda _, found: list(found.attrs.items()))
    assert fingerprint(image) == before
