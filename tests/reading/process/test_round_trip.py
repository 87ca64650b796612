"""What comes through the reader process equals what the reader gives here."""

import gc
import os
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import wait_for

import usid_lab as ul
from usid_lab.errors import DamagedDataError, DimensionError, SelectionError
from usid_lab.reading import Stopped
from usid_lab.reading.damage import Damage
from usid_lab.reading.process import blocks
from usid_lab.reading.process.arena import PART
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.storage import release

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
DTYPES = ["f4", ">f8", "i2", "u1", "c8", "?", "compound"]
COMPOUND = np.dtype([("a", "f4"), ("b", ">i4"), ("c", "c8")])


def numbers(shape, dtype):
    rng = np.random.default_rng(3)
    if dtype == "compound":
        data = np.empty(shape, COMPOUND)
        for name in COMPOUND.names:
            data[name] = rng.integers(0, 99, shape)
        return data
    return rng.integers(0, 2 if dtype == "?" else 99, shape).astype(dtype)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """One file with an array of each type, and Mains in raster and in another order."""
    path = tmp_path_factory.mktemp("many") / "many.h5"
    with h5py.File(path, "w") as file:
        for dtype in DTYPES:
            file.create_dataset(f"/{dtype}", data=numbers((5, 4, 6), dtype))
    return path


@st.composite
def indexers(draw, size):
    form = draw(st.sampled_from(["all", "int", "slice", "list"]))
    if form == "all":
        return slice(None)
    if form == "int":
        return draw(st.integers(-size, size - 1))
    if form == "slice":
        return draw(st.slices(size))
    return draw(st.lists(st.integers(-size, size - 1), max_size=5))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_selections_equal_those_of_h5py(many, remote, way, data):
    dtype = data.draw(st.sampled_from(DTYPES))
    picked = [data.draw(indexers(size)) for size in (5, 4, 6)]
    reader, asked = remote(many, f"/{dtype}"), way.asked
    names = ul.open(many).array(f"/{dtype}").dims
    found = reader.read(dict(zip(names, picked, strict=True)))
    assert (way.asked > asked) == (not way.is_near)
    with h5py.File(many) as file:
        truth = file[f"/{dtype}"][()]
    for axis in reversed(range(3)):
        index = picked[axis]
        index = np.array(index, int) if isinstance(index, list) else index
        truth = truth[(slice(None),) * axis + (index,)]
    np.testing.assert_array_equal(found, truth)
    assert found.dtype == truth.dtype.newbyteorder("=")
    assert found.flags.writeable
    assert found.flags.c_contiguous


@pytest.mark.parametrize("shape", [(0, 4), (1,), ()])
def test_arrays_with_few_values_or_none(tmp_path, remote, way, shape):
    path = tmp_path / "few.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones(shape)
    np.testing.assert_array_equal(remote(path).read({}), np.ones(shape))


