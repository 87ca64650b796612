"""What is summed some rows at a time is what numpy sums; else blocks are read."""

import os

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import TruncatedFileError
from usid_lab.reading.reader import Reader
from usid_lab.reading.reducing import reductions
from usid_lab.reading.reducing.wanted import FINITE, Reduction
from usid_lab.reading.routes import sweeping
from usid_lab.storage import FileWriter

pytestmark = pytest.mark.skipif(
    not hasattr(os, "RWF_NOWAIT"), reason="the system does not say what is in memory"
)
CHUNKS = {"contiguous": False, "rows": (1, 40), "squares": (6, 8), "bands": (5, 40)}
KEEP = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def stored(path, data, chunks=False):
    """Write a Main dataset of 5 x 7 positions and 40 steps."""
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", chunks=chunks,
            position={"Y": (np.arange(5), "m"), "X": (np.arange(7), "m")},
            spectroscopic={"E": (np.arange(40), "V")},
        )  # fmt: skip
    return ul.open(path).dataset("/Main")


@pytest.fixture
def whole_blocks(monkeypatch):
    """Count how often a block is read whole."""
    entries, calls = Reader.entries, []

    def spy(self, *arguments):
        calls.append(arguments)
        return entries(self, *arguments)

    monkeypatch.setattr(Reader, "entries", spy)
    return calls


