"""Uncompressed chunks read past HDF5 are what HDF5 reads, whichever way is taken."""

import gc
import os
import subprocess
import sys
import tracemalloc
from contextlib import contextmanager
from itertools import product

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from tests.reading.test_reader import DTYPES, indexers, values
from tests.reading.test_reader import expected as selected
from tests.reading.test_segments import boxes
from usid_lab.errors import FileError
from usid_lab.reading.planning import pieces
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes import chunked, chunkplaces, mapped, positioned, spreading
from usid_lab.reading.routes.chunked import ChunkedSource
from usid_lab.reading.routes.positioned import Cost
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.routes.sources import source_of
from usid_lab.storage import lease, release

pytestmark = pytest.mark.skipif(
    not hasattr(os, "preadv"), reason="the system has no positioned reads"
)
KEEP = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FREE = Cost(0.0, 1.0)  # bytes are dear: every value for itself
DEAR = Cost(1.0, 0.0)  # places are dear: whole chunks


@contextmanager
def at_once(**changed):
    """Take the way past HDF5 from the first value on, and others at small sizes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked, "_WORTH", 1 << 60)
        patch.setattr(chunked, "_FEW", 0)
        for name, value in changed.items():
            for module in (chunkplaces, mapped, positioned, spreading):
                if hasattr(module, name):
                    patch.setattr(module, name, value)
        yield patch


@st.composite
def layouts(draw):
    """Shape, chunks, a hyperslab, and how large it may grow."""
    shape, box = draw(boxes().filter(lambda case: case[0]))
    grows = draw(st.booleans())
    chunk = [draw(st.integers(1, size + 2 * grows)) for size in shape]
    return shape, chunk, box, (None,) * len(shape) if grows else None


def write(file, shape, chunk, dtype, data, missing, **more):
    """Write the chunks whose number leaves no rest, in an order of their own."""
    made = file.create_dataset("x", shape, dtype, chunks=tuple(chunk), **more)
    corners = list(
        product(*[range(0, n, c) for n, c in zip(shape, chunk, strict=True)])
    )
    order = np.random.default_rng(3).permutation(len(corners))
    for number in order[: None if not missing else -(len(order) // missing) or None]:
        corner = corners[number]
        place = tuple(slice(i, i + c) for i, c in zip(corner, chunk, strict=True))
        made[place] = data[place]


@KEEP
@given(
    case=layouts(),
    dtype=st.sampled_from([*DTYPES, ">c16", "<i8"]),
    user_block=st.sampled_from([0, 512]),
    version=st.sampled_from([{}, {"libver": "latest"}]),
    early=st.booleans(),
    missing=st.sampled_from([0, 0, 2]),
    margin=st.integers(0, 1),
    ways=st.tuples(st.booleans(), st.booleans(), st.sampled_from([None, FREE, DEAR])),
    sizes=st.tuples(*[st.sampled_from([1, 16, 100, 1 << 20]) for _ in range(5)]),
)
def test_a_hyperslab_is_that_of_numpy(
    tmp_path_factory,
    case,
    dtype,
    user_block,
    version,
    early,
    missing,
    margin,
    ways,
    sizes,
):
    shape, chunk, box, most = case
    path = tmp_path_factory.mktemp("case") / "data.h5"
    data = values(shape, dtype)
    with h5py.File(path, "w", userblock_size=user_block, **version) as file:
        more = {"fillvalue": data.reshape(-1)[0], "maxshape": most}
        if early:
            more["dcpl"] = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            more["dcpl"].set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        write(file, shape, chunk, data.dtype, data, missing, **more)
    placed = Box(box.runs, (margin,) * len(shape))
    outer = [size + 2 * margin for size in box.shape]
    maps, warm, cost = ways
    batch, span, large, shared, long = sizes
    changed = at_once(
        _BATCH=batch, _SPAN=span, _LARGE=large, _SHARED=shared, _LONG=long
    )
    with h5py.File(path) as file, changed as patch:
        patch.setattr(RawFile, "is_warm", lambda *_: warm)
        if cost is not None:
            patch.setattr(positioned.Cost, "of", lambda _, *what: price(cost, *what))
        dataset = file["x"]
        source = source_of(dataset, mapped=maps)
        assert isinstance(source, ChunkedSource)
        if not missing:
            patch.setattr(SlabSource, "read", None)
        found = np.zeros(outer, dataset.dtype.newbyteorder("="))
        wanted = found.copy()
        wanted[placed.place] = expected(dataset, box)
        source.expect(placed)  # of more than a thousand chunks a read alone asks not
        source.read(placed, found)
        np.testing.assert_array_equal(found, wanted)
        alone = source.slab(box)
        np.testing.assert_array_equal(alone, wanted[placed.place])
        assert alone.dtype == found.dtype


def price(cost, places, length):
    return places * (cost.place + length * cost.byte)


def expected(dataset, box):
    """What numpy selects of everything that h5py reads."""
    entries = [
        (r.start + np.arange(r.count)[:, None] * r.stride + np.arange(r.block)).ravel()
        for r in box.runs
    ]
    return dataset[()][np.ix_(*entries)]


@KEEP
@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    picked=st.data(),
    dtype=st.sampled_from(["f4", ">f8", "i2"]),
    maps=st.booleans(),
)
def test_a_selection_is_that_of_numpy(tmp_path_factory, sizes, picked, dtype, maps):
    """Single ones, steps, backwards, lists, scattered ones: through the reader."""
    path = tmp_path_factory.mktemp("case") / "data.h5"
    data = values(sizes, dtype)
    chunks = tuple(picked.draw(st.integers(1, size)) for size in sizes)
    chosen = [picked.draw(indexers(size)) for size in sizes]
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=chunks)
    array = ul.open(path).array("/x")
    named = {
        dim: along
        for dim, along in zip(array.layout.dims, chosen, strict=True)
        if along is not None
    }
    with at_once():
        found = array.reader(mapped=maps).read(named)
    np.testing.assert_array_equal(found, selected(data, chosen))


MAPS = pytest.mark.parametrize("maps", [False, True], ids=["read", "mapped"])


@pytest.fixture
def squares(tmp_path):
    """A dataset of 8 x 4 chunks of 16 KiB, and what it holds."""
    path = tmp_path / "squares.h5"
    data = np.random.default_rng(0).random((512, 256), np.float32)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=(64, 64))
    return path, data


WAYS = {
    "map": {"Dimension 2": 7},
    "band": {"Dimension 2": slice(60, 70)},
    "rows": {"Dimension 1": slice(100, 300)},
    "all": {},
}


@MAPS
@pytest.mark.parametrize("way", WAYS)
def test_the_reader_goes_this_way(squares, monkeypatch, maps, way):
    path, data = squares
    reader = ul.open(path).array("/x").reader(mapped=maps)
    monkeypatch.delattr(SlabSource, "read")
    monkeypatch.delattr(SlabSource, "slab")
    with at_once():
        found = reader.read(WAYS[way])
    parts = [WAYS[way].get(f"Dimension {n}", slice(None)) for n in (1, 2)]
    np.testing.assert_array_equal(found, data[tuple(parts)])


def test_a_single_chunk_is_left_to_hdf5(squares, monkeypatch):
    path, data = squares
    with h5py.File(path) as file:
        source = source_of(file["x"])
        monkeypatch.delattr(ChunkedSource, "read")
        row = Box((Run(5), Run(0, 1, 1, 64)), (0, 0))
        np.testing.assert_array_equal(source.slab(row), data[5:6, :64])


def test_few_chunks_of_many_are_left_to_hdf5(squares):
    """To ask for all places takes longer than to read a few chunks."""
    path, data = squares
    with h5py.File(path) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked, "_WORTH", 10)
        patch.setattr(chunked, "_FEW", 0)
        source = source_of(file["x"])
        row = Box((Run(5), Run(0, 1, 1, 64)), (0, 0))
        for _ in range(3):
            np.testing.assert_array_equal(source.slab(row), data[5:6, :64])
            assert not source._is_indexed
        np.testing.assert_array_equal(source.slab(row), data[5:6, :64])
        assert source._is_indexed


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="it is never mapped")
def test_a_warm_file_is_taken_from_its_mapping(squares, monkeypatch):
    path, data = squares
    with h5py.File(path) as file, at_once():
        source = source_of(file["x"], mapped=True)
        path.read_bytes()
        monkeypatch.delattr(RawFile, "read")
        monkeypatch.delattr(RawFile, "pieces")
        for box in (column(512), whole((512, 256))):
            found = source.slab(box)
            np.testing.assert_array_equal(found, data[:, : found.shape[1]])


def test_a_cold_file_is_never_taken_from_its_mapping(squares, monkeypatch):
    path, data = squares
    monkeypatch.setattr(RawFile, "is_warm", lambda *_: False)
    monkeypatch.delattr(mapped.MappedBytes, "fill")
    monkeypatch.delattr(mapped.MappedBytes, "stretches")
    with h5py.File(path) as file, at_once():
        found = source_of(file["x"], mapped=True).slab(whole((512, 256)))
    np.testing.assert_array_equal(found, data)


def column(size):
    return Box((Run(0, 1, 1, size), Run(0)), (0, 0))


def whole(shape):
    return Box(tuple(Run(0, 1, 1, size) for size in shape), (0,) * len(shape))


@MAPS
def test_a_mapping_holds_no_lock(squares, maps):
    """A writer may come as soon as HDF5 lets the file go."""
    path, _ = squares
    with h5py.File(path) as file, at_once():
        source = source_of(file["x"], mapped=maps)
        source.slab(column(512))
    with h5py.File(path, "r+") as file:
        file["x"][0, 0] = 5
    with h5py.File(path) as file, at_once():
        assert source_of(file["x"], mapped=maps).slab(column(512))[0, 0] == 5
    assert source is not None


@MAPS
@pytest.mark.parametrize("way", WAYS)
def test_a_file_cut_short_between_two_reads(squares, maps, way):
    path, _ = squares
    reader = ul.open(path).array("/x").reader(mapped=maps)
    with lease(path), at_once():
        reader.read(WAYS[way])
        os.truncate(path, 40_000)
        with pytest.raises(FileError, match=r"squares\.h5"):
            reader.read(WAYS[way])


@MAPS
@pytest.mark.parametrize("way", WAYS)
def test_a_file_cut_short_while_it_is_read(squares, monkeypatch, maps, way):
    """What HDF5 would fill with zeros is told; what is gone is not touched."""
    path, _ = squares
    monkeypatch.setattr(pieces.Pacer.__init__, "__defaults__", (1e-9,))
    reader = ul.open(path).array("/x").reader(mapped=maps)

    def cut(_):
        os.truncate(path, 40_000)

    with at_once(), pytest.raises(FileError, match=r"squares\.h5"):
        reader.read(WAYS[way], progress=cut)


@MAPS
def test_a_file_replaced_between_two_reads(squares, maps):
    path, data = squares
    reader = ul.open(path).array("/x").reader(mapped=maps)
    with lease(path), at_once():
        np.testing.assert_array_equal(reader.read({"Dimension 2": 5}), data[:, 5])
        other = path.with_name("other.h5")
        with h5py.File(other, "w") as file:
            file.create_dataset("x", data=data + 1, chunks=(32, 128))
        other.replace(path)
        np.testing.assert_array_equal(reader.read({"Dimension 2": 5}), data[:, 5] + 1)


@MAPS
def test_a_file_written_between_two_reads(squares, maps):
    path, data = squares
    reader = ul.open(path).array("/x").reader(mapped=maps)
    with at_once():
        reader.read({"Dimension 2": 5})
        release(path)
        with h5py.File(path, "r+") as file:
            file["x"][0] = 5
        found = reader.read({"Dimension 2": slice(0, 2)})
    assert (found[0] == 5).all()
    np.testing.assert_array_equal(found[1:], data[1:, :2])


WRITER = """
import sys, h5py
with h5py.File(sys.argv[1], "r+", locking=False) as file:
    file["x"][:, 3] = 7
    file.flush()
