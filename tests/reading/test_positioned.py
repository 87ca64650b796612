"""What is read past HDF5 is what HDF5 reads; where it might not be, HDF5 reads."""

import os
import tracemalloc
from contextlib import contextmanager

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from tests.reading.test_reader import DTYPES, values
from tests.reading.test_segments import boxes
from usid_lab.errors import FileError, MissingFileError, TruncatedFileError
from usid_lab.reading.planning import pieces, placing
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.routes import positioned
from usid_lab.reading.routes.contiguous import ContiguousSource
from usid_lab.reading.routes.positioned import PositionedBytes
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.routes.sources import source_of
from usid_lab.storage import lease, release

pytestmark = pytest.mark.skipif(
    not hasattr(os, "preadv"), reason="the system has no positioned reads"
)
KEEP = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def rows(tmp_path):
    """A contiguous dataset of 64 rows of 16 KiB, and what it holds."""
    path = tmp_path / "rows.h5"
    data = np.random.default_rng(0).random((64, 4096), np.float32)
    with h5py.File(path, "w") as file:
        file["x"] = data
    return path, data


@contextmanager
def limits(**changed):
    """Make the code take another way at sizes that a test can afford."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changed.items():
            home = placing if name == "scratch" else positioned
            patch.setattr(home, f"_{name.upper()}", value)
        yield patch


@KEEP
@given(
    case=boxes(),
    dtype=st.sampled_from([*DTYPES, ">c16", "<i8", "longdouble"]),
    user_block=st.sampled_from([0, 512]),
    margin=st.integers(0, 2),
    gap=st.sampled_from([0, 8, 1000]),
    sizes=st.tuples(*[st.sampled_from([1, 16, 100, 1 << 20]) for _ in range(3)]),
    many=st.sampled_from([1, 16]),
    warm=st.booleans(),
    maps=st.booleans(),
)
def test_a_hyperslab_is_that_of_hdf5(
    tmp_path_factory, case, dtype, user_block, margin, gap, sizes, many, warm, maps
):
    shape, box = case
    path = tmp_path_factory.mktemp("case") / "data.h5"
    with h5py.File(path, "w", userblock_size=user_block) as file:
        file["before"] = np.arange(5, dtype="u1")
        file["x"] = values(shape, dtype)
    placed = Box(box.runs, (margin,) * len(shape))
    outer = [size + 2 * margin for size in box.shape]
    span, large, scratch = sizes
    changed = limits(gap=gap, span=span, large=large, scratch=scratch, many=many)
    with h5py.File(path) as file, changed as patch:
        patch.setattr(RawFile, "is_warm", lambda *_: warm)
        patch.setattr(positioned, "is_busy", lambda: False)
        dataset = file["x"]
        source = source_of(dataset, mapped=maps)
        assert isinstance(source, ContiguousSource)
        found = np.zeros(outer, dataset.dtype.newbyteorder("="))
        wanted = found.copy()
        SlabSource(dataset).read(placed, wanted)
        source.read(placed, found)
        np.testing.assert_array_equal(found, wanted)
        alone = source.slab(box)
        np.testing.assert_array_equal(alone, wanted[placed.place])
        assert alone.dtype == found.dtype


def is_left(dataset):
    """Whether HDF5 reads it."""
    return isinstance(source_of(dataset), SlabSource)


def chunked(file, **filters):
    return file.create_dataset("x", data=np.arange(400.0), chunks=(64,), **filters)


def virtual(file):
    file["source"] = np.arange(400.0)
    layout = h5py.VirtualLayout((400,), "f8")
    layout[:] = h5py.VirtualSource(file["source"])
    return file.create_virtual_dataset("x", layout)


def compact(file):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((400,))
    made = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, dcpl=plist)
    h5py.Dataset(made)[...] = np.arange(400.0)


def narrow(file):
    """Integers of 12 bits, which stand somewhere in 16."""
    kind = h5py.h5t.STD_I16LE.copy()
    kind.set_precision(12)
    kind.set_offset(2)
    made = h5py.h5d.create(file.id, b"x", kind, h5py.h5s.create_simple((400,)))
    h5py.Dataset(made)[...] = np.arange(400)


OTHERS = {
    "gzip, fletcher32": lambda file: chunked(file, compression="gzip", fletcher32=True),
    "lzf": lambda file: chunked(file, compression="lzf"),
    "fletcher32": lambda file: chunked(file, fletcher32=True),
    "scale-offset": lambda file: chunked(file, scaleoffset=2),
    "virtual": virtual,
    "compact": compact,
    "never written": lambda file: file.create_dataset("x", (400,), "f8", fillvalue=3),
    "narrow": narrow,
    "empty": lambda file: file.create_dataset("x", data=np.zeros((0, 3))),
}


@pytest.mark.parametrize("user_block", [0, 1024])
@pytest.mark.parametrize("form", OTHERS)
def test_other_forms_are_left_to_hdf5(tmp_path, form, user_block):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w", userblock_size=user_block) as file:
        OTHERS[form](file)
    with h5py.File(path) as file:
        assert is_left(file["x"])
        wanted = file["x"][()]
    np.testing.assert_array_equal(ul.open(path).array("/x").read(), wanted)


def test_values_outside_the_file_are_left_to_hdf5(tmp_path):
    path = tmp_path / "external.h5"
    with h5py.File(path, "w") as file:
        outside = [(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset("x", (4,), "f8", external=outside)[...] = 1
    with h5py.File(path) as file:
        assert is_left(file["x"])


def test_text_is_left_to_hdf5(tmp_path):
    with h5py.File(tmp_path / "text.h5", "w") as file:
        file["x"] = np.array([b"ab", b"c"])
    with h5py.File(tmp_path / "text.h5") as file:
        assert is_left(file["x"])


def test_a_file_that_is_written_here_is_left_to_hdf5(rows):
    path, _ = rows
    with h5py.File(path, "r+") as file, h5py.File(path) as again:
        assert is_left(file["x"])
        assert is_left(again["x"])


def test_a_file_in_memory_is_left_to_hdf5(rows):
    path, _ = rows
    with h5py.File(path, driver="core", backing_store=False) as file:
        assert is_left(file["x"])


def test_a_system_without_positioned_reads(rows, monkeypatch):
    path, data = rows
    monkeypatch.delattr(os, "preadv")
    with h5py.File(path) as file:
        assert isinstance(source_of(file["x"]), SlabSource)
    np.testing.assert_array_equal(ul.open(path).array("/x").read(), data)


def test_a_system_that_does_not_tell_what_is_in_memory(rows, monkeypatch):
    path, data = rows
    monkeypatch.delattr(os, "RWF_NOWAIT", raising=False)
    found = ul.open(path).array("/x").read({"Dimension 2": 7})
    np.testing.assert_array_equal(found, data[:, 7])


SELECTIONS = {
    "straight": {},
    "one by one": {"Dimension 2": 7},
    "across gaps": {"Dimension 2": slice(0, 4000)},
    "in its place": {"Dimension 2": [1, 2, 900, 3000]},
}


@pytest.mark.parametrize("way", SELECTIONS)
def test_the_reader_goes_this_way(rows, monkeypatch, way):
    path, data = rows
    reader = ul.open(path).array("/x").reader()
    monkeypatch.delattr(SlabSource, "read")
    monkeypatch.delattr(SlabSource, "slab")
    columns = SELECTIONS[way].get("Dimension 2", slice(None))
    with limits(gap=1000):
        np.testing.assert_array_equal(reader.read(SELECTIONS[way]), data[:, columns])


@pytest.mark.parametrize("way", SELECTIONS)
def test_a_file_cut_short_while_it_is_read(rows, monkeypatch, way):
    """What HDF5 would fill with zeros is told."""
    path, _ = rows
    monkeypatch.setattr(pieces.Pacer.__init__, "__defaults__", (1e-9,))
    reader = ul.open(path).array("/x").reader()

    def cut(_):
        os.truncate(path, 64 * 4096)

    with (
        limits(gap=1000),
        pytest.raises(TruncatedFileError, match=r"The end of 'rows\.h5' went missing"),
    ):
        reader.read(SELECTIONS[way], progress=cut)


def test_a_file_cut_short_between_two_reads(rows):
    path, data = rows
    array = ul.open(path).array("/x")
    with lease(path):
        np.testing.assert_array_equal(array.read({"Dimension 1": 63}), data[63])
        os.truncate(path, 64 * 4096)
        with pytest.raises(TruncatedFileError, match=r"rows\.h5"):
            array.read({"Dimension 1": 63})


def test_a_file_replaced_between_two_reads(rows):
    path, data = rows
    array = ul.open(path).array("/x")
    with lease(path):
        np.testing.assert_array_equal(array.read({"Dimension 2": 5}), data[:, 5])
        other = path.with_name("other.h5")
        with h5py.File(other, "w") as file:
            file["x"] = data + 1
        other.replace(path)
        np.testing.assert_array_equal(array.read({"Dimension 2": 5}), data[:, 5] + 1)


def test_a_file_deleted_between_two_reads(rows):
    path, _ = rows
    array = ul.open(path).array("/x")
    with lease(path):
        array.read({"Dimension 1": 0})
        path.unlink()
        with pytest.raises(MissingFileError):
            array.read({"Dimension 1": 0})


def test_a_file_written_between_two_reads(rows):
    path, data = rows
    array = ul.open(path).array("/x")
    array.read({"Dimension 1": 0})
    release(path)
    with h5py.File(path, "r+") as file:
        file["x"][0] = 5
    found = array.read({"Dimension 2": slice(0, 2)})
    assert (found[0] == 5).all()
    np.testing.assert_array_equal(found[1:], data[1:, :2])


def test_the_number_of_a_closed_file_is_not_read(rows, tmp_path):
    """The system gives the number of a closed descriptor to the next file."""
    path, _ = rows
    other = tmp_path / "other"
    other.write_bytes(bytes(path.stat().st_size))
    with h5py.File(path) as file, other.open("rb") as stream:
        descriptor = os.dup(file.id.get_vfd_handle())
        fetch = PositionedBytes.of(RawFile(descriptor, str(path)))
        source = ContiguousSource(file["x"], fetch)
        box = pieces.boxes_of([[run] for run in whole(file["x"].shape)])[0]
        os.dup2(stream.fileno(), descriptor)
        with pytest.raises(FileError, match=r"'rows\.h5' was closed"):
            source.slab(box)
        os.close(descriptor)


def whole(shape):
    return [pieces.Run(0, 1, 1, size) for size in shape]


@pytest.mark.parametrize("dtype", ["f4", ">f4"])
def test_memory_between_is_bounded(tmp_path, dtype):
    """Only the result, and a few megabytes that do not grow with it."""
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones((4096, 3000), dtype)
    reader = ul.open(path).array("/x").reader()
    columns = [*range(1000), *range(1500, 2500)]
    reader.read({"Dimension 1": 0})
    for selection in ({}, {"Dimension 2": columns}, {"Dimension 2": slice(1, None)}):
        tracemalloc.start()
        try:
            found = reader.read(selection)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (found == 1).all()
        assert peak < found.nbytes + (8 << 20)


@pytest.mark.parametrize("place", [1 << 40, (1 << 63) - 10, (1 << 64) - 2])
@pytest.mark.parametrize("maps", [False, True])
def test_a_place_that_no_file_has(rows, place, maps):
    """A file may claim anything: it is an error, whatever reads it."""
    path, data = rows
    with h5py.File(path) as file:
        true = file["x"].id.get_offset()
    where, size = (number.to_bytes(8, "little") for number in (true, data.nbytes))
    content = path.read_bytes()
    assert content.count(where + size) == 1
    other = place.to_bytes(8, "little") + size
    path.write_bytes(content.replace(where + size, other))
    with pytest.raises(FileError, match=r"damaged|missing"):
        ul.open(path).array("/x").reader(mapped=maps).read({})
