"""Arrays of any number of axes have transposed copies too; h5py is the truth."""

import math
import os

import h5py
import numpy as np
import pytest
from cached import flip
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rewriting import rewriting

import usid_lab as ul
from usid_lab.errors import FileError, LayoutError
from usid_lab.reading import Reader
from usid_lab.reading.planning import pieces
from usid_lab.reading.sidecars import beside, building, rows, states, tiling
from usid_lab.reading.sidecars.building import build
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.reading.sidecars.header import BEGIN, Header
from usid_lab.reading.sidecars.sidecar import Sidecar
from usid_lab.reading.sidecars.tiling import boxes, tile_of
from usid_lab.reading.sidecars.transposing import transposed
from usid_lab.reading.sidecars.turn import Turn
from usid_lab.reading.watch import Watch

KINDS = ["f4", ">f8", ">i2", "u1", "?", "c16", "compound"]
FILTERS = [
    {},
    {"compression": "gzip", "shuffle": True},
    {"compression": "lzf"},
    {"fletcher32": True},
]


def values(shape, kind):
    rng = np.random.default_rng(1)
    if kind == "compound":
        data = np.empty(shape, [("a", ">f4"), ("b", "i2")])
        data["a"], data["b"] = rng.random(shape), rng.integers(0, 99, shape)
        return data
    numbers = rng.random(shape) * 100
    if np.dtype(kind).kind == "c":
        return (numbers + 1j * rng.random(shape)).astype(kind)
    return (numbers > 50) if kind == "?" else numbers.astype(kind)


@st.composite
def turns(draw, most=9):
    shape = tuple(draw(st.lists(st.integers(1, most), min_size=2, max_size=5)))
    count = draw(st.integers(1, len(shape) - 1))
    axes = draw(st.permutations(range(len(shape))))
    return Turn(shape, tuple(sorted(axes[:count])))


@st.composite
def indexers(draw, size):
    return draw(
        st.one_of(
            st.just(slice(None)),
            st.integers(0, size - 1),
            st.slices(size),
            st.lists(st.integers(0, size - 1), max_size=4),
        )
    )


@st.composite
def cases(draw):
    turn = draw(turns())
    assume(turn.rows > 1)
    picked = [[draw(indexers(size)) for size in turn.shape] for _ in range(3)]
    chunks = draw(st.none() | st.tuples(*[st.integers(1, n) for n in turn.shape]))
    options = {} if chunks is None else draw(st.sampled_from(FILTERS))
    return turn, picked, draw(st.sampled_from(KINDS)), {"chunks": chunks, **options}


def expected(data, picked):
    for axis in reversed(range(data.ndim)):
        index = picked[axis]
        index = np.array(index, int) if isinstance(index, list) else index
        data = data[(slice(None),) * axis + (index,)]
    return data


def built(folder, path, inner):
    brief = ul.open(path).array("/x").brief()
    keys = [axis.key for axis in brief.layout.axes]
    return build(folder, brief.file, brief.path, keys, inner)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    case=cases(),
    tile=st.sampled_from([40, 500, 1 << 25]),
    group=st.sampled_from([1, 3, 128]),
    cut=st.booleans(),
)
def test_all_selections_are_those_of_h5py(tmp_path_factory, case, tile, group, cut):
    turn, picks, kind, storage = case
    place = tmp_path_factory.mktemp("case")
    with h5py.File(place / "x.h5", "w") as file:
        file.create_dataset("x", data=values(turn.shape, kind), **storage)
    with h5py.File(place / "x.h5") as file:
        data = file["x"][()]
    target = 1e-9 if cut else 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USID_LAB_CACHE", str(place))
        patch.setattr(beside, "_FEW", 1)
        patch.setattr(states, "_SETTLED", 0)
        patch.setattr(tiling, "_TILE", tile)
        patch.setattr(tiling, "_SEGMENT", 8)
        patch.setattr(rows, "_GROUP", group)
        patch.setattr(Sidecar, "gains", lambda *_: True)
        patch.setattr(Reader, "_cut", lambda *_: None)
        patch.setattr(pieces.Pacer.__init__, "__defaults__", (target,))
        served = []
        fetch = Sidecar.fetch
        patch.setattr(Sidecar, "fetch", lambda *a: served.append(1) or fetch(*a))
        made = built(Folder.of_user(), place / "x.h5", turn.inner)
        array = ul.open(place / "x.h5").array("/x")
        reader = array.reader()
        whole = [slice(None)] * data.ndim
        for picked in [*picks, whole]:
            found = reader.read(dict(zip(array.dims, picked, strict=True)))
            np.testing.assert_array_equal(found, expected(data, picked))
            assert found.dtype == data.dtype.newbyteorder("=")
        assert served
        assert made.exists(), "it was dropped: a sum or a value was wrong"
        with made.open("rb") as stream:
            stream.seek(BEGIN)
            stored = stream.read(data.nbytes)
    turned = data.astype(data.dtype.newbyteorder("=")).transpose(turn.order)
    assert stored == turned.tobytes()


