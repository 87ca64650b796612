"""What real files get wrong, and how they are read all the same."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import NotMainError, ObjectNotFoundError
from usid_lab.model.axis import plain_axis
from usid_lab.model.dimension import Dimension
from usid_lab.storage.cache import AxisCache

CHANNEL = "/Measurement_000/Channel_000"
MAIN = f"{CHANNEL}/Raw_Data"


@pytest.fixture
def edit(image):
    """Change the file of a small image with h5py, then open it."""

    def edit(change):
        with h5py.File(image, "r+") as file:
            change(file, file[MAIN])
        return ul.open(image)

    return edit


def replace(file, name, content, **attrs):
    kept = {**dict(file[name].attrs), **attrs}
    references = [
        r
        for r in (
            "Position_Indices",
            "Position_Values",
            "Spectroscopic_Indices",
            "Spectroscopic_Values",
        )
        if name.endswith(r)
    ]
    del file[name]
    file[name] = content
    for key, value in kept.items():
        if value is not None:
            file[name].attrs[key] = value
    for role in references:
        file[MAIN].attrs[role] = file[name].ref


def test_a_dataset_without_labels_does_not_hide_the_file(edit):
    def change(file, main):
        for name in ("Position_Indices", "Position_Values"):
            del file[f"{CHANNEL}/{name}"].attrs["labels"]

    (dataset,) = edit(change).main_datasets
    assert dataset.dims == ("Position dimension 2", "Position dimension 1", "Bias")
    np.testing.assert_array_equal(dataset.read(), np.arange(60.0).reshape(3, 4, 5))


def test_labels_of_very_old_files_are_names_of_regions(edit):
    def change(file, main):
        for name in ("Position_Indices", "Position_Values"):
            table = file[f"{CHANNEL}/{name}"]
            del table.attrs["labels"]
            table.attrs["Across"] = table.regionref[:, 0:1]
            table.attrs["Along"] = table.regionref[:, 1:2]

    assert edit(change).main_datasets[0].dims == ("Along", "Across", "Bias")


@pytest.mark.parametrize(
    "labels",
    [
        "Bias",
        np.array([b"Bias  "]),
        np.array(["Bias"], h5py.string_dtype()),
        np.bytes_(b"Bias\0"),
    ],
)
def test_labels_in_every_form(edit, labels):
    def change(file, main):
        file[f"{CHANNEL}/Spectroscopic_Indices"].attrs["labels"] = labels

    assert edit(change).main_datasets[0].dims == ("Y", "X", "Bias")


def test_units_in_latin_1_and_line_breaks(edit):
    def change(file, main):
        units = np.array([b" \xb5m\n", b" \xb5m\n"])
        file[f"{CHANNEL}/Position_Values"].attrs["units"] = units
        main.attrs["units"] = np.bytes_(b"\xb0C\0")
        main.attrs["quantity"] = np.array([b"Temperature"])

    dataset = edit(change).main_datasets[0]
    assert dataset.dimensions[0].units == "µm"
    assert (dataset.quantity, dataset.units) == ("Temperature", "°C")


def test_too_few_labels_and_units(edit):
    def change(file, main):
        for name in ("Position_Indices", "Position_Values"):
            file[f"{CHANNEL}/{name}"].attrs["labels"] = np.array([b"X"])
            del file[f"{CHANNEL}/{name}"].attrs["units"]

    dataset = edit(change).main_datasets[0]
    assert dataset.dims == ("Position dimension 2", "X", "Bias")
    assert [d.units for d in dataset.dimensions] == ["", "", "V"]


@pytest.mark.parametrize("dtype", ["u2", "i8", "f4", "f8", ">u4"])
def test_indices_of_any_type_starting_anywhere(edit, dtype):
    def change(file, main):
        name = f"{CHANNEL}/Position_Indices"
        replace(file, name, file[name][()].astype(dtype) + np.array(7, dtype))

    dataset = edit(change).main_datasets[0]
    assert dataset.layout.kind == "raster"
    np.testing.assert_array_equal(dataset.read(), np.arange(60.0).reshape(3, 4, 5))


def test_tables_slowest_first(edit):
    def change(file, main):
        for name in ("Position_Indices", "Position_Values"):
            name = f"{CHANNEL}/{name}"
            content, attrs = file[name][()][:, ::-1], file[name].attrs
            replace(
                file,
                name,
                content,
                labels=attrs["labels"][::-1],
                units=attrs["units"][::-1],
            )

    dataset = edit(change).main_datasets[0]
    assert dataset.dims == ("Y", "X", "Bias")
    np.testing.assert_array_equal(dataset.read(), np.arange(60.0).reshape(3, 4, 5))


def test_one_name_on_both_sides(edit):
    def change(file, main):
        for name in ("Spectroscopic_Indices", "Spectroscopic_Values"):
            file[f"{CHANNEL}/{name}"].attrs["labels"] = np.array([b"X"])

    dataset = edit(change).main_datasets[0]
    assert dataset.dims == ("Y", "X (position)", "X (spectroscopic)")
    assert dataset.dimensions[2].label == "X"
    picked = dataset.read({"X (position)": 1, "X (spectroscopic)": 2})
    np.testing.assert_array_equal(picked, np.arange(60.0).reshape(3, 4, 5)[:, 1, 2])


def null(file, main):
    main.attrs.create("Position_Indices", h5py.Reference(), dtype=h5py.ref_dtype)


def dangling(file, main):
    file["temporary"] = np.zeros((12, 2))
    main.attrs["Position_Values"] = file["temporary"].ref
    del file["temporary"]


def to_group(file, main):
    main.attrs["Position_Values"] = file["/"].ref


def to_text(file, main):
    main.attrs["Position_Values"] = "Position_Values"


def to_region(file, main):
    main.attrs["Position_Values"] = file[f"{CHANNEL}/Position_Values"].regionref[:]


def to_empty(file, main):
    file["nothing"] = h5py.Empty("f4")
    main.attrs["Position_Values"] = file["nothing"].ref


def shorter(file, main):
    replace(file, f"{CHANNEL}/Position_Values", np.zeros((5, 2)))


def no_units(file, main):
    del main.attrs["units"]


def no_references(file, main):
    for role in list(main.attrs):
        if "_Indices" in role or "_Values" in role:
            del main.attrs[role]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (null, "'Position_Indices' is a null reference"),
        (dangling, "'Position_Values' refers to"),
        (to_group, "not a dataset"),
        (to_text, "not a reference"),
        (to_region, "not a reference"),
        (to_empty, "holds no array"),
        (shorter, "describes 5 rows, the dataset has 12"),
        (no_units, "no attribute 'units'"),
        (no_references, "refers to none of the four tables"),
    ],
)
def test_a_near_main_is_shown_with_all_reasons(edit, change, text):
    file = edit(change)
    assert file.main_datasets == []
    (near,) = file.near_mains
    assert near.path == MAIN
    assert any(text in fault.text for fault in near.faults)
    assert text in file.node(MAIN).reason
    with pytest.raises(NotMainError) as caught:
        file.dataset(MAIN)
    assert caught.value.faults == near.faults
    np.testing.assert_array_equal(file[MAIN].read(), np.arange(60.0).reshape(12, 5))


def test_source_by_name_where_there_is_no_reference(edit):
    def change(file, main):
        channel = file[CHANNEL]
        for name in (
            "Raw_Data-Fit_000",
            "Raw_Data-Two-Part_Tool_000",
            "NoHyphen_000",
            "Other-Fit_000",
        ):
            channel.create_group(name)["x"] = [1.0]
        channel.create_group("Raw-Data")
        channel["Wrong-Fit_000/x"] = [1.0]
        channel["Wrong-Fit_000"].attrs["source_000"] = 5

    file = edit(change)

    def source(group):
        return file.array(f"{CHANNEL}/{group}/x").source

    assert source("Raw_Data-Fit_000") == MAIN
    assert source("Raw_Data-Two-Part_Tool_000") == MAIN
    assert source("NoHyphen_000") is None
    assert source("Other-Fit_000") is None
    assert source("Wrong-Fit_000") is None
    assert file.dataset(MAIN).source is None


def test_scales_name_the_dimensions_of_an_array(tmp_path):
    path = tmp_path / "scales.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("image", data=np.zeros((3, 4, 2, 5)))
        file["y"] = np.arange(3) * 0.5
        file["y"].attrs["units"] = "nm"
        file["y"].make_scale("Height")
        data.dims[0].attach_scale(file["y"])
        file["bad"] = np.arange(9)
        file["bad"].make_scale()
        data.dims[1].attach_scale(file["bad"])
        data.dims[2].label = "Detector"
    array = ul.open(path).array("/image")
    assert array.dims == ("Height", "bad", "Detector", "Dimension 4")
    assert array.dimensions[0].units == "nm"
    np.testing.assert_array_equal(array.coords["Height"], [0, 0.5, 1])
    np.testing.assert_array_equal(array.coords["bad"], [0, 1, 2, 3])
    assert array.layout.kind == "array"
    assert array.dimensions[0].side == "array"


def test_axes_are_derived_once_and_forgotten_in_time():
    def axis(size):
        return plain_axis(Dimension("X", "", np.zeros(size)))

    cache = AxisCache(max_bytes=100)
    first = cache.get("a", lambda: axis(5))
    assert cache.get("a", lambda: axis(6)) is first
    cache.get("b", lambda: axis(9))
    assert len(cache) == 1
    cache.get("c", lambda: axis(1000))
    assert len(cache) == 0


def test_not_there(image):
    with pytest.raises(ObjectNotFoundError):
        ul.open(image).dataset("/nothing")
