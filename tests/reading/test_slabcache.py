"""What is served from decoded neighbours is what the file holds."""

import os

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usid_lab as ul
from tests.reading.test_reader import KEEP, expected, indexers
from tests.reading.test_segments import boxes, entries
from usid_lab.errors import ChangedFileError
from usid_lab.reading import Reader, Stopped, slabcache
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.inflating import InflatingSource
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.slabcache import (
    Band,
    SlabCache,
    aligned,
    beside,
    beyond,
    box_of,
    widened,
)
from usid_lab.storage import release, stamps

NAMES = ("Dimension 1", "Dimension 2")
FILTERS = [{"compression": 1}, {"compression": 4, "shuffle": True},
           {"compression": "lzf"}, {}]  # fmt: skip


def write(path, data, chunks, **filters):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=chunks, **filters)
    return path


def reader_of(path, neighbours):
    """A reader that may keep as many bytes of neighbours: half of what it may take."""
    brief = ul.open(path).array("/x").brief()
    return Reader(
        brief.file, brief.path, brief.layout, brief.dtype, brief.stamp, brief.derive,
        budget=None if neighbours is None else 2 * neighbours,
    )  # fmt: skip


@pytest.fixture
def decoded(monkeypatch):
    """Count the values that are read from the file."""
    sizes = []

    def counted(true):
        def read(self, box, *buffer):
            sizes.append(box.size)
            return true(self, box, *buffer)

        return read

    monkeypatch.setattr(InflatingSource, "read", counted(InflatingSource.read))
    monkeypatch.setattr(SlabSource, "read", counted(SlabSource.read))
    monkeypatch.setattr(SlabSource, "slab", counted(SlabSource.slab))
    return sizes


@KEEP
@given(
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.sampled_from(FILTERS),
    st.integers(0, 3000),
    st.data(),
)
def test_any_sequence_of_selections(tmp_path_factory, shape, chunk, how, budget, data):
    path = tmp_path_factory.mktemp("case") / "x.h5"
    values = np.arange(np.prod(shape), dtype=">i4").reshape(shape)
    chunk = tuple(map(min, chunk, shape))
    reader = reader_of(write(path, values, chunk, **how), budget)
    cache = reader._fetcher._cache
    for _ in range(data.draw(st.integers(1, 8))):
        picked = [data.draw(indexers(size)) for size in shape]
        chosen = {n: p for n, p in zip(NAMES, picked, strict=True) if p is not None}
        if data.draw(st.booleans()):
            reader.prefetch(chosen)
        found = reader.read(chosen)
        np.testing.assert_array_equal(found, expected(values, picked))
        found[...] = -1  # it is the caller's own
        assert cache.nbytes <= budget
        if data.draw(st.integers(0, 4)) == 0:
            values = values + 1
            release(path)
            stamp = path.stat().st_mtime_ns
            with h5py.File(path, "r+") as file:
                file["x"][...] = values
            os.utime(path, ns=(stamp + 1, stamp + 1))


@pytest.mark.parametrize(("how", "sizes"), [
    (FILTERS[0], [64, 64 * 64]),
    (FILTERS[2], [64, 64, 64, 64 * 64]),
])  # fmt: skip
def test_jumps_among_chunks_keep_what_is_dear_to_decode(tmp_path, decoded, how, sizes):
    values = np.arange(64 * 64.0).reshape(64, 64)
    path = write(tmp_path / "x.h5", values, (16, 64), **how)
    reader = reader_of(path, 1 << 20)
    for column in (5, 40, 20, 21):
        found = reader.read({NAMES[1]: column})
        np.testing.assert_array_equal(found, values[:, column])
    assert decoded == sizes


