"""Reductions equal those of numpy over the whole array, whatever lies in the file."""

import math
import threading
import tracemalloc
import warnings

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import ArgumentError, DimensionError, SelectionError
from usid_lab.reading import Reader, Stopped
from usid_lab.reading.reducing import parting, reductions, tiles
from usid_lab.storage import FileWriter, release

REAL = ["f4", "f8", ">f8", "f2", "i2", "u1", ">u4", "i8", "u8", "?"]
COMPLEX = ["c8", ">c16"]
NUMPY = {
    "mean": np.nanmean, "sum": np.nansum, "std": np.nanstd, "min": np.nanmin,
    "max": np.nanmax, "median": np.nanmedian,
}  # fmt: skip
KEEP = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def numbers(shape, dtype, seed=0):
    kind = np.dtype(dtype)
    rng = np.random.default_rng(seed)
    # Few different values: extremes are met more than once.
    whole = rng.integers(0, 9, shape)
    if kind.kind == "b":
        return whole > 4
    if kind.kind == "c":
        return (whole + 1j * rng.integers(-9, 9, shape)).astype(kind)
    if kind.kind == "f":
        data = (whole - 4.25).astype(kind)
        data[rng.random(shape) < 0.1] = np.nan
        return data
    return whole.astype(kind)


def truth(data, how, axes):
    """Reduce the whole array with numpy, in float64 where fractions arise."""
    if how in ("mean", "std", "median", "sum") and data.dtype.kind in "fc":
        wide = np.complex128 if data.dtype.kind == "c" else np.float64
        data = data.astype(wide)
    if how in ("mean", "std", "median") and data.dtype.kind in "biu":
        data = data.astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = NUMPY[how](data, axis=axes)
    if how == "sum" and data.dtype.kind in "fc":
        # Where nothing is known, numpy says 0.
        found = np.where(np.isnan(data).all(axis=axes), np.nan, found)
    return found


@st.composite
def cases(draw):
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    names = "abcd"[: len(sizes)]
    split = draw(st.integers(0, len(sizes)))
    dims = draw(st.lists(st.sampled_from(names), unique=True))
    layout = draw(st.sampled_from(["contiguous", "chunked", "gzip"]))
    return sizes, names, split, dims, layout, draw(st.booleans())


def store(path, sizes, names, split, data, layout="contiguous", *, shuffle=False):
    vectors = {n: (np.arange(s) * 2.0, "m") for n, s in zip(names, sizes, strict=True)}
    rows, columns = int(np.prod(sizes[:split])), int(np.prod(sizes[split:]))
    order = np.random.default_rng(5).permutation(rows) if shuffle else None
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", row_order=order,
            position={n: vectors[n] for n in names[:split]},
            spectroscopic={n: vectors[n] for n in names[split:]},
            chunks=False if layout == "contiguous" else (min(3, rows), min(2, columns)),
            compression="gzip" if layout == "gzip" else None,
        )  # fmt: skip
    return ul.open(path).dataset("/Main")


@pytest.fixture(params=[1, 48, 1 << 20], ids=lambda size: f"blocks of {size} bytes")
def block(request, monkeypatch):
    monkeypatch.setattr(reductions, "BLOCK_BYTES", request.param)


@pytest.fixture(params=[1, 100, 1 << 20], ids=lambda size: f"parts of {size} bytes")
def parts(request, monkeypatch):
    monkeypatch.setattr(parting, "GATHERED", request.param)


def check(found, wanted, how):
    found = found.squeeze()
    wanted = np.squeeze(wanted)
    assert found.shape == wanted.shape
    if how in ("min", "max") and found.dtype.kind == wanted.dtype.kind:
        assert found.dtype == wanted.dtype.newbyteorder("=")
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@KEEP
@given(
    case=cases(),
    dtype=st.sampled_from(REAL + COMPLEX),
    how=st.sampled_from(list(NUMPY)),
    size=st.sampled_from([1, 48, 1 << 20]),
    gathered=st.sampled_from([1, 200, 1 << 20]),
)
def test_a_reduction_is_that_of_numpy(
    tmp_path_factory, case, dtype, how, size, gathered
):
    sizes, names, split, dims, layout, shuffle = case
    data = numbers(sizes, dtype)
    folder = tmp_path_factory.mktemp("case")
    dataset = store(folder / "a.h5", sizes, names, split, data, layout, shuffle=shuffle)
    if data.dtype.kind == "c" and how in ("min", "max", "median"):
        with pytest.raises(ArgumentError, match="Complex numbers have no order"):
            dataset.reduce(how, dims)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "BLOCK_BYTES", size)
        patch.setattr(parting, "GATHERED", gathered)
        found = dataset.reduce(how, dims)
    kept = [name for name in dataset.dims if name not in dims]
    assert list(found.dims) == kept
    # A random order of rows leaves open which dimension is slower.
    wanted = data.transpose([names.index(n) for n in dataset.dims if n in names])
    order = [n for n in dataset.dims if n in names]
    check(found.values, truth(wanted, how, tuple(map(order.index, dims))), how)


