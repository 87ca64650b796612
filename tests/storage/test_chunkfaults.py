"""Chunks that hold less than they should, written chunk by chunk."""

import zlib

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.model.rules import Rule
from usid_lab.storage import chunkfaults
from usid_lab.storage.chunkfaults import chunk_faults

CHUNK = np.arange(5000.0)


@pytest.fixture
def found(tmp_path):
    """Faults of a dataset of two chunks, of which the second is given as bytes."""

    def found(second=None, mask=0, dtype="f8", **options):
        path = tmp_path / "chunks.h5"
        with h5py.File(path, "w") as file:
            made = file.create_dataset("x", (10_000,), dtype, chunks=(5000,), **options)
            made[:5000] = CHUNK
            if second is not None:
                made.id.write_direct_chunk((5000,), second, mask)
        with h5py.File(path) as file:
            return list(chunk_faults(file["x"]))

    return found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "gzip"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"fletcher32": True},
        {"compression": "lzf"},
    ],
)
def test_whole_chunks_are_no_fault(found, options):
    assert found(**options) == []


@pytest.mark.parametrize("most", [(None, 6), (6, None), (None, None)])
def test_whole_chunks_of_what_may_grow_are_no_fault(tmp_path, most):
    with h5py.File(tmp_path / "grows.h5", "w", libver="latest") as file:
        form = {"chunks": (2, 2), "compression": "gzip", "maxshape": most}
        file.create_dataset("x", data=np.arange(36.0).reshape(6, 6), **form)
    with h5py.File(tmp_path / "grows.h5") as file:
        assert list(chunk_faults(file["x"])) == []


@pytest.mark.parametrize("options", [{}, {"shuffle": True}])
@pytest.mark.parametrize("count", [0, 10, 4999])
def test_a_chunk_that_unpacks_to_too_little(found, options, count):
    second = zlib.compress(CHUNK[:count].tobytes())
    (fault,) = found(second, compression="gzip", **options)
    assert (fault.rule, fault.severity) == (Rule.INTACT, "error")
    assert f"chunk at (5000,) holds {count * 8:,} of 40,000 bytes" in fault.text


def test_a_whole_chunk_that_was_packed_elsewhere(found):
    assert found(zlib.compress(CHUNK.tobytes()), compression="gzip") == []


def test_a_chunk_that_unpacks_to_gigabytes_is_not_unpacked_to_its_end(found):
    """A thousand times as much as is wanted: what is beyond is left packed."""
    second = zlib.compress(bytes(40_000_000))
    assert found(second, compression="gzip") == []


def test_a_chunk_that_cannot_be_unpacked(found):
    (fault,) = found(b"no gzip at all", compression="gzip")
    assert "chunk at (5000,) is damaged" in fault.text


def test_a_chunk_that_was_not_packed(found):
    """A writer may leave a chunk as it is where packing does not help."""
    assert found(CHUNK.tobytes(), 1, compression="gzip") == []
    (fault,) = found(CHUNK[:7].tobytes(), 1, compression="gzip")
    assert "holds 56 of" in fault.text


def test_other_ways_of_packing_are_left_out(found):
    assert found(b"nonsense", compression="lzf") == []


def test_large_datasets_are_looked_at_in_part(found, monkeypatch):
    short = zlib.compress(b"")
    monkeypatch.setattr(chunkfaults, "_MOST_CHUNKS", 1)
    assert found(short, compression="gzip") == []
    monkeypatch.setattr(chunkfaults, "_MOST_CHUNKS", 9)
    assert found(short, compression="gzip") != []
    monkeypatch.setattr(chunkfaults, "_MOST_BYTES", 5)
    assert found(short, compression="gzip") == []


def test_a_check_of_the_file_tells(tmp_path):
    with h5py.File(tmp_path / "short.h5", "w") as file:
        made = file.create_dataset("x", (9,), "f8", chunks=(9,), compression="gzip")
        made.id.write_direct_chunk((0,), zlib.compress(b"12345678"))
        file["contiguous"] = np.zeros(3)
    found = {fault.where: fault for fault in ul.open(tmp_path / "short.h5").check()}
    assert "holds 8 of 72 bytes" in found["/x"].text
    assert "/contiguous" not in found
