"""Steps from picture to picture are served in the kernel, with what the file holds."""

import shutil

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.reading.damage import Damage
from usid_lab.reading.process.link import Link
from usid_lab.reading.process.steps import Group, Steps
from usid_lab.reading.sidecars import states

SHAPE = (200, 70)
FILTERS = [{}, {"compression": "gzip"}, {"compression": "lzf", "shuffle": True}]
DIMS = ("Dimension 1", "Dimension 2")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Do not wait until a file that was written just now is old enough."""
    monkeypatch.setattr(states, "_SETTLED", 0.0)


@pytest.fixture
def asked(monkeypatch):
    """Count the reads for which the process is asked."""
    found = []
    begin = Link.begin_read

    def counted(*args):
        found.append(1)
        return begin(*args)

    monkeypatch.setattr(Link, "begin_read", counted)
    return found


@pytest.fixture(params=FILTERS, ids=["plain", "gzip", "lzf"])
def stored(request, tmp_path):
    """A file of many small chunks, and its values."""
    data = np.random.default_rng(2).integers(0, 99, SHAPE).astype(">i4")
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=(9, 30), **request.param)
    return path, data


@pytest.fixture
def steps(tmp_path):
    """Of an array of these sizes."""
    with h5py.File(tmp_path / "sizes.h5", "w") as file:
        file["x"] = np.zeros(SHAPE, "f4")
    brief = ul.open(tmp_path / "sizes.h5").array("/x").brief()
    return Steps(brief.layout, brief.dtype)


EVERY = range(200)


def test_a_group_is_asked_for_at_the_second_step_only(steps):
    assert steps.group((EVERY, 20)) is None
    assert steps.group((EVERY, 21)) == Group((EVERY,), range(16, 32))
    assert steps.group((EVERY, 50)) is None
    assert steps.group((EVERY, 68)) is None
    assert steps.group((EVERY, 66)) == Group((EVERY,), range(64, 70))
    assert steps.group((range(10), 65)) is None  # of other rows
    assert steps.group((range(10), np.arange(3))) is None
    assert steps.group((range(10), 66)) is None


def test_what_is_next_follows_the_movement(steps):
    assert steps.ahead((EVERY, 20)) == (EVERY, 20)
    for first, second, following in [(16, 17, range(32, 48)), (30, 29, range(16))]:
        steps.group((EVERY, first))
        group = steps.group((EVERY, second))
        steps.keep(group, np.zeros((200, 16)))
        assert steps.ahead((EVERY, second)) == (EVERY, following)
    steps.group((EVERY, 1))
    steps.keep(steps.group((EVERY, 0)), np.zeros((200, 16)))
    assert steps.ahead((EVERY, 0)) == (EVERY, 0)  # nothing lies before


def test_large_pictures_come_alone(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("x", (1 << 19, 40), "f4", chunks=(1 << 15, 8))
    brief = ul.open(tmp_path / "x.h5").array("/x").brief()
    large = Steps(brief.layout, brief.dtype)
    assert large.group((range(1 << 19), 3)) is None
    assert large.group((range(1 << 19), 4)) is None


def test_most_steps_ask_nobody(stored, remote, asked):
    path, data = stored
    reader = remote(path)
    for column in range(70):
        found = reader.read({DIMS[1]: column})
        np.testing.assert_array_equal(found, data[:, column])
        assert found.dtype == np.dtype("i4")
        found[:] = -1  # it is the caller's own
    assert len(asked) < 20


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.sampled_from(["all", "part", "fetch", "row"])),
        max_size=30,
    )
)
def test_any_walk_gives_what_the_file_holds(stored, remote, walk):
    path, data = stored
    reader, column = remote(path), 40
    for move, how in walk:
        column = (column + move) % 70
        if how == "row":
            np.testing.assert_array_equal(reader.read({DIMS[0]: column}), data[column])
            continue
        if how == "fetch":
            reader.prefetch({DIMS[1]: column})
        rows = slice(20, 190) if how == "part" else slice(None)
        found = reader.read({DIMS[0]: rows, DIMS[1]: column})
        np.testing.assert_array_equal(found, data[rows, column])


def test_a_file_that_was_changed_is_read_again(stored, remote):
    path, data = stored
    reader = remote(path)
    for column in range(10):
        reader.read({DIMS[1]: column})
    other = shutil.copy(path, path.with_name("other.h5"))
    with h5py.File(other, "r+") as file:
        file["x"][...] = data + 1
    other.replace(path)
    for column in range(9, 20):
        found = reader.read({DIMS[1]: column})
        np.testing.assert_array_equal(found, data[:, column] + 1)


def test_a_file_that_was_written_just_now_is_asked_for_each(
    stored, remote, asked, monkeypatch
):
    monkeypatch.setattr(states, "_SETTLED", 1e6)
    path, data = stored
    reader = remote(path)
    for column in range(20):
        found = reader.read({DIMS[1]: column})
        np.testing.assert_array_equal(found, data[:, column])
    assert len(asked) >= 20


def test_damaged_chunks_are_noted_at_each_step(tmp_path, remote):
    path = tmp_path / "x.h5"
    data = np.arange(14000, dtype="i4").reshape(SHAPE)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=(50, 30), compression="gzip")
        place = file["x"].id.get_chunk_info_by_coord((50, 30))
    with path.open("r+b") as file:
        file.seek(place.byte_offset)
        file.write(bytes(place.size))
    reader = remote(path)
    for column in range(25, 65):
        damage = Damage()
        found = reader.read({DIMS[1]: column}, damage=damage)
        wanted = data[:, column].astype(float)
        if 30 <= column < 60:
            wanted[50:100] = np.nan
        assert bool(damage.chunks) == (30 <= column < 60)
        np.testing.assert_array_equal(found, wanted)


def test_pictures_on_their_way_have_the_form_of_what_is_wanted(slow_file, remote):
    reader = remote(slow_file)
    shown = []
    for column in (100, 101):
        found = reader.read({DIMS[1]: column}, partial=shown.append)
        np.testing.assert_array_equal(found, np.arange(500) * 500 + column)
    assert all(picture.shape == (500,) for picture in shown)
