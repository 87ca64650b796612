"""The text of what people meet most often: what, where, the value, the expected."""

import re

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import UsidError
from usid_lab.storage import FileWriter

MAIN = "/Measurement_000/Channel_000/Raw_Data"
PLACE = f"'{MAIN}' of 'data.h5'"
DATA = np.arange(24.0).reshape(2, 3, 4)
SIDES = {
    "position": {"Y": ([0.0, 1.0], "m"), "X": ([0.0, 1.0, 2.0], "m")},
    "spectroscopic": {"Bias": ([0.0, 1.0, 2.0, 3.0], "V")},
}
KIND = {"quantity": "Current", "units": "nA"}


@pytest.fixture
def dataset(write):
    return ul.open(write(DATA, **SIDES)).main_datasets[0]


@pytest.mark.parametrize(
    ("ask", "builtin", "text"),
    [
        (
            lambda d: d.isel(Z=1),
            KeyError,
            f"There is no dimension 'Z'; there are: Y, X, Bias. ({PLACE})",
        ),
        (
            lambda d: d.isel(X=9),
            IndexError,
            f"Index 9 is outside dimension 'X', which has 3 steps. ({PLACE})",
        ),
        (
            lambda d: d.read(X=[0, -4]),
            IndexError,
            f"Index -4 is outside dimension 'X', which has 3 steps. ({PLACE})",
        ),
        (
            lambda d: d.isel(X=1.5),
            IndexError,
            "Dimension 'X' takes an index, a slice or a list of whole numbers."
            f" (got float of dtype float64, 0-D; {PLACE})",
        ),
        (
            lambda d: d.isel(3),
            TypeError,
            "A selection is a mapping of names of dimensions, or keyword arguments."
            f" (got 3; {PLACE})",
        ),
        (
            lambda d: d.sel(X=0.5),
            KeyError,
            "Dimension 'X' has no value 0.5; method='nearest' takes one nearby."
            f" (its values lie between 0 and 2; {PLACE})",
        ),
        (
            lambda d: d.reduce("mode", ["X"]),
            ValueError,
            "There is no reduction 'mode'; there are: mean, sum, std, min, max, argmin,"
            f" argmax, median. ({PLACE})",
        ),
        (
            lambda d: d.reduce("mean", ["Z"]),
            KeyError,
            f"There is no dimension 'Z'. What can be reduced: Y, X, Bias. ({PLACE})",
        ),
    ],
)
def test_of_a_selection(dataset, ask, builtin, text):
    with pytest.raises(UsidError, match=f"^{re.escape(text)}$") as caught:
        ask(dataset)
    assert isinstance(caught.value, builtin)


@pytest.mark.parametrize(
    ("ask", "builtin", "text"),
    [
        (
            lambda w: w.main("/", "a/b", DATA, **SIDES, **KIND),
            ValueError,
            "The name of a dataset is text without '/' and '-', and more than dots."
            " (got 'a/b'; '/' of 'new.h5')",
        ),
        (
            lambda w: w.main("/", "a-b", DATA, **SIDES, **KIND),
            ValueError,
            "The name of a dataset is text without '/' and '-', and more than dots."
            " (got 'a-b'; '/' of 'new.h5')",
        ),
        (
            lambda w: w.main("/", "Taken", DATA, **SIDES, **KIND),
            FileExistsError,
            "'/' of 'new.h5' already has an entry 'Taken'.",
        ),
        (
            lambda w: w.main("/", "a", DATA[:1], **SIDES, **KIND),
            ValueError,
            "The data have the shape (1, 3, 4), but the dimensions Y, X, Bias make"
            " (2, 3, 4). (one axis for each dimension, positions first, slowest first;"
            " '/' of 'new.h5')",
        ),
        (
            lambda w: w.main("/", "a", DATA, **SIDES, quantity="Current", units=None),
            TypeError,
            "The units of 'a' must be text; '' for none. (got None; '/' of 'new.h5')",
        ),
        (
            lambda w: w.attributes("/Taken", {"tip": {1}}),
            OSError,
            "The attribute 'tip' of '/Taken' of 'new.h5' cannot be written to HDF5: it"
            " is the set {1}. (HDF5 has no place for that type)",
        ),
        (
            lambda w: w.attributes("/nothing", {}),
            KeyError,
            "The file 'new.h5' has nothing at '/nothing'.",
        ),
        (
            lambda w: w.fill("/Taken", 7, 1.0),
            IndexError,
            "'/Taken' of 'new.h5' has the shape (2,)."
            " (got 7: Index (7) out of range for (0-1))",
        ),
        (lambda w: w.array(3, [1.0]), TypeError, "An HDF5 path is text. (got 3)"),
        (
            lambda w: w.results(3, "Fit"),
            TypeError,
            "Sources of results are paths of datasets, or ForeignSource. (got 3)",
        ),
        (
            lambda w: w.tables("/Scan", "odd", SIDES["position"]),
            ValueError,
            "Tables are those of the side 'position' or 'spectroscopic'. (got 'odd')",
        ),
    ],
)
def test_of_writing(tmp_path, ask, builtin, text):
    with pytest.raises(UsidError, match=f"^{re.escape(text)}$") as caught:
        attempt(tmp_path / "new.h5", ask)
    assert isinstance(caught.value, builtin)
    assert list(tmp_path.iterdir()) == []


def attempt(path, ask):
    with FileWriter(path) as writer:
        writer.array("/Taken", [1.0, 2.0])
        ask(writer)


def test_of_a_file_that_exists(write):
    path = write(DATA, **SIDES)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"^'data.h5' exists already; choose"):
        ul.create(path, DATA, **SIDES, **KIND)
    assert path.read_bytes() == before


def test_of_a_closed_writer(tmp_path):
    with pytest.raises(OSError, match=r"^A FileWriter works inside its 'with'"):
        FileWriter(tmp_path / "new.h5").group("/a")


def test_of_an_attribute_that_is_not_there(dataset):
    text = f"There is no attribute 'tip'. ({PLACE})"
    with pytest.raises(KeyError, match=f"^{re.escape(text)}$"):
        dataset.attrs["tip"]
