"""Compressed chunks give the values that h5py gives, whichever way they are read."""

import ctypes
import itertools
import os
import sys
import tracemalloc
import zlib
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.reading.test_reader import values
from tests.reading.test_segments import boxes, entries
from usid_lab.errors import DamagedDataError, MissingFilterError
from usid_lab.reading.planning.parts import parts_of
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes import chunkbytes, inflating
from usid_lab.reading.routes.inflating import InflatingSource
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.routes.sources import source_of
from usid_lab.storage import lease

KEEP = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
DTYPES = ["f4", ">f4", "f8", ">f8", "i2", ">u2", "u1", ">i8", "c8", ">c16", "?", "f2",
          "compound"]  # fmt: skip
GZIP = {
    **{f"gzip {n}": {"compression": n} for n in range(1, 10)},
    "gzip 4, shuffle": {"compression": 4, "shuffle": True},
    "gzip 9, shuffle": {"compression": 9, "shuffle": True},
}
OTHERS = {
    "none": {},
    "shuffle": {"shuffle": True},
    "lzf": {"compression": "lzf"},
    "lzf, shuffle": {"compression": "lzf", "shuffle": True},
    "fletcher32": {"fletcher32": True},
    "gzip, fletcher32": {"compression": 4, "shuffle": True, "fletcher32": True},
    "blosc2": dict(hdf5plugin.Blosc2()),
    "scale-offset": {"scaleoffset": 0},
}
if "szip" in h5py.filters.encode:
    OTHERS["szip"] = {"compression": "szip", "compression_opts": ("nn", 2)}


