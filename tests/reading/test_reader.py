"""What is read equals what numpy selects, whatever lies in the file."""

import os
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import (
    ChangedFileError,
    DamagedDataError,
    LayoutError,
    SelectionError,
)
from usid_lab.reading import Stopped
from usid_lab.reading.planning import pieces
from usid_lab.storage import FileWriter, release

DTYPES = ["f4", "f8", ">f8", "i2", "u1", ">u4", "c8", "c16", "?", "f2", "compound"]
KEEP = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def values(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == "compound":
        data = np.empty(shape, [("a", "f4"), ("b", ">i4"), ("c", "c8")])
        data["a"], data["b"] = rng.random(shape), rng.integers(0, 99, shape)
        data["c"] = rng.random(shape) + 1j
        return data
    kind = np.dtype(dtype)
    numbers = rng.random(shape) * 200
    if kind.kind == "c":
        return (numbers + 1j * rng.random(shape)).astype(kind)
    return (numbers > 100) if kind.kind == "b" else numbers.astype(kind)


@st.composite
def indexers(draw, size):
    form = draw(st.sampled_from(["all", "int", "slice", "list"]))
    if form == "all":
        return None
    if form == "int":
        return draw(st.integers(-size, size - 1))
    if form == "slice":
        return draw(st.slices(size))
    return draw(st.lists(st.integers(-size, size - 1), max_size=6))


@st.composite
def cases(draw):
    sizes = draw(st.lists(st.integers(1, 5), max_size=5))
    split = draw(st.integers(0, len(sizes)))
    picked = [draw(indexers(size)) for size in sizes]
    layout = draw(st.sampled_from(["contiguous", "chunked", "gzip"]))
    shuffle = draw(st.booleans())
    return sizes, split, picked, draw(st.sampled_from(DTYPES)), layout, shuffle


def expected(data, picked):
    """Outer indexing with numpy, one axis at a time."""
    for axis in reversed(range(data.ndim)):
        if picked[axis] is not None:
            index = picked[axis]
            if isinstance(index, list):
                index = np.array(index, int)
            data = data[(slice(None),) * axis + (index,)]
    return data


def store(path, sizes, split, data, layout, shuffle):
    names = "abcde"[: len(sizes)]
    vectors = {n: (np.arange(s) * 2.0, "m") for n, s in zip(names, sizes, strict=True)}
    position = {n: vectors[n] for n in names[:split]}
    spectroscopic = {n: vectors[n] for n in names[split:]}
    rows = int(np.prod(sizes[:split]))
    order = np.random.default_rng(5).permutation(rows) if shuffle else None
    columns = int(np.prod(sizes[split:]))
    chunks = (min(3, rows), min(2, columns)) if layout != "contiguous" else None
    with FileWriter(path) as writer:
        return writer.main(
            "/", "Main", data, quantity="q", units="u",
            position=position, spectroscopic=spectroscopic, row_order=order,
            chunks=chunks, compression="gzip" if layout == "gzip" else None,
        )  # fmt: skip


@KEEP
@given(case=cases(), cut=st.booleans())
def test_a_selection_is_that_of_numpy(tmp_path_factory, case, cut):
    sizes, split, picked, dtype, layout, shuffle = case
    data = values(sizes, dtype)
    path = tmp_path_factory.mktemp("case") / "data.h5"
    dataset = ul.open(path_of(path, sizes, split, data, layout, shuffle)).dataset(
        "/Main"
    )
    names = "abcde"[: len(sizes)]
    chosen = {n: p for n, p in zip(names, picked, strict=True) if p is not None}
    wanted = expected(data, picked)
    reader = dataset.reader()
    target = 1e-9 if cut else 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces.Pacer.__init__, "__defaults__", (target,))
        found = reader.read(chosen)
        assert reader.make_resident()
    resident = reader.read(chosen)
    order = [name for name in dataset.dims if name in names]
    kept = [n for n, p in zip(names, picked, strict=True) if not isinstance(p, int)]
    axes = [kept.index(name) for name in order if name in kept]
    for array in (found, resident):
        array = squeeze_placeholders(array, dataset, chosen, names)
        np.testing.assert_array_equal(array, wanted.transpose(axes))
        assert array.dtype.isnative
        assert array.dtype == wanted.dtype.newbyteorder("=")
    if not shuffle:
        assert order == list(names)


