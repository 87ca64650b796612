"""Chunks of whole positions, and compression where it pays."""

import h5py
import numpy as np
import pytest

from usid_lab.storage.chunking import chunk_shape, storage_options

RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal((4096, 128)).astype("f4")
LZF = {"compression": "lzf", "shuffle": True}
LIGHT = {"compression": 1, "shuffle": True}
COUNTS = RNG.poisson(3, (4096, 256)).astype("u2")


@pytest.mark.parametrize("shape", [(1, 10**7), (10**7, 1), (3, 3), (100, 70_000)])
def test_chunks_have_a_sensible_size(shape):
    chunk = chunk_shape(shape, 8)
    nbytes = np.prod(chunk) * 8
    assert nbytes <= 2**20
    assert nbytes >= 100_000 or chunk == shape
    assert all(1 <= c <= s for c, s in zip(chunk, shape, strict=True))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_no_values_need_no_chunks(shape):
    assert chunk_shape(shape, 8) is None
    assert storage_options(shape, np.dtype("f8"), values=np.zeros(shape)) == {}


@pytest.mark.parametrize(
    ("data", "given", "wanted"),
    [
        (NOISE, {}, {"chunks": (1024, 128)}),
        (COUNTS, {}, {"chunks": (1024, 256), **LIGHT}),
        (COUNTS, {"chunks": False}, {}),
        (COUNTS, {"compression": None}, {"chunks": (1024, 256)}),
        (COUNTS, {"compression": None, "chunks": False}, {}),
        (COUNTS, {"chunks": (7, 5)}, {"chunks": (7, 5), **LIGHT}),
        (NOISE, {"compression": "lzf"}, {"chunks": (1024, 128), **LZF}),
        (COUNTS[:64], {}, {}),
        (COUNTS[:64], {"compression": 1}, {"chunks": (64, 256), **LIGHT}),
        (COUNTS[:64], {"chunks": (8, 256)}, {"chunks": (8, 256)}),
        (NOISE.astype([("a", "f4")]), {}, {"chunks": (1024, 128)}),
        (np.zeros((1 << 20, 1), "u1"), {}, {"chunks": (1 << 19, 1), **LIGHT}),
        (np.zeros((1, 1 << 20)), {}, {"chunks": (1, 1 << 16), **LIGHT}),
    ],
)  # fmt: skip
def test_what_is_chosen(data, given, wanted):
    found = storage_options(data.shape, data.dtype, values=data, **given)
    assert found == wanted


def test_nothing_unknown_is_compressed():
    found = storage_options((4096, 256), np.dtype("u2"))
    assert found == {"chunks": (1024, 256)}


def test_compression_pays_where_it_is_chosen(tmp_path):
    options = storage_options(COUNTS.shape, COUNTS.dtype, values=COUNTS)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("a", data=COUNTS, **options)
        assert made.id.get_storage_size() < COUNTS.nbytes / 2
        made = file.create_dataset("b", data=NOISE, compression=1, shuffle=True)
        assert made.id.get_storage_size() > NOISE.nbytes / 2


def test_other_memory_orders_are_sampled_too():
    found = storage_options(
        COUNTS.shape, COUNTS.dtype, values=np.asfortranarray(COUNTS)
    )
    assert found["compression"] == 1
