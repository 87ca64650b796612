import pickle
import subprocess
import sys

import h5py
import numpy as np
import pytest
import xarray as xr

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DimensionError,
    LabelError,
    SelectionError,
)


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
    assert text.splitlines()[1:] == [
        "  Y: 3          0 to 2e-06 m  position",
        "  X: 4          0 to 3e-06 m  position",
        "  Bias step: 5  -1 to 1 V     spectroscopic",
        "  float64, 480 B, raster, data.h5",
    ]


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


def test_sel_speaks_like_xarray(cube):
    _, dataset = cube
    whole = dataset.to_xarray()
    for wanted in (
        {"Y": 0},
        {"X": slice(0.9e-6, 2.1e-6), "Bias step": [-1.0, 1.0]},
        {"Bias step": slice(-0.6, 0.1)},
    ):
        found = dataset.sel(wanted)
        xr.testing.assert_identical(found, whole.sel(wanted))
    # Files hold single precision: the decimal that was written is found.
    assert whole["Y"][1] != 1e-6
    xr.testing.assert_identical(dataset.sel(Y=1e-6), whole[1])
    xr.testing.assert_identical(dataset.sel(X=slice(1e-6, 2e-6)), whole[:, 1:3])
    near = dataset.sel({"Bias step": 0.4}, method="nearest", tolerance=0.2, X=3e-6)
    assert near["Bias step"] == 0.5
    np.testing.assert_array_equal(near, whole[:, 3, 3])


def test_dimensions_called_like_arguments_go_through_the_mapping(write):
    data = np.arange(6.0).reshape(2, 3)
    path = write(
        data,
        {"method": ([1.0, 2.0], "")},
        {"how": ([4.0, 5.0, 6.0], "")},
    )
    dataset = ul.open(path).main_datasets[0]
    np.testing.assert_array_equal(dataset.sel({"method": 2, "how": 5}), data[1, 1])
    np.testing.assert_array_equal(
        dataset.reduce("sum", "how", {"method": 0}), data[0].sum()
    )
    np.testing.assert_array_equal(dataset.reduce("sum", "method", how=1), 5.0)


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda d: d.sel(Z=1), DimensionError, "no dimension 'Z'; there are: Y, X"),
        (lambda d: d.sel(X=7), LabelError, "7"),
        (lambda d: d.sel(X=1e-6, tolerance=1), SelectionError, "method"),
        (lambda d: d.sel(X="a"), SelectionError, "X"),
        (lambda d: d.isel(X=4), SelectionError, "Index 4 is outside dimension 'X'"),
        (lambda d: d.read(X=1.5), SelectionError, "an index, a slice or a list"),
        (lambda d: d.read(Z=0), DimensionError, "no dimension 'Z'"),
        (lambda d: d.isel(5), ArgumentTypeError, "A selection is a mapping"),
        (lambda d: d.read([1]), ArgumentTypeError, "A selection is a mapping"),
        (lambda d: d.sel({"X": 0}, X=0), ArgumentError, "'X' is selected twice"),
        (lambda d: d.reduce("mean", 5), ArgumentTypeError, "a list of names"),
        (lambda d: d.reduce("mode"), ArgumentError, "no reduction 'mode'"),
        (lambda d: d.write_slice(X=4), SelectionError, "Index 4 is outside"),
        (lambda d: d.write_reduced("mean", "Z"), DimensionError, "no dimension 'Z'"),
    ],
)
def test_errors_name_the_dataset_and_the_file(cube, ask, error, text):
    _, dataset = cube
    with pytest.raises(error, match=text) as caught:
        ask(dataset)
    place = "'/Measurement_000/Channel_000/Raw_Data' of 'data.h5'"
    assert str(caught.value).count(place) == 1


def test_numpy_takes_it_for_an_array(cube):
    data, dataset = cube
    np.testing.assert_array_equal(np.asarray(dataset), data)
    assert np.asarray(dataset, dtype="f4").dtype == np.float32
    assert np.mean(dataset) == data.mean()
    with pytest.raises(ValueError, match="lies in a file"):
        np.array(dataset, copy=False)


def test_it_is_equal_to_itself_by_any_way(cube, tmp_path):
    _, dataset = cube
    (tmp_path / "link.h5").symlink_to(dataset.file_path)
    again = ul.open(tmp_path / "link.h5").dataset(dataset.path.lstrip("/"))
    assert again == dataset
    assert hash(again) == hash(dataset)
    assert {dataset: 1}[again] == 1
    copy = tmp_path / "copy.h5"
    copy.write_bytes(dataset.file_path.read_bytes())
    assert ul.open(copy).main_datasets[0] != dataset
    assert ul.open(dataset.file_path).array(dataset.path) != dataset
    table = f"{dataset.path.rpartition('/')[0]}/Position_Values"
    assert ul.open(dataset.file_path).array(table) != dataset
    assert dataset != dataset.path


def test_it_travels_to_other_processes(cube):
    data, dataset = cube
    dataset.read()
    packed = pickle.dumps(dataset)
    assert len(packed) < 1000
    again = pickle.loads(packed)
    assert (again, hash(again)) == (dataset, hash(dataset))
    np.testing.assert_array_equal(again.read(), data)
    assert (again.quantity, again.shape) == ("Current", (12, 5))


def test_reading_loads_no_labels_and_no_tasks(image):
    code = f"""
import sys
import usid_lab as ul
dataset = ul.open({str(image)!r}).main_datasets[0]
dataset.read(X=1)
repr(dataset), dataset._repr_html_(), hash(dataset)
heavy = {{"xarray", "dask", "pandas", "matplotlib", "scipy", "joblib", "anywidget"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_dimensions_that_depend_on_others_are_coordinates_of_several_dims(write):
    fields = np.array([[0.0, 1.0, 2.0], [10.0, 20.0, 30.0]])
    spectroscopic = [
        ul.Dimension("Cycle", "", 2),
        ul.Dimension("Field", "V", fields, mode="dependent"),
    ]
    data = np.arange(12.0).reshape(2, 2, 3)
    path = write(data, {"X": ([0.0, 1.0], "m")}, spectroscopic)
    dataset = ul.open(path).main_datasets[0]
    whole = dataset.to_xarray()
    assert whole["Field"].dims == ("Cycle", "Field")
    np.testing.assert_array_equal(whole["Field"], fields)
    part = dataset.isel(Cycle=1, Field=[2, 0])
    np.testing.assert_array_equal(part["Field"], [30, 10])
    assert part["Field"].attrs["units"] == "V"
    assert "Field" not in dataset.reduce("mean", "Cycle").coords
    np.testing.assert_array_equal(dataset.reduce("max", "Field"), data.max(axis=2))