@KEEP
@given(
    kind=st.sampled_from(sorted(CHUNKS)),
    dtype=st.sampled_from(["f4", "f8", ">f4", "i2", "u1", "i8", "c8", "?"]),
    dims=st.sampled_from([("Y", "X"), ("X",), ("E",), ("Y", "E"), ("Y", "X", "E")]),
    part=st.sampled_from([1, 300, 1 << 19]),
    lines=st.sampled_from([slice(None), slice(1, 4), [0, 3], [0, 1, 4]]),
    columns=st.sampled_from([slice(None), slice(2, 5), slice(0, 7, 3)]),
    gaps=st.booleans(),
)
def test_sums_are_those_of_numpy(
    tmp_path_factory, kind, dtype, dims, part, lines, columns, gaps
):
    folder = tmp_path_factory.mktemp("sweep")
    data = np.random.default_rng(1).integers(0, 2000, (5, 7, 40)).astype(dtype)
    if gaps and data.dtype.kind == "f":
        data[2, 3, ::5] = np.nan
        data[4] = np.inf
    dataset = stored(folder / "a.h5", data, CHUNKS[kind])
    axes = tuple("YXE".index(name) for name in dims)
    wide = data[lines][:, columns].astype("c16" if data.dtype.kind == "c" else "f8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "_PART", part)
        total = dataset.reduce("sum", dims, Y=lines, X=columns).values
        mean = dataset.reduce("mean", dims, Y=lines, X=columns).values
    np.testing.assert_allclose(total, np.nansum(wide, axis=axes), rtol=1e-13)
    np.testing.assert_allclose(mean, np.nanmean(wide, axis=axes), rtol=1e-13)


@pytest.mark.parametrize("kind", ["contiguous", "rows", "bands"])
@pytest.mark.parametrize("dims", [("Y", "X"), ("E",)])
def test_rows_in_their_order_are_swept(tmp_path, whole_blocks, kind, dims):
    data = np.random.default_rng(0).random((5, 7, 40), np.float32)
    dataset = stored(tmp_path / "a.h5", data, CHUNKS[kind])
    axes = tuple("YXE".index(name) for name in dims)
    found = dataset.reduce("mean", dims).values
    np.testing.assert_allclose(found, data.mean(axis=axes, dtype="f8"), rtol=1e-14)
    assert not whole_blocks


def test_a_region_is_swept(tmp_path, whole_blocks):
    data = np.random.default_rng(0).random((5, 7, 40), np.float32)
    dataset = stored(tmp_path / "a.h5", data)
    found = dataset.reduce("mean", ("Y", "X"), Y=slice(1, 4), X=slice(2, 5)).values
    wanted = data[1:4, 2:5].mean(axis=(0, 1), dtype="f8")
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert not whole_blocks


@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_rows_with_holes_are_swept(tmp_path, whole_blocks, hole):
    data = np.random.default_rng(0).random((5, 7, 40), np.float32)
    data[1, 2, 3] = hole
    dataset = stored(tmp_path / "a.h5", data)
    found = dataset.reduce("mean", ("Y", "X")).values
    wanted = np.nanmean(data.reshape(35, 40).astype("f8"), axis=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert not whole_blocks


def test_infinite_values_are_left_out_where_finite_ones_are_asked_for(tmp_path):
    data = np.random.default_rng(0).random((5, 7, 40))
    data[1, 2, 3], data[2, 0, 4] = np.inf, np.nan
    dataset = stored(tmp_path / "a.h5", data)
    chosen = tuple(map(range, dataset.layout.shape))
    asked = Reduction(FINITE, frozenset("YX"), chosen)
    found = dataset.reduced(asked)
    finite = np.where(np.isfinite(data), data, np.nan)
    np.testing.assert_allclose(found["mean"], np.nanmean(finite, axis=(0, 1)))
    assert found["count"].tolist() == [35, 35, 35, 34, 34, *[35] * 35]


def test_what_is_not_in_memory_is_read_in_blocks(tmp_path, whole_blocks, monkeypatch):
    data = np.random.default_rng(0).random((5, 7, 40), np.float32)
    dataset = stored(tmp_path / "a.h5", data)
    monkeypatch.delattr(os, "RWF_NOWAIT")
    np.testing.assert_allclose(
        dataset.reduce("sum", ("Y", "X")).values, data.sum(axis=(0, 1)), rtol=1e-6
    )
    assert whole_blocks


def test_a_file_cut_short_between_two_parts(tmp_path, monkeypatch):
    path = tmp_path / "cut.h5"
    stored(path, np.ones((5, 7, 40))).reduce("sum")
    dataset = ul.open(path).dataset("/Main")
    with h5py.File(path) as file:
        start = file["Main"].id.get_offset()
    monkeypatch.setattr(sweeping, "_PART", 320)
    rows = sweeping.swept

    def cut(*arguments):
        for number, part in enumerate(rows(*arguments)):
            if number == 3:
                os.truncate(path, start + 4 * 320)
            yield part

    for module in ("contiguous", "spreading"):
        monkeypatch.setattr(f"usid_lab.reading.routes.{module}.swept", cut)
    with pytest.raises(TruncatedFileError, match=r"The end of 'cut\.h5'"):
        dataset.reduce("sum", ("Y", "X"))


@pytest.mark.parametrize("chunks", [None, (16, 8), (8, 4)])
def test_where_several_blocks_are_swept_together_each_may_be_read(
    tmp_path, whole_blocks, monkeypatch, chunks
):
    """A block of 16 rows; four of them are swept, unless the reader cannot."""
    sweep = Reader.sweep

    def fussy(self, wanted, *arguments):
        return None if 70 in wanted[0] else sweep(self, wanted, *arguments)

    monkeypatch.setattr(Reader, "sweep", fussy)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 8 * 8 * 16)
    data = np.random.default_rng(0).random((640, 8))
    data[70, 3] = np.nan
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=data, chunks=chunks)
    reader = ul.open(tmp_path / "a.h5").array("/x")
    told = []
    found = reader.reduce("mean", "Dimension 1", progress=told.append).values
    np.testing.assert_allclose(found, np.nanmean(data, axis=0), rtol=1e-13)
    assert len(whole_blocks) == 4 * (2 if chunks == (8, 4) else 1)  # beside each other
    assert told == sorted(told)
    assert told[-1] == 1
    rows = [row for (wanted, *_) in whole_blocks for row in wanted[0]]
    assert 70 in rows
    assert len(rows) < 640