def path_of(path, *case):
    store(path, *case)
    return path


def squeeze_placeholders(array, dataset, chosen, names):
    """Drop the size-1 dimension that stands for a side without dimensions."""
    left = [n for n in dataset.dims if not isinstance(chosen.get(n), int)]
    extra = tuple(axis for axis, name in enumerate(left) if name not in names)
    return np.squeeze(array, axis=extra)


@pytest.fixture
def cube(write):
    data = np.arange(6 * 7 * 8.0).reshape(6, 7, 8)
    return data, write(
        data,
        {"Y": (np.arange(6.0), "m"), "X": (np.arange(7.0), "m")},
        {"V": (np.arange(8.0), "V")},
    )


def test_a_serpentine_scan_reads_like_its_raster(write):
    data = np.random.default_rng(0).random((5, 6, 3))
    position = {"Y": (np.arange(5.0), "m"), "X": (np.arange(6.0), "m")}
    order = np.arange(30).reshape(5, 6)
    order[1::2] = order[1::2, ::-1]
    spectra = {"V": (np.arange(3.0), "V")}
    path = write(data, position, spectra, row_order=order.ravel())
    dataset = ul.open(path).main_datasets[0]
    assert dataset.dims == ("Y", "X", "V")
    assert dataset.layout.kind == "shuffled"
    np.testing.assert_array_equal(dataset.read(), data)
    np.testing.assert_array_equal(dataset.read(X=2, Y=[3, 1]), data[[3, 1], 2])
    with h5py.File(path) as file:
        stored = file[dataset.path][:]
    np.testing.assert_array_equal(stored, data.reshape(30, 3)[order.ravel()])


@pytest.mark.parametrize("dtype", ["f4", "i2", "c8", "?", "compound"])
@pytest.mark.parametrize("resident", [False, True])
def test_gaps_are_nan(tmp_path, dtype, resident):
    path = tmp_path / "aborted.h5"
    data = values((4, 5), dtype)
    vectors = {"Y": (np.arange(4.0), "m"), "X": (np.arange(5.0), "m")}
    with FileWriter(path) as writer:
        writer.main("/", "Main", data, quantity="q", units="u", position=vectors)
    with h5py.File(path, "r+") as file:
        crop(file, 13)
    dataset = ul.open(path).dataset("/Main")
    reader = dataset.reader()
    if resident:
        assert reader.make_resident()
    found = reader.read({"arb": 0})
    assert dataset.layout.kind == "incomplete"
    assert found.shape == (3, 5)
    plain = data.ravel()[:13]
    if dtype == "compound":
        assert found.dtype == [("a", "f4"), ("b", "f8"), ("c", "c8")]
        assert np.isnan(found["b"].ravel()[13:]).all()
        np.testing.assert_array_equal(found["b"].ravel()[:13], plain["b"])
        return
    assert found.dtype == {"f4": "f4", "i2": "f8", "c8": "c8", "?": "f8"}[dtype]
    np.testing.assert_array_equal(found.ravel()[:13], plain)
    assert np.isnan(found.ravel()[13:]).all()
    assert reader.read({"arb": 0, "Y": 0}).dtype == found.dtype
    assert np.isnan(reader.read({"arb": 0, "Y": 2, "X": [3, 4]})).all()


def crop(file, rows):
    """Make a file look like that of a scan that was aborted."""
    for name in ("Main", "Position_Indices", "Position_Values"):
        content, attrs = file[name][:rows], dict(file[name].attrs)
        del file[name]
        file[name] = content
        for key, value in attrs.items():
            file[name].attrs[key] = value
    for role in ("Position_Indices", "Position_Values"):
        file["Main"].attrs[role] = file[role].ref