@KEEP
@given(
    case=cases(),
    dtype=st.sampled_from(REAL),
    largest=st.booleans(),
    gathered=st.sampled_from([1, 100, 1 << 20]),
)
def test_an_index_of_an_extreme_is_that_of_numpy(
    tmp_path_factory, case, dtype, largest, gathered
):
    sizes, names, split, _, layout, shuffle = case
    data = numbers(sizes, dtype)
    path = tmp_path_factory.mktemp("case") / "a.h5"
    dataset = store(path, sizes, names, split, data, layout, shuffle=shuffle)
    order = [n for n in dataset.dims if n in names]
    data = data.transpose([names.index(n) for n in order]).astype("f8")
    empty = np.isnan(data).all(axis=-1)
    low = np.where(np.isnan(data), -np.inf if largest else np.inf, data)
    wanted = np.where(empty, np.nan, (np.argmax if largest else np.argmin)(low, -1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "BLOCK_BYTES", 40)
        patch.setattr(parting, "GATHERED", gathered)
        found = dataset.reduce("argmax" if largest else "argmin", order[-1])
    np.testing.assert_array_equal(found.values.squeeze(), np.squeeze(wanted))
    assert found.dtype == ("f8" if empty.any() else "i8")


@pytest.mark.parametrize(
    "selection",
    [
        {"a": 1},
        {"b": slice(1, 4), "c": 2},
        {"b": slice(None, None, -1)},
        {"c": [3, 0, 1]},
        {"a": [1, 1, 0], "c": slice(0, 0)},
    ],
)
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("how", ["mean", "max", "median", "argmax"])
def test_a_selection_is_reduced(tmp_path, selection, shuffle, how, block, parts):
    data = numbers((2, 4, 5), "i4")
    dataset = store(tmp_path / "a.h5", (2, 4, 5), "abc", 2, data, shuffle=shuffle)
    part = dataset.isel(selection)
    if "b" not in part.dims:
        return
    found = dataset.reduce(how, "b", **selection)
    wanted = getattr(part, how)("b")
    if how == "argmax":
        # Counted in the whole dimension, not in the selection.
        wanted = wanted.copy(data=np.arange(4)[selection.get("b", slice(None))][wanted])
        if selection.get("b") == slice(None, None, -1):
            wanted = dataset.isel({**selection, "b": slice(None)}).argmax("b")
    np.testing.assert_allclose(found, wanted)
    assert found.dims == wanted.dims
    assert set(found.coords) == set(wanted.coords)
    for name in found.coords:
        np.testing.assert_array_equal(found[name], wanted[name])


@pytest.fixture
def aborted(tmp_path):
    """A grid of 4 x 5 positions of which 13 were measured, in a random order."""
    path = tmp_path / "aborted.h5"
    rng = np.random.default_rng(3)
    grid = rng.integers(-50, 50, (4, 5, 3)).astype("i2")
    store(path, (4, 5, 3), "abc", 2, grid)
    release(path)
    spots = rng.permutation(20)[:13]
    with h5py.File(path, "r+") as file:
        main = file["Main"]
        for role in ("Position_Indices", "Position_Values"):
            table = file[role][()][spots]
            attrs = dict(file[role].attrs)
            del file[role]
            made = file.create_dataset(role, data=table)
            made.attrs.update(attrs)
        attrs = {k: v for k, v in main.attrs.items() if not k.startswith("Position_")}
        rows = main[()][spots]
        del file["Main"]
        main = file.create_dataset("Main", data=rows)
        main.attrs.update(attrs)
        for role in ("Position_Indices", "Position_Values"):
            main.attrs[role] = file[role].ref
    whole = np.full((20, 3), np.nan)
    whole[spots] = rows
    dataset = ul.open(path).dataset("/Main")
    assert dataset.layout.kind == "incomplete"
    order = ["abc".index(name) for name in dataset.dims]
    return dataset, whole.reshape(4, 5, 3).transpose(order), dataset.dims


@pytest.mark.parametrize("how", list(NUMPY))
@pytest.mark.parametrize("dims", ["a", "ab", "c", "abc", "b", ""])
def test_gaps_are_never_counted(aborted, how, dims, block, parts):
    dataset, whole, order = aborted
    found = dataset.reduce(how, list(dims))
    wanted = truth(whole, how, tuple(order.index(name) for name in dims))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_integers_stay_integers_where_no_gap_is_left(aborted, parts):
    dataset, whole, _ = aborted
    found = dataset.reduce("max")
    assert found.dtype == np.int16
    assert found == np.nanmax(whole)
    assert dataset.reduce("max", "c").dtype == np.float64
    assert dataset.reduce("sum").dtype == np.int64


def test_the_index_of_a_gap_is_nan(aborted, parts):
    dataset, whole, order = aborted
    axis = order.index("c")
    found = dataset.reduce("argmin", "c")
    empty = np.isnan(whole).all(axis=axis)
    assert empty.any()
    wanted = np.where(np.isnan(whole), np.inf, whole).argmin(axis=axis)
    np.testing.assert_array_equal(found, np.where(empty, np.nan, wanted))


def test_points_are_reduced(tmp_path, block, parts):
    data = numbers((7, 3), "f4", seed=2)
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", points=True,
            position={"Y": (np.arange(7.0) ** 2, "m"), "X": (np.arange(7.0), "m")},
            spectroscopic={"V": (np.arange(3), "V")},
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    mean = dataset.reduce("mean", "Point")
    np.testing.assert_allclose(mean, np.nanmean(data.astype("f8"), axis=0))
    assert set(mean.coords) == {"V"}
    spectra = dataset.reduce("median", "V", Point=[5, 1])
    np.testing.assert_allclose(spectra, truth(data[[5, 1]], "median", 1))
    np.testing.assert_array_equal(spectra["Y"], [25, 1])
    with pytest.raises(DimensionError, match=r"'X' lies along points.*: Point, V"):
        dataset.reduce("mean", "X")


@pytest.mark.parametrize("dtype", ["i8", "u8", "i1", "u1", "?", ">i4"])
def test_sums_of_integers_do_not_overflow(tmp_path, dtype):
    kind = np.dtype(dtype)
    top = 1 if kind.kind == "b" else int(np.iinfo(kind).max)
    data = np.full((2, 300), top).astype(kind)
    dataset = store(tmp_path / "a.h5", (2, 300), "ab", 1, data)
    found = dataset.reduce("sum", "b")
    assert [int(value) for value in found] == pytest.approx([300 * top] * 2, rel=1e-14)
    assert found.dtype == {"i8": "f8", "u8": "f8", "u1": "u8"}.get(dtype, "i8")


def test_sums_of_large_integers_are_exact_as_long_as_they_fit(tmp_path):
    data = np.array([[2**62, -(2**62) + 1, 2**61 - 5], [2**62, 2**61 + 1, 3]])
    dataset = store(tmp_path / "a.h5", (2, 3), "ab", 1, data)
    found = dataset.reduce("sum", "b")
    assert [int(value) for value in found] == [sum(map(int, row)) for row in data]


def test_a_spread_is_not_lost_beside_a_large_mean(tmp_path, block):
    noise = np.random.default_rng(1).normal(0, 1e-3, 5000)
    dataset = store(tmp_path / "a.h5", (5000,), "a", 1, 1e9 + noise)
    stored = 1e9 + noise - 1e9
    assert float(dataset.reduce("std")) == pytest.approx(np.std(stored), rel=1e-6)


@pytest.mark.parametrize(("how", "part"), [("std", 4), ("argmax", 2), ("max", 1)])
def test_blocks_are_smaller_where_each_value_needs_more_room(
    tmp_path, monkeypatch, how, part
):
    """What joins a block to a result as large as itself is done in one step."""
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 1024)
    data = np.random.default_rng(0).normal(size=(20, 4096))
    dataset = store(tmp_path / "a.h5", (20, 4096), "ab", 1, data)
    sizes = []
    read = Reader.entries

    def entries(self, wanted, *rest):
        sizes.append(math.prod(map(len, wanted)))
        return read(self, wanted, *rest)

    monkeypatch.setattr(Reader, "entries", entries)
    found = dataset.reduce(how, "a")
    np.testing.assert_allclose(found, getattr(np, how)(data, axis=0))
    assert max(sizes) == 1024 // part
    sizes.clear()
    dataset.reduce(how, "b")
    assert max(sizes) == 1024


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_median_without_a_middle_is_nan_and_no_warning(tmp_path, dtype):
    # Sorting gives half-width NaN another form, of which the processor complains.
    data = np.full((3, 8), np.nan, dtype)
    data[1] = [-np.inf, np.inf] * 4
    data[2] = np.arange(8)
    dataset = store(tmp_path / "a.h5", (3, 8), "ab", 1, data)
    np.testing.assert_array_equal(dataset.reduce("median", "b"), [np.nan, np.nan, 3.5])


