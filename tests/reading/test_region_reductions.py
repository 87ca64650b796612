"""Reductions of regions, partial results and ends: compared with numpy on masks."""

import threading
import time
import tracemalloc
import warnings
from contextlib import contextmanager
from itertools import product

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import ArgumentTypeError, DimensionError, SelectionError
from usid_lab.model.masking import inside
from usid_lab.reading import Stopped
from usid_lab.reading.reducing import medianwork, reductions
from usid_lab.reading.reducing.medians import keys_of, values_of
from usid_lab.storage import FileWriter, release

XY = ("X", "Y")
STATISTICS = {
    "mean": np.nanmean, "sum": np.nansum, "std": np.nanstd, "min": np.nanmin,
    "max": np.nanmax, "median": np.nanmedian,
}  # fmt: skip
KEEP = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TALL, WIDE, STEPS = 6, 7, 5
SERPENTINE = np.arange(TALL * WIDE).reshape(TALL, WIDE)
SERPENTINE[1::2] = SERPENTINE[1::2, ::-1]
ORDERS = {
    "raster": None,
    "serpentine": SERPENTINE.ravel(),
    "shuffled": np.random.default_rng(8).permutation(TALL * WIDE),
}


def store(path, data, order="raster", **options):
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", row_order=ORDERS[order],
            position={
                "Y": (np.arange(data.shape[0]) * 2.0, "m"),
                "X": (np.arange(data.shape[1]) * 0.5, "m"),
            },
            spectroscopic={"V": (np.arange(data.shape[2]), "V")}, **options,
        )  # fmt: skip
    return ul.open(path).dataset("/Main")


def numbers(dtype, seed=0):
    rng = np.random.default_rng(seed)
    shape = (TALL, WIDE, STEPS)
    whole = rng.integers(0, 60, shape)
    if dtype == "compound":
        data = np.empty(shape, [("a", "f4"), ("b", "i2")])
        data["a"], data["b"] = whole / 3, whole
        return data
    kind = np.dtype(dtype)
    if kind.kind == "c":
        return (whole + 1j * rng.integers(-9, 9, shape)).astype(kind)
    if kind.kind == "f":
        data = (whole / 3).astype(kind)
        data[rng.random(shape) < 0.1] = np.nan
        return data
    return whole.astype(kind)


def ordered(dataset, data):
    """The array with its axes in the order of the dataset's dims."""
    names = ["Y", "X", "V"]
    return data.transpose([names.index(name) for name in dataset.dims])


def wide(data):
    return data.astype("c16" if data.dtype.kind == "c" else "f8")


@contextmanager
def quiet():
    """Let numpy say nothing of places without a number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def truth(dataset, data, how, dims, mask):
    """Numpy's answer, with NaN outside the region."""
    data = ordered(dataset, wide(data))
    outside = ~mask[..., None] & np.ones(data.shape, bool)
    data[outside] = np.nan
    axes = tuple(dataset.dims.index(name) for name in dims)
    with quiet():
        found = STATISTICS[how](data, axis=axes)
    empty = np.isnan(data).all(axis=axes)
    return np.where(empty, np.nan, found)


halves = st.integers(-2, 16).map(lambda n: n / 2)
places = st.tuples(halves, halves)
figures = st.one_of(
    st.builds(ul.Rectangle, st.just(XY), places, places),
    st.builds(
        ul.Ellipse, st.just(XY), places, st.tuples(*[st.sampled_from([1, 2.5, 4])] * 2)
    ),
    st.builds(
        ul.Polygon, st.just(XY), st.lists(places, min_size=3, max_size=5).map(tuple)
    ),
    st.tuples(places, places, st.sampled_from([0.5, 1, 3]))
    .filter(lambda drawn: drawn[0] != drawn[1])
    .map(lambda drawn: ul.Line(XY, *drawn)),
)