def test_stop_ends_a_read_between_pieces(cube, monkeypatch):
    _, path = cube
    monkeypatch.setattr(pieces.Pacer.__init__, "__defaults__", (1e-9,))
    reader = ul.open(path).main_datasets[0].reader()
    told = []
    with pytest.raises(Stopped):
        reader.read({}, stop=lambda: len(told) >= 3, progress=told.append)
    assert len(told) == 3
    with pytest.raises(Stopped):
        reader.make_resident(stop=lambda: True)
    assert not reader.is_resident


def test_progress_rises_to_one(cube, monkeypatch):
    data, path = cube
    monkeypatch.setattr(pieces.Pacer.__init__, "__defaults__", (1e-9,))
    told = []
    found = ul.open(path).main_datasets[0].reader().read({"V": 3}, progress=told.append)
    np.testing.assert_array_equal(found, data[..., 3])
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1


def test_what_is_in_memory_is_dropped_when_the_file_changes(cube):
    data, path = cube
    dataset = ul.open(path).main_datasets[0]
    reader = dataset.reader()
    assert reader.make_resident()
    assert reader.make_resident()
    assert reader.is_resident
    release(path)
    with h5py.File(path, "r+") as file:
        file[dataset.path][0, 0] = 99.0
    os.utime(path, ns=(1, 1))
    assert not reader.is_resident
    assert reader.read({"Y": 0, "X": 0, "V": 0}) == 99.0
    assert reader.read({"Y": 1}).shape == data[1].shape


def test_a_large_dataset_is_not_held_in_memory(cube, monkeypatch):
    _, path = cube
    monkeypatch.setattr("usid_lab.reading.reader.MAX_RESIDENT", 100)
    reader = ul.open(path).main_datasets[0].reader()
    assert not reader.make_resident()
    assert reader.nbytes == 6 * 7 * 8 * 8


def test_a_selection_is_a_copy(cube):
    data, path = cube
    reader = ul.open(path).main_datasets[0].reader()
    reader.make_resident()
    reader.read({"V": 0})[...] = -1
    np.testing.assert_array_equal(reader.read({"V": 0}), data[..., 0])


def test_a_dataset_that_changed_its_shape(cube):
    _, path = cube
    dataset = ul.open(path).main_datasets[0]
    reader = dataset.reader()
    release(path)
    with h5py.File(path, "r+") as file:
        del file[dataset.path]
        file[dataset.path] = np.zeros((2, 2))
    with pytest.raises(LayoutError, match="open the file again"):
        reader.read({})


def test_more_than_the_memory_is_refused(tmp_path):
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("huge", (2**24, 2**24), "f8", chunks=(64, 64))
    array = ul.open(path).array("/huge")
    with pytest.raises(SelectionError, match="more than the memory"):
        array.read()
    part = {"Dimension 1": slice(0, 2), "Dimension 2": -1}
    np.testing.assert_array_equal(array.read(part), [0, 0])


def test_a_damaged_chunk_is_told(write):
    data = np.random.default_rng(0).random((4, 4))
    path = write(
        data, {"X": (np.arange(4), "m")}, {"V": (np.arange(4), "V")}, compression="gzip"
    )
    with h5py.File(path) as file:
        chunk = file["Measurement_000/Channel_000/Raw_Data"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    with pytest.raises(DamagedDataError, match="damaged"):
        ul.open(path).main_datasets[0].read()


def test_an_unknown_filter_is_named(tmp_path):
    path = tmp_path / "filter.h5"
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL)
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((4,))
        made = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_INT32, space, dcpl=plist)
        made.write_direct_chunk((0,), np.arange(4, dtype="i4").tobytes())
    with pytest.raises(DamagedDataError, match="hdf5plugin") as caught:
        ul.open(path).array("/x").read()
    assert "32999" in caught.value.reason


def test_a_single_value(tmp_path):
    path = tmp_path / "single.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 3.5
    array = ul.open(path).array("/x")
    assert array.dims == ()
    assert array.read() == 3.5
    reader = array.reader()
    assert reader.make_resident()
    assert reader.read({}) == 3.5


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_arrays_without_values(tmp_path, shape):
    path = tmp_path / "none.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.empty(shape, "f4")
    array = ul.open(path).array("/x")
    assert array.read().shape == shape
    reader = array.reader()
    assert reader.make_resident()
    assert reader.read({}).shape == shape


