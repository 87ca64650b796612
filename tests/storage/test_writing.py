"""Attributes are written whole, or refused by name."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import ArgumentTypeError, WriteError
from usid_lab.storage.attributes import read_attribute
from usid_lab.storage.writing import fixed_text, refusals, write_attributes

KINDS = {
    "int": 3, "float": 2.5, "bool": True, "complex": 1j, "f4": np.float32(2),
    "array": np.arange(6).reshape(2, 3), "floats": [1.0, np.nan, np.inf],
    "text": "5 µm", "empty text": "", "long text": "µ" * 100_000,
    "numpy text": np.str_("x"), "bytes": b"raw", "no number": [],
    "structure": np.array((1, 2.0), [("a", "i4"), ("b", "f8")]), "per/cent": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_is_written_is_what_is_read(file, name):
    write_attributes(file, {name: KINDS[name]})
    found = file.attrs[name]
    found = found.encode() if isinstance(KINDS[name], bytes) else found
    np.testing.assert_array_equal(found, KINDS[name])


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(TEXT, st.lists(TEXT, min_size=1))
def test_any_text_comes_back(text, texts):
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        write_attributes(file, {"text": text, "texts": texts})
        assert file.attrs["text"] == text
        assert [raw.decode() for raw in file.attrs["texts"]] == texts


def test_none_is_written_as_nothing(file):
    write_attributes(file, {"nothing": None, "no entries": {}})
    assert isinstance(file.attrs["nothing"], h5py.Empty)
    assert read_attribute(file, "nothing") is None
    assert read_attribute(file, "no entries") is None


def test_text_of_lists_is_of_one_length(file):
    mixed = np.array(["a", b"bc"], dtype=object)
    write_attributes(
        file, {"list": ["a", "µm"], "mixed": mixed, "table": [["a"], ["b"]]}
    )
    assert file.attrs["list"].dtype == "S3"
    assert file.attrs["mixed"].tolist() == [b"a", b"bc"]
    assert file.attrs["table"].shape == (2, 1)


def test_references_are_written(file):
    dataset = file.create_dataset("a", data=[1])
    several = np.array([dataset.ref, file.ref], dtype=h5py.ref_dtype)
    write_attributes(file, {"one": dataset.ref, "several": several})
    assert file[file.attrs["one"]] == dataset
    assert [file[ref].name for ref in file.attrs["several"]] == ["/a", "/"]


def test_nested_parameters_get_joined_names(file):
    write_attributes(file, {"fit": {"method": "lm", "start": {"A": 1, "B": None}}})
    assert set(file.attrs) == {"fit.method", "fit.start.A", "fit.start.B"}
    assert file.attrs["fit.start.A"] == 1


def deep(levels):
    return {"x": deep(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    ("attrs", "text"),
    [
        ({"a": object()}, "The attribute 'a' of '/' of 'open.h5' cannot be written"),
        ({"a": object()}, "it is the object <object object at"),
        ({"a": [object()]}, "no place for that type"),
        ({"a": np.zeros(8001)}, r"float64, shape \(8001,\).*at most 64 kB; write a"),
        ({"a": ["x" * 1000] * 65}, "at most 64 kB"),
        ({"a": "x\0y"}, "it is text of 3 characters"),
        ({"a": ["x\0y"]}, "no NUL"),
        ({"a": "\udcff"}, "surrogates not allowed"),
        ({"a": ["\udcff"]}, "no form in UTF-8"),
        ({"a": [[1], [2, 3]]}, "'a'"),
        ({"a": np.datetime64("2020-01-01")}, "'a'"),
        ({"": 1}, "The attribute ''"),
        ({"a\0b": 1}, r"The attribute 'a\\x00b'"),
        ({"a": range(10**5)}, r"it is the range range\(0, 100000\)"),
        ({"a": {"b": 1}, "a.b": 2}, "Two attributes would be called 'a.b'"),
        (deep(12), "nested too deeply"),
    ],
)
def test_what_hdf5_cannot_hold_is_named(file, attrs, text):
    with pytest.raises(WriteError, match=text):
        write_attributes(file, attrs)
    assert len(file.attrs) == 0


@pytest.mark.parametrize("name", [1, None, b"a"])
def test_a_name_is_text(file, name):
    with pytest.raises(ArgumentTypeError, match="Names of attributes are text"):
        write_attributes(file, {name: 1})


def test_the_largest_array_fits(file):
    write_attributes(file, {"a": np.zeros(8000)})
    assert file.attrs["a"].shape == (8000,)


def test_fixed_text_refuses_what_is_no_utf8():
    with pytest.raises(WriteError, match="no form in UTF-8"):
        fixed_text(["\ud800"])


def test_errors_of_our_own_pass(file):
    with pytest.raises(ArgumentTypeError), refusals("x", file):
        raise ArgumentTypeError("mine")
    with (
        pytest.raises(WriteError, match="x cannot be written in '/'"),
        refusals("x", file),
    ):
        raise KeyError("theirs")
