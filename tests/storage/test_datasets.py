"""Datasets as they are written, read back with h5py."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LayoutError,
    NameTakenError,
    RefusedError,
    SelectionError,
    WriteError,
)
from usid_lab.model.dimension import Side
from usid_lab.storage import datasets
from usid_lab.storage.ancillaries import write_tables
from usid_lab.storage.datasets import Empty
from usid_lab.storage.mains import faults_of
from usid_lab.storage.recipe import side_recipe

WHAT = {"quantity": "Current", "units": "nA"}
DTYPES = [
    "i1", "u8", "<f2", ">f4", "f8", ">i4", "?", "c8", ">c16",
    [("a", "f4"), ("b", ">i2")], [("z", "c8"), ("n", [("x", "f8")])],
]  # fmt: skip


@pytest.fixture
def sides(file):
    return {
        "positions": write_tables(file, Side.POSITION, side_recipe({"X": (3, "m")})),
        "spectra": write_tables(file, Side.SPECTROSCOPIC, side_recipe({"V": (2, "V")})),
    }


@given(st.sampled_from(DTYPES).flatmap(lambda d: arrays.arrays(np.dtype(d), (3, 2))))
def test_any_kind_of_number_comes_back(data):
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        rows = write_tables(file, Side.POSITION, side_recipe({"X": (3, "")}))
        columns = write_tables(file, Side.SPECTROSCOPIC, side_recipe({"V": (2, "")}))
        made = datasets.make_main(
            file, "Main", data, **WHAT, positions=rows, spectra=columns
        )
        assert made.dtype == data.dtype
        assert made[()].tobytes() == data.tobytes()
        assert faults_of(made) == ()


def test_attributes_of_a_main_dataset(file, sides):
    attrs = {"gain": 2, "machine_id": "STM 3", "units": "nA"}
    made = datasets.make_main(
        file, "Main", np.ones((3, 2)), **WHAT, **sides, attrs=attrs
    )
    assert made.attrs["quantity"] == "Current"
    assert made.attrs["gain"] == 2
    assert made.attrs["machine_id"] == "STM 3"
    assert made.attrs["time_stamp"] == made.attrs["timestamp"]
    assert file[made.attrs["Spectroscopic_Values"]].name == "/Spectroscopic_Values"


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"quantity": None}, ArgumentTypeError, "The quantity of 'Main' must be text"),
        ({"units": 3}, ArgumentTypeError, "The units of 'Main' must be text; ''"),
        ({"attrs": {"units": "V"}}, ArgumentError, "'units' of 'Main' is given by"),
        (
            {"attrs": {"Position_Values": 1}},
            ArgumentError,
            "'Position_Values' of 'Main'",
        ),
        ({"attrs": {"x": object()}}, WriteError, "'x' of '/Main' of 'open.h5'"),
        ({"data": np.ones((4, 2))}, LayoutError, r"\(3, 1\); it needs 4 rows"),
        ({"data": np.ones((3, 2), object)}, WriteError, "'Main' cannot be written"),
        ({"compression": "none such"}, WriteError, "'Main' cannot be written"),
        ({"name": "Raw-Data"}, ArgumentError, "a dataset is text without '/' and '-'"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(file, sides, change, error, text):
    given = {"name": "Main", "data": np.ones((3, 2)), **WHAT, **sides, **change}
    before = set(file)
    with pytest.raises(error, match=text):
        datasets.make_main(file, given.pop("name"), given.pop("data"), **given)
    assert set(file) == before


def test_a_name_that_is_taken(file, sides):
    file.create_group("Main")
    with pytest.raises(
        NameTakenError, match=r"'/' of 'open\.h5' already has .* 'Main'"
    ):
        datasets.make_main(file, "Main", np.ones((3, 2)), **WHAT, **sides)
    with pytest.raises(NameTakenError, match="entry 'Main'"):
        datasets.make_array(file, "Main", 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_empty_dataset_says_what_is_missing(file, sides, dtype):
    kind = np.dtype(dtype)
    made = datasets.make_main(file, "Main", Empty((3, 2), kind), **WHAT, **sides)
    found = made[()]
    assert found.dtype == kind
    for part in [found] if kind.names is None else [found[name] for name in kind.names]:
        if part.dtype.kind in "fc":
            assert np.isnan(part).all()
        elif part.dtype.kind in "iub":
            assert (part == 0).all()
    assert faults_of(made) == ()


def test_parts_are_filled_later(file):
    made = datasets.make_array(file, "a", Empty((4, 3), np.dtype("f4")))
    datasets.fill_dataset(made, slice(0, 2), [[1, 2, 3], [4, 5, 6]])
    datasets.fill_dataset(made, (3, [0, 2]), np.array([7.0, 8.0]))
    datasets.fill_dataset(made, (2, 1), 9)
    wanted = [[1, 2, 3], [4, 5, 6], [np.nan, 9, np.nan], [7, np.nan, 8]]
    np.testing.assert_array_equal(made[()], wanted)


@pytest.mark.parametrize(
    ("selection", "data", "error", "text"),
    [
        (
            slice(0, 2),
            np.ones((3, 3)),
            WriteError,
            "A part cannot be written in '/a' of",
        ),
        (
            slice(0, 2),
            1j,
            WriteError,
            r"'/a' of 'open\.h5' holds float32, not complex128",
        ),
        (slice(0, 2), "x", WriteError, "holds float32, not <U1"),
        (9, 1.0, SelectionError, r"'/a' of 'open\.h5' has the shape \(4, 3\)"),
        ((0, 0, 0), 1.0, WriteError, "A part cannot be written"),
    ],
)
def test_what_cannot_be_filled(file, selection, data, error, text):
    made = datasets.make_array(file, "a", Empty((4, 3), np.dtype("f4")))
    with pytest.raises(error, match=text):
        datasets.fill_dataset(made, selection, data)
    assert np.isnan(made[()]).all()


@pytest.mark.parametrize("value", [-1, 256, 0.5])
def test_numbers_are_never_clipped(file, value):
    made = datasets.make_array(file, "a", Empty((4,), np.dtype("u1")))
    datasets.fill_dataset(made, slice(None), [0, 255, True, np.int64(7)])
    with pytest.raises(WriteError, match=r"holds uint8, not .*such values"):
        datasets.fill_dataset(made, 0, value)
    datasets.fill_dataset(made, slice(0, 0), [])
    assert made[()].tolist() == [0, 255, 1, 7]


def test_values_in_another_file_are_not_touched(file, tmp_path):
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(32))
    made = file.create_dataset("a", (4,), "f8", external=[(str(raw), 0, 32)])
    with pytest.raises(RefusedError):
        datasets.fill_dataset(made, 0, 1.0)
    assert raw.read_bytes() == bytes(32)


@pytest.mark.parametrize("name", ["Extra", "Raw-Trace", "µ 1"])
def test_extra_data_of_any_shape(file, name):
    data = np.arange(24).reshape(2, 3, 4)
    options = {"compression": "gzip", "chunks": (1, 3, 4)}
    made = datasets.make_array(file, name, data, {"a": 1}, **options)
    np.testing.assert_array_equal(file[name], data)
    assert made.compression == "gzip"
    assert made.attrs["a"] == 1


def test_extra_data_may_be_text(file):
    made = datasets.make_array(file, "notes", ["a", "5 µm"])
    assert made.asstr()[()].tolist() == ["a", "5 µm"]
    assert datasets.make_array(file, "note", "µ").asstr()[()] == "µ"
    empty = datasets.make_array(file, "later", Empty((2,), h5py.string_dtype()))
    assert empty.asstr()[()].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("data", "attrs", "error", "text"),
    [
        ([[1], [2, 3]], {}, LayoutError, "The data of 'a' are not an array"),
        (np.ma.masked_all(3), {}, WriteError, "Masked"),
        ([object()], {}, WriteError, "'a' cannot be written in '/' of 'open.h5'"),
        (1, {"x": object()}, WriteError, "attribute 'x' of '/a'"),
    ],
)
def test_extra_data_that_cannot_be(file, data, attrs, error, text):
    with pytest.raises(error, match=text):
        datasets.make_array(file, "a", data, attrs)
    assert len(file) == 0