def test_enumerations_and_long_doubles(tmp_path):
    path = tmp_path / "types.h5"
    with h5py.File(path, "w") as file:
        kind = h5py.enum_dtype({"out": 0, "in": 1}, "i1")
        file.create_dataset("enum", data=np.array([0, 1, 1], "i1"), dtype=kind)
        file["long"] = np.array([1, 2], np.longdouble)
    opened = ul.open(path)
    np.testing.assert_array_equal(opened.array("/enum").read(), [0, 1, 1])
    np.testing.assert_array_equal(opened.array("/long").read(), [1, 2])


@pytest.mark.parametrize("resident", [False, True])
def test_rows_in_another_order_are_never_read_as_before(cube, resident):
    """The file is written anew, in the same shape but another order of positions."""
    _, path = cube
    dataset = ul.open(path).main_datasets[0]
    reader = dataset.reader()
    if resident:
        reader.make_resident()
    reader.read({})
    release(path)
    with h5py.File(path, "r+") as file:
        group = file[dataset.path].parent
        for name in ("Position_Indices", "Position_Values", "Raw_Data"):
            group[name][...] = group[name][...][::-1]
    for read in (lambda: reader.read({}), dataset.read, dataset.isel):
        with pytest.raises(LayoutError, match="open the file again"):
            read()


def test_a_file_that_only_grew_is_read_on(cube):
    data, path = cube
    dataset = ul.open(path).main_datasets[0]
    reader = dataset.reader()
    release(path)
    with h5py.File(path, "r+") as file:
        file["more"] = 1
    np.testing.assert_array_equal(reader.read({}), data)


def test_a_reader_holds_no_file_open(cube):
    data, path = cube
    reader = ul.open(path).main_datasets[0].reader()
    np.testing.assert_array_equal(reader.read({"Y": 1}), data[1])
    release(path)
    with h5py.File(path, "r+") as file:  # HDF5 refuses if it is open for reading
        file["Measurement_000/Channel_000/Raw_Data"][7:14] = -1
    assert (reader.read({"Y": 1}) == -1).all()
    np.testing.assert_array_equal(reader.read({"Y": 2}), data[2])


def test_a_file_replaced_between_two_reads_is_noticed(cube):
    data, path = cube
    reader = ul.open(path).main_datasets[0].reader()
    with ul.open(path):
        np.testing.assert_array_equal(reader.read({"Y": 1}), data[1])
        other = path.with_name("other.h5")
        other.write_bytes(path.read_bytes())
        with h5py.File(other, "r+") as file:
            file["Measurement_000/Channel_000/Raw_Data"][...] = 5
        other.replace(path)
        assert (reader.read({"Y": 1}) == 5).all()


def test_many_threads_share_a_reader(cube):
    data, path = cube
    reader = ul.open(path).main_datasets[0].reader()
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            (y, x, pool.submit(reader.read, {"Y": y, "X": x}))
            for y in range(6)
            for x in (slice(1, None, 2), 3, slice(None))
        ]
        for y, x, job in jobs:
            np.testing.assert_array_equal(job.result(), data[y, x])


@pytest.mark.parametrize("how", ["read", "mean", "median"])
def test_what_is_of_two_states_of_a_file_is_given_to_nobody(tmp_path, how):
    path = tmp_path / "written.h5"
    with h5py.File(path, "w") as file:
        form = {"chunks": (64, 64), "compression": "gzip"}
        file.create_dataset("x", data=np.zeros((2048, 1024)), **form)
    array = ul.open(path).array("/x")

    def write(_):
        with path.open("ab") as stream:
            stream.write(b"more")

    def ask():
        if how == "read":
            array.reader().read({}, progress=write)
        else:
            array.reduce(how, array.dims[0], progress=write)

    with pytest.raises(ChangedFileError, match=r"'written\.h5' was changed while"):
        ask()