def test_every_field_of_a_compound_is_reduced(tmp_path, block, parts):
    data = np.zeros((4, 3), [("a", "f4"), ("b", [("c", ">i2"), ("d", "c8")])])
    data["a"], data["b"]["c"] = numbers((4, 3), "f4"), numbers((4, 3), "i2")
    data["b"]["d"] = numbers((4, 3), "c8")
    dataset = store(tmp_path / "a.h5", (4, 3), "ab", 1, data)
    mean = dataset.reduce("mean", "a").values
    np.testing.assert_allclose(mean["a"], truth(data["a"], "mean", 0))
    np.testing.assert_allclose(mean["b"]["c"], data["b"]["c"].mean(0))
    np.testing.assert_allclose(mean["b"]["d"], data["b"]["d"].mean(0))
    with pytest.raises(ArgumentError, match="no 'max'"):
        dataset.reduce("max", "a")
    real = store(tmp_path / "b.h5", (4, 3), "ab", 1, data[["a"]])
    np.testing.assert_allclose(
        real.reduce("median", "b").values["a"], truth(data["a"], "median", 1)
    )


def test_results_have_labels(image):
    dataset = ul.open(image).main_datasets[0]
    mean = dataset.reduce("mean", ["X", "Y"])
    assert mean.dims == ("Bias",)
    np.testing.assert_allclose(mean["Bias"], np.linspace(-1, 1, 5))
    assert mean["Bias"].attrs["units"] == "V"
    assert mean.attrs == {
        "quantity": "Current",
        "units": "nA",
        "long_name": "mean of Current",
        "cell_methods": "Y: X: mean",
    }
    peak = dataset.reduce("argmax", "Bias")
    assert (peak.attrs["quantity"], peak.attrs["units"]) == ("Index", "")
    assert dataset.reduce("max").attrs["cell_methods"] == "Y: X: Bias: max"


