"""A read that takes long shows what it has, where somebody asks for that."""

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.reading import Stopped, stopping
from usid_lab.reading.damage import Damage
from usid_lab.reading.planning.arranging import gap_dtype
from usid_lab.reading.planning.pieces import Pacer
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.reading.slabcache import SCRIPT_BYTES
from usid_lab.storage.numbers import native

COMPOUND = np.dtype([("a", "f4"), ("b", "i4"), ("c", "c8"), ("d", "?")])
STORAGES = [
    {},
    {"chunks": (4, 8)},
    {"chunks": (4, 8), "compression": 1, "shuffle": True},
    {"chunks": (4, 8), "compression": "lzf"},
]


@pytest.fixture
def eager(monkeypatch):
    """Everything is cut into the smallest pieces, and shown after each of them."""
    monkeypatch.setattr(stopping, "_OFTEN", 0)
    monkeypatch.setattr(stopping, "_SHARE", 0)
    monkeypatch.setattr(Pacer, "_is_long", lambda *_: True)


def numbers(dtype, shape=(24, 40)):
    rng = np.random.default_rng(1)
    if dtype != "compound":
        return rng.integers(0, 2 if dtype == "?" else 99, shape).astype(dtype)
    data = np.empty(shape, COMPOUND)
    for name in COMPOUND.names:
        data[name] = rng.integers(0, 2, shape)
    return data


def write(path, values, **storage):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **storage)
    return ul.open(path).array("/x")


def known(values):
    """Which values are known: those that are not NaN in any field."""
    if values.dtype.names:
        return known(values[values.dtype.names[0]])
    return ~np.isnan(values)


def check(shown, whole):
    """Each picture has the form of the whole, what it has is right, and it grows."""
    assert shown
    counts = [int(known(part).sum()) for part in shown]
    assert counts == sorted(counts)
    assert 0 < counts[0] < whole.size
    for part in shown:
        assert part.shape == whole.shape
        assert part.dtype == gap_dtype(native(whole.dtype))
        seen = known(part)
        names = part.dtype.names
        for name in names or ("",):
            left, right = (part[name], whole[name]) if names else (part, whole)
            np.testing.assert_array_equal(left[seen], right[seen])
            assert np.isnan(left[~seen]).all()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("dtype", ["f4", "i2", ">f8", "c8", "?", "compound"])
def test_what_has_come_is_shown(tmp_path, dtype, storage):
    values = numbers(dtype)
    shown = []
    found = write(tmp_path / "a.h5", values, **storage)
    read = found.reader().read({}, partial=shown.append)
    np.testing.assert_array_equal(read, values)
    check(shown, values)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("storage", STORAGES)
def test_selections_are_shown_as_they_are_asked_for(tmp_path, storage):
    values, shown = numbers("f4"), []
    found = write(tmp_path / "a.h5", values, **storage)
    chosen = {found.dims[0]: [20, 3, 3, 11, 7], found.dims[1]: slice(30, 2, -3)}
    whole = values[[20, 3, 3, 11, 7], 30:2:-3]
    read = found.reader().read(chosen, partial=shown.append)
    np.testing.assert_array_equal(read, whole)
    check(shown, whole)


@pytest.mark.usefixtures("eager")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.permutations(range(12)))
@example([0, 11, 3, 7, 4, 8, 5, 9, 1, 2, 10, 6])
def test_positions_in_any_order(tmp_path_factory, order):
    """A scan that is stored in another order is shown at its places."""
    values = np.arange(12 * 9.0).reshape(3, 4, 9)
    path = tmp_path_factory.mktemp("shuffled") / "a.h5"
    made = ul.create(
        path, values, quantity="Current", units="nA",
        position={"Y": (np.arange(3.0), "m"), "X": (np.arange(4.0), "m")},
        spectroscopic={"Bias": (np.arange(9.0), "V")}, chunks=(2, 9),
    )  # fmt: skip
    with h5py.File(path, "r+") as file:
        group = file[made.path].parent
        for name in ("Position_Indices", "Position_Values", "Raw_Data"):
            group[name][...] = group[name][()][order]
    shown = []
    main = ul.open(path).main_datasets[0]
    # Which of the two is the slow one, only the order of the positions tells.
    values = values if main.dims[0] == "Y" else values.swapaxes(0, 1)
    read = main.reader().read({}, partial=shown.append)
    np.testing.assert_array_equal(read, values)
    check(shown, values)


@pytest.mark.usefixtures("eager")
def test_a_band_that_is_decoded_with_its_neighbours(tmp_path):
    values = numbers("f4", (64, 64))
    found = write(tmp_path / "a.h5", values, chunks=(8, 64), compression=1)
    reader, name = found.reader(budget=SCRIPT_BYTES), found.dims[1]
    reader.read({name: 3})
    shown = []
    reader.read({name: 4}, partial=shown.append)
    check(shown, values[:, 4])
    shown.clear()
    reader.read({name: 5}, partial=shown.append)
    assert not shown  # it was there


@pytest.mark.usefixtures("eager")
def test_what_is_damaged_is_not_shown(tmp_path):
    values, shown = numbers("f4"), []
    found = write(tmp_path / "a.h5", values, chunks=(4, 8), fletcher32=True)
    with h5py.File(found.file_path) as file:
        place = file["x"].id.get_chunk_info(6).byte_offset
    with found.file_path.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\xff" * 8)
    damage = Damage()
    read = found.reader().read({}, damage=damage, partial=shown.append)
    assert len(damage.chunks) == 1
    last = shown[-1]
    assert not known(last)[4:8, 8:16].any()
    np.testing.assert_array_equal(last, read)


def test_seldom_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(Pacer, "_is_long", lambda *_: True)
    monkeypatch.setattr(stopping, "_OFTEN", 3600)
    shown = []
    found = write(tmp_path / "a.h5", numbers("f4"))
    found.reader().read({}, partial=shown.append)
    assert not shown  # it took less than the time between two pictures


@pytest.mark.usefixtures("eager")
def test_who_is_shown_something_may_stop_it(tmp_path):
    found = write(tmp_path / "a.h5", numbers("f4"))
    shown = []
    with pytest.raises(Stopped):
        found.reader().read({}, lambda: bool(shown), partial=shown.append)
    assert len(shown) == 1


@pytest.mark.parametrize("dtype", ["f4", "i2", "compound"])
def test_the_reader_process_shows_what_it_has(tmp_path, dtype, monkeypatch):
    """Seconds in small pieces, for the process itself cuts them."""
    monkeypatch.setattr(stopping, "_OFTEN", 0)
    values = numbers(dtype, (1600, 300))
    path = tmp_path / "slow.h5"
    found = write(path, values, chunks=(1, 2), compression="lzf")
    process, shown = ReaderProcess(), []
    assert process.comes_up()
    read = RemoteReader(process, found.brief()).read({}, partial=shown.append)
    process.close()
    np.testing.assert_array_equal(read, values)
    check([part for part in shown if known(part).sum() < part.size], values)
