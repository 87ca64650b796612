"""What of a dataset is damaged is found, named and left out; the rest is read."""

import os

import h5py
import hdf5plugin
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import usid_lab as ul
from tests.reading.test_reader import KEEP, cases, expected, squeeze_placeholders, store
from usid_lab.errors import ChangedFileError, DamagedDataError, MissingFilterError
from usid_lab.reading import fetching
from usid_lab.reading.damage import BadChunk, Damage, read_around
from usid_lab.reading.planning import pieces
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.planning.runs import Run
from usid_lab.storage import release


def spoil(path, dataset, numbers):
    """Overwrite stored chunks; gives where they are in the array."""
    places = []
    content = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        found = file[dataset]
        count = found.id.get_num_chunks()
        for number in sorted({n % count for n in numbers}):
            info = found.id.get_chunk_info(number)
            there = slice(info.byte_offset, info.byte_offset + info.size)
            # Not with zeros: their sum is zero too.
            content[there] = bytes(byte ^ 0x5A for byte in content[there])
            sizes = zip(info.chunk_offset, found.chunks, found.shape, strict=True)
            places.append(tuple(slice(o, min(o + c, n)) for o, c, n in sizes))
    path.write_bytes(content)
    return places


def wheres(chunks):
    return sorted(str(chunk.slices) for chunk in chunks)


@KEEP
@given(
    case=cases(),
    numbers=st.sets(st.integers(0, 99), min_size=1, max_size=3),
    cut=st.booleans(),
    again=st.integers(1, 4),
)
def test_the_rest_is_read(tmp_path_factory, case, numbers, cut, again):
    sizes, split, picked, _, _, shuffle = case
    path = tmp_path_factory.mktemp("case") / "data.h5"
    data = np.arange(int(np.prod(sizes)), dtype="i2").reshape(sizes)
    store(path, sizes, split, data, "gzip", shuffle)
    bad = spoil(path, "Main", numbers)
    truth = lost_in(data.astype(float), bad, split, shuffle)
    dataset = ul.open(path).dataset("/Main")
    names = "abcde"[: len(sizes)]
    chosen = {n: p for n, p in zip(names, picked, strict=True) if p is not None}
    wanted = expected(truth, picked)
    with pytest.MonkeyPatch.context() as patch:
        target = 1e-9 if cut else 1.0
        patch.setattr(pieces.Pacer.__init__, "__defaults__", (target,))
        reader = dataset.reader()
        for _ in range(again):
            damage = Damage()
            found = reader.read(chosen, damage=damage)
            found = squeeze_placeholders(found, dataset, chosen, names)
            kept = [n for n, p in zip(names, picked, strict=True) if type(p) is not int]
            axes = [kept.index(n) for n in dataset.dims if n in kept]
            np.testing.assert_array_equal(found, wanted.transpose(axes))
            assert set(wheres(damage.chunks)) <= set(map(str, bad))
            assert len(set(wheres(damage.chunks))) == len(damage.chunks)
            assert found.dtype == (float if np.isnan(wanted).any() else "i2") or (
                damage.chunks and not shuffle
            )
            if np.isnan(wanted).any():
                assert damage.chunks
                with pytest.raises(DamagedDataError, match="cannot be read"):
                    reader.read(chosen)
        whole = Damage()
        reader.read({}, damage=whole)
        assert wheres(whole.chunks) == sorted(map(str, bad))
        assert not reader.make_resident()


def lost_in(data, bad, split, shuffle):
    """Put NaN where chunks of the stored array are lost."""
    rows = int(np.prod(data.shape[:split]))
    flat = data.reshape(rows, -1)
    order = np.random.default_rng(5).permutation(rows) if shuffle else np.arange(rows)
    stored = flat[order]
    for place in bad:
        stored[place] = np.nan
    back = np.empty_like(flat)
    back[order] = stored
    return back.reshape(data.shape)


@pytest.fixture
def noise(tmp_path):
    """Write values that no filter makes much smaller."""

    def write(dtype="f4", **filters):
        path = tmp_path / "noise.h5"
        data = np.random.default_rng(1).integers(0, 9999, (40, 30)).astype(dtype)
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=data, chunks=(8, 7), **filters)
        return path, data

    return write


CHECKED = {
    "gzip": {"compression": 4},
    "gzip, shuffle": {"compression": 4, "shuffle": True},
    "gzip, sum": {"compression": 4, "fletcher32": True},
    "sum": {"fletcher32": True},
    "lzf, sum": {"compression": "lzf", "fletcher32": True},
    "blosc2, sum": {**hdf5plugin.Blosc2(), "fletcher32": True},
}


@pytest.mark.parametrize("filters", CHECKED)
@pytest.mark.parametrize("dtype", ["f4", ">i2", "c8", "compound"])
def test_every_filter_that_notices(tmp_path, filters, dtype):
    path = tmp_path / "x.h5"
    numbers = np.random.default_rng(1).integers(1, 9999, (40, 30))
    kind = np.dtype([("a", "f4"), ("b", "i4")] if dtype == "compound" else dtype)
    data = np.zeros((40, 30), kind)
    if kind.names:
        data["a"] = data["b"] = numbers
    else:
        data[...] = numbers
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=(8, 7), **CHECKED[filters])
    (place,) = spoil(path, "x", [13])
    damage = Damage()
    reader = ul.open(path).array("/x").reader()
    found = reader.read({}, damage=damage)
    lost = np.zeros((40, 30), bool)
    lost[place] = True
    columns = [found] if not kind.names else [found["a"], found["b"]]
    truths = [data] if not kind.names else [data["a"], data["b"]]
    for column, truth in zip(columns, truths, strict=True):
        assert np.isnan(column[lost]).all()
        np.testing.assert_array_equal(column[~lost], truth[~lost])
    assert wheres(damage.chunks) == [str(place)]
    assert damage.chunks[0].reason


