"""An overlay reads as the file would that was written; the file stays as it is."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.storage.commit import overlay as overlays
from usid_lab.storage.commit.overlay import PAGE, Overlay

SIZES = st.integers(0, 3 * PAGE + 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 5 * PAGE), st.binary(max_size=9000)),
        st.tuples(st.just("read"), st.integers(0, 5 * PAGE), st.integers(0, 9000)),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("overlay")


def laid(folder, data):
    base = folder / "base"
    base.write_bytes(data)
    (folder / "spill").unlink(missing_ok=True)
    descriptor = os.open(base, os.O_RDONLY)
    return descriptor, Overlay(base, descriptor, folder / "spill")


@given(size=SIZES, steps=STEPS)
def test_it_reads_as_a_file_that_was_written(folder, size, steps):
    data = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    descriptor, overlay = laid(folder, data)
    wanted = bytearray(data)
    try:
        for kind, place, what in steps:
            overlay.seek(place)
            if kind == "write":
                assert overlay.write(what) == len(what)
                wanted.extend(bytes(max(0, place + len(what) - len(wanted))))
                wanted[place : place + len(what)] = what
            else:
                there = bytes(wanted[place : place + what])
                assert overlay.read(what) == there.ljust(what, b"\0")
        assert overlay.size == len(wanted)
        made = bytearray(data)
        for offset, old, new in overlay.changes():
            assert made[offset : offset + len(old)] == old
            made[offset : offset + len(new)] = new
        assert made + overlay.tail(overlay.appended, 0) == wanted
        assert overlay.fault == ""
    finally:
        overlay.close()
        os.close(descriptor)
    assert (folder / "base").read_bytes() == data


def test_places_are_those_of_a_file(folder):
    descriptor, overlay = laid(folder, b"0123456789")
    overlay.seek(-4, os.SEEK_END)
    assert (overlay.tell(), overlay.read(2)) == (6, b"67")
    overlay.seek(1, os.SEEK_CUR)
    assert overlay.read(1) == b"9"
    overlay.write(b"ab")
    assert overlay.truncate() == 12
    assert overlay.truncate(11) == 11
    overlay.seek(9)
    assert overlay.read(4) == b"9a\0\0"
    overlay.close()
    os.close(descriptor)


def test_what_fails_is_kept_and_never_raised(folder, monkeypatch):
    descriptor, overlay = laid(folder, b"0123456789")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    overlay.write(b"ab")
    monkeypatch.setattr(overlays.disk, "write_at", refuse)
    overlay.seek(100)
    assert overlay.write(b"more") == 4
    assert "No space left" in overlay.fault
    monkeypatch.undo()
    overlay.seek(0)
    overlay.write(b"XX")
    overlay.seek(0)
    assert overlay.read(4) == b"ab23"
    overlay.close()
    os.close(descriptor)


def test_a_disk_that_cannot_be_read(folder, monkeypatch):
    descriptor, overlay = laid(folder, b"0123456789")

    def refuse(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(overlays.disk, "read_at", refuse)
    assert overlay.read(3) == bytes(3)
    assert "Input/output error" in overlay.fault
    overlay.close()
    os.close(descriptor)


def test_too_many_changes_are_refused(folder, monkeypatch):
    monkeypatch.setattr(overlays, "MOST_PAGES", 2)
    descriptor, overlay = laid(folder, bytes(3 * PAGE))
    for number in range(3):
        overlay.seek(number * PAGE)
        overlay.write(b"x")
    assert "too much of what is in the file" in overlay.fault
    overlay.close()
    os.close(descriptor)