@KEEP
@given(
    region=figures,
    how=st.sampled_from(list(STATISTICS)),
    dtype=st.sampled_from(["f4", ">f8", "i2", "u1", "c8", "compound"]),
    order=st.sampled_from(list(ORDERS)),
    dims=st.sampled_from([("Y", "X"), ("Y", "X", "V"), ("X",), ("V",), ("Y", "V")]),
    block=st.sampled_from([1, 200, 1 << 20]),
    chunks=st.sampled_from([False, (5, 2)]),
)
def test_a_region_is_reduced_as_numpy_does(
    tmp_path_factory, region, how, dtype, order, dims, block, chunks
):
    data = numbers(dtype)
    path = tmp_path_factory.mktemp("case") / "a.h5"
    dataset = store(path, data, order, chunks=chunks)
    assume(dtype != "c8" or how in ("mean", "sum", "std"))
    try:
        mask = inside(region, dataset.layout)[1]
    except SelectionError:
        with pytest.raises(SelectionError, match="Nothing was measured inside"):
            dataset.reduce(how, dims, region=region)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "BLOCK_BYTES", block)
        found = dataset.reduce(how, dims, region=region)
    assert found.dims == tuple(name for name in dataset.dims if name not in dims)
    fields = data.dtype.names or (None,)
    for name in fields:
        part = data if name is None else data[name]
        values = found.values if name is None else found.values[name]
        wanted = truth(dataset, part, how, dims, mask)
        np.testing.assert_allclose(values, wanted, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("how", ["argmin", "argmax"])
def test_an_extreme_of_a_region_stands_where_numpy_finds_it(tmp_path, order, how):
    data = numbers("f4")
    dataset = store(tmp_path / "a.h5", data, order)
    region = ul.Ellipse(XY, (3, 2), (2.5, 2))
    mask = inside(region, dataset.layout)[1]
    found = dataset.reduce(how, "X", region=region)
    sign = -1 if how == "argmax" else 1
    inner = np.where(mask[..., None], ordered(dataset, wide(data)) * sign, np.nan)
    axis = dataset.dims.index("X")
    wanted = np.nan_to_num(inner, nan=np.inf).argmin(axis=axis).astype(float)
    wanted[np.isnan(inner).all(axis=axis)] = np.nan
    np.testing.assert_array_equal(found, wanted)


def test_a_region_of_a_selection_is_what_both_have(tmp_path):
    data = numbers("f8")
    dataset = store(tmp_path / "a.h5", data)
    region = ul.Rectangle(XY, (1, 1), (4, 4))
    found = dataset.reduce("sum", XY, region=region, X=slice(3, None), V=[4, 0])
    wanted = np.nansum(data[1:5, 3:5][..., [4, 0]], axis=(0, 1))
    np.testing.assert_allclose(found, wanted)
    with pytest.raises(SelectionError, match="Nothing was measured inside"):
        dataset.reduce("sum", XY, region=region, X=slice(5, None))


def test_gaps_in_a_region_do_not_count(tmp_path):
    data = numbers("i2")
    spots = np.random.default_rng(4).permutation(TALL * WIDE)[:30]
    dataset = store_some(tmp_path / "a.h5", data, spots)
    measured = np.zeros(TALL * WIDE, bool)
    measured[spots] = True
    region = ul.Ellipse(XY, (3, 2), (2.5, 2))
    mask = inside(region, dataset.layout)[1]
    there = measured.reshape(TALL, WIDE)
    if dataset.dims.index("X") < dataset.dims.index("Y"):
        there = there.T
    for how in STATISTICS:
        found = dataset.reduce(how, XY, region=region)
        wanted = truth(dataset, data, how, XY, mask & there)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def store_some(path, data, spots):
    """A grid of which only some positions were measured."""
    store(path, data)
    release(path)
    with h5py.File(path, "r+") as file:
        for name in ("Main", "Position_Indices", "Position_Values"):
            kept, attrs = file[name][()][spots], dict(file[name].attrs)
            del file[name]
            file.create_dataset(name, data=kept).attrs.update(attrs)
        for name in ("Position_Indices", "Position_Values"):
            file["Main"].attrs[name] = file[name].ref
    dataset = ul.open(path).dataset("/Main")
    assert dataset.layout.kind == "incomplete"
    return dataset


def test_points_in_a_region_are_reduced(tmp_path):
    rng = np.random.default_rng(2)
    y, x = rng.random((2, 40))
    data = rng.random((40, 3))
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", points=True,
            position={"Y": (y, "m"), "X": (x, "m")},
            spectroscopic={"V": (np.arange(3), "V")},
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    region = ul.Ellipse(XY, (0.5, 0.5), (0.4, 0.3), by="value")
    mask = ((x - 0.5) / 0.4) ** 2 + ((y - 0.5) / 0.3) ** 2 <= 1
    for how, numpy in STATISTICS.items():
        found = dataset.reduce(how, "Point", region=region)
        np.testing.assert_allclose(found, numpy(data[mask], axis=0))


def test_what_is_no_region_is_said(image):
    dataset = ul.open(image).main_datasets[0]
    with pytest.raises(ArgumentTypeError, match="Rectangle, an Ellipse"):
        dataset.reduce("mean", region=(0, 1))
    with pytest.raises(DimensionError, match=r"one side.*Raw_Data"):
        dataset.reduce("mean", region=ul.Rectangle(("X", "Bias"), (0, 0), (1, 1)))


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A dataset that is read in many small blocks, with a preview after each."""
    data = np.random.default_rng(0).random((40, 50, 30))
    dataset = store(tmp_path / "a.h5", data)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 30 * 20)
    monkeypatch.setattr("usid_lab.reading.stopping._OFTEN", 0)
    monkeypatch.setattr("usid_lab.reading.stopping._SHARE", 0)
    return dataset, data


@pytest.mark.parametrize(
    ("how", "dims"),
    [*product(STATISTICS, ["V", "X", "XY"]), ("argmax", "V"), ("argmin", "X")],
)
def test_partial_results_grow_into_the_whole(slow, how, dims):
    dataset, _ = slow
    seen, told = [], []
    whole = dataset.reduce(how, list(dims), partial=seen.append, progress=told.append)
    assert len(seen) > 4
    assert all(part.dims == whole.dims and part.shape == whole.shape for part in seen)
    missing = [int(np.isnan(part).sum()) for part in seen]
    assert missing == sorted(missing, reverse=True)
    np.testing.assert_allclose(seen[-1], whole, rtol=1e-12)
    assert told == sorted(told)
    assert told[-1] == 1
    if dims == "V":
        # Where all values of a place lie in one block, what is known is final.
        assert missing[0] > 0
        for part in seen:
            known = ~np.isnan(part)
            np.testing.assert_array_equal(part.values[known], whole.values[known])


def test_partial_results_belong_to_who_was_given_them(slow):
    dataset, data = slow
    seen = []

    def spoil(values):
        seen.append(values.copy())
        values[...] = -1

    found = dataset.reduce("sum", "X", partial=spoil)
    np.testing.assert_allclose(found, data.sum(axis=1))
    assert (seen[-1] >= 0).all()


def test_partial_sums_are_those_of_what_was_read(slow):
    dataset, data = slow
    ends = np.cumsum(data.reshape(-1, 20, 30).sum(axis=(1, 2)))
    seen = []
    dataset.reduce("sum", partial=lambda part: seen.append(float(part)))
    assert all(np.isclose(ends, part).any() for part in seen)


@pytest.mark.parametrize("how", [*STATISTICS, "argmin"])
def test_a_reduction_ends_when_asked_and_leaves_nothing_behind(slow, how):
    dataset, data = slow
    asked = []

    def stop():
        asked.append(time.perf_counter())
        return len(asked) > 5

    before = threading.active_count()
    with pytest.raises(Stopped):
        dataset.reduce(how, "X", stop=stop)
    assert time.perf_counter() - asked[5] < 1
    ours = [t.name for t in threading.enumerate() if t.name.startswith("usid_lab bl")]
    assert not ours
    assert threading.active_count() <= before + 1  # the one that closes files
    assert dataset.reduce("max", "X").shape == data.max(axis=1).shape


def test_an_error_while_blocks_are_read_is_raised(slow, monkeypatch):
    dataset, _ = slow
    reader = type(dataset.reader())
    entries, calls = reader.entries, []

    def fails(self, wanted, stop):
        calls.append(wanted)
        if len(calls) > 8:
            raise OSError("the disk is gone")
        return entries(self, wanted, stop)

    monkeypatch.setattr(reader, "entries", fails)
    with pytest.raises(OSError, match="the disk is gone"):
        dataset.reduce("mean", "X")
    assert len(calls) < 20


@pytest.mark.parametrize(("how", "dims"), [("median", "YXV"), ("std", "XY")])
def test_a_region_takes_little_memory(tmp_path, monkeypatch, how, dims):
    data = np.random.default_rng(0).random((64, 128, 1024), np.float32)  # 32 MB
    dataset = store(tmp_path / "a.h5", data)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 256 << 10)
    region = ul.Ellipse(XY, (63, 31), (64, 32))
    dataset.reduce("max", "X", region=region)
    mask = inside(region, dataset.layout)[1]
    wanted = STATISTICS[how](
        data[mask].astype(float), axis=(0, 1) if how == "median" else 0
    )
    tracemalloc.start()
    try:
        found = dataset.reduce(how, list(dims), region=region)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    assert peak < 8_000_000


def test_sums_are_the_same_every_time(slow):
    dataset, _ = slow
    first = dataset.reduce("mean").values
    assert all(dataset.reduce("mean").values == first for _ in range(5))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i4", "u2", "u8", "?"])
def test_keys_have_the_order_of_values(dtype):
    rng = np.random.default_rng(1)
    kind = np.dtype(dtype)
    values = rng.integers(0, 256, 4000 * kind.itemsize, np.uint8).view(
        f"u{kind.itemsize}"
    )
    values = values % 2 > 0 if dtype == "?" else values.view(kind)
    if kind.kind == "f":
        values = np.concatenate([values[~np.isnan(values)], [np.inf, -np.inf, 0]])
        values = values.astype(kind)
    values = np.sort(values)
    keys = keys_of(values)
    assert (np.diff(keys.astype(object)) >= 0).all()
    np.testing.assert_array_equal(values_of(keys, kind), values)


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "u1", "i2", "?"])
@pytest.mark.parametrize("dims", ["XYV", "XY", "V"])
@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_a_median_by_counting_is_exact(tmp_path, monkeypatch, dtype, dims, count):
    rng = np.random.default_rng(count)
    kind = np.dtype(dtype)
    data = rng.integers(-120, 120, (5, 8, count))
    data = data > 0 if dtype == "?" else (data / 7 if kind.kind == "f" else data)
    data = data.astype(kind)
    if kind.kind == "f":
        data[rng.random(data.shape) < 0.2] = np.nan
        data[0, 0] = np.nan
        data[1, 1, 0] = np.inf
    dataset = store(tmp_path / "a.h5", data)
    monkeypatch.setattr(medianwork.MedianWork, "_slabs", lambda self: None)
    monkeypatch.setattr("usid_lab.reading.reducing.medians._CLASSES", 1 << 10)
    axes = tuple("YXV".index(name) for name in dims)
    wanted = data.astype(np.float64)
    with quiet():
        wanted = np.nanmedian(wanted, axis=axes)
    np.testing.assert_array_equal(
        dataset.reduce("median", list(dims)).squeeze(), wanted.squeeze()
    )


def test_a_median_of_chunks_does_not_read_them_again_and_again(tmp_path, monkeypatch):
    data = np.random.default_rng(3).random((8, 8, 64)).astype("f4")
    dataset = store(tmp_path / "a.h5", data, chunks=(1, 64))
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 64)
    reader = type(dataset.reader())
    entries, read = reader.entries, []

    def spy(self, wanted, stop):
        read.append(len(wanted[0]))
        return entries(self, wanted, stop)

    monkeypatch.setattr(reader, "entries", spy)
    found = dataset.reduce("median", XY)
    np.testing.assert_array_equal(found, np.median(data.astype("f8"), axis=(0, 1)))
    assert sum(read) <= 4 * 64
