"""Stored values are known by their places, and nobody writes over them."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import WriteError
from usid_lab.storage import FileWriter
from usid_lab.storage.commit.barrier import Barrier
from usid_lab.storage.commit.extents import datasets, extents

PIECES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=8)


@given(pieces=PIECES, start=st.integers(0, 80), length=st.integers(0, 12))
def test_every_byte_of_every_piece_is_kept(pieces, start, length):
    kept = {byte for first, n in pieces for byte in range(first, first + n)}
    barrier = Barrier([np.array(pieces, dtype=np.int64).reshape(-1, 2)])
    hit = not kept.isdisjoint(range(start, start + length))
    assert bool(barrier(start, start + length)) is hit


def test_extents_are_where_the_values_are(tmp_path):
    path = tmp_path / "a.h5"
    values = np.arange(1000.0).reshape(10, 100)
    with h5py.File(path, "w") as file:
        file["flat"] = values
        file.create_dataset("chunked", data=values, chunks=(3, 40))
        file.create_dataset("packed", data=values, chunks=(5, 100), compression=4)
        file.create_dataset("growing", data=values, maxshape=(None, None))
        file.create_dataset("empty", (5, 5), "f4")
        file.create_dataset("later", (5, 5), "f4", chunks=(2, 2))
        layout = h5py.VirtualLayout((10, 100), "f8")
        layout[:] = h5py.VirtualSource(".", "flat", (10, 100))
        file.create_virtual_dataset("virtual", layout)
        outside = [(str(tmp_path / "raw"), 0, 80)]
        file.create_dataset("outside", (10,), "f8", external=outside)
    with h5py.File(path) as file:
        found = {name: extents(dataset) for name, dataset in datasets(file)}
        sizes = {name: file[name].id.get_storage_size() for name in found}
    stored = path.read_bytes()
    assert stored[found["flat"][0, 0] :][:8000] == values.tobytes()
    assert len(found["chunked"]) == 12
    for name in ("flat", "chunked", "packed", "growing"):
        assert found[name][:, 1].sum() == sizes[name]
    for name in ("empty", "later", "virtual", "outside"):
        assert found[name].shape == (0, 2)


def test_chunks_are_found_by_an_older_h5py(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("a", data=np.arange(100.0), chunks=(7,))
        new = extents(made)

        class Old:
            """Low-level dataset without `chunk_iter`."""

            def __init__(self, found):
                self.found = found

            def __getattr__(self, name):
                if name == "chunk_iter":
                    raise AttributeError(name)
                return getattr(self.found, name)

        class Dataset:
            id = Old(made.id)

        assert sorted(extents(Dataset()).tolist()) == sorted(new.tolist())


@pytest.mark.parametrize("name", ["flat", "packed"])
def test_what_would_change_stored_values_is_not_saved(raw, appending, name):
    """As if the writer, or HDF5, made a mistake: it writes into what was there."""
    with h5py.File(raw, "r+") as file:
        file["flat"] = np.arange(5000.0)
        file.create_dataset("packed", data=np.zeros(90_000), chunks=(9000,))
    old = raw.read_bytes()

    def spoil():
        with FileWriter(raw, extend=True) as writer:
            writer.array("/new", 1)
            writer._open[name][3] = 7.0

    with pytest.raises(WriteError, match="stored values at byte") as caught:
        spoil()
    assert "it is what it was" in caught.value.message
    assert raw.read_bytes() == old
    assert [entry.name for entry in raw.parent.iterdir()] == ["a.h5"]


def test_a_writer_fills_only_what_it_made(raw, way):
    path = "/Measurement_000/Channel_000/Raw_Data"
    old = raw.read_bytes()

    def spoil():
        with FileWriter(raw, extend=True) as writer:
            writer.array("/new", np.zeros(3))
            writer.fill("/new", 1, 5.0)
            writer.fill(path, (0, 0), 5.0)

    with pytest.raises(WriteError, match=f"'{path}' was in 'a.h5' before") as caught:
        spoil()
    assert "results are new datasets" in caught.value.reason
    assert raw.read_bytes() == old
    assert len(ul.open(raw).main_datasets) == 1
