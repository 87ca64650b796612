"""With a sidecar and without one the bytes are the same, whatever is selected."""

import h5py
import numpy as np
import pytest
from cached import reader_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.reading import Reader, Stopped
from usid_lab.reading.planning import pieces
from usid_lab.reading.sidecars import beside, states, tiling
from usid_lab.reading.sidecars.building import build
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.reading.sidecars.sidecar import Sidecar
from usid_lab.storage import FileWriter

KINDS = ["f4", ">f4", "f8", ">i2", "u1", "?", "c8", ">c16", "f2", "compound"]
STORAGE = [
    {"chunks": False, "compression": None},
    {"chunks": (3, 4), "compression": None},
    {"chunks": (1, 7), "compression": None},
    {"chunks": (5, 2), "compression": "gzip"},
    {"chunks": (4, 4), "compression": "lzf"},
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
def indexers(draw, size):
    return draw(
        st.one_of(
            st.none(),
            st.integers(0, size - 1),
            st.slices(size),
            st.lists(st.integers(0, size - 1), max_size=5),
        )
    )


@st.composite
def cases(draw):
    sizes = [draw(st.integers(1, 9)), draw(st.integers(2, 9)), draw(st.integers(2, 14))]
    picked = [[draw(indexers(size)) for size in sizes] for _ in range(3)]
    kind, storage = draw(st.sampled_from(KINDS)), draw(st.sampled_from(STORAGE))
    return sizes, picked, kind, storage, draw(st.booleans())


def store(path, data, storage, shuffled):
    rows = data.shape[0] * data.shape[1]
    order = np.random.default_rng(5).permutation(rows) if shuffled else None
    chunks = storage["chunks"]
    if chunks:
        chunks = (min(chunks[0], rows), min(chunks[1], data.shape[2]))
    with FileWriter(path) as writer:
        vectors = [(np.arange(size) * 2.0, "m") for size in data.shape]
        writer.main(
            "/", "Main", data, quantity="q", units="u",
            position={"Y": vectors[0], "X": vectors[1]},
            spectroscopic={"V": vectors[2]}, row_order=order,
            **storage | {"chunks": chunks},
        )  # fmt: skip


def expected(data, picked):
    for axis in reversed(range(data.ndim)):
        if picked[axis] is not None:
            index = picked[axis]
            index = np.array(index, int) if isinstance(index, list) else index
            data = data[(slice(None),) * axis + (index,)]
    return data


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(case=cases(), tile=st.sampled_from([40, 500, 1 << 25]), cut=st.booleans())
@example(case=([2, 2, 2], [[None] * 3] * 3, "f4", STORAGE[0], True), tile=40, cut=False)
def test_all_selections_are_those_of_numpy(tmp_path_factory, case, tile, cut):
    sizes, picks, kind, storage, shuffled = case
    data = values(sizes, kind)
    place = tmp_path_factory.mktemp("case")
    store(place / "x.h5", data, storage, shuffled)
    target = 1e-9 if cut else 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USID_LAB_CACHE", str(place))
        patch.setattr(beside, "_FEW", 1)
        patch.setattr(states, "_SETTLED", 0)
        patch.setattr(tiling, "_TILE", tile)
        patch.setattr(tiling, "_SEGMENT", 8)
        patch.setattr(Sidecar, "gains", lambda *_: True)
        patch.setattr(Reader, "_cut", lambda *_: None)
        patch.setattr(pieces.Pacer.__init__, "__defaults__", (target,))
        served = []
        fetch = Sidecar.fetch
        patch.setattr(Sidecar, "fetch", lambda *a: served.append(1) or fetch(*a))
        brief = ul.open(place / "x.h5").dataset("/Main").brief()
        keys = [axis.key for axis in brief.layout.axes]
        build(Folder.of_user(), brief.file, brief.path, keys)
        reader = brief.reader()
        # Of two by two positions some orders are those of a scan along Y.
        order = ["YXV".index(name) for name in brief.layout.dims]
        data = data.transpose(order)
        picks = [[picked[axis] for axis in order] for picked in picks]
        for picked in picks:
            chosen = zip(brief.layout.dims, picked, strict=True)
            found = reader.read({n: p for n, p in chosen if p is not None})
            np.testing.assert_array_equal(found, expected(data, picked))
            assert found.dtype == data.dtype.newbyteorder("=")
        whole = reader.read({"V": 1})
        np.testing.assert_array_equal(whole, data[:, :, 1])
        assert served


def test_a_map_and_a_band_come_from_the_sidecar_a_spectrum_does_not(
    scan, built, fetched
):
    path, data = scan
    built(path)
    reader = reader_of(path)
    np.testing.assert_array_equal(reader.read({"Y": 3, "X": 4}), data[3, 4])
    assert not fetched
    np.testing.assert_array_equal(reader.read({"V": 7}), data[..., 7])
    band = reader.read({"V": slice(5, 12)})
    np.testing.assert_array_equal(band, data[..., 5:12])
    assert len(fetched) == 2


def test_a_sidecar_that_comes_while_somebody_reads_is_used(scan, built, fetched):
    path, data = scan
    reader = reader_of(path)
    reader.read({"V": 7})
    assert not fetched
    built(path)
    np.testing.assert_array_equal(reader.read({"V": 8}), data[..., 8])
    assert fetched


def test_it_can_be_switched_off(scan, built, fetched, monkeypatch):
    path, data = scan
    built(path)
    monkeypatch.setenv("USID_LAB_SIDECARS", "off")
    np.testing.assert_array_equal(reader_of(path).read({"V": 8}), data[..., 8])
    assert not fetched


def test_a_read_stops_between_pieces_and_tells_how_far_it_is(scan, built, fetched):
    path, _ = scan
    built(path)
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces.Pacer.__init__, "__defaults__", (1e-9,))
        reader = reader_of(path)
        reader.read({"V": slice(3, 9)}, None, told.append)
        with pytest.raises(Stopped):
            reader.read({"V": slice(3, 9)}, lambda: True)
    assert fetched
    assert told == sorted(told)
    assert len(told) > 4
    assert told[-1] == 1.0


