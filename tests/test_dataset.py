import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import DimensionError, SelectionError


@pytest.fixture
def cube(write):
    data = np.arange(60.0).reshape(3, 4, 5)
    path = write(
        data,
        {"Y": (np.arange(3) * 1e-6, "m"), "X": (np.arange(4) * 1e-6, "m")},
        {"Bias step": (np.linspace(-1, 1, 5), "V")},
    )
    return data, ul.open(path).main_datasets[0]


def test_it_says_what_it_is(cube):
    _, dataset = cube
    assert dataset.path == "/Measurement_000/Channel_000/Raw_Data"
    assert dataset.name == "Raw_Data"
    assert dataset.shape == (12, 5)
    assert dataset.dtype == np.float64
    assert (dataset.quantity, dataset.units) == ("Current", "nA")
    assert dataset.dims == ("Y", "X", "Bias step")
    assert dataset.sizes == {"Y": 3, "X": 4, "Bias step": 5}
    assert dataset.layout.kind == "raster"
    assert [d.side for d in dataset.dimensions] == [
        "position",
        "position",
        "spectroscopic",
    ]
    np.testing.assert_allclose(dataset.coords["X"], np.arange(4) * 1e-6)
    assert dataset.attrs["quantity"] == "Current"
    assert dataset.source is None


def test_read_speaks_like_numpy(cube):
    data, dataset = cube
    np.testing.assert_array_equal(dataset.read(), data)
    np.testing.assert_array_equal(dataset.read(Y=1), data[1])
    np.testing.assert_array_equal(
        dataset.read({"Bias step": -1}, X=slice(1, 3)), data[:, 1:3, -1]
    )
    np.testing.assert_array_equal(
        dataset.read(X=[3, 0], Y=[2, 1]), data[[2, 1]][:, [3, 0]]
    )


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"Y": 0},
        {"X": [2, 0]},
        {"X": slice(None, None, -1), "Bias step": 2},
        {"Y": []},
    ],
)
def test_isel_has_labels(cube, selection):
    _, dataset = cube
    found = dataset.isel(selection)
    np.testing.assert_array_equal(found.values, dataset.read(selection))
    whole = dataset.isel()
    assert whole.dims == dataset.dims
    assert found.identical(whole.isel(selection))
    assert found.attrs["units"] == "nA"
    assert found.coords["X"].attrs["units"] == "m"


def test_isel_of_points_keeps_their_places(write):
    points = {"Y": (np.array([3.0, 1.0]), "m"), "X": (np.array([5.0, 6.0]), "m")}
    path = write(np.zeros((2, 1)), points, {"V": ([0.0], "V")}, points=True)
    found = ul.open(path).main_datasets[0].isel(Point=1)
    assert float(found.coords["X"]) == 6
    assert float(found.coords["Y"]) == 1


def test_errors_are_clear(cube):
    _, dataset = cube
    with pytest.raises(DimensionError, match="Y, X, Bias step"):
        dataset.isel(Z=0)
    with pytest.raises(SelectionError):
        dataset.read(X=4)


def test_text_shows_name_sizes_and_units(cube):
    _, dataset = cube
    text = repr(dataset)
    assert "Raw_Data> Current (nA)" in text
    assert "Y: 3, X: 4, Bias step: 5" in text
    assert "float64, raster, data.h5" in text


def test_text_of_a_hostile_file_is_tame(tmp_path):
    path = tmp_path / "odd.h5"
    with h5py.File(path, "w") as file:
        file["a\x1b[2J"] = np.zeros(3)
        file["a\x1b[2J"].attrs["quantity"] = "\x1b[31m"
    assert "\x1b" not in repr(ul.open(path).array("/a\x1b[2J"))


def test_no_file_is_held_open(cube):
    _, dataset = cube
    dataset.read()
    from usid_lab.storage import release

    release(dataset.file_path)
    with h5py.File(dataset.file_path, "r+") as file:
        file["new"] = 1
    assert dataset.read(Y=0, X=0).shape == (5,)


def test_big_endian_data_come_out_native(tmp_path):
    path = tmp_path / "big.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(6, dtype=">i4").reshape(2, 3)
    array = ul.open(path).array("x")
    assert array.path == "/x"
    assert array.dtype == ">i4"
    assert array.read().dtype == np.int32
    np.testing.assert_array_equal(array.isel({"Dimension 2": 1}), [1, 4])
