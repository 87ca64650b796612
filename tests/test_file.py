import sys

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import errors
from usid_lab.model.contents import Kind
from usid_lab.storage.handles import is_open, release


def test_open_looks_at_the_file_at_once(tmp_path):
    with pytest.raises(errors.MissingFileError):
        ul.open(tmp_path / "gone.h5")


def test_a_with_statement_keeps_it_open(image):
    with ul.open(image) as file:
        release(image)
        assert is_open(image)
        assert file.name == "data.h5"
    release(image)
    assert not is_open(image)


def test_items_come_as_what_they_are(image):
    with h5py.File(image, "r+") as file:
        file["plain"] = np.zeros(3)
    file = ul.open(str(image))
    assert isinstance(file["/Measurement_000/Channel_000/Raw_Data"], ul.USIDataset)
    assert isinstance(file["plain"], ul.PlainArray)
    assert file["/Measurement_000"].kind is Kind.GROUP
    assert file["/"].members == 2
    assert "/plain" in file
    assert "/nothing" not in file
    with pytest.raises(KeyError, match=r"'data.h5' has nothing at '/nothing'"):
        file["/nothing"]


def test_a_file_that_changed_is_looked_at_again(image):
    file = ul.open(image)
    assert len(file.main_datasets) == 1
    release(image)
    with h5py.File(image, "r+") as opened:
        del opened["Measurement_000/Channel_000/Raw_Data"]
        opened["more"] = np.zeros(100)
    assert file.main_datasets == []


def test_lists_are_the_callers_own(image):
    file = ul.open(image)
    file.main_datasets.clear()
    assert len(file.main_datasets) == 1


def test_arrays_are_found_one_by_one(image):
    with h5py.File(image, "r+") as file:
        for name in "abc":
            file[f"group_{name}/{name}"] = np.zeros(3)
        file["number"] = 1.0
    arrays = ul.open(image).arrays
    assert next(arrays) == "/group_a/a"
    assert list(arrays) == ["/group_b/b", "/group_c/c"]


def test_text(image):
    file = ul.open(image)
    assert repr(file) == "<USIDFile data.h5: 1 Main datasets>"
    line = "Y 3 (m) x X 4 (m) x Bias 5 (V), Current (nA), float64, raster"
    assert f"    Raw_Data  Main: {line}" in file.tree().splitlines()


def test_without_widgets_a_notebook_shows_text(image, monkeypatch):
    monkeypatch.setitem(sys.modules, "usid_lab.widgets", None)
    bundle = ul.open(image)._repr_mimebundle_()
    assert bundle == {"text/plain": "<USIDFile data.h5: 1 Main datasets>"}


def test_create_and_read_back(tmp_path):
    data = np.random.default_rng(0).random((2, 3, 4))
    made = ul.create(
        tmp_path / "new.h5",
        data,
        quantity="Current",
        units="nA",
        position={"Y": (np.arange(2), "m"), "X": (np.arange(3), "m")},
        spectroscopic={"Bias": (np.arange(4), "V")},
        attrs={"operator": "me"},
        compression="gzip",
    )
    assert made.path == "/Measurement_000/Channel_000/Raw_Data"
    assert made.attrs["operator"] == "me"
    np.testing.assert_array_equal(made.read(), data)
    with pytest.raises(FileExistsError):
        ul.create(tmp_path / "new.h5", data, quantity="", units="")


def test_looking_changes_nothing(image, fingerprint):
    before = fingerprint(image)
    with ul.open(image) as file:
        file.tree()
        file.main_datasets[0].read()
        file.attribute_values("/")
        list(file.arrays)
    assert fingerprint(image) == before


def test_attributes_of_the_file(image):
    file = ul.open(image)
    assert file.attrs["usid_lab_version"] == ul.__version__
    assert file.attributes("/").total == len(file.attrs) == 6


def test_text_of_a_file_that_went_away(image):
    file = ul.open(image)
    dataset = file.main_datasets[0]
    attributes = dataset.attrs
    image.unlink()
    for shown in (file, dataset, attributes):
        assert "no file" in repr(shown)


def test_paths_are_told_in_one_form(image):
    file = ul.open(image)
    assert file["Measurement_000//Channel_000/Raw_Data/"].name == "Raw_Data"


def test_in_does_not_take_an_unreadable_file_for_an_empty_one(image):
    file = ul.open(image)
    assert "Measurement_000" in file
    assert "Measurement_001" not in file
    image.unlink()
    with pytest.raises(errors.MissingFileError):
        assert "Measurement_000" not in file


def test_closed_it_can_be_written_and_used_again(image):
    file = ul.open(image)
    assert file.main_datasets[0].read().size
    file.close()
    with h5py.File(image, "r+") as opened:
        opened["more"] = np.zeros(3)
    assert "/more" in file
    with ul.open(image) as file:
        assert "/more" in file
    with h5py.File(image, "r+") as opened:
        del opened["more"]


def test_a_new_file_can_be_written_at_once(tmp_path):
    path = tmp_path / "new.h5"
    made = ul.create(path, [1.0, 2.0], quantity="Q", units="", position={"X": (2, "m")})
    with h5py.File(path, "r+") as opened:
        opened.attrs["sample"] = "STO"
    made = made.write_slice(X=[0])
    with h5py.File(made.file_path, "r+") as opened:
        opened.attrs["sample"] = "STO"


@pytest.mark.parametrize("path", [None, 5, b"a.h5", ["a.h5"]])
def test_what_names_no_file_is_an_error_of_ours(path, tmp_path, image):
    dataset = ul.open(image).main_datasets[0]
    for call in (
        ul.open,
        ul.translate,
        dataset.to_csv,
        lambda path: ul.create(path, [1.0], quantity="Q", units=""),
    ):
        with pytest.raises(errors.ArgumentTypeError, match="named by text or a Path"):
            call(path)
    with pytest.raises(errors.ArgumentError, match="not the name of a file"):
        ul.open("")


@pytest.mark.parametrize("path", [None, 0, ["Raw_Data"]])
def test_what_names_no_entry_is_an_error_of_ours(path, image):
    file = ul.open(image)
    for call in (file.__getitem__, file.__contains__, file.dataset, file.node):
        with pytest.raises(errors.ArgumentTypeError, match="named by their paths"):
            call(path)


@pytest.mark.parametrize(
    ("wrong", "kind", "text"),
    [
        ({"group": None}, TypeError, "path of a group is text"),
        ({"attrs": ["gain"]}, TypeError, "Attributes are a mapping"),
        ({"position": np.zeros((2, 3))}, TypeError, "Dimensions are given as"),
        ({"position": None}, ValueError, "but the dimensions V make"),
        ({"position": None, "spectroscopic": None}, ValueError, "no dimensions are"),
        ({"data": np.zeros((4, 2))}, ValueError, "only the order differs"),
    ],
)
def test_what_cannot_be_created_says_why(wrong, kind, text, tmp_path):
    given = {
        "data": np.zeros((2, 4)),
        "quantity": "Q",
        "units": "",
        "position": {"X": (2, "m")},
        "spectroscopic": {"V": (4, "V")},
        **wrong,
    }
    with pytest.raises(kind, match=text) as caught:
        ul.create(tmp_path / "new.h5", **given)
    assert isinstance(caught.value, errors.UsidError)
    assert list(tmp_path.iterdir()) == []