def test_an_array_of_numbers_is_reduced_too(tmp_path, block, parts):
    data = numbers((3, 4, 2, 5), "f4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("d", data=data, chunks=(2, 3, 2, 2))
        file["scalar"] = 3.5
    array = ul.open(tmp_path / "a.h5").array("/d")
    names = array.dims
    found = array.reduce("std", [names[0], names[2]])
    np.testing.assert_allclose(found, truth(data, "std", (0, 2)), rtol=1e-12)
    assert ul.open(tmp_path / "a.h5").array("/scalar").reduce("sum") == 3.5


@pytest.mark.parametrize(
    ("how", "dims", "selection", "error", "text"),
    [
        ("average", None, {}, ArgumentError, "no reduction 'average'; there are: mean"),
        (3, None, {}, ArgumentError, "no reduction 3"),
        ("mean", "Z", {}, DimensionError, "no dimension 'Z'.*: Y, X, Bias"),
        ("mean", ["X", 3], {}, DimensionError, "no dimension '3'"),
        ("mean", "X", {"X": 0}, DimensionError, "One index of 'X'.*: Y, Bias"),
        ("mean", "X", {"X": 9}, SelectionError, "Index 9 is outside"),
        ("mean", "X", {"X": slice(2, 2)}, SelectionError, "Nothing of 'X'"),
        ("mean", "X", {"X": [1, 1]}, SelectionError, "'X' is selected twice"),
        ("argmax", None, {}, ArgumentError, "exactly one dimension"),
        ("argmin", ["X", "Y"], {}, ArgumentError, "exactly one dimension"),
        ("argmin", [], {}, ArgumentError, "exactly one dimension"),
    ],
)
def test_what_cannot_be_reduced_is_said(image, how, dims, selection, error, text):
    dataset = ul.open(image).main_datasets[0]
    with pytest.raises(error, match=text):
        dataset.reduce(how, dims, **selection)


@pytest.mark.parametrize("warm", [True, False])
def test_each_chunk_is_read_once(tmp_path, monkeypatch, warm):
    """However blocks are cut, they meet where chunks do."""
    data = np.arange(60 * 40.0).reshape(60, 40)
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", chunks=(7, 9),
            position={"a": (np.arange(60), "")},
            spectroscopic={"b": (np.arange(40), "")},
        )  # fmt: skip
    dataset = ul.open(path).dataset("/Main")
    seen = []
    entries = type(dataset.reader()).entries

    def spy(self, wanted, stop):
        seen.append({(int(r) // 7, int(c) // 9) for r in wanted[0] for c in wanted[1]})
        return entries(self, wanted, stop)

    reader = type(dataset.reader())
    monkeypatch.setattr(reader, "entries", spy)
    monkeypatch.setattr(reader, "sweep", lambda *_: None)
    monkeypatch.setattr(reader, "is_in_any_order", lambda *_: warm)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 150)
    np.testing.assert_allclose(dataset.reduce("mean", "a"), data.mean(axis=0))
    # In memory, chunks of one column are stacked; on a disk, neighbours come together.
    assert all(len({column for _, column in chunks}) == 1 for chunks in seen) is warm
    assert len(seen) > 5
    assert sum(map(len, seen)) == len(set().union(*seen)) == 9 * 5


@pytest.mark.parametrize("how", ["mean", "std", "argmax", "median"])
@pytest.mark.parametrize("dims", ["a", "b"])
def test_memory_is_bounded(tmp_path, monkeypatch, how, dims):
    rows, columns = 4096, 512  # 8 MB of float32, in blocks of 256 kB
    data = np.random.default_rng(0).random((rows, columns), np.float32)
    dataset = store(tmp_path / "a.h5", (rows, columns), "ab", 1, data)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 256 * 1024)
    dataset.reduce(how, dims, a=slice(3), b=slice(3))
    del data
    tracemalloc.start()
    try:
        dataset.reduce(how, dims)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def test_slabs_cover_every_place_once():
    count = np.zeros((3, 4, 5), int)
    for slab in tiles.portions((3, 4, 5), 7):
        count[slab] += 1
        assert count[slab].size <= 7
    assert (count == 1).all()
    assert not list(tiles.portions((3, 0), 7))
    assert list(tiles.portions((), 7)) == [()]


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_spread_beside_a_large_mean_and_an_outlier(tmp_path, order, monkeypatch):
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 3 * 10)
    data = 1e9 + np.random.default_rng(0).normal(size=(1000, 3))
    data[0, 0] = -1e12
    made = ul.create(
        tmp_path / "a.h5", data[order], quantity="Q", units="",
        position={"X": (1000, "m")}, spectroscopic={"V": (3, "V")},
    )  # fmt: skip
    found = made.reduce("std", "X").values
    np.testing.assert_allclose(found, data.std(axis=0), rtol=1e-7)


