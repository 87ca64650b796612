"""Region references, against what h5py selects."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import (
    ArgumentError,
    DamagedDataError,
    ObjectNotFoundError,
    RefusedError,
    SelectionError,
)
from usid_lab.storage import regions

SHAPE = (5, 7)
DATA = np.arange(35.0).reshape(SHAPE)


@pytest.fixture
def dataset(file):
    return file.create_dataset("Main", data=DATA)


def select(dataset, name, kind):
    """Write a reference of any kind, past our own writer."""
    space = h5py.h5s.create_simple(SHAPE)
    kind(space)
    made = h5py.h5r.create(dataset.id, b".", h5py.h5r.DATASET_REGION, space)
    dataset.attrs[name] = made


def mask_of(boxes):
    mask = np.zeros(SHAPE, bool)
    for box in boxes:
        mask[box] = True
    return mask


def box():
    sides = [
        st.tuples(st.integers(0, size - 1), st.integers(1, size), st.integers(1, 3))
        for size in SHAPE
    ]
    return st.tuples(
        *(side.map(lambda s: slice(s[0], s[0] + s[1], s[2])) for side in sides)
    )


@given(st.lists(box(), min_size=1, max_size=4))
def test_what_is_written_selects_the_same(boxes):
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        dataset = file.create_dataset("Main", data=DATA)
        regions.write_regions(dataset, {"part": boxes})
        found = regions.region_slices(dataset, dataset.attrs["part"])
        np.testing.assert_array_equal(mask_of(found), mask_of(boxes))
        values = regions.read_region(dataset, "part")
        np.testing.assert_array_equal(np.sort(values.ravel()), DATA[mask_of(boxes)])


def test_one_box_keeps_its_axes(dataset):
    regions.write_regions(dataset, {"part": (slice(1, 3), slice(-2, None))})
    found = regions.read_region(dataset, "part")
    np.testing.assert_array_equal(found, DATA[1:3, -2:])
    np.testing.assert_array_equal(dataset[dataset.attrs["part"]], DATA[1:3, -2:])


def test_a_region_is_cut_at_the_ends(dataset):
    regions.write_regions(dataset, {"part": (slice(3, 99), slice(None))})
    found = regions.region_slices(dataset, dataset.attrs["part"])
    assert found == [(slice(3, 5), slice(0, 7))]


@pytest.mark.parametrize(
    ("kind", "boxes", "values"),
    [
        (lambda s: s.select_none(), [], []),
        (lambda s: s.select_all(), [(slice(0, 5), slice(0, 7))], DATA),
        (
            lambda s: s.select_elements([(4, 6), (0, 1)]),
            [(slice(4, 5), slice(6, 7)), (slice(0, 1), slice(1, 2))],
            [34, 1],
        ),
        (
            lambda s: s.select_hyperslab((0, 1), (2, 1), stride=(3, 1), block=(1, 2)),
            [(slice(0, 1), slice(1, 3)), (slice(3, 4), slice(1, 3))],
            DATA[::3, 1:3],
        ),
        (
            lambda s: s.select_elements([(2, 3)]),
            [(slice(2, 3), slice(3, 4))],
            [[17]],
        ),
    ],
)
def test_every_kind_of_selection(dataset, kind, boxes, values):
    select(dataset, "part", kind)
    assert regions.region_slices(dataset, dataset.attrs["part"]) == boxes
    np.testing.assert_array_equal(regions.read_region(dataset, "part"), values)


def test_names_are_those_of_regions_only(dataset):
    regions.write_regions(
        dataset, {"b": (slice(1), slice(1)), "a": (slice(1), slice(1))}
    )
    dataset.attrs["object"] = dataset.ref
    dataset.attrs["number"] = 1
    dataset.attrs["null"] = h5py.RegionReference()
    assert regions.region_names(dataset) == ("a", "b", "null")


def test_a_list_of_one_reference(dataset):
    select(dataset, "part", lambda space: space.select_all())
    reference = dataset.attrs["part"]
    dataset.attrs["part"] = np.array([reference], dtype=h5py.regionref_dtype)
    np.testing.assert_array_equal(regions.read_region(dataset, "part"), DATA)


def test_a_region_of_another_dataset(file, dataset):
    file.attrs["part"] = dataset.regionref[1:2, 0:3]
    np.testing.assert_array_equal(regions.read_region(file, "part"), DATA[1:2, :3])


def test_regions_that_lead_nowhere(file, dataset):
    regions.write_regions(dataset, {"here": (slice(1), slice(1))})
    dataset.attrs["null"] = h5py.RegionReference()
    with pytest.raises(
        ObjectNotFoundError, match=r"'null' of '/Main' of 'open\.h5' refers"
    ):
        regions.read_region(dataset, "null")
    text = "'/Main' of 'open.h5' has no region 'other'; it has: here, null"
    with pytest.raises(KeyError, match=text):
        regions.read_region(dataset, "other")
    with pytest.raises(ObjectNotFoundError, match="it has: none"):
        regions.read_region(file, "other")


def test_a_region_of_what_was_deleted(file):
    gone = file.create_dataset("Gone", data=DATA)
    file.attrs["part"] = gone.regionref[0:1, :]
    path = file.filename
    del gone, file["Gone"]
    file.close()
    with h5py.File(path) as again:
        assert regions.region_names(again) == ("part",)
        with pytest.raises(
            DamagedDataError, match=r"of '/' of 'open\.h5' cannot be read"
        ):
            regions.read_region(again, "part")
        with pytest.raises(OSError, match="cannot be read"):
            regions.region_slices(again, again.attrs["part"])


def test_a_region_beyond_a_dataset_that_shrank(file):
    dataset = file.create_dataset("Main", data=DATA, chunks=SHAPE, maxshape=(None, 7))
    regions.write_regions(dataset, {"part": (slice(3, 5), slice(None))})
    regions.write_regions(
        dataset, {"two": [(slice(0, 1), slice(2)), (slice(4, 5), slice(2))]}
    )
    dataset.resize((2, 7))
    for name in ("part", "two"):
        with pytest.raises(DamagedDataError, match="beyond"):
            regions.read_region(dataset, name)


def test_a_region_in_a_damaged_heap(file, dataset):
    regions.write_regions(dataset, {"part": (slice(1), slice(1))})
    path = Path(file.filename)
    file.close()
    path.write_bytes(path.read_bytes().replace(b"GCOL", b"XXXX"))
    with h5py.File(path) as again:
        main = again["Main"]
        assert regions.region_names(main) == ("part",)
        for read in (
            lambda: regions.read_region(main, "part"),
            lambda: regions.region_slices(main, main.attrs["part"]),
        ):
            with pytest.raises(
                DamagedDataError, match=r"'/Main' .* cannot be read.*heap"
            ):
                read()


def test_a_region_of_damaged_values(file):
    options = {"chunks": SHAPE, "compression": "gzip"}
    dataset = file.create_dataset("Main", data=DATA, **options)
    regions.write_regions(dataset, {"part": (slice(1, 3), slice(None))})
    where = dataset.id.get_chunk_info(0)
    path = Path(file.filename)
    file.close()
    raw = bytearray(path.read_bytes())
    raw[where.byte_offset : where.byte_offset + where.size] = bytes(where.size)
    path.write_bytes(raw)
    refused = pytest.raises(DamagedDataError, match=r"'/Main' .* cannot be read")
    with h5py.File(path) as again, refused:
        regions.read_region(again["Main"], "part")


def test_a_region_of_values_in_another_file(file, tmp_path):
    (tmp_path / "raw").write_bytes(bytes(280))
    external = [(str(tmp_path / "raw"), 0, 280)]
    dataset = file.create_dataset("Main", SHAPE, "f8", external=external)
    file.attrs["part"] = dataset.regionref[0:1, :]
    with pytest.raises(RefusedError, match="raw"):
        regions.read_region(file, "part")


@pytest.mark.parametrize(
    ("part", "error", "text"),
    [
        ((slice(None),), ArgumentError, "'/Main' of 'open.h5' has 2 slices"),
        ((slice(None), 3), ArgumentError, "2 slices"),
        ((slice(3, 3), slice(None)), SelectionError, "at least one value"),
        ((slice(None, None, -1), slice(None)), SelectionError, "forwards"),
        ([(slice(9, 10), slice(None))], SelectionError, r"shape \(5, 7\)"),
    ],
)
def test_regions_that_cannot_be(dataset, part, error, text):
    with pytest.raises(error, match=text):
        regions.write_regions(dataset, {"part": part})
    assert "part" not in dataset.attrs


def test_genuine_regions_are_the_columns_of_their_tables(genuine):
    counted = 0
    for path in sorted(genuine.glob("*.h5")):
        with h5py.File(path) as file:
            counts = []
            file.visititems(
                lambda _, found, counts=counts: counts.append(columns(found))
            )
        counted += sum(counts)
    assert counted > 30


def columns(found):
    """Check the regions of a table, which old writers made; gives how many."""
    names = regions.region_names(found)
    for name in names:
        labels = [raw.decode() for raw in found.attrs["labels"]]
        by_rows = "Position" in found.name
        place = labels.index(name)
        wanted = found[:, place : place + 1] if by_rows else found[place : place + 1]
        np.testing.assert_array_equal(regions.read_region(found, name), wanted)
    return len(names)
