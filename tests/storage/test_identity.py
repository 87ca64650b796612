"""Equal for the same dataset wherever it is, different for any other."""

import json
import shutil

import h5py
import numpy as np
import pytest

from usid_lab.storage import identity
from usid_lab.storage.identity import Identity, kind_key, type_text

KEYS = ("positions", "spectra")
LAYOUTS = {
    "contiguous": {},
    "compact": {"layout": "compact"},
    "chunked": {"chunks": (16, 10)},
    "gzip": {"chunks": (16, 10), "compression": "gzip", "shuffle": True},
}


def values(seed=0):
    return np.random.default_rng(seed).random((200, 30), dtype=np.float32)


def make(file, data, name="Main", **options):
    if options.pop("layout", None) == "compact":
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple(data.shape)
        kind = h5py.h5t.py_create(data.dtype)
        made = h5py.Dataset(
            h5py.h5d.create(file.id, name.encode(), kind, space, dcpl=plist)
        )
        made[...] = data
        return made
    return file.create_dataset(name, data=data, **options)


def of(path, name="Main", keys=KEYS):
    with h5py.File(path, "r") as file:
        return Identity.of(file[name], f"/{name}", keys)


@pytest.fixture(params=LAYOUTS)
def stored(request, tmp_path):
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        make(file, values(), **LAYOUTS[request.param])
    return path, LAYOUTS[request.param]


def test_a_copy_a_new_name_and_a_write_elsewhere_change_nothing(stored, tmp_path):
    path, _ = stored
    before = of(path)
    shutil.copy(path, tmp_path / "copy.h5")
    assert of(tmp_path / "copy.h5") == before
    path = path.rename(tmp_path / "renamed.h5")
    with h5py.File(path, "r+") as file:
        file["more"] = np.zeros(10000)
        file["Main"].attrs["note"] = "x" * 5000
    assert of(path) == before
    assert of(path).key == before.key


def test_other_values_are_another_dataset(stored):
    path, _ = stored
    before = of(path)
    with h5py.File(path, "r+") as file:
        file["Main"][...] = values(1)
    assert of(path).key != before.key


def test_a_changed_value_is_seen_where_it_is_sampled(stored):
    """All of so small a dataset is."""
    path, _ = stored
    before = of(path)
    with h5py.File(path, "r+") as file:
        file["Main"][111, 13] += 1
    assert of(path).key != before.key


def test_of_a_large_dataset_only_a_sample_is_read(tmp_path, monkeypatch):
    data = np.zeros((4096, 4096), np.float32)
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        file["Main"] = data
    before = of(path)
    with h5py.File(path, "r+") as file:
        file["Main"][::2] = 1
    assert of(path).key != before.key
    read = []
    found = identity._values
    monkeypatch.setattr(
        identity, "_values", lambda d: read.extend(found(d)) or iter(read)
    )
    of(path)
    assert sum(map(len, read)) <= 64 * 4096


@pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)
def test_how_it_is_stored_is_part_of_it(tmp_path, options):
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    with h5py.File(paths[0], "w") as file:
        make(file, values(), **options)
    with h5py.File(paths[1], "w") as file:
        make(file, values(), chunks=(20, 30))
    assert of(paths[0]).storage != of(paths[1]).storage
    assert of(paths[0]).kind == of(paths[1]).kind


def test_path_shape_type_and_ancillaries_are_part_of_it(tmp_path):
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["Main"] = values()
        file["Other"] = values()
        file["Turned"] = values().T
        file["Swapped"] = values().astype(">f4")
    found = [of(path, name) for name in ("Main", "Other", "Turned", "Swapped")]
    found.append(of(path, keys=("positions", "others")))
    assert len({each.key for each in found}) == len(found)
    assert len({each.kind for each in found}) == len(found) - 1


def test_it_is_json_and_its_kind_costs_nothing(stored):
    path, _ = stored
    found = of(path)
    assert json.loads(json.dumps(found.to_json()))["path"] == "/Main"
    assert found.kind == kind_key("/Main", (200, 30), np.dtype("<f4"))
    assert found.key.startswith(f"{found.kind}-")


def test_very_many_chunks_are_sampled(tmp_path, monkeypatch):
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        make(file, values(), chunks=(1, 10), compression="gzip")
    whole = of(path)
    monkeypatch.setattr(identity, "_MOST_EXTENTS", 10)
    sampled = of(path)
    assert sampled.storage != whole.storage
    assert sampled == of(path)


def test_chunks_that_were_never_written_are_no_trouble(tmp_path):
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("Main", (200, 30), "f4", chunks=(16, 10))
        made[40:60] = 1
        file.create_dataset("None", (0, 30), "f4")
        file.create_dataset("One", data=3.0)
        file.create_dataset("Never", (20, 30), "f4")
        file.create_dataset("Empty", data=h5py.Empty("f4"))
    assert of(path) == of(path)
    for name in ("None", "One", "Never"):
        assert of(path, name) is not None
    assert of(path, "Empty") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<f4", ">f4"),
        ("f4", "i4"),
        ([("a", "i2"), ("b", "i2")], [("a", "i2"), ("c", "i2")]),
        ([("a", "i2")], np.dtype([("a", "i2")], align=True).newbyteorder()),
        ({"names": ["a"], "formats": ["u1"], "itemsize": 4}, [("a", "u1")]),
    ],
)
def test_types_have_names_of_their_own(one, other):
    assert type_text(np.dtype(one)) != type_text(np.dtype(other))
