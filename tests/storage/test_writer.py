import itertools
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from usid_lab.storage.datasets import Empty
from usid_lab.storage.recipe import side_recipe
from usid_lab.storage.results import ForeignSource, results_path

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


def test_large_data_lie_in_chunks_of_whole_positions(path):
    noise = np.random.default_rng(0).random((4096, 64))
    sides = {
        "position": {"X": (4096, "")},
        "spectroscopic": {"V": (64, "V")},
    }
    ul.create(path, noise, **WHAT, **sides)
    with h5py.File(path) as file:
        main = file[MAIN]
        assert main.chunks == (1024, 64)
        assert main.compression is None
    counts = ul.create(f"{path}2", (noise * 9).astype("u4"), **WHAT, **sides)
    with h5py.File(f"{path}2") as file:
        assert file[MAIN].compression == "gzip"
    np.testing.assert_array_equal(counts.read(), (noise * 9).astype("u4"))
    ul.create(f"{path}3", noise, **WHAT, **sides, chunks=False)
    with h5py.File(f"{path}3") as file:
        assert file[MAIN].chunks is None


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
    writer = FileWriter(path)
    text = r"inside its 'with' statement only\. \('new\.h5' is not open\)"
    with pytest.raises(WriteError, match=text):
        writer.channel("a", "b")
    with writer:
        writer.channel("a", "b")
    with pytest.raises(OSError, match=text):
        writer.attributes("/", {"a": 1})


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


@pytest.mark.parametrize("group", ["../a", "a/../b", ".", "..", "a/./b"])
def test_groups_are_not_called_dots(path, group):
    with pytest.raises(ArgumentError, match="more than dots"):
        ul.create(path, 1.0, quantity="q", units="", group=group)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["a/b", "", ".."])
def test_names_of_channels(path, name):
    with FileWriter(path) as writer:
        with pytest.raises(ArgumentError, match="name of a group"):
            writer.channel("Measurement_000", name)
        with pytest.raises(ArgumentError, match="name of a group"):
            writer.channel(name, "Channel_000")


def test_indexed_groups(path):
    with FileWriter(path) as writer:
        first = writer.indexed_group("/", "Measurement", {"temperature": 4.2})
        assert writer.indexed_group(first, "Channel_") == f"{first}/Channel_000"
        assert writer.indexed_group(first, "Channel") == f"{first}/Channel_001"
        assert writer.indexed_group("/", "Measurement") == "/Measurement_001"
    with h5py.File(path) as file:
        assert file[first].attrs["temperature"] == 4.2


def test_dimensions_of_every_mode(path):
    dependent = [
        ul.Dimension("Cycle", "", 2),
        ul.Dimension("Bias", "V", [[0.0, 1.0, 2.0], [5.0, 7.0, 9.0]], "dependent"),
    ]
    points = [ul.Dimension(n, "m", [3.0, 1.0, 2.0], "incomplete") for n in "YX"]
    data = np.arange(18.0).reshape(3, 2, 3)
    made = ul.create(path, data, **WHAT, position=points, spectroscopic=dependent)
    assert made.dims == ("Point", "Cycle", "Bias")
    assert made.layout.dependent == ("Bias",)
    np.testing.assert_array_equal(made.read(), data)
    with h5py.File(path) as file:
        values = file[file[MAIN].attrs["Spectroscopic_Values"]]
        np.testing.assert_array_equal(values[0], [0, 1, 2, 5, 7, 9])


@pytest.mark.parametrize("dtype", ["c8", [("a", "f4"), ("b", "i2")], "f2", ">u2", "?"])
def test_compound_and_complex_data(path, dtype):
    data = np.ones((2, 3), dtype)
    made = ul.create(path, data, **WHAT, position=XY)
    np.testing.assert_array_equal(made.read(arb=0), data)


