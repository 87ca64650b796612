"""The index says where the bytes of each chunk are; HDF5 and the file itself agree."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import FileError
from usid_lab.reading.routes import chunkindex
from usid_lab.reading.routes.chunkindex import ChunkIndex, remembered

KEEP = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def grids(draw):
    shape = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    return shape, [draw(st.integers(1, size + 2)) for size in shape]


@KEEP
@given(
    grids(),
    st.sampled_from([{}, {"libver": "latest"}]),
    st.sampled_from([0, 512, 4096]),
    st.sampled_from([{}, {"compression": "gzip"}, {"fletcher32": True}]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_bytes_are_where_it_says(
    tmp_path_factory, case, version, user_block, filters, grows, random
):
    shape, chunk = case
    path = tmp_path_factory.mktemp("case") / "x.h5"
    with h5py.File(path, "w", userblock_size=user_block, **version) as file:
        most = [None if grows else max(n) for n in zip(shape, chunk, strict=True)]
        made = file.create_dataset(
            "x", shape, "i4", chunks=tuple(chunk), maxshape=most, **filters
        )
        corners = list(
            np.ndindex(*[-(-n // c) for n, c in zip(shape, chunk, strict=True)])
        )
        written = random.sample(corners, random.randint(0, len(corners)))
        for number, corner in enumerate(written):
            place = [
                slice(i * c, i * c + c) for i, c in zip(corner, chunk, strict=True)
            ]
            made[tuple(place)] = number + 1
    stored = path.read_bytes()
    with h5py.File(path) as file:
        found = ChunkIndex.of(file["x"])
        raw = {
            corner: file["x"].id.read_direct_chunk(
                tuple(i * c for i, c in zip(corner, chunk, strict=True))
            )
            for corner in written
        }
    assert (found.shape, found.chunk) == (tuple(shape), tuple(chunk))
    assert set(zip(*np.nonzero(found.offsets >= 0), strict=True)) == set(written)
    for corner, (mask, content) in raw.items():
        start, size = found.offsets[corner], found.sizes[corner]
        assert stored[start : start + size] == content
        assert found.masks[corner] == mask
    assert not found.sizes[found.offsets < 0].any()


@pytest.mark.parametrize("filters", [{}, {"compression": "gzip"}, {"shuffle": True}])
@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("most", [(None, 7), (6, None), (9, None), (None, None)])
def test_growth_along_any_axis(tmp_path, most, version, filters):
    path = tmp_path / "grows.h5"
    values = np.arange(42.0).reshape(6, 7)
    with h5py.File(path, "w", libver=version) as file:
        form = {"chunks": (2, 2), "maxshape": most, **filters}
        made = file.create_dataset("x", (6, 7), "f8", **form)
        made[:4, :3] = values[:4, :3]
        truth = made[()]
    for mapped in (False, True):
        reader = ul.open(path).array("/x").reader(mapped=mapped)
        for _ in range(3):  # by HDF5 first, then by the index
            np.testing.assert_array_equal(reader.read({}), truth)


def test_many_chunks_come_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(chunkindex, "_BATCH", 7)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("x", data=np.arange(100, dtype="u2"), chunks=(1,))
    with h5py.File(tmp_path / "x.h5") as file:
        found = ChunkIndex.of(file["x"])
    stored = np.fromfile(tmp_path / "x.h5", np.uint8)
    values = [stored[at : at + 2].view("u2")[0] for at in found.offsets]
    assert values == list(range(100))


@pytest.mark.parametrize("absolute", [True, False])
def test_a_user_block_that_hdf5_counts_or_not(tmp_path, monkeypatch, absolute):
    """What the other kind of HDF5 says would be wrong by the user block."""
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=512) as file:
        file.create_dataset("x", data=np.arange(4), chunks=(2,))
    with h5py.File(tmp_path / "x.h5") as file:
        right = ChunkIndex.of(file["x"]).offsets
        said = np.array([file["x"].id.get_chunk_info(n)[2] for n in range(2)])
        monkeypatch.setattr(chunkindex, "_counts_user_blocks", lambda: absolute)
        found = ChunkIndex.of(file["x"]).offsets
    np.testing.assert_array_equal(found, said if absolute else said + 512)
    stored = (tmp_path / "x.h5").read_bytes()
    assert stored[right[1] :][:16] == np.array([2, 3]).tobytes()


def test_filters_in_the_order_of_writing(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        filters = {"shuffle": True, "compression": 3, "fletcher32": True}
        file.create_dataset("x", data=np.arange(9.0), chunks=(4,), **filters)
    with h5py.File(tmp_path / "x.h5") as file:
        found = ChunkIndex.of(file["x"]).filters
    assert found == ((2, (8,)), (1, (3,)), (3, ()))


def test_a_filter_that_was_left_out(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        made = file.create_dataset("x", (8,), "i8", chunks=(4,), compression="gzip")
        made.id.write_direct_chunk((4,), np.arange(4).tobytes(), filter_mask=1)
    with h5py.File(tmp_path / "x.h5") as file:
        found = ChunkIndex.of(file["x"])
    assert found.masks.tolist() == [0, 1]
    assert found.sizes.tolist() == [0, 32]


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f8")
    return file.create_virtual_dataset("x", layout)


OTHERS = {
    "contiguous": lambda file: file.create_dataset("x", data=np.arange(4)),
    "text": lambda file: file.create_dataset("x", data=[b"ab"], chunks=(1,)),
    "open text": lambda file: file.create_dataset(
        "x", (3,), h5py.string_dtype(), chunks=(1,)
    ),
    "virtual": virtual,
    "a claim of very many": lambda file: file.create_dataset(
        "x", (1 << 40,), "u1", chunks=(1,)
    ),
}


@pytest.mark.parametrize("form", OTHERS)
def test_other_forms_have_none(tmp_path, form):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        OTHERS[form](file)
    with h5py.File(tmp_path / "x.h5") as file:
        assert ChunkIndex.of(file["x"]) is None


def test_a_file_that_is_written_or_in_memory_has_none(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.arange(4), chunks=(2,))
        assert ChunkIndex.of(file["x"]) is None
    with h5py.File(path, driver="core", backing_store=False) as file:
        assert ChunkIndex.of(file["x"]) is None
    with h5py.File(path) as file:
        assert ChunkIndex.of(file["x"]) is not None


@pytest.mark.parametrize("place", [1 << 40, (1 << 63) - 10, (1 << 64) - 2])
@pytest.mark.parametrize("maps", [False, True])
def test_a_place_that_no_file_has(tmp_path, place, maps):
    """A file may claim anything: it is an error, whatever reads it."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("x", data=np.arange(4096), chunks=(512,))
        true = made.id.get_chunk_info(3).byte_offset
    content = path.read_bytes()
    assert content.count(true.to_bytes(8, "little")) == 1
    path.write_bytes(
        content.replace(true.to_bytes(8, "little"), place.to_bytes(8, "little"))
    )
    reader = ul.open(path).array("/x").reader(mapped=maps)
    with pytest.raises(FileError, match=r"x\.h5"):
        reader.read({})


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """A file that counts as written long ago."""
    monkeypatch.setattr(chunkindex, "_SETTLED", 0)
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.arange(6), chunks=(2,))
        file.create_dataset("y", data=np.arange(9), chunks=(3,))
    return path