@contextmanager
def route(name):
    """Take one of the ways to the bytes of chunks, and of inflating them."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "index":
            patch.setattr(chunkbytes, "_FIRST", 1 << 60)
        if name == "HDF5":
            patch.setattr(chunkbytes.RawFile, "of", lambda _: None)
        if name == "zlib":
            patch.setattr(inflating, "_fastest", zlib)
        yield


@st.composite
def cases(draw):
    shape, box = draw(boxes().filter(lambda case: case[0]))
    chunk = tuple(draw(st.integers(1, size)) for size in shape)
    count = int(np.prod([-(-n // c) for n, c in zip(shape, chunk, strict=True)]))
    return tuple(shape), chunk, box, draw(st.sets(st.integers(0, count - 1)))


def corners(shape, chunk):
    return list(itertools.product(*map(range, [0] * len(shape), shape, chunk)))


def make(path, case, dtype, filters, user_block=0):
    """Write some of the chunks of a dataset."""
    shape, chunk, _, written = case
    data = values(shape, dtype)
    with h5py.File(path, "w", userblock_size=user_block) as file:
        most = [max(pair) for pair in zip(shape, chunk, strict=True)]
        fill = {"fillvalue": 7} if data.dtype.kind in "fiu" else {}
        made = file.create_dataset(
            "x", shape, data.dtype, chunks=chunk, maxshape=most, **filters, **fill
        )
        for number, corner in enumerate(corners(shape, chunk)):
            if number in written:
                place = tuple(
                    slice(c, c + n) for c, n in zip(corner, chunk, strict=True)
                )
                made[place] = data[place]


def check(path, box, kind):
    with h5py.File(path) as file:
        whole = file["x"][()]
    wanted = whole[np.ix_(*map(entries, box.runs))]
    wanted = wanted.astype(wanted.dtype.newbyteorder("="))
    with lease(path) as file:
        source = source_of(file["x"])
        assert isinstance(source, kind)
        buffer = np.full([size + 2 for size in box.shape], 1).astype(wanted.dtype)
        source.read(Box(box.runs, (1,) * len(box.runs)), buffer)
        inner = (slice(1, -1),) * len(box.runs)
        np.testing.assert_array_equal(buffer[inner], wanted)
        rest = np.ones(buffer.shape, bool)
        rest[inner] = False
        assert (buffer[rest] == np.ones((), int).astype(wanted.dtype)).all()
        if source.is_slab(box):
            slab = source.slab(box)
            assert slab.dtype == wanted.dtype
            np.testing.assert_array_equal(slab, wanted)


@KEEP
@given(
    case=cases(),
    dtype=st.sampled_from(DTYPES),
    filters=st.sampled_from(sorted(GZIP)),
    way=st.sampled_from(["index", "HDF5", "zlib", "any"]),
    user_block=st.sampled_from([0, 512]),
)
def test_gzip(tmp_path_factory, case, dtype, filters, way, user_block):
    path = tmp_path_factory.mktemp("case") / "x.h5"
    make(path, case, dtype, GZIP[filters], user_block)
    with route(way):
        check(path, case[2], InflatingSource)


@KEEP
@given(
    case=cases(),
    dtype=st.sampled_from(DTYPES),
    filters=st.sampled_from(sorted(OTHERS)),
)
def test_other_filters(tmp_path_factory, case, dtype, filters):
    if filters in {"scale-offset", "szip"}:
        dtype = ">i4"
    assume(filters != "szip" or np.prod(case[1]) >= 2)
    path = tmp_path_factory.mktemp("case") / "x.h5"
    make(path, case, dtype, OTHERS[filters])
    check(path, case[2], object if filters == "none" else SlabSource)


@given(boxes().filter(lambda case: case[0]), st.integers(1, 13), st.integers(0, 5))
def test_parts_are_all_of_a_run(case, chunk, offset):
    run = case[1].runs[0]
    wanted = entries(run)
    found = np.full(offset + run.size, -1)
    numbers = []
    for part in parts_of(run, offset, chunk):
        found[part.place] = np.arange(chunk)[part.inside] + part.number * chunk
        numbers.append(part.number)
    np.testing.assert_array_equal(found[offset:], wanted)
    assert numbers == sorted(set(wanted // chunk))


RAW = np.arange(64, dtype="<i4").reshape(8, 8)
EVERYTHING = Box((Run(0, 1, 1, 8), Run(0, 1, 1, 8)), (0, 0))


def shuffled(data):
    return data.reshape(-1).view("u1").reshape(-1, data.itemsize).T.tobytes()


def quarters(path, replaced, *, shuffle=False, mask=0):
    """Four chunks of 4 x 4; one is stored with other bytes."""
    with h5py.File(path, "w") as file:
        made = file.create_dataset(
            "x", (8, 8), "<i4", chunks=(4, 4), compression=4, shuffle=shuffle
        )
        made[...] = RAW
        made.id.write_direct_chunk((4, 0), replaced, filter_mask=mask)
    return path


GOOD = np.ascontiguousarray(RAW[4:, :4])
BAD = {
    "no stream": b"no stream at all",
    "its end is missing": zlib.compress(GOOD.tobytes())[:-5],
    "wrong sum": zlib.compress(GOOD.tobytes())[:-1] + b"!",
    "too short": zlib.compress(GOOD.tobytes()[:-4]),
    "empty": zlib.compress(b""),
    "too long": zlib.compress(GOOD.tobytes() + b"x"),
    "far too long": zlib.compress(bytes(10_000_000)),
}


@pytest.mark.parametrize("way", ["index", "HDF5", "zlib", "any"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("fault", BAD)
def test_a_chunk_that_is_no_chunk_is_refused(tmp_path, fault, shuffle, way):
    path = quarters(tmp_path / "x.h5", BAD[fault], shuffle=shuffle)
    with route(way), lease(path) as file:
        source = source_of(file["x"])
        buffer = np.full((8, 8), -1, "i4")
        with pytest.raises(DamagedDataError, match=r"chunk \(1, 0\)"):
            source.read(EVERYTHING, buffer)
        # Nothing of it is shown, not even what might be right.
        assert (buffer[4:, :4] == -1).all()
        top = Box((Run(0, 1, 1, 4), Run(0, 1, 1, 8)), (0, 0))
        np.testing.assert_array_equal(source.slab(top), RAW[:4])


@pytest.mark.parametrize("way", ["index", "HDF5"])
@pytest.mark.parametrize(
    ("mask", "content"),
    [
        (0, zlib.compress(shuffled(GOOD))),
        (1, zlib.compress(GOOD.tobytes())),
        (2, shuffled(GOOD)),
        (3, GOOD.tobytes()),
        (3 | 4, GOOD.tobytes()),
    ],
)
def test_filters_that_were_left_out(tmp_path, mask, content, way):
    path = quarters(tmp_path / "x.h5", content, shuffle=True, mask=mask)
    with route(way), lease(path) as file:
        np.testing.assert_array_equal(source_of(file["x"]).slab(EVERYTHING), RAW)
        np.testing.assert_array_equal(file["x"][()], RAW)


@pytest.mark.skipif(sys.platform != "linux", reason="finds HDF5 in /proc")
@pytest.mark.parametrize("way", ["index", "HDF5"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_chunks_at_the_edges_may_be_bare(tmp_path, shuffle, way):
    """What programs in C can ask HDF5 for; h5py has no name for it."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    library = ctypes.CDLL(next(m.split()[-1] for m in maps if "libhdf5-" in m))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4, 4))
    if shuffle:
        plist.set_shuffle()
    plist.set_deflate(4)
    library.H5Pset_chunk_opts.argtypes = [ctypes.c_int64, ctypes.c_uint]
    assert library.H5Pset_chunk_opts(plist.id, 2) == 0
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as file:
        space = h5py.h5s.create_simple((6, 6))
        kind = h5py.h5t.NATIVE_INT32
        made = h5py.h5d.create(file.id, b"x", kind, space, dcpl=plist)
        h5py.Dataset(made)[...] = RAW[:6, :6]
    box = Box((Run(0, 1, 1, 6), Run(0, 1, 1, 6)), (0, 0))
    with route(way), lease(tmp_path / "x.h5") as file:
        source = source_of(file["x"])
        assert isinstance(source, InflatingSource)
        assert file["x"].id.get_chunk_info(3).size == 64
        np.testing.assert_array_equal(source.slab(box), RAW[:6, :6])


