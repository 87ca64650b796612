"""A reader takes no more memory for itself than its budget."""

import gc
import pickle
import tracemalloc
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ArgumentError
from usid_lab.reading.rooms import rooms

MB = 1 << 20
SHAPE = (4096, 1024)  # 16 MB of single precision
CHUNKS = {
    "contiguous": {},
    "chunked": {"chunks": (64, 1024)},
    "gzip": {"chunks": (64, 1024), "compression": 1},
    "shuffled gzip": {"chunks": (128, 128), "compression": 1, "shuffle": True},
    "lzf": {"chunks": (64, 1024), "compression": "lzf"},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    values = np.random.default_rng(2).integers(0, 50, SHAPE).astype("f4")
    folder = tmp_path_factory.mktemp("budget")
    for name, how in CHUNKS.items():
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file.create_dataset("x", data=values, **how)
    return folder


@contextmanager
def measured():
    """Measure what numpy and Python take; give the most, beyond what was there."""
    gc.collect()
    rooms._free.clear()
    most = []
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield most
        most.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("budget", [4 * MB, 12 * MB])
@pytest.mark.parametrize("name", CHUNKS)
def test_maps_spectra_and_reductions(files, name, budget):
    found = ul.open(files / f"{name}.h5").array("/x")
    positions, steps = found.dims
    reader = found.reader(budget=budget)
    reader.read({positions: 0})
    with measured() as most:
        for step in range(100, 112):
            reader.read({steps: step})
            reader.prefetch({steps: step})
        for position in range(100, 108):
            reader.read({positions: position})
        assert not reader.make_resident()
    handed = SHAPE[0] * 4
    assert most[0] <= budget + handed


@pytest.mark.parametrize("name", CHUNKS)
@pytest.mark.parametrize("how", ["mean", "std", "argmax"])
def test_reductions(files, name, how):
    found = ul.open(files / f"{name}.h5").array("/x")
    budget = 8 * MB
    small = found.reader(budget=budget)
    asked = _asked(found, how)
    with measured() as most:
        result = small.reduce(asked)
    assert most[0] <= budget + result.nbytes
    np.testing.assert_allclose(result, found.reader().reduce(asked), rtol=1e-12)


def _asked(found, how):
    from usid_lab.model.selection import picks
    from usid_lab.reading.reducing.reductions import reduction

    layout = found.layout
    chosen = picks({}, layout.dims, layout.shape)
    return reduction(how, layout.dims[0], chosen, layout, found.dtype)


def test_a_dataset_rests_in_half_of_it(files):
    found = ul.open(files / "gzip.h5").array("/x")
    assert not found.reader(budget=2 * found.reader().nbytes - 2).make_resident()
    reader = found.reader(budget=2 * found.reader().nbytes)
    with measured() as most:
        reader.read({found.dims[1]: 4})
        reader.read({found.dims[1]: 5})
        assert reader.make_resident()
    assert most[0] <= 2 * reader.nbytes + SHAPE[0] * 4


@pytest.mark.parametrize("budget", [-1, 0.5, "1"])
def test_what_is_no_number_of_bytes(files, budget):
    with pytest.raises(ArgumentError, match="number of bytes"):
        ul.open(files / "gzip.h5").array("/x").reader(budget=budget)


def test_nothing_is_kept_with_none(files):
    found = ul.open(files / "gzip.h5").array("/x")
    reader = found.reader(budget=0)
    whole = reader.read({})
    for step in (4, 5, 6):
        np.testing.assert_array_equal(
            reader.read({found.dims[1]: step}), whole[:, step]
        )
    assert not reader.make_resident()


def test_it_goes_with_a_brief(files):
    found = ul.open(files / "gzip.h5").array("/x")
    brief = pickle.loads(pickle.dumps(found.brief(budget=5 * MB)))
    assert brief.budget == 5 * MB
    assert not brief.reader().make_resident()
    assert found.brief().reader().make_resident()
