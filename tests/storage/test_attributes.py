import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ObjectNotFoundError
from usid_lab.storage import attributes as io


@pytest.fixture
def rich(tmp_path):
    path = tmp_path / "rich.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", data=np.arange(4.0))
        data.attrs["number"] = 3.5
        data.attrs["list"] = np.arange(3)
        data.attrs["text"] = "µm "
        data.attrs["bytes"] = np.bytes_(b"\xb5m")
        data.attrs["labels"] = np.array([b"X", b"\xb5"])
        data.attrs["strings"] = ["a", "b"]
        data.attrs["truth"] = True
        data.attrs["complex"] = 1 + 2j
        data.attrs["compound"] = np.array((1, 2.0), [("a", "i4"), ("b", "f8")])
        data.attrs["ref"] = data.ref
        data.attrs["region"] = data.regionref[:2]
        data.attrs["null"] = h5py.Empty("f4")
        data.attrs["nan"] = [np.nan, np.inf]
        data.attrs.create("nullref", h5py.Reference(), dtype=h5py.ref_dtype)
        data.attrs[b"\xff\xfe"] = "odd name"
    return path


def test_values_of_every_type(rich):
    attrs = ul.open(rich).array("/data").attrs
    assert attrs["number"] == 3.5
    np.testing.assert_array_equal(attrs["list"], [0, 1, 2])
    assert attrs["text"] == "µm"
    assert attrs["bytes"] == "µm"
    assert attrs["labels"] == ("X", "µ")
    assert attrs["strings"] == ("a", "b")
    assert attrs["truth"] is True
    assert attrs["complex"] == 1 + 2j
    assert attrs["ref"] == "/data"
    assert attrs["region"] == "region of /data"
    assert attrs["null"] is None
    assert attrs["nullref"] == "null reference"
    assert attrs["ÿþ"] == "odd name"
    assert len(attrs) == len(list(attrs)) == 15
    assert "µ" not in attrs
    assert "number" in repr(attrs)


def test_a_missing_attribute(rich):
    attrs = ul.open(rich).array("/data").attrs
    with pytest.raises(ObjectNotFoundError, match="no attribute 'none'"):
        attrs["none"]


def test_previews_come_in_pages(rich):
    file = ul.open(rich)
    page = file.attributes("/data", 2, 5)
    names = [a.name for a in file.attributes("/data").attributes]
    assert page.total == 15
    assert [a.name for a in page.attributes] == names[2:5]
    values = {a.name: a.value for a in file.attributes("/data").attributes}
    assert values["nan"] == "nan, inf"
    assert values["null"] == "(empty)"
    assert values["labels"] == "X, µ"
    assert file.attributes("/data", 20, 30).attributes == ()


def test_all_values_at_once(rich):
    values = ul.open(rich).attribute_values("/data")
    assert values["number"] == 3.5
    assert len(values) == 15


def test_large_attributes_are_not_read_for_a_preview(tmp_path):
    path = tmp_path / "large.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["large"] = np.zeros(1 << 19)
        file.attrs["long"] = "x" * 10_000
        file.attrs["many"] = np.arange(1000)
    page = {a.name: a for a in ul.open(path).attributes("/").attributes}
    assert page["large"].value == "(4.0 MB)"
    assert page["long"].value == "x" * 4096
    assert page["many"].value.startswith("0, 1, 2")
    assert all(a.truncated for a in page.values())


def test_an_attribute_beyond_reason_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "large.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["large"] = np.zeros(100)
        file.attrs["small"] = 1
    monkeypatch.setattr(io, "_LARGEST_READ", 100)
    assert ul.open(path).attribute_values("/") == {"small": 1}


def test_an_unsupported_type_is_told(tmp_path):
    path = tmp_path / "time.h5"
    with h5py.File(path, "w") as file:
        kind = h5py.h5t.UNIX_D32LE
        h5py.h5a.create(file.id, b"when", kind, h5py.h5s.create(h5py.h5s.SCALAR))
    file = ul.open(path)
    assert "cannot be read" in file.attributes("/").attributes[0].value
    assert file.attribute_values("/") == {}


def test_text_attributes_in_all_their_forms(tmp_path):
    path = tmp_path / "forms.h5"
    with h5py.File(path, "w") as file:
        file.attrs["scalar"] = " m\n"
        file.attrs["one"] = np.array([b"nm "])
        file.attrs["number"] = np.array([5.0])
        file.attrs["none"] = np.array([], "S1")
        file.attrs["two"] = np.array([1, 2])
    with h5py.File(path) as file:
        assert io.text_attribute(file, "scalar") == "m"
        assert io.text_attribute(file, "one") == "nm"
        assert io.text_attribute(file, "number") == "5.0"
        assert io.text_attribute(file, "none") == ""
        assert io.text_attribute(file, "missing") is None
        assert io.texts_attribute(file, "scalar") == ("m",)
        assert io.texts_attribute(file, "two") == ("1", "2")
        assert io.texts_attribute(file, "missing") is None
        assert io.reference_attribute(file, "one") is None
        assert io.reference_attribute(file, "missing") is None


def test_giant_texts_are_no_labels(image):
    """Quantity, units and labels are read for every listing: never by megabytes."""
    with h5py.File(image, "r+", libver="latest") as file:
        file["plain"] = np.zeros((2, 2))
        file["plain"].attrs["quantity"] = "x" * 1_000_000
        file["plain"].attrs["units"] = np.zeros(1_000_000)
    node = ul.open(image).node("/plain")
    assert node.quantity == "x" * 4096
    assert node.units == ""
