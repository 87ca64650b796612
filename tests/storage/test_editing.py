"""Attributes of a file change all together, or not at all."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ArgumentError, ObjectNotFoundError, WriteError

RAW = "/Measurement_000/Channel_000/Raw_Data"


@pytest.fixture
def file(image):
    with h5py.File(image, "r+") as made:
        made[RAW].attrs["note"] = "old"
        made[RAW].attrs["spare"] = 3
    return ul.open(image)


def attributes(file):
    with h5py.File(file.path) as found:
        return dict(found[RAW].attrs)


def test_attributes_change_and_go(file):
    data = file.main_datasets[0].read()
    new = {"note": "new", "fit": {"method": "lm"}, "empty": None, "list": ["a", "bc"]}
    file.edit_attributes(RAW, new, remove=["spare"])
    found = file.attribute_values(RAW)
    assert found["note"] == "new"
    assert found["fit.method"] == "lm"
    assert found["empty"] is None
    assert list(found["list"]) == ["a", "bc"]
    assert "spare" not in found
    np.testing.assert_array_equal(file.main_datasets[0].read(), data)
    file.edit_attributes("/", {"sample": "LAO"})
    assert file.attrs["sample"] == "LAO"


@pytest.mark.parametrize(
    ("attrs", "remove", "error", "text"),
    [
        ({"note": "n", "Position_Indices": 1}, (), ArgumentError, "refers to other"),
        ({"note": "n"}, ["Spectroscopic_Values"], ArgumentError, "refers to other"),
        ({"note": "n"}, ["none"], ArgumentError, "has no attribute 'none'"),
        ({"note": "n", "bad": object()}, (), WriteError, "'bad' of '/Measurement_000"),
    ],
)
def test_what_is_refused_changes_nothing(file, fingerprint, attrs, remove, error, text):
    before = fingerprint(file.path)
    with pytest.raises(error, match=text) as caught:
        file.edit_attributes(RAW, attrs, remove=remove)
    assert "'data.h5'" in str(caught.value)
    assert fingerprint(file.path) == before
    assert [entry.name for entry in file.path.parent.iterdir()] == ["data.h5"]


def test_an_object_that_is_not_there(file, fingerprint):
    before = fingerprint(file.path)
    with pytest.raises(ObjectNotFoundError):
        file.edit_attributes("/none", {"note": 1})
    assert fingerprint(file.path) == before