def test_who_moves():
    looks = slabcache.Looks()

    def moves(*bounds):
        looks.went(box_of(bounds))
        return looks.moves(box_of(bounds))

    assert not moves((0, 9), (30, 31))
    assert moves((0, 9), (31, 32))
    assert not moves((0, 9), (50, 51))
    assert not moves((3, 4), (0, 99))  # a spectrum in between
    assert moves((0, 9), (45, 46))
    assert moves((0, 9), (45, 46))  # the same one
    assert moves((0, 9), (48, 64))  # with neighbours
    assert not moves((0, 200), (45, 46))  # of another size


@pytest.mark.parametrize("how", FILTERS[:3])
def test_neighbours_come_from_memory(tmp_path, decoded, how):
    values = np.arange(64 * 64.0).reshape(64, 64)
    path = write(tmp_path / "x.h5", values, (16, 16), **how)
    reader = reader_of(path, 1 << 20)
    for column in range(16):
        found = reader.read({NAMES[1]: column})
        np.testing.assert_array_equal(found, values[:, column])
    # The first alone, the second with all that are in its chunks.
    assert decoded == [64, 64 * 16]
    decoded.clear()
    for row in range(16):
        np.testing.assert_array_equal(reader.read({NAMES[0]: row}), values[row])
    assert decoded == [64, 64 * 16]


def test_what_costs_nothing_is_kept_at_the_first_look(tmp_path, decoded):
    values = np.arange(64 * 256.0).reshape(64, 256)
    path = write(tmp_path / "x.h5", values, (1, 256), compression=1)
    reader = reader_of(path, 3 * 64 * 8 * 16)  # bands of 16 columns
    for column in range(30, 34):
        found = reader.read({NAMES[1]: column})
        np.testing.assert_array_equal(found, values[:, column])
    assert decoded == [64 * 16]


def test_uncompressed_chunks_are_not_kept(tmp_path):
    path = write(tmp_path / "x.h5", np.zeros((64, 64)), (16, 16))
    reader = reader_of(path, 1 << 20)
    for column in range(8):
        reader.read({NAMES[1]: column})
        reader.prefetch({NAMES[1]: column})
    assert not reader._fetcher._cache.nbytes


@pytest.mark.parametrize("step", [1, -1])
def test_the_next_band_is_there_in_time(tmp_path, decoded, step):
    values = np.arange(64 * 64.0).reshape(64, 64)
    path = write(tmp_path / "x.h5", values, (1, 64), compression=1)
    reader = reader_of(path, 3 * 64 * 8 * 8)  # bands of 8 columns
    columns = list(range(64))[::step]
    reader.read({NAMES[1]: columns[0]})
    in_time = []
    for column in columns[1:]:
        reader.prefetch({NAMES[1]: column})
        decoded.clear()
        found = reader.read({NAMES[1]: column})
        np.testing.assert_array_equal(found, values[:, column])
        in_time.append(not decoded)
        assert reader._fetcher._cache.nbytes <= 3 * 64 * 8 * 8
    assert all(in_time)
    reader.prefetch({NAMES[1]: columns[-1]})


def test_a_prefetch_can_be_stopped(tmp_path):
    path = write(tmp_path / "x.h5", np.zeros((64, 64)), (16, 16), compression=1)
    reader = reader_of(path, 1 << 20)
    with pytest.raises(Stopped):
        reader.prefetch({NAMES[1]: 3}, stop=lambda: True)
    assert not reader._fetcher._cache.nbytes


def test_a_read_from_memory_can_be_stopped_and_tells(tmp_path):
    path = write(tmp_path / "x.h5", np.zeros((64, 64)), (16, 16), compression=1)
    reader = reader_of(path, 1 << 20)
    reader.prefetch({NAMES[1]: 3})
    told = []
    reader.read({NAMES[1]: 4}, progress=told.append)
    assert told == [1.0]
    with pytest.raises(Stopped):
        reader.read({NAMES[1]: 4}, stop=lambda: True)