@pytest.mark.parametrize("few", [True, False])
def test_few_blocks_are_reduced_in_the_thread_that_asks(tmp_path, monkeypatch, few):
    data = np.arange(64 * 32.0).reshape(64, 32)
    dataset = store(tmp_path / "a.h5", (64, 32), "ab", 1, data)
    rows = 8 if few else 4
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 32 * rows)
    kind = type(dataset.reader())
    entries, threads = kind.entries, []

    def spy(self, wanted, stop):
        threads.append(threading.current_thread() is threading.main_thread())
        return entries(self, wanted, stop)

    monkeypatch.setattr(kind, "entries", spy)
    monkeypatch.setattr(kind, "sweep", lambda *_: None)
    np.testing.assert_allclose(dataset.reduce("mean", "a"), data.mean(axis=0))
    assert threads == [few] * (64 // rows)


def test_few_blocks_are_stopped_between_two_of_them(tmp_path, monkeypatch):
    data = np.arange(64 * 32.0).reshape(64, 32)
    dataset = store(tmp_path / "a.h5", (64, 32), "ab", 1, data)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 32 * 8)
    monkeypatch.setattr(type(dataset.reader()), "sweep", lambda *_: None)
    told = []
    with pytest.raises(Stopped):
        dataset.reduce("mean", "a", progress=told.append, stop=lambda: len(told) > 2)
    assert told == [1 / 8, 2 / 8, 3 / 8]