def test_an_error_names_file_dataset_and_chunk(noise):
    path, _ = noise(compression=4)
    (place,) = spoil(path, "x", [13])
    where = f"[{place[0].start}:{place[0].stop}, {place[1].start}:{place[1].stop}]"
    with pytest.raises(DamagedDataError) as caught:
        ul.open(path).array("/x").read()
    assert "'/x'" in caught.value.message
    assert "'noise.h5'" in caught.value.message
    assert where in caught.value.message
    assert "chunk" in caught.value.reason


@pytest.mark.parametrize("filters", [{}, {"compression": 4}, {"compression": "lzf"}])
def test_a_chunk_beyond_the_end_of_the_file(noise, filters):
    path, data = noise(**filters)
    with h5py.File(path) as file:
        info = file["x"].id.get_chunk_info(7)
        chunks = zip(info.chunk_offset, (8, 7), (40, 30), strict=True)
        place = tuple(slice(o, min(o + c, n)) for o, c, n in chunks)
    there = info.byte_offset.to_bytes(8, "little")
    content = path.read_bytes()
    assert content.count(there) == 1
    path.write_bytes(content.replace(there, (1 << 40).to_bytes(8, "little")))
    reader = ul.open(path).array("/x").reader()
    for _ in range(3):
        damage = Damage()
        found = reader.read({}, damage=damage)
        assert wheres(damage.chunks) == [str(place)]
        assert np.isnan(found[place]).all()
        found[place] = data[place]
        np.testing.assert_array_equal(found, data)
    with pytest.raises(DamagedDataError, match="cannot be read"):
        reader.read({})


def test_single_entries(noise):
    path, data = noise("i4", compression=4)
    (place,) = spoil(path, "x", [0])
    reader = ul.open(path).array("/x").reader()
    wanted = [np.array([1, 3, 9]), np.array([0, 6, 7, 29])]
    damage = Damage()
    found = reader.entries(wanted, None, damage)
    truth = data.astype(float)
    truth[place] = np.nan
    np.testing.assert_array_equal(found, truth[np.ix_(*wanted)])
    assert wheres(damage.chunks) == [str(place)]
    with pytest.raises(DamagedDataError):
        reader.entries(wanted)
    whole = reader.entries([np.array([39]), np.array([29])], None, Damage())
    assert whole.dtype == "i4"


def test_a_missing_filter_is_not_damage(tmp_path):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL)
    path = tmp_path / "filter.h5"
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((8,))
        made = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_INT32, space, dcpl=plist)
        for corner in (0, 4):
            made.write_direct_chunk((corner,), np.arange(4, dtype="i4").tobytes())
    damage = Damage()
    with pytest.raises(MissingFilterError):
        ul.open(path).array("/x").reader().read({}, damage=damage)
    assert not damage.chunks


def test_a_file_that_changed_is_not_damaged(noise, monkeypatch):
    path, _ = noise(compression=4)
    spoil(path, "x", [3])
    reader = ul.open(path).array("/x").reader()
    states = iter([(1,), (2,), (3,)])
    monkeypatch.setattr(fetching, "quick_stamp", lambda _: next(states))
    damage = Damage()
    with pytest.raises(ChangedFileError, match="was changed while"):
        reader.read({}, damage=damage)
    assert not damage.chunks


def test_stop_is_asked_while_bad_chunks_are_looked_for(noise, monkeypatch):
    path, _ = noise(compression=4)
    spoil(path, "x", range(30))
    reader = ul.open(path).array("/x").reader()
    asked = []
    with pytest.raises(ul.reading.Stopped):
        reader.read({}, stop=lambda: asked.append(1) or len(asked) > 3, damage=Damage())
    assert len(asked) == 4


def test_a_piece_without_chunks_is_not_searched():
    calls = []

    def read(box):
        calls.append(box)
        raise DamagedDataError("no")

    whole = Box((Run(0, 1, 1, 100),), (0,))
    with pytest.raises(DamagedDataError):
        read_around(read, whole, Storage((100,), 8, None), lambda: None)
    assert len(calls) == 1


def test_a_chunk_is_listed_once():
    damage = Damage()
    chunk = BadChunk((slice(0, 2),), "why")
    damage.add([chunk, BadChunk((slice(0, 2),), "again")])
    damage.add([chunk])
    assert damage.chunks == [chunk]


def test_a_file_can_be_mended_meanwhile(noise):
    path, data = noise(compression=4)
    whole = path.read_bytes()
    spoil(path, "x", [3])
    reader = ul.open(path).array("/x").reader()
    for _ in range(3):
        assert np.isnan(reader.read({}, damage=Damage())).any()
    release(path)
    path.write_bytes(whole)
    os.utime(path, ns=(1, 1))
    np.testing.assert_array_equal(reader.read({}), data)
