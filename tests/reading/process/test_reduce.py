"""Reductions in the reader process are those of a reader here."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import DamagedDataError
from usid_lab.model.region import Ellipse
from usid_lab.model.selection import picks
from usid_lab.reading import Stopped, stopping
from usid_lab.reading.process.arena import PART
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.leaves import dtype_of, leaves
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.reading.reducing.reductions import REDUCTIONS, reduction
from usid_lab.reading.reducing.wanted import FINITE, Reduction

COMPOUND = np.dtype([("a", "f4"), ("b", [("c", "i8"), ("d", "u1")])])
DTYPES = ["f4", ">f8", "i2", "u8", "?", "c8", "compound"]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "many.h5"
    rng = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        for dtype in DTYPES:
            kind = COMPOUND if dtype == "compound" else np.dtype(dtype)
            raw = rng.integers(0, 2, 5 * 6 * 7 * kind.itemsize).astype("u1")
            data = raw.view(kind)[:210].reshape(5, 6, 7).copy()
            if kind.kind == "f":
                data[...] = rng.normal(size=data.shape)
                data[1, 2] = np.nan
            file[dtype] = data
    return path


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_results_equal_those_of_a_reader_here(many, remote, data):
    dtype = data.draw(st.sampled_from(DTYPES))
    array = ul.open(many).array(f"/{dtype}")
    sums = ("mean", "sum", "std")
    how = data.draw(st.sampled_from(sums if dtype == "c8" else REDUCTIONS))
    least = data.draw(st.integers(1, 1 if how.startswith("arg") else 3))
    dims = data.draw(st.permutations(array.dims))[:least]
    chosen = picks({}, array.dims, array.shape)
    asked = reduction(how, dims, chosen, array.layout, array.dtype)
    found = remote(many, f"/{dtype}").reduce(asked)
    wanted = array.reader().reduce(asked)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


def test_sums_that_no_float_holds_are_exact(tmp_path, remote):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.full((3, 4), 2**53 + 1)
    array = ul.open(path).array("/x")
    asked = reduction("sum", array.dims[0], picks({}, array.dims, (3, 4)),
                      array.layout, array.dtype)  # fmt: skip
    assert remote(path).reduce(asked).tolist() == [3 * (2**53 + 1)] * 4


def test_means_of_finite_values_tell_how_many_there_are(tmp_path, remote):
    values = np.random.default_rng(1).normal(size=(6, 50)).astype("f4")
    values[0, 3], values[1, 4], values[2, 5] = np.nan, np.inf, -np.inf
    values[3] = np.nan
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = values
    dims = ul.open(path).array("/x").dims
    whole = picks({}, dims, values.shape)
    found = remote(path).reduce(Reduction(FINITE, frozenset({dims[1]}), whole))
    count = np.isfinite(values).sum(axis=1)
    np.testing.assert_array_equal(found["count"], count)
    finite = np.where(np.isfinite(values), values, 0).sum(axis=1, dtype="f8")
    means = np.where(count, finite / np.maximum(count, 1), np.nan)
    np.testing.assert_allclose(found["mean"], means)


def test_a_region(tmp_path, remote):
    made = ul.create(
        tmp_path / "a.h5", np.arange(8 * 9 * 5.0).reshape(8, 9, 5),
        quantity="Current", units="nA",
        position={"Y": (np.arange(8.0), "m"), "X": (np.arange(9.0), "m")},
        spectroscopic={"Bias": (np.arange(5.0), "V")},
    )  # fmt: skip
    chosen = picks({}, made.dims, made.layout.shape)
    region = Ellipse(("X", "Y"), (4, 3), (2.5, 2))
    asked = reduction("mean", ["X", "Y"], chosen, made.layout, made.dtype, region)
    process = remote(tmp_path / "a.h5", made.path)._process
    found = RemoteReader(process, made.brief()).reduce(asked)
    np.testing.assert_array_equal(found, made.reduced(asked))


@pytest.fixture(scope="module")
def small_chunks(tmp_path_factory):
    """Three blocks of a third of a million chunks: a second or two of work."""
    path = tmp_path_factory.mktemp("slow") / "slow.h5"
    values = np.arange(2_400_000, dtype="f4").reshape(300, 8000)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(1, 8), compression="lzf")
    return path


def mean_of(path):
    array = ul.open(path).array("/x")
    chosen = picks({}, array.dims, array.shape)
    return reduction("mean", array.dims[0], chosen, array.layout, array.dtype)


def test_progress_and_what_is_known_so_far(small_chunks, remote, monkeypatch):
    monkeypatch.setattr(stopping, "_OFTEN", 0)
    told, shown = [], []
    reader = remote(small_chunks)
    found = reader.reduce(mean_of(small_chunks), None, told.append, shown.append)
    with h5py.File(small_chunks) as file:
        whole = file["x"][()]
    np.testing.assert_allclose(found, whole.mean(axis=0, dtype="f8"))
    assert told == sorted(told)
    assert 0 < told[0] < 1
    assert shown
    for part in shown:
        known = ~np.isnan(part)
        assert part.shape == found.shape
        assert known.any()
        assert (part[known] <= found[known]).all()  # later rows are larger


def test_it_stops(small_chunks, remote):
    asked = []
    with pytest.raises(Stopped):
        remote(small_chunks).reduce(
            mean_of(small_chunks), lambda: asked.append(1) or len(asked) > 3
        )
    reader = remote(small_chunks)
    first = {ul.open(small_chunks).array("/x").dims[0]: 0}
    assert reader.read(first)[-1] == 7999


def test_what_is_shown_may_be_larger_than_a_part(tmp_path, remote, monkeypatch):
    """Results of several parts, and pictures of them, in one slot."""
    monkeypatch.setattr(stopping, "_OFTEN", 0)
    size = PART // 8 + 1000
    values = np.random.default_rng(1).integers(0, 99, (12, size)).astype("f4")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(1, size // 4))
    array = ul.open(path).array("/x")
    chosen = picks({}, array.dims, array.shape)
    asked = reduction("sum", array.dims[0], chosen, array.layout, array.dtype)
    shown = []
    found = remote(path).reduce(asked, partial=shown.append)
    np.testing.assert_array_equal(found, values.sum(axis=0))
    for part in shown:
        known = ~np.isnan(part)
        assert (part[known] <= found[known]).all()


def test_damage_is_an_error_in_words(tmp_path, remote):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset(
            "x", data=np.ones((8, 8)), chunks=(4, 4), fletcher32=True
        )
        place = made.id.get_chunk_info(1).byte_offset
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\xff" * 8)
    array = ul.open(path).array("/x")
    chosen = picks({}, array.dims, array.shape)
    asked = reduction("mean", None, chosen, array.layout, array.dtype)
    with pytest.raises(DamagedDataError):
        remote(path).reduce(asked)


def test_before_the_process_is_up_it_is_done_here(plain_file, process):
    array = ul.open(plain_file).array("/x")
    chosen = picks({}, array.dims, array.shape)
    asked = reduction("mean", None, chosen, array.layout, array.dtype)
    found = RemoteReader(process, array.brief()).reduce(asked)
    assert found == np.arange(240.0).mean()


@pytest.mark.parametrize("kinds", [["<f8"], ["<f8"] * 2, ["<f8"] * 4])
def test_a_type_must_have_the_fields_that_are_expected(kinds):
    with pytest.raises(BreachError):
        dtype_of(COMPOUND, kinds)
    found = dtype_of(COMPOUND, ["<f8", "<i8", "<f4"])
    assert list(leaves(found)) == ["<f8", "<i8", "<f4"]
