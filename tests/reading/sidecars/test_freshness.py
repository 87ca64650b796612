"""A sidecar is used for what it was made of, and for nothing else."""

import os
import shutil

import numpy as np
import pytest
from cached import flip, reader_of
from rewriting import rewriting

import usid_lab as ul
from usid_lab.reading.sidecars import beside
from usid_lab.reading.sidecars.header import BEGIN, Header
from usid_lab.reading.sidecars.notes import Note
from usid_lab.storage import release

MAIN = "Measurement_000/Channel_000/Raw_Data"


def maps_of(path):
    reader = reader_of(path)
    return np.stack([reader.read({"V": k}) for k in (0, 7, 39)], axis=-1)


def stored(data):
    return data[..., [0, 7, 39]]


def rewrite(path, change):
    """Let another program write into the file."""
    with rewriting(path) as file:
        change(file)


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("everywhere", [True, False])
def test_values_that_were_changed_in_place_are_never_old(
    scan, built, fetched, restored, everywhere
):
    path, data = scan
    built(path)
    before = path.stat()
    places = (slice(None), slice(None)) if everywhere else (37, 7)

    def change(file):
        file[MAIN][places] = file[MAIN][places] + 1

    rewrite(path, change)
    if restored:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size
        assert path.stat().st_mtime_ns == before.st_mtime_ns
    data = data.copy().reshape(120, 40)
    data[places] += 1
    np.testing.assert_array_equal(maps_of(path), stored(data.reshape(12, 10, 40)))
    assert not fetched
    # And so it stays when the builder has looked at it.
    built(path)
    np.testing.assert_array_equal(maps_of(path), stored(data.reshape(12, 10, 40)))
    assert fetched


def test_values_that_are_changed_while_somebody_reads_are_never_old(
    scan, built, fetched
):
    path, data = scan
    built(path)
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read({"V": 7}), data[..., 7])
    assert len(fetched) == 1

    def change(file):
        file[MAIN][5, 7] = -1

    rewrite(path, change)
    changed = data[..., 7].copy()
    changed[0, 5] = -1
    np.testing.assert_array_equal(reader.read({"V": 7}), changed)
    assert len(fetched) == 1


def test_a_write_elsewhere_in_the_file_keeps_it_once_all_was_compared(
    scan, built, fetched
):
    path, data = scan
    place = built(path)
    made = place.stat()

    def change(file):
        file["more"] = np.zeros(1000)
        file[MAIN].attrs["operator"] = "somebody"

    rewrite(path, change)
    maps_of(path)
    assert not fetched
    assert built(path) == place
    assert place.stat().st_ino == made.st_ino
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert len(fetched) == 3


@pytest.mark.parametrize("how", [shutil.copy, os.rename])
def test_a_copy_and_a_new_name_keep_it(scan, built, fetched, how):
    path, data = scan
    place = built(path)
    made = place.stat()
    release(path)
    other = path.with_name("other.h5")
    how(path, other)
    assert built(other) == place
    assert place.stat().st_ino == made.st_ino
    np.testing.assert_array_equal(maps_of(other), stored(data))
    assert len(fetched) == 3


def test_a_dataset_that_was_replaced_does_not_get_the_old_one(scan, built, fetched):
    path, data = scan
    old = built(path)

    def change(file):
        held = {name: file[MAIN].attrs[name] for name in file[MAIN].attrs}
        del file[MAIN]
        file[MAIN] = 1 - data.reshape(120, 40)
        file[MAIN].attrs.update(held)

    rewrite(path, change)
    np.testing.assert_array_equal(maps_of(path), stored(1 - data))
    assert not fetched
    assert built(path) != old
    assert not old.exists()
    np.testing.assert_array_equal(maps_of(path), stored(1 - data))
    assert fetched