def test_tables_are_shared_across_channels(path):
    cube = np.arange(24.0).reshape(2, 3, 4)
    with FileWriter(path) as writer:
        scan = writer.tables("/Measurement_000/Scan", "position", XY)
        sweep = writer.tables("Measurement_000/Sweep", "spectroscopic", BIAS)
        assert (scan, sweep) == ("/Measurement_000/Scan", "/Measurement_000/Sweep")
        for name in ("Channel_000", "Channel_001"):
            channel = writer.channel("Measurement_000", name)
            writer.main(
                channel, "Raw_Data", cube, **WHAT, position=scan, spectroscopic=sweep
            )
        other = writer.main(
            "/", "Other", cube, **WHAT, position=XY, spectroscopic=sweep
        )
        writer.main("/", "Map", cube[..., 0], **WHAT, position=f"{channel}/Raw_Data")
        writer.main("/", "Curve", cube[0, 0], **WHAT, share=other, position={})
    with h5py.File(path) as file:
        for name in ("Channel_000", "Channel_001"):
            main = file[f"Measurement_000/{name}/Raw_Data"]
            assert set(main.parent) == {"Raw_Data"}
            assert file[main.attrs["Position_Values"]].name == f"{scan}_Values"
            assert file[main.attrs["Spectroscopic_Indices"]].name == f"{sweep}_Indices"
        assert file[file["Map"].attrs["Position_Values"]].name == f"{scan}_Values"
        assert (
            file[file["Curve"].attrs["Spectroscopic_Values"]].name == f"{sweep}_Values"
        )
    found = ul.open(path)
    np.testing.assert_array_equal(found.dataset("/Other").read(), cube)
    np.testing.assert_array_equal(found.dataset("/Map").read(arb=0), cube[..., 0])


def test_a_shared_order_of_rows_holds_for_all_data(path):
    cube = np.arange(24.0).reshape(2, 3, 4)
    with FileWriter(path) as writer:
        order = [5, 3, 1, 0, 2, 4]
        sides = {"position": XY, "spectroscopic": BIAS}
        first = writer.main("/", "A", cube, **WHAT, **sides, row_order=order)
        writer.main("/", "B", cube * 2, **WHAT, share=first)
    np.testing.assert_array_equal(ul.open(path).dataset("/B").read(), cube * 2)


@pytest.fixture
def extended(tmp_path):
    """A file of results with a grid, a serpentine scan and points."""
    path = results_path(tmp_path / "a.h5")
    cube = np.arange(24.0).reshape(2, 3, 4)
    sides = {"position": XY, "spectroscopic": BIAS}
    points = {n: (np.array([3.0, 1.0, 2.0]), "m") for n in "YX"}
    with FileWriter(path, extend=True) as writer:
        writer.main("/grid", "A", cube, **WHAT, **sides)
        order = [0, 1, 2, 5, 4, 3]
        writer.main("/snake", "A", cube, **WHAT, **sides, row_order=order)
        sides["position"] = points
        writer.main("/points", "A", cube[0], **WHAT, **sides, points=True)
    return path


@pytest.mark.parametrize(
    ("group", "shape"), [("grid", (2, 3, 4)), ("snake", (6, 4)), ("points", (3, 4))]
)
def test_tables_that_were_in_the_file_are_shared(extended, group, shape):
    data = np.arange(float(np.prod(shape))).reshape(shape)
    with FileWriter(extended, extend=True) as writer:
        writer.main("/", "B", data, **WHAT, share=f"/{group}/A")
        with pytest.raises(LayoutError, match="make"):
            writer.main("/", "C", data[..., :2], **WHAT, share=f"/{group}/A")
    with h5py.File(extended) as file:
        for role in ("Position_Indices", "Spectroscopic_Values"):
            known = file[file[group]["A"].attrs[role]]
            assert file[file["B"].attrs[role]] == known
        rows = data.reshape(-1, 4)
        np.testing.assert_array_equal(file["B"][()], rows)