def test_an_index_is_remembered_for_each_dataset(settled, monkeypatch):
    with h5py.File(settled) as file:
        first, other = remembered(file["x"]), remembered(file["y"])
    with h5py.File(settled) as file:
        monkeypatch.setattr(ChunkIndex, "of", None)
        assert remembered(file["x"]) is first
        assert remembered(file["y"]) is other


def test_an_index_of_a_file_that_changed_is_made_anew(settled, monkeypatch):
    with h5py.File(settled) as file:
        before = remembered(file["x"])
    with h5py.File(settled, "r+") as file:
        del file["x"]
        file["z"] = np.arange(500)
        file.create_dataset("x", data=np.arange(8), chunks=(2,))
    monkeypatch.setattr(chunkindex, "_SETTLED", 10**12)
    with h5py.File(settled) as file:
        found = remembered(file["x"])
        assert found is not before
        assert found.shape == (8,)
        # It might change again within a tick of the clock.
        assert remembered(file["x"]) is not found


def test_few_bytes_of_indexes_are_kept(settled, monkeypatch):
    monkeypatch.setattr(chunkindex, "_KEPT", 30)
    with h5py.File(settled) as file:
        first, other = remembered(file["x"]), remembered(file["y"])
        assert first.nbytes == other.nbytes == 24
        assert remembered(file["y"]) is other
        assert remembered(file["x"]) is not first
