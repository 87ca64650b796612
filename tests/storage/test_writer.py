import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ExistsError,
    LayoutError,
    MissingFileError,
    NameTakenError,
    ObjectNotFoundError,
    WriteError,
)
from usid_lab.storage import FileWriter
from usid_lab.storage.chunking import chunk_shape

MAIN = "Measurement_000/Channel_000/Raw_Data"
XY = {"Y": (np.arange(2.0), "m"), "X": (np.arange(3.0), "µm")}
BIAS = {"Bias": (np.arange(4.0), "V")}
WHAT = {"quantity": "Current", "units": "nA"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new.h5"


def test_tables_are_those_of_the_specification(write):
    with h5py.File(write(np.zeros((2, 3, 4)), XY, BIAS)) as file:
        main = file[MAIN]
        assert main.shape == (6, 4)
        assert main.chunks is None
        tables = {
            role: file[main.attrs[role]]
            for role in main.attrs
            if "_I" in role or "_V" in role
        }
        indices = tables["Position_Indices"]
        assert indices.dtype == np.uint32
        np.testing.assert_array_equal(indices[:, 0], [0, 1, 2, 0, 1, 2])
        assert tables["Position_Values"].dtype == np.float32
        assert indices.attrs["labels"].tolist() == [b"X", b"Y"]
        assert indices.attrs["units"].tolist() == ["µm".encode(), b"m"]
        assert indices.attrs["labels"].dtype.kind == "S"
        assert tables["Spectroscopic_Indices"].shape == (1, 4)
        assert main.attrs["quantity"] == "Current"


def test_book_keeping_has_the_specified_and_the_customary_names(write):
    path = write(np.zeros((2, 3, 4)), XY, BIAS)
    with h5py.File(path) as file:
        for owner in (file, file["Measurement_000"], file[MAIN]):
            attrs = dict(owner.attrs)
            assert attrs["time_stamp"] == attrs["timestamp"]
            assert attrs["pyUSID_version"].startswith("0.0.4+usid.lab.")
            assert attrs["pyUSID_version"].endswith(attrs["usid_lab_version"])
            assert {"machine_id", "platform"} <= set(attrs)


def test_a_side_without_dimensions_gets_one_of_size_1(write):
    path = write(np.zeros(4), {}, BIAS)
    with h5py.File(path) as file:
        main = file[MAIN]
        assert main.shape == (1, 4)
        assert file[main.attrs["Position_Indices"]].shape == (1, 1)
    assert ul.open(path).main_datasets[0].dims == ("arb", "Bias")


def test_results_have_their_book_keeping(path):
    fit = np.zeros((2, 3), [("a", "f4"), ("b", "f4")])
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000", {"gain": 2})
        main = writer.main(
            group,
            "Raw_Data",
            np.zeros((2, 3, 4)),
            **WHAT,
            position=XY,
            spectroscopic=BIAS,
        )
        first = writer.results(main, "SHO-Fit", {"guess": "fast"})
        second = writer.results(main, "SHO-Fit")
        made = writer.main(first, "Fit", fit, **WHAT, share=main, spectroscopic={})
        writer.array(f"{first}/completed_positions", np.ones(6, np.uint8), {"a": 1})
        writer.attributes("/", {"project": "test"})
    assert first.endswith("/Raw_Data-SHO_Fit_000")
    assert second.endswith("/Raw_Data-SHO_Fit_001")
    file = ul.open(path)
    values = file.attribute_values(first)
    assert values["tool"] == "SHO-Fit"
    assert values["num_sources"] == values["num_source_dsets"] == 1
    assert values["source_000"] == main
    assert values["guess"] == "fast"
    assert file.attrs["project"] == "test"
    assert file.dataset(made).source == main
    assert file.dataset(made).position_key == file.dataset(main).position_key
    with h5py.File(path) as stored:
        role = "Position_Indices"
        assert stored[stored[made].attrs[role]] == stored[stored[main].attrs[role]]


def test_channels_of_one_group_share_equal_tables(path):
    with FileWriter(path) as writer:
        for name in ("a", "b"):
            writer.main(
                "/", name, np.zeros((2, 3, 4)), **WHAT, position=XY, spectroscopic=BIAS
            )
        other = {"Bias": (np.arange(4.0) * 2, "V")}
        writer.main(
            "/", "c", np.zeros((2, 3, 4)), **WHAT, position=XY, spectroscopic=other
        )
    with h5py.File(path) as file:
        assert (
            file[file["a"].attrs["Spectroscopic_Values"]]
            == file[file["b"].attrs["Spectroscopic_Values"]]
        )
        assert file["c_Spectroscopic_Values"][0, 1] == 2
        assert "c_Position_Values" not in file


def test_scattered_points(write):
    points = {
        "Y": (np.array([3.0, 1.0, 2.0]), "m"),
        "X": (np.array([5.0, 6.0, 4.0]), "m"),
    }
    path = write(np.arange(12.0).reshape(3, 4), points, BIAS, points=True)
    dataset = ul.open(path).main_datasets[0]
    assert dataset.layout.kind == "sparse"
    assert dataset.dims == ("Point", "Bias")
    np.testing.assert_array_equal(dataset.coords["X"], [5, 6, 4])
    np.testing.assert_array_equal(dataset.read(Point=1), np.arange(4.0) + 4)


def test_compression_asks_for_chunks_of_whole_positions(write):
    positions = {"X": (np.arange(4096.0), "m")}
    spectra = {"V": (np.arange(64.0), "V")}
    with h5py.File(
        write(np.zeros((4096, 64)), positions, spectra, compression="gzip")
    ) as file:
        main = file[MAIN]
        assert main.chunks[1] == 64
        assert 100_000 <= np.prod(main.chunks) * 8 <= 1_000_000
        assert main.compression == "gzip"
        assert main.shuffle


@pytest.mark.parametrize("shape", [(1, 10**7), (10**7, 1), (3, 3), (100, 70_000)])
def test_chunks_have_a_sensible_size(shape):
    chunk = chunk_shape(shape, 8)
    nbytes = np.prod(chunk) * 8
    assert nbytes <= 2**20
    assert nbytes >= 100_000 or chunk == shape
    assert all(1 <= c <= s for c, s in zip(chunk, shape, strict=True))


def test_an_existing_file_is_never_overwritten(image, fingerprint):
    before = fingerprint(image)
    with pytest.raises(ExistsError, match="exists already"), FileWriter(image):
        pass
    assert fingerprint(image) == before


def test_a_file_made_meanwhile_is_not_overwritten(path):
    with pytest.raises(ExistsError), FileWriter(path):
        path.write_text("mine")
    assert path.read_text() == "mine"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_nothing(path):
    def fail():
        with FileWriter(path) as writer:
            writer.channel("Measurement_000", "Channel_000")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_not_there(path):
    with pytest.raises(MissingFileError), FileWriter(path / "deeper.h5"):
        pass


def test_a_writer_needs_its_with_statement(path):
    with pytest.raises(WriteError, match="with"):
        FileWriter(path).channel("a", "b")


CUBE = np.zeros((2, 3, 4))
UNEVEN = {"position": {"Y": ([1, 2], ""), "X": ([1], "")}, "points": True}


@pytest.mark.parametrize(
    ("data", "options", "error", "text"),
    [
        (np.zeros((3, 2, 4)), {}, LayoutError, "Y, X, Bias make"),
        (CUBE, {"row_order": [0, 1]}, LayoutError, "6 positions"),
        (np.zeros((2, 3, 4), "S3"), {}, WriteError, "holds numbers"),
        (np.ma.masked_all((2, 3, 4)), {}, WriteError, "Masked"),
        (CUBE, {"share": "/none", "position": None}, ObjectNotFoundError, "/none"),
        (CUBE, {"attrs": {"x": object()}}, WriteError, "'x'"),
        (CUBE, {"position": {"Y": ([[1]], "m")}}, ArgumentError, "'Y'"),
        (CUBE, {"position": {"Y": ([1], None)}}, ArgumentTypeError, "text"),
        (np.zeros((2, 4)), UNEVEN, LayoutError, "as many values"),
        (
            CUBE,
            {"chunks": (99, 99, 99)},
            WriteError,
            "'Main' cannot be written in '/' of 'new.h5'",
        ),
    ],
)
def test_what_cannot_be_written_is_said(path, data, options, error, text):
    sides = {"position": XY, "spectroscopic": BIAS}
    with FileWriter(path) as writer, pytest.raises(error, match=text):
        writer.main("/", "Main", data, **{**WHAT, **sides, **options})


def test_a_group_cannot_be_made_below_a_dataset(path):
    spectra = {"V": ([0], "")}
    with FileWriter(path) as writer:
        writer.array("/x", 1)
        with pytest.raises(NameTakenError, match=r"at '/x/y'\. .*of 'new\.h5' is"):
            writer.main("/x/y", "Main", [1.0], **WHAT, spectroscopic=spectra)


def test_tables_of_another_kind_are_not_overwritten(path):
    spectra = {"V": ([0], "")}
    with FileWriter(path) as writer:
        for name in ("Position_Indices", "Main_Position_Indices"):
            writer.array(f"/{name}", 1)
        with pytest.raises(ExistsError):
            writer.main("/", "Main", [1.0], **WHAT, spectroscopic=spectra)


def test_attributes_of_all_kinds(write):
    attrs = {
        "none": None, "text": "µ", "list": ["a", "µ"], "number": np.float32(2),
        "array": np.arange(3), "flag": True, "str": np.str_("x"), "complex": 1j,
    }  # fmt: skip
    path = write(np.zeros((2, 3, 4)), XY, BIAS, attrs=attrs)
    values = ul.open(path).main_datasets[0].attrs
    assert values["none"] is None
    assert values["text"] == "µ"
    assert values["list"] == ("a", "µ")
    assert values["flag"] is True
    assert values["complex"] == 1j


def test_file_keeps_the_permissions_of_new_files(path):
    plain = path.with_name("plain")
    plain.touch()
    with FileWriter(path):
        pass
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("name", ["", "a/b", "Raw-Data", "a\0b", ".", "..", None, b"x"])
def test_names_that_a_dataset_may_not_have(path, name):
    error = ArgumentError if isinstance(name, str) else ArgumentTypeError
    with pytest.raises(error, match="name of a dataset"):
        ul.create(path, [1.0], quantity="q", units="", name=name)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"quantity": None},
        {"units": None},
        {"position": {"X": [0.0, 1.0]}},
        {"position": {"X": ([0.0, 1.0], "m", "nm")}},
        {"position": [("X", [0.0, 1.0], "m")]},
        {"position": {"X": (["a", "b"], "m")}},
        {"position": {"X": ([0, 1j], "m")}},
        {"data": [[1], [2, 3]]},
        {"data": np.zeros(2, [("a", "f4"), ("b", "S3")])},
    ],
)
def test_what_makes_no_main_dataset_leaves_no_file(path, options):
    usual = {"data": [1.0, 2.0], "quantity": "q", "units": "u"}
    usual["position"] = {"X": ([0.0, 1.0], "m")}
    with pytest.raises((LayoutError, WriteError, ArgumentError, ArgumentTypeError)):
        ul.create(path, **(usual | options))
    assert list(path.parent.iterdir()) == []


def test_attributes_do_not_replace_quantity_and_units(path):
    made = ul.create(path, 1.0, quantity="q", units="u", attrs={"units": "u"})
    assert made.units == "u"
    with pytest.raises(ArgumentError, match="'units' of 'Raw_Data' is given"):
        ul.create(f"{path}2", 1.0, quantity="q", units="u", attrs={"units": "other"})


def test_a_name_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / f"{'a' * 250}.h5"
    made = ul.create(path, 1.0, quantity="q", units="u")
    assert made.read().shape == (1, 1)