"""


@MAPS
def test_a_file_that_another_program_writes(squares, maps):
    """The values that it finds are in the file: old ones are not shown as new."""
    path, data = squares
    reader = ul.open(path).array("/x").reader(mapped=maps)
    with lease(path), at_once():
        np.testing.assert_array_equal(reader.read({"Dimension 2": 3}), data[:, 3])
        subprocess.run([sys.executable, "-c", WRITER, str(path)], check=True)
        assert (reader.read({"Dimension 2": 3}) == 7).all()


def test_pages_stay_in_place_when_a_file_is_opened_again(squares):
    """Also after HDF5 closed it for a while; not for longer than it is read."""
    path, data = squares
    before = set(mapped._mappings)
    with h5py.File(path) as file, at_once():
        first = source_of(file["x"], mapped=True)
    (state,) = set(mapped._mappings) - before
    with h5py.File(path) as file, at_once():
        again = source_of(file["x"], mapped=True)
        assert np.shares_memory(again._fetch._bytes, first._fetch._bytes)
        np.testing.assert_array_equal(again.slab(whole((512, 256))), data)
    del first, again
    gc.collect()
    assert state not in mapped._mappings


def test_a_file_that_grew_is_mapped_anew(squares):
    path, data = squares
    with h5py.File(path) as file, at_once():
        first = source_of(file["x"], mapped=True)
    with h5py.File(path, "r+") as file:
        del file["x"]
        file.create_dataset("x", data=np.tile(data, (2, 1)), chunks=(64, 64))
    with h5py.File(path) as file, at_once():
        again = source_of(file["x"], mapped=True)
        np.testing.assert_array_equal(
            again.slab(whole((1024, 256))), np.tile(data, (2, 1))
        )
    assert len(first._fetch._bytes) < len(again._fetch._bytes)


def test_another_file_of_the_name_is_not_mapped(squares, monkeypatch):
    path, data = squares
    with h5py.File(path) as file, at_once():
        other = path.with_name("other.h5")
        other.write_bytes(bytes(path.stat().st_size))
        other.replace(path)
        source = source_of(file["x"], mapped=True)
        np.testing.assert_array_equal(source.slab(whole((512, 256))), data)


@MAPS
@pytest.mark.parametrize("dtype", ["f4", ">f4"])
def test_memory_between_is_bounded(tmp_path, dtype, maps):
    """Only the result, and a few megabytes that do not grow with it."""
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.ones((4096, 3000), dtype), chunks=(256, 300))
    reader = ul.open(path).array("/x").reader(mapped=maps)
    columns = [*range(1000), *range(1500, 2500)]
    with at_once():
        reader.read({"Dimension 1": 0})
        for selection in ({}, {"Dimension 2": columns}, {"Dimension 2": 5}):
            tracemalloc.start()
            try:
                found = reader.read(selection)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert (found == 1).all()
            assert peak < found.nbytes + (8 << 20)


def test_a_selection_of_very_many_places_is_left_to_hdf5(squares, monkeypatch):
    path, _ = squares
    monkeypatch.setattr(chunkplaces, "_MOST_BLOCKS", 3)
    scattered = Box((Run(0, 3, 100, 1), Run(0, 5, 50, 2)), (0, 0))
    with h5py.File(path) as file, at_once():
        found = source_of(file["x"]).slab(scattered)
        np.testing.assert_array_equal(found, expected(file["x"], scattered))