def test_tables_that_are_none(path):
    with FileWriter(path) as writer:
        writer.array("/plain", [[1.0]])
        writer.array("/odd_Indices", np.zeros((2, 1)))
        writer.array("/odd_Values", np.zeros((3, 1)))
        writer.group("/group_Indices")
        writer.array("/group_Values", 1)
        for side, error, text in (
            ("/none", ObjectNotFoundError, "'new.h5' has nothing at '/none_Indices'"),
            (
                "/plain",
                ObjectNotFoundError,
                "'Position_Indices' of '/plain' is not a ref",
            ),
            ("/odd", LayoutError, r"one shape, of two dimensions. \(got \(2, 1\)"),
            ("/group", ObjectNotFoundError, "'/group_Indices' is not a dataset"),
        ):
            with pytest.raises(error, match=text):
                writer.main("/", "Main", [1.0], **WHAT, position=side)


def test_an_empty_dataset_is_filled_block_by_block(path):
    cube = np.arange(24, dtype="f4").reshape(2, 3, 4)
    sides = {"position": XY, "spectroscopic": BIAS}
    with FileWriter(path) as writer:
        main = writer.main("/", "Main", None, dtype="f4", **WHAT, **sides)
        for start in (0, 2):
            rows = cube.reshape(6, 4)[start : start + 2]
            writer.fill(main, slice(start, start + 2), rows)
        writer.array("/done", Empty((6,), np.dtype("u1")))
        writer.fill("/done", slice(0, 4), 1)
    made = ul.open(path).dataset("/Main")
    np.testing.assert_array_equal(made.read()[0], cube[0])
    np.testing.assert_array_equal(made.read()[1, 0], cube[1, 0])
    assert np.isnan(made.read()[1, 1:]).all()
    with h5py.File(path) as file:
        assert file["done"][()].tolist() == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("data", "dtype", "error", "text"),
    [
        (None, None, ArgumentError, "made of data, or empty of a dtype"),
        ([1.0], "f4", ArgumentError, "data: list, dtype: 'f4'"),
        (None, "S3", WriteError, "holds numbers"),
    ],
)
def test_a_dataset_has_data_or_a_type(path, data, dtype, error, text):
    with FileWriter(path) as writer, pytest.raises(error, match=text):
        writer.main("/", "Main", data, dtype=dtype, **WHAT)


def test_results_of_several_and_of_another_file(path):
    with FileWriter(path) as writer:
        names = [writer.main("/g", name, 1.0, **WHAT) for name in ("A", "B")]
        many = writer.results(names, "Mix", {"algorithm": "mean"})
        assert many == "/g/Multi_Dataset-Mix_000"
        away = ForeignSource(path.with_name("raw.h5"), "/Measurement_000/Raw_Data")
        assert writer.results(away, "Fit") == "/Measurement_000/Raw_Data-Fit_000"
        assert writer.results(away, "Fit", parent="/x") == "/x/Raw_Data-Fit_000"
        with pytest.raises(ArgumentError, match="at least one source"):
            writer.results([], "Fit")
        with pytest.raises(
            ObjectNotFoundError, match=r"'/g' of 'new\.h5' is not a data"
        ):
            writer.results("/g", "Fit")
    with h5py.File(path) as file:
        attrs = file[many].attrs
        assert [file[attrs[f"source_00{n}"]].name for n in (0, 1)] == names
        assert attrs["algorithm"] == "mean"
        attrs = file["Measurement_000/Raw_Data-Fit_000"].attrs
        assert attrs["source_file"] == "raw.h5"


def test_links_aliases_and_regions(path):
    with FileWriter(path) as writer:
        main = writer.main("/g", "Main", np.ones((2, 3)), **WHAT, position=XY)
        writer.link("/g", {"best": main, "home": "/"})
        assert writer.alias("/short", main) == "/short"
        writer.region(main, {"line": (slice(0, 3), slice(None))})
        with pytest.raises(NameTakenError, match="already has an entry 'short'"):
            writer.alias("/short", main)
        with pytest.raises(ObjectNotFoundError, match="nothing at '/none'"):
            writer.link("/g", {"x": "/none"})
    with h5py.File(path) as file:
        assert file[file["g"].attrs["best"]] == file["short"] == file["g/Main"]
        assert file["g/Main"].regionref.selection(file["g/Main"].attrs["line"]) == (
            3,
            1,
        )


