"""Hyperslabs that HDF5 reads, with gaps or without, are what numpy picks."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usid_lab as ul
from tests.reading.test_reader import DTYPES, values
from tests.reading.test_segments import boxes, entries
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes import spacing
from usid_lab.reading.routes.slabs import SlabSource

FILTERS = [{}, {"compression": "lzf"}, {"compression": "gzip", "shuffle": True}]


@settings(max_examples=300, deadline=None)
@given(
    case=boxes(),
    dtype=st.sampled_from([*DTYPES, ">c16", [("a", "<f4"), ("b", ">i2")]]),
    filters=st.sampled_from(FILTERS),
    margin=st.integers(0, 2),
    most=st.sampled_from([1, 64, 1000, 1 << 20]),
    data=st.data(),
)
def test_a_hyperslab_is_what_numpy_picks(
    tmp_path_factory, case, dtype, filters, margin, most, data
):
    shape, box = case
    chunks = tuple(data.draw(st.integers(1, size)) for size in shape) or None
    path = tmp_path_factory.mktemp("case") / "data.h5"
    stored = values(shape, dtype)
    with h5py.File(path, "w") as file:
        more = filters if chunks else {}
        file.create_dataset("x", data=stored, chunks=chunks, **more)
    native = stored.dtype.newbyteorder("=")
    found = np.zeros([size + 2 * margin for size in box.shape], native)
    wanted = found.copy()
    placed = Box(box.runs, (margin,) * len(shape))
    wanted[placed.place] = stored[np.ix_(*map(entries, box.runs))]
    with h5py.File(path) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(spacing, "_MOST", most)
        SlabSource(file["x"]).read(placed, found)
    np.testing.assert_array_equal(found, wanted)


def test_lines_that_lie_far_apart_are_read_in_bounded_memory(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset(
            "x", (1 << 16, 1 << 10), "f4", chunks=(256, 128), compression="lzf"
        )
        for line in range(100, 1 << 16, 4096):
            stored[line : line + 4] = line + np.arange(1 << 10)
    box = Box((Run(100, 4096, 16, 4), Run(0, 1, 1, 1 << 10)), (0, 0))
    found = np.empty(box.shape, "f4")
    with h5py.File(path) as file:
        source = SlabSource(file["x"])
        parts = list(spacing.spanned(box, source.storage))
        source.read(box, found)
    assert len(parts) > 1
    assert all(spacing.is_spaced(part, source.storage) for part in parts)
    lines = np.arange(100, 1 << 16, 4096).repeat(4)[:, None]
    np.testing.assert_array_equal(found, lines + np.arange(1 << 10))


@pytest.mark.parametrize("filters", FILTERS)
def test_what_one_thread_reads_while_others_add_up(tmp_path, filters):
    values = np.random.default_rng(2).random((4096, 1024), np.float32)
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(64, 64), **filters)
    array = ul.open(path).array("/x")
    told = []
    found = array.reduce("mean", array.dims[0], progress=told.append).to_numpy()
    assert told == sorted(told)
    assert told[-1] == 1
    np.testing.assert_allclose(found, values.mean(axis=0, dtype="f8"), rtol=1e-12)