@given(turn=turns(most=300), tile=st.data())
@settings(max_examples=60)
def test_every_value_is_in_one_tile(turn, tile):
    assume(math.prod(turn.shape) < 1e6)
    sizes = tile.draw(st.tuples(*[st.integers(-(-n // 4), n) for n in turn.shape]))
    seen = np.zeros(turn.shape, int)
    for box in boxes(turn, sizes):
        seen[tuple(slice(run.start, run.last + 1) for run in box.runs)] += 1
    assert (seen == 1).all()


@given(
    turn=turns(most=5000),
    itemsize=st.sampled_from([1, 2, 4, 8, 16]),
    chunks=st.data(),
)
def test_tiles_are_small_and_hold_whole_chunks(turn, itemsize, chunks):
    sizes = st.tuples(*[st.integers(1, n + 9) for n in turn.shape])
    chunk = chunks.draw(st.none() | sizes)
    tile = tile_of(turn, itemsize, chunk)
    least = [min(pair) for pair in zip(turn.shape, chunk or [1] * 9, strict=False)]
    if tile is None:
        assert math.prod(least) * itemsize > 48 << 20
        return
    assert math.prod(tile) * itemsize <= 48 << 20
    for size, high, one in zip(turn.shape, tile, least, strict=True):
        assert 1 <= high <= size
        assert high % one == 0 or high == size


@pytest.mark.parametrize(
    ("shape", "inner", "chunk", "tile"),
    [
        ((512, 512, 2048), (0, 1), None, (8, 512, 2048)),
        ((256, 256, 64, 64), (0, 1), None, (8, 256, 64, 64)),
        ((256, 256, 4096), (0, 2), None, (8, 256, 4096)),
        ((64, 64, 1 << 20), (0, 1), None, (16, 64, 8192)),
        ((512, 512, 1024), (0, 1), (64, 64, 64), (64, 512, 256)),
        ((100, 1024, 1024), (1, 2), (16, 64, 128), (16, 512, 1024)),
    ],
)
def test_what_is_read_and_what_is_written_lies_beside_each_other(
    shape, inner, chunk, tile
):
    assert tile_of(Turn(shape, inner), 4, chunk) == tile


@given(turn=turns(most=40), kind=st.sampled_from(["f4", "u1", "c16"]))
@settings(max_examples=60)
def test_transposed_copies_are_those_of_numpy(turn, kind):
    assume(math.prod(turn.shape) < 1e6)
    data = np.random.default_rng(2).integers(0, 255, turn.shape).astype(kind)
    turned = data.transpose(turn.order)
    copy = transposed(turned, np.empty(data.size + 3, kind))
    assert copy.flags.c_contiguous
    np.testing.assert_array_equal(copy, turned)


def test_the_order_of_axes_there_and_back():
    turn = Turn((4, 5, 6, 7), (0, 2))
    assert turn.order == (1, 3, 0, 2)
    assert turn.turned == (5, 7, 4, 6)
    data = np.empty(turn.shape)
    assert data.transpose(turn.order).transpose(turn.back).shape == turn.shape
    assert (turn.entries, turn.rows) == (24, 35)


@pytest.mark.parametrize(
    ("shape", "inner", "can"),
    [
        ((8, 8, 9), (0, 1), True),
        ((8, 7, 9), (0, 1), False),
        ((8, 8, 1), (0, 1), False),
        ((8, 8, 9), (0, 2), True),
        ((8, 8, 9), (0, 1, 2), False),
        ((8, 8, 9), (0, 3), False),
        ((100,), (0,), False),
        ((8, 8, 1 << 20), (0, 1), True),
        ((8, 8, 1 << 20, 2), (0, 1), False),
    ],
)
def test_which_maps_can_have_one(shape, inner, can):
    assert beside.can_have(shape, np.dtype("f4"), inner) is can


def test_a_header_with_other_axes_is_refused():
    header = Header("k", (5, 7, 3), "<f4", 4, (5, 2, 1), 4, 99, {}, (0, 2))
    assert Header.from_bytes(header.to_bytes()) == header
    for inner in ((), (2, 0), (0, 0), (3,)):
        wrong = Header("k", (5, 7, 3), "<f4", 4, (5, 2, 1), 4, 99, {}, inner)
        with pytest.raises(ul.errors.DamagedDataError):
            Header.from_bytes(wrong.to_bytes())


@pytest.fixture
def stack(tmp_path, folder, at_once):
    """A file with an array of 12 x 10 x 4 x 9, and its values."""
    path = tmp_path / "stack.h5"
    data = np.random.default_rng(3).random((12, 10, 4, 9), dtype=np.float32)
    with h5py.File(path, "w") as file:
        file["x"] = data
        for number, name in enumerate(("y", "x", "cycle", "bias")):
            file["x"].dims[number].label = name
    return path, data


def reader_of(path):
    return ul.open(path).array("/x").reader()


def rewrite(path, change):
    """Let another program write into the file."""
    with rewriting(path) as file:
        change(file)


def at(cycle, bias):
    return {"cycle": cycle, "bias": bias}


def test_a_map_comes_from_its_copy_a_spectrum_does_not(stack, folder, fetched):
    path, data = stack
    built(folder, path, (0, 1))
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read({"y": 3, "x": 4}), data[3, 4])
    assert not fetched
    np.testing.assert_array_equal(reader.read(at(1, 7)), data[:, :, 1, 7])
    band = reader.read({"cycle": 2, "bias": slice(2, 6)})
    np.testing.assert_array_equal(band, data[:, :, 2, 2:6])
    assert len(fetched) == 2


def test_a_read_from_a_copy_shows_what_it_has(stack, folder):
    path, data = stack
    sidecar = Sidecar.open(built(folder, path, (1, 3)))
    runs = [(pieces.Run(0, 1, 1, size),) for size in data.shape]
    shown = []
    watch = Watch("/x", show=lambda make: shown.append(make()))
    sidecar._pacer = pieces.Pacer(sidecar.storage, 1e-9)
    found = sidecar.fetch(runs, data.dtype, watch)
    np.testing.assert_array_equal(found, data)
    assert len(shown) > 4
    for some in shown:
        known = np.isfinite(some)
        np.testing.assert_array_equal(some[known], data[known])
    counts = [int(np.isfinite(some).sum()) for some in shown]
    assert counts == sorted(set(counts))


def test_of_two_copies_the_better_one_is_read(stack, folder, monkeypatch):
    path, data = stack
    places = [built(folder, path, inner) for inner in ((0, 1), (0, 1, 2), (1, 3))]
    assert set(folder.files()) == set(places)
    used = []
    fetch = Sidecar.fetch
    monkeypatch.setattr(
        Sidecar, "fetch", lambda self, *a: used.append(self.path) or fetch(self, *a)
    )
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read(at(1, 7)), data[:, :, 1, 7])
    np.testing.assert_array_equal(reader.read({"bias": 7}), data[..., 7])
    assert used == places[:2]


def test_values_that_were_changed_in_place_are_never_old(stack, folder, fetched):
    path, data = stack
    built(folder, path, (0, 1))
    before = path.stat()

    def change(file):
        file["x"][5, 6, 1, 7] = -1

    rewrite(path, change)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    data = data.copy()
    data[5, 6, 1, 7] = -1
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert not fetched
    built(folder, path, (0, 1))
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert fetched
    assert len(folder.files()) == 1


def test_a_write_elsewhere_keeps_all_copies_once_they_were_compared(
    stack, folder, fetched
):
    path, data = stack
    places = [built(folder, path, inner) for inner in ((0, 1), (1, 3))]
    made = [place.stat().st_ino for place in places]

    def change(file):
        file["more"] = np.zeros(1000)

    rewrite(path, change)
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert not fetched
    assert [built(folder, path, inner) for inner in ((0, 1), (1, 3))] == places
    assert [place.stat().st_ino for place in places] == made
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert fetched


def test_an_array_that_was_replaced_takes_all_its_copies_along(stack, folder, fetched):
    path, data = stack
    old = [built(folder, path, inner) for inner in ((0, 1), (1, 3))]

    def change(file):
        del file["x"]
        file["x"] = 1 - data
        for number, name in enumerate(("y", "x", "cycle", "bias")):
            file["x"].dims[number].label = name

    rewrite(path, change)
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), 1 - data[:, :, 1, 7])
    assert not fetched
    new = built(folder, path, (0, 1))
    assert folder.files() == [new]
    assert new not in old
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), 1 - data[:, :, 1, 7])
    assert fetched