def test_a_dataset_that_failed_leaves_no_trace_of_itself(path):
    with FileWriter(path) as writer:
        with pytest.raises(WriteError, match="'x'"):
            writer.main("/", "Main", [1.0, 2.0], **WHAT, attrs={"x": object()},
                        position={"X": (2, "m")})  # fmt: skip
        writer.main("/", "Main", [3.0, 4.0], **WHAT, position={"X": (2, "m")})
    np.testing.assert_array_equal(ul.open(path).dataset("/Main").read(arb=0), [3, 4])


def test_a_name_that_is_taken_in_the_file(path):
    with FileWriter(path) as writer:
        writer.main("/", "Main", 1.0, **WHAT)
        for attempt in (
            lambda: writer.main("/", "Main", 1.0, **WHAT),
            lambda: writer.array("/Main", 1.0),
            lambda: writer.tables("/Position", "position", {}),
        ):
            with pytest.raises(NameTakenError, match=r"'/' of 'new\.h5' already has"):
                attempt()


KINDS = [
    "i2",
    "<f2",
    ">f4",
    "f8",
    "?",
    ">u4",
    "c8",
    ">c16",
    [("a", "f4"), ("b", ">i2")],
]
SIZES = st.lists(st.integers(1, 4), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    SIZES,
    SIZES,
    st.sampled_from(KINDS),
    st.randoms(),
    st.sampled_from([None, False, (1, 1)]),
)
def test_every_value_stands_where_its_indices_say(rows, columns, kind, random, chunks):
    shape = (*rows, *columns)
    values = np.array([random.randrange(200) for _ in range(math.prod(shape))])
    data = values.reshape(shape).astype(kind)
    order = list(range(math.prod(rows)))
    random.shuffle(order)
    sides = [
        [
            ul.Dimension(f"{side}{n}", "m", np.arange(size) * 1.5)
            for n, size in enumerate(sizes)
        ]
        for side, sizes in (("P", rows), ("S", columns))
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.h5")
        with FileWriter(path) as writer:
            writer.main("/", "Main", data, **WHAT, position=sides[0], row_order=order,
                        spectroscopic=sides[1], chunks=chunks)  # fmt: skip
        with h5py.File(path) as file:
            main = file["Main"]
            # Fastest dimension first, as the specification has it.
            place = file[main.attrs["Position_Indices"]][:, : len(rows)][:, ::-1]
            step = file[main.attrs["Spectroscopic_Indices"]][: len(columns)][::-1].T
            assert main.dtype == data.dtype
            for row, column in itertools.product(*map(range, main.shape)):
                where = (
                    *(place[row] if rows else ()),
                    *(step[column] if columns else ()),
                )
                assert main[row, column] == data[where]


def test_an_order_goes_with_dimensions_that_are_given(path):
    with FileWriter(path) as writer:
        shared = writer.tables("/Scan", "position", XY)
        for given in ({"row_order": [1, 0]}, {"points": True}):
            with pytest.raises(ArgumentError, match="dimensions that are given here"):
                writer.main("/", "Main", np.zeros((2, 3)), **WHAT, position=shared,
                            **given)  # fmt: skip


def test_tables_made_by_hand(path):
    three = side_recipe(XY)
    three = replace(
        three, shape=(3,), indices=three.indices[:3], values=three.values[:3]
    )
    with FileWriter(path) as writer:
        writer.main("/", "Main", np.arange(3), **WHAT, position=three)
    made = ul.open(path).dataset("/Main")
    np.testing.assert_array_equal(made.read().ravel(), [0, 1, 2])
    assert made.sizes == {"Y": 1, "X": 3, "arb": 1}