def test_what_changed_during_a_read_is_not_kept(tmp_path, monkeypatch):
    path = write(tmp_path / "x.h5", np.zeros((64, 64)), (16, 16), compression=1)
    reader = reader_of(path, 1 << 20)

    def touch(self, box, buffer, true=InflatingSource.read):
        os.utime(path, ns=(1, 1))
        true(self, box, buffer)

    monkeypatch.setattr(InflatingSource, "read", touch)
    with pytest.raises(ChangedFileError):
        reader.prefetch({NAMES[1]: 3})
    assert not reader._fetcher._cache.nbytes


def test_readers_share_a_budget_where_they_have_none(tmp_path, monkeypatch):
    monkeypatch.setattr("usid_lab.reading.reader.shared", SlabCache(6 * 16 * 64 * 8))
    data = [np.full((64, 64), 1.0 * n) for n in range(8)]
    readers = [
        reader_of(
            write(tmp_path / f"{n}.h5", values, (16, 16), compression=1), None
        )
        for n, values in enumerate(data)
    ]  # fmt: skip
    for n, reader in enumerate(readers):
        reader.prefetch({NAMES[1]: 0})
        np.testing.assert_array_equal(reader.read({NAMES[1]: 5}), data[n][:, 5])
    cache = readers[0]._fetcher._cache
    assert cache is readers[1]._fetcher._cache
    assert cache.nbytes == 6 * 16 * 64 * 8


@given(
    boxes().filter(lambda case: case[0]),
    st.lists(st.integers(1, 12), min_size=4, max_size=4),
    st.integers(1, 20000),
    st.lists(st.sampled_from([-1, 0, 1]), min_size=4, max_size=4),
)
def test_a_band_has_what_is_wanted_in_the_same_chunks(case, chunk, most, towards):
    shape, box = case
    storage = Storage(tuple(shape), 4, tuple(chunk[: len(shape)]), decoded=True)
    bounds = widened(box, storage, most, towards[: len(shape)])
    if bounds is None:
        return
    around = aligned(box, storage)
    for (low, high), (first, last) in zip(bounds, around, strict=True):
        assert first <= low < high <= last
    size = int(np.prod([high - low for low, high in bounds]))
    assert 4 * size <= most
    numbers = np.arange(np.prod(shape)).reshape(shape)
    values = numbers[tuple(slice(*pair) for pair in bounds)]
    band = Band(bounds, values)
    assert band.has(box)
    found = band.taken(box)
    np.testing.assert_array_equal(found, numbers[np.ix_(*map(entries, box.runs))])
    assert not np.shares_memory(found, values)


STORAGE = Storage((1000, 1000), 4, (10, 200), decoded=True)


@pytest.mark.parametrize(
    ("towards", "columns"), [(0, (285, 335)), (1, (310, 360)), (-1, (261, 311))]
)
def test_a_band_lies_on_the_side_that_is_wanted(towards, columns):
    box = Box((Run(0, 1, 1, 1000), Run(310)), (0, 0))
    found = widened(box, STORAGE, 1000 * 50 * 4, (0, towards))
    assert found[0] == (0, 1000)
    assert found[1][1] - found[1][0] == 50
    assert abs(found[1][0] - columns[0]) <= 1


def test_nothing_is_widened_in_vain():
    whole = box_of(((0, 1000), (0, 1000)))
    column = box_of(((0, 1000), (5, 6)))
    apart = Box((Run(0, 100, 10), Run(5)), (0, 0))
    assert widened(whole, STORAGE, 1 << 30) is None
    assert widened(column, STORAGE, 4000 * 2 - 1) is None
    assert widened(column, STORAGE, 3999) is None
    assert widened(apart, STORAGE, 1 << 30) is None
    assert widened(column, Storage((1000, 1000), 4, None), 1 << 30) is None


def test_beyond_a_band():
    band = Band(((0, 1000), (100, 120)), np.zeros((1, 1)))

    def next_after(column, towards):
        found = beyond(
            box_of(((0, 1000), (column, column + 1))), band, (0, towards), (1000, 125)
        )
        return found.runs[1].start

    assert next_after(115, 1) == 120
    assert next_after(102, 1) == 102  # there is time
    assert next_after(103, -1) == 99
    assert next_after(117, -1) == 117
    assert next_after(115, 0) == 115