def test_an_array_that_shrank_does_not_get_the_old_one(tmp_path, folder, at_once):
    path = tmp_path / "shrinks.h5"
    data = np.random.default_rng(3).random((12, 10, 9), dtype=np.float32)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=data, chunks=(4, 5, 9), maxshape=(None, 10, 9))
    old = built(folder, path, (0, 1))
    rewrite(path, lambda file: file["x"].resize(8, axis=0))
    array = ul.open(path).array("/x")
    found = array.reader().read({array.dims[2]: 5})
    np.testing.assert_array_equal(found, data[:8, :, 5])
    new = built(folder, path, (0, 1))
    assert new != old
    np.testing.assert_array_equal(
        array.reader().read({array.dims[2]: 5}), data[:8, :, 5]
    )


def test_a_file_that_is_cut_short_is_an_error_in_words(stack, folder):
    path, data = stack
    built(folder, path, (0, 1))
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read(at(1, 7)), data[:, :, 1, 7])
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(ul.errors.UsidError):
        reader.read(at(1, 7))


def test_a_flipped_bit_is_found_when_its_map_is_read(stack, folder):
    path, data = stack
    sidecar = built(folder, path, (0, 1))
    flip(sidecar, BEGIN + 16 * 120 * 4 + 33)
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert not sidecar.exists()