@pytest.mark.parametrize("values", [PART // 8 - 1, PART // 8, PART // 8 + 1, 5_000_000])
def test_a_large_result_comes_in_parts(tmp_path, remote, way, values):
    path = tmp_path / "large.h5"
    truth = np.arange(values, dtype="f8")
    with h5py.File(path, "w") as file:
        file["x"] = truth
    told = []
    np.testing.assert_array_equal(remote(path).read({}, progress=told.append), truth)
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert way.asked == (not way.is_near)


def test_gaps_are_nan_and_whole_numbers_become_real(tmp_path, process, way):
    path = tmp_path / "gaps.h5"
    data = np.arange(40, dtype="i4").reshape(10, 4)
    entries = np.array([[i % 4, i // 4] for i in range(10)], "u4")
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000")
        main = group.create_dataset("Raw_Data", data=data)
        main.attrs["quantity"], main.attrs["units"] = "Current", "nA"
        spectral = np.arange(4).reshape(1, 4)
        for role, table, labels in (
            ("Position", entries, ["X", "Y"]),
            ("Spectroscopic", spectral, ["V"]),
        ):
            for kind, kept in (("Indices", "u4"), ("Values", "f4")):
                name = f"{role}_{kind}"
                side = group.create_dataset(name, data=table.astype(kept))
                side.attrs["labels"] = np.array(labels, "S")
                side.attrs["units"] = np.array(["m"] * len(labels), "S")
                main.attrs[name] = side.ref
    dataset = ul.open(path).main_datasets[0]
    assert process.comes_up()
    found = RemoteReader(process, dataset.brief()).read({"V": 1})
    truth = np.full((3, 4), np.nan)
    truth.ravel()[:10] = data[:, 1]
    np.testing.assert_array_equal(found, truth)
    assert way.asked == (not way.is_near)


@given(
    st.lists(st.integers(1, 7), min_size=1, max_size=4),
    st.integers(1, 64),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_blocks_make_up_the_whole(sizes, most, data):
    whole = np.arange(np.prod(sizes)).reshape(sizes)
    picks = []
    for size in sizes:
        part = data.draw(st.slices(size))
        picks.append(range(*part.indices(size)))
    dims = [f"d{axis}" for axis in range(len(sizes))]
    parts = []
    for block in blocks.blocks_of(picks, np.dtype("i8"), most):
        chosen = blocks.selection_of(dims, block)
        part = whole[tuple(chosen[dim] for dim in dims)]
        assert part.nbytes <= max(most, 8)
        parts.append(part.ravel())
    truth = whole[np.ix_(*picks)]
    np.testing.assert_array_equal(np.concatenate(parts), truth.ravel())


def test_a_small_dataset_comes_to_rest_in_the_process(plain_file, remote):
    reader = remote(plain_file)
    truth = reader.read({})
    assert not reader.is_resident
    assert reader.make_resident()
    assert reader.is_resident
    np.testing.assert_array_equal(reader.read({}), truth)
    assert reader.nbytes == truth.nbytes


def test_errors_come_back_as_they_were(tmp_path, plain_file, remote):
    with pytest.raises(DimensionError, match="There is no dimension 'Q'"):
        remote(plain_file).read({"Q": 1})
    with pytest.raises(SelectionError):
        remote(plain_file).read({ul.open(plain_file).array("/x").dims[0]: 99})
    path = tmp_path / "bad.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((64, 64)), compression="gzip")
    with h5py.File(path) as file:
        start, size = file["x"].id.get_chunk_info(0)[2:4]
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * size)
    with pytest.raises(DamagedDataError) as here:
        ul.open(path).array("/x").read()
    with pytest.raises(DamagedDataError) as there:
        remote(path).read({})
    assert there.value.message == here.value.message
    assert there.value.reason == here.value.reason


def test_damaged_chunks_are_listed_and_the_rest_is_read(tmp_path, remote):
    path = tmp_path / "bad.h5"
    values = np.arange(3_000_000, dtype="i4").reshape(3000, 1000)
    with h5py.File(path, "w") as file:
        options = {"chunks": (500, 500), "compression": "gzip", "fletcher32": True}
        file.create_dataset("x", data=values, **options)
        places = [file["x"].id.get_chunk_info(i).byte_offset for i in (3, 10)]
    with path.open("r+b") as stream:
        for place in places:
            stream.seek(place + 100)
            stream.write(b"\xff" * 50)
    here, there = Damage(), Damage()
    truth = ul.open(path).array("/x").reader().read({}, damage=here)
    found = remote(path).read({}, damage=there)
    np.testing.assert_array_equal(found, truth)
    assert np.isnan(found).sum() == 2 * 500 * 500
    assert {c.where for c in there.chunks} == {c.where for c in here.chunks}
    assert len(there.chunks) == 2
    assert all(chunk.reason for chunk in there.chunks)


def test_what_was_decoded_ahead_is_there(tmp_path, remote):
    path = tmp_path / "gzip.h5"
    values = np.random.default_rng(0).random((64, 32, 128))
    with h5py.File(path, "w") as file:
        options = {"chunks": (8, 32, 128), "compression": "gzip"}
        file.create_dataset("x", data=values, **options)
    reader = remote(path)
    last = ul.open(path).array("/x").dims[-1]
    for index in range(20, 40):
        np.testing.assert_array_equal(reader.read({last: index}), values[..., index])
        reader.prefetch({last: index + 1})


def test_filters_that_the_kernel_has_are_there(tmp_path, remote):
    hdf5plugin = pytest.importorskip("hdf5plugin")
    path = tmp_path / "blosc.h5"
    values = np.arange(6000.0).reshape(60, 100)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(7, 9), **hdf5plugin.Blosc2())
    np.testing.assert_array_equal(remote(path).read({}), values)


def test_what_no_memory_could_hold_is_refused(tmp_path, remote):
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (1 << 20, 1 << 22), "f4", chunks=(16, 16))
    with pytest.raises(SelectionError, match="more than the memory"):
        remote(path).read({})


def test_a_changed_file_is_read_anew(plain_file, remote):
    reader = remote(plain_file)
    reader.make_resident()
    release(plain_file)

    def write():
        try:
            with h5py.File(plain_file, "r+") as file:
                file["x"][3] = -1
        except OSError:
            return False
        return True

    wait_for(write)  # the process keeps a file open for a second
    assert reader.read({})[3, 0] == -1


def test_requests_nest_four_deep(plain_file, slow_file, remote):
    slow, small = remote(slow_file), remote(plain_file)
    depths = []

    def nested(depth):
        def stop():
            if depth < 3 and len(depths) == depth:
                depths.append(depth)
                found = slow.read({}, stop=nested(depth + 1))
                assert found[-1, -1] == 249_999
                assert small.read({})[0, 5] == 5
            return False

        return stop

    assert slow.read({}, stop=nested(0))[1, 0] == 500
    assert depths == [0, 1, 2]


def test_an_overtaken_read_stops_within_50_ms(slow_file, remote):
    slow, small = remote(slow_file), remote(slow_file, "/small")
    for reader in (slow, small):
        reader.read({ul.open(slow_file).array("/small").dims[0]: 1})
    late = []
    for _ in range(7):
        wanted = time.monotonic() + 0.1
        with pytest.raises(Stopped):
            slow.read({}, stop=lambda until=wanted: time.monotonic() > until)
        assert small.read({})[3] == 3  # the process is free, too
        late.append(time.monotonic() - wanted)
    assert sorted(late)[3] < 0.05


def test_a_stopped_read_leaves_nothing_behind(slow_file, remote):
    slow = remote(slow_file)
    asked = []
    for _ in range(12):  # more than there are slots
        asked.clear()
        with pytest.raises(Stopped):
            slow.read({}, stop=lambda: asked.append(1) or len(asked) > 2)
    assert slow.read({})[2, 1] == 1001


@linux
def test_many_reads_keep_nothing(tmp_path, process, remote, way):
    path = tmp_path / "x.h5"
    truth = np.random.default_rng(0).random((64, 65_536), "f4")
    with h5py.File(path, "w") as file:
        file["x"] = truth
    name = ul.open(path).array("/x").dims[0]
    reader = remote(path)

    def state():
        gc.collect()
        both = [os.getpid(), process.pid]
        descriptors = [len([*Path(f"/proc/{pid}/fd").iterdir()]) for pid in both]
        return descriptors, [private(pid) for pid in both]

    for row in range(20):
        reader.read({name: row})
    before, memory = state()
    for row in range(200):
        assert reader.read({name: row % 64})[7] == truth[row % 64, 7]
    after, more = state()
    # A handle may be open or at rest; what leaks at each read would be 200.
    assert max(np.subtract(after, before)) < 20
    assert all(m - n < 8 << 20 for m, n in zip(more, memory, strict=True))


def private(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = [line.split()[1] for line in lines if line.startswith("Anonymous:")]
    return 1024 * sum(map(int, sizes))


@linux
def test_a_dataset_that_nobody_reads_any_more_is_forgotten(tmp_path, process, remote):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(8_000_000)
        file.create_dataset("y", data=np.zeros(3), chunks=(3,))
    reader, other = remote(path), remote(path, "/y")
    reader.make_resident()
    held = private(process.pid)
    del reader
    other.read({})
    assert held - private(process.pid) > 50 << 20