@pytest.mark.parametrize("size", [63, 64])
def test_few_positions_have_none(folder, write, built, size):
    data = np.random.default_rng(0).random((size, 5))
    path = write(
        data, {"X": (np.arange(size) * 1.0, "m")}, {"V": (np.arange(5.0), "V")}
    )
    if size < 64:
        with pytest.raises(ul.errors.LayoutError):
            built(path)
    else:
        assert built(path).exists()


def test_values_that_lie_elsewhere_in_the_file_have_none(scan, built):
    """Nothing tells whether the pieces of a virtual dataset are what they were."""
    path, data = scan
    with h5py.File(path, "r+") as file:
        main = file["Measurement_000/Channel_000/Raw_Data"]
        source = h5py.VirtualSource(".", "/plain", main.shape, main.dtype)
        layout = h5py.VirtualLayout(main.shape, main.dtype)
        layout[:] = source
        file["plain"] = main[()]
        held = {name: main.attrs[name] for name in main.attrs}
        del file["Measurement_000/Channel_000/Raw_Data"]
        made = file.create_virtual_dataset(
            "Measurement_000/Channel_000/Raw_Data", layout
        )
        made.attrs.update(held)
    with pytest.raises(ul.errors.LayoutError):
        built(path)
    np.testing.assert_array_equal(reader_of(path).read({"V": 8}), data[..., 8])


@pytest.mark.parametrize(
    ("shape", "kind", "can"),
    [
        ((64, 2), "f4", True),
        ((64, 1), "f4", False),
        ((8, 8, 9), "f4", False),
        ((), "f4", False),
        ((100, 1 << 20), "f4", True),
        ((100, (1 << 20) + 1), "f4", False),
        ((100, 9), [("a", "f4"), ("b", "i2")], True),
        ((100, 9), np.dtype([("a", "f4"), ("b", "i2")], align=True), False),
        ((100, 9), [("a", [("b", "f4")]), ("c", "c16")], True),
    ],
)
def test_which_datasets_can_have_one(shape, kind, can):
    assert beside.can_have(shape, np.dtype(kind)) is can