def test_a_copy_of_another_order_is_not_mistaken(stack, folder, fetched):
    """Whoever renames a copy gets it built anew, never read as what it is not."""
    path, data = stack
    old = built(folder, path, (1, 3))
    named = old.with_name(old.name.replace("-1.3", "-0.1"))
    old.rename(named)
    old.with_suffix(".json").rename(named.with_suffix(".json"))
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert built(folder, path, (0, 1)) == named
    assert Sidecar.open(named).turn.inner == (0, 1)
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])
    assert fetched


def test_an_array_that_changes_while_it_is_read_has_none(stack, folder, monkeypatch):
    path, _ = stack
    fill = building._fill

    def change(*arguments):
        os.utime(path)
        return fill(*arguments)

    monkeypatch.setattr(building, "_fill", change)
    with pytest.raises(FileError, match="changed"):
        built(folder, path, (0, 1))
    assert not folder.files()


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="no such thing here")
def test_a_disk_that_fills_up_on_the_way_leaves_nothing(stack, folder, monkeypatch):
    path, data = stack
    calls = []
    write = os.pwrite

    def short(descriptor, stored, start):
        calls.append(start)
        if len(calls) > 10:
            raise OSError(28, "No space left on device")
        return write(descriptor, stored[: max(1, len(stored) // 2)], start)

    monkeypatch.setattr(os, "pwrite", short)
    monkeypatch.setattr(tiling, "_TILE", 4000)
    with pytest.raises(OSError, match="No space left"):
        built(folder, path, (0, 1))
    assert [each.name for each in folder.path.iterdir()] == ["lock"]
    np.testing.assert_array_equal(reader_of(path).read(at(1, 7)), data[:, :, 1, 7])


def test_what_lies_elsewhere_in_the_file_has_none(stack, folder):
    path, data = stack
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout(data.shape, data.dtype)
        layout[:] = h5py.VirtualSource(".", "/plain", data.shape)
        file.create_virtual_dataset("seen", layout)
        file.move("x", "plain")
        file.move("seen", "x")
    with pytest.raises(LayoutError):
        built(folder, path, (0, 1))


def test_a_system_without_positioned_reads_has_them_too(
    stack, folder, fetched, monkeypatch
):
    path, data = stack
    built(folder, path, (0, 1))
    for name in ("preadv", "RWF_NOWAIT"):
        monkeypatch.delattr(os, name, raising=False)
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read(at(1, 7)), data[:, :, 1, 7])
    some = reader.read({"x": slice(None, None, 2), "cycle": 2})
    np.testing.assert_array_equal(some, data[:, ::2, 2])
    assert fetched