def test_another_file_of_the_same_name_does_not_get_it(scan, built, fetched, tmp_path):
    path, _ = scan
    built(path)
    release(path)
    other = tmp_path / "other.h5"
    shutil.copy(path, other)

    def change(file):
        file[MAIN][...] = 0

    rewrite(other, change)
    other.replace(path)
    assert not maps_of(path).any()
    assert not fetched


def test_a_file_that_is_like_another_is_not_looked_at_for_its_sidecar(
    scan, built, fetched, tmp_path, monkeypatch
):
    path, data = scan
    built(path)
    other = tmp_path / "other.h5"
    shutil.copy(path, other)
    monkeypatch.setattr(beside, "Identity", None)
    np.testing.assert_array_equal(maps_of(other), stored(data))
    assert not fetched


def test_without_its_note_it_is_compared_again(scan, built, fetched):
    path, data = scan
    place = built(path)
    place.with_suffix(".json").write_text("[" * 5000)
    assert Note.read(place) == Note()
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert not fetched
    built(path)
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert fetched


@pytest.mark.parametrize(
    "place", [0, 9, 13, 40, 300, -8, -100, -8 * 41], ids=lambda p: f"byte {p}"
)
def test_a_flipped_bit_in_what_it_says_of_itself_drops_it(scan, built, fetched, place):
    path, data = scan
    sidecar = built(path)
    flip(sidecar, place)
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert not fetched
    assert not sidecar.exists()


def test_a_flipped_bit_among_the_values_is_found_when_they_are_read(scan, built):
    path, data = scan
    sidecar = built(path)
    flip(sidecar, BEGIN + 7 * 120 * 4 + 33)
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert not sidecar.exists()


def test_values_are_compared_with_the_dataset_before_the_first_use(
    scan, built, fetched
):
    path, data = scan
    sidecar = built(path)
    flip(sidecar, BEGIN)
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert not fetched
    assert not sidecar.exists()


@pytest.mark.parametrize("length", [0, 10, BEGIN, BEGIN + 4000, -1])
@pytest.mark.parametrize("early", [True, False])
def test_a_short_sidecar_is_not_used(scan, built, length, early):
    path, data = scan
    sidecar = built(path)
    reader = reader_of(path)
    if not early:
        np.testing.assert_array_equal(reader.read({"V": 7}), data[..., 7])
    os.truncate(sidecar, length % (sidecar.stat().st_size))
    np.testing.assert_array_equal(reader.read({"V": 7}), data[..., 7])
    np.testing.assert_array_equal(maps_of(path), stored(data))


def test_one_that_is_removed_while_it_is_open_is_not_used(scan, built, fetched):
    path, data = scan
    sidecar = built(path)
    reader = reader_of(path)
    reader.read({"V": 7})
    sidecar.unlink()
    np.testing.assert_array_equal(reader.read({"V": 8}), data[..., 8])
    assert len(fetched) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_its_place_stops_nobody(scan, built):
    path, data = scan
    sidecar = built(path)
    sidecar.unlink()
    os.mkfifo(sidecar)
    np.testing.assert_array_equal(maps_of(path), stored(data))


@pytest.mark.skipif(os.name != "posix", reason="other kinds of permissions")
def test_a_folder_into_which_others_write_is_not_used(scan, built, folder, fetched):
    path, data = scan
    built(path)
    folder.path.chmod(0o777)
    np.testing.assert_array_equal(maps_of(path), stored(data))
    assert not fetched
    with pytest.raises(ul.errors.FileError):
        built(path)


def test_what_a_sidecar_says_of_itself_comes_back():
    header = Header("k", (5, 7), "<f4", 4, (5, 2), 4, 99, {"path": "/a\ud800"})
    assert Header.from_bytes(header.to_bytes()) == header


def test_names_that_are_too_long_have_no_sidecar():
    header = Header("k", (5, 7), "<f4", 4, (5, 2), 4, 99, {"path": "a" * 20000})
    with pytest.raises(ul.errors.DamagedDataError):
        header.to_bytes()