def test_directions():
    looks = slabcache.Looks()
    assert looks.direction(box_of(((0, 9), (3, 4)))) == (0, 0)
    looks.went(box_of(((0, 9), (3, 4))))
    looks.went(box_of(((7, 8), (0, 9))))  # a spectrum in between
    assert looks.direction(box_of(((0, 9), (5, 6)))) == (0, 1)
    assert looks.direction(box_of(((2, 3), (0, 9)))) == (-1, 0)


def test_who_turns_round_is_followed(tmp_path, decoded):
    values = np.arange(64 * 64.0).reshape(64, 64)
    path = write(tmp_path / "x.h5", values, (1, 64), compression=1)
    reader = reader_of(path, 3 * 64 * 8 * 8)
    for column in [30, 31, 32, 33, 32, 31]:
        reader.read({NAMES[1]: column})
    for column in range(30, 0, -1):
        reader.prefetch({NAMES[1]: column})
        decoded.clear()
        reader.read({NAMES[1]: column})
        assert not decoded


def test_what_lies_beside_a_column_of_a_chunk_is_kept():
    storage = Storage((8192, 100), 4, (256, 32))
    column = Box((Run(0, 1, 1, 8192), Run(40, 1, 1, 1)), (0, 0))
    assert beside(column, storage, 1 << 30) == ((0, 8192), (33, 49))
    assert beside(column, storage, 8192 * 4 * 4) == ((0, 8192), (39, 43))
    assert beside(column, storage, 8192 * 4) is None
    last = Box((Run(0, 1, 1, 8192), Run(99, 1, 1, 1)), (0, 0))
    assert beside(last, storage, 1 << 30) == ((0, 8192), (96, 100))


@pytest.mark.parametrize(
    "storage",
    [
        Storage((8192, 100), 4, None),
        Storage((8192, 100), 4, (256, 32), decoded=True),
        Storage((8192, 4000), 4, (1, 4000)),
        Storage((8192, 100), 4, (256, 1)),
    ],
)
def test_nothing_lies_beside_a_column_elsewhere(storage):
    column = Box((Run(0, 1, 1, 8192), Run(40, 1, 1, 1)), (0, 0))
    assert beside(column, storage, 1 << 30) is None


def test_steps_through_uncompressed_chunks_are_those_of_the_file(tmp_path):
    data = np.random.default_rng(5).random((5000, 70), np.float32)
    path = write(tmp_path / "x.h5", data, (256, 32))
    array = ul.open(path).array("/x")
    for column in (5, 6, 7, 3, 40, 41, 42, 31, 32, 33):
        np.testing.assert_array_equal(array.read({NAMES[1]: column}), data[:, column])
    release(path)
    with h5py.File(path, "r+") as file:
        file["x"][:, 33] = -1
    assert (array.read({NAMES[1]: 33}) == -1).all()


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("resident", [True, False])
def test_a_change_in_the_same_step_of_the_clock_shows_once_that_is_over(
    tmp_path, monkeypatch, filters, resident
):
    """As where times have steps of a few milliseconds, or of two seconds."""

    def coarse(status):
        return (status.st_dev, status.st_ino, 0, 0, 0)

    monkeypatch.setattr(stamps, "as_stamp", coarse)
    monkeypatch.setattr(stamps, "SETTLED", 1 << 62)
    old = np.zeros((64, 64), "f4")
    path = write(tmp_path / "a.h5", old, (64, 64), **filters)
    reader = reader_of(path, 1 << 20)
    if resident:
        reader.make_resident()
    for step in (0, 1):
        assert not reader.read({NAMES[1]: step}).any()
    other = write(tmp_path / "b.h5", old + 1, (64, 64), **filters)
    path.write_bytes(other.read_bytes())
    monkeypatch.setattr(stamps, "SETTLED", 0)
    for step in (0, 1):
        assert reader.read({NAMES[1]: step}).all()
