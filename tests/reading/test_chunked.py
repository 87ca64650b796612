"""Uncompressed chunks read past HDF5 are what HDF5 reads, whichever way is taken."""

import os
from contextlib import contextmanager
from itertools import product

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading.test_reader import DTYPES, values
from tests.reading.test_segments import boxes
from usid_lab.reading import chunked, chunkplaces, mapped, positioned, spreading
from usid_lab.reading.chunked import ChunkedSource
from usid_lab.reading.pieces import Box
from usid_lab.reading.positioned import Cost
from usid_lab.reading.rawfile import RawFile
from usid_lab.reading.slabs import SlabSource
from usid_lab.reading.sources import source_of

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
        for name, value in changed.items():
            for module in (chunkplaces, mapped, positioned, spreading):
                if hasattr(module, name):
                    patch.setattr(module, name, value)
        yield patch


@st.composite
def layouts(draw):
    """Shape, chunks, a hyperslab, and which chunks are written."""
    shape, box = draw(boxes().filter(lambda case: case[0]))
    chunk = [draw(st.integers(1, size)) for size in shape]
    return shape, chunk, box


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
def test_a_hyperslab_is_that_of_hdf5(
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
    shape, chunk, box = case
    path = tmp_path_factory.mktemp("case") / "data.h5"
    data = values(shape, dtype)
    with h5py.File(path, "w", userblock_size=user_block, **version) as file:
        more = {"fillvalue": data.reshape(-1)[0]} if missing and early else {}
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