@pytest.mark.parametrize("size", [63, 65])
def test_a_chunk_without_filters_has_its_size_too(tmp_path, size):
    path = quarters(tmp_path / "x.h5", bytes(size), mask=1)
    with lease(path) as file, pytest.raises(DamagedDataError, match="were expected"):
        source_of(file["x"]).slab(EVERYTHING)


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="read by HDF5 itself")
def test_a_chunk_beyond_the_end(tmp_path, monkeypatch):
    path = quarters(tmp_path / "x.h5", zlib.compress(GOOD.tobytes()))
    monkeypatch.setattr(chunkbytes, "_FIRST", 1 << 60)
    true = chunkbytes.remembered

    def beyond(*asked):
        found = true(*asked)
        found.offsets[1, 0] = 1 << 40
        return found

    monkeypatch.setattr(chunkbytes, "remembered", beyond)
    with lease(path) as file, pytest.raises(DamagedDataError, match="reading at"):
        source_of(file["x"]).slab(EVERYTHING)


@pytest.mark.parametrize("way", ["index", "HDF5"])
def test_a_chunk_that_takes_far_too_many_bytes(tmp_path, way):
    path = quarters(tmp_path / "x.h5", bytes(1_000_000))
    with route(way), lease(path) as file:
        source = source_of(file["x"])
        with pytest.raises(DamagedDataError, match=r"1000000 bytes"):
            source.slab(EVERYTHING)


def test_a_bomb_takes_no_memory(tmp_path):
    path = quarters(tmp_path / "x.h5", zlib.compress(bytes(60_000_000), 9))
    with lease(path) as file:
        source = source_of(file["x"])
        tracemalloc.start()
        try:
            with pytest.raises(DamagedDataError, match="more found"):
                source.slab(EVERYTHING)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


def test_memory_beside_the_result_is_bounded(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (64, 1 << 18), "f8", chunks=(1, 1 << 18),
                            compression=1, shuffle=True)  # fmt: skip
        file["x"][...] = np.arange(1 << 18)
    box = Box((Run(0, 1, 1, 64), Run(0, 1, 1, 1 << 18)), (0, 0))
    buffer = np.empty((64, 1 << 18))
    with lease(path) as file:
        source = source_of(file["x"])
        tracemalloc.start()
        try:
            source.read(box, buffer)
            assert tracemalloc.get_traced_memory()[1] < 33 << 20
        finally:
            tracemalloc.stop()
    np.testing.assert_array_equal(buffer[63], np.arange(1 << 18))


def test_large_chunks_are_left_to_hdf5(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("x", (1 << 24,), "u1", chunks=(1 << 24,), compression=1)
    with lease(tmp_path / "x.h5") as file:
        assert isinstance(source_of(file["x"]), SlabSource)


def test_a_file_that_is_written_is_left_to_hdf5(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        made = file.create_dataset("x", (4,), "u1", chunks=(2,), compression=1)
        assert InflatingSource.of(made) is None


def test_an_unknown_filter_is_no_damage(tmp_path):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        space = h5py.h5s.create_simple((4,))
        made = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_INT32, space, dcpl=plist)
        made.write_direct_chunk((0,), np.arange(4, dtype="i4").tobytes())
    with lease(tmp_path / "x.h5") as file, pytest.raises(MissingFilterError):
        source_of(file["x"]).slab(Box((Run(0, 1, 1, 4),), (0,)))
