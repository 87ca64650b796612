"""What files really hold, and how each of it is read all the same.

One test for each peculiarity that was met in files or that the specification allows.
Files are written with plain h5py: nothing of ours decides what is in them.
"""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import NotMainError
from usid_lab.model.rules import Rule

CHANNEL = "/Measurement_000/Channel_000"
MAIN = f"{CHANNEL}/Raw_Data"
ROLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)


def counters(*sizes):
    """Indices of a raster scan, one row an entry, the fastest dimension first."""
    return np.indices(sizes[::-1]).reshape(len(sizes), -1)[::-1].T.astype("u4")


def add_table(group, name, array, labels, units):
    table = group.create_dataset(name, data=array)
    table.attrs["labels"] = np.array(labels, dtype="S")
    table.attrs["units"] = np.array(units, dtype="S")
    return table


def add_side(group, side, indices, values=None, labels=None, units=None):
    """Two tables; positions lie in rows, spectra in columns."""
    width = indices.shape[1]
    labels = labels or [f"{side[0]}{number}" for number in range(width)]
    units = units or ["m"] * width
    values = indices.astype("f4") if values is None else values
    if side == "Spectroscopic":
        indices, values = indices.T, values.T
    return (
        add_table(group, f"{side}_Indices", indices, labels, units),
        add_table(group, f"{side}_Values", values, labels, units),
    )


def add_main(group, data, tables, name="Raw_Data", quantity="Current", units="nA"):
    main = group.create_dataset(name, data=data)
    main.attrs["quantity"], main.attrs["units"] = quantity, units
    for role, table in zip(ROLES, tables, strict=True):
        main.attrs[role] = table.ref
    return main


DATA = np.arange(60.0).reshape(12, 5)
CUBE = DATA.reshape(3, 4, 5)


@pytest.fixture
def make(tmp_path):
    """Write a 3 x 4 map of 5 steps, change it, and open it."""

    def make(change=None, *, data=DATA, positions=None, steps=None, group=CHANNEL):
        path = tmp_path / "made.h5"
        with h5py.File(path, "w") as file:
            here = file.require_group(group)
            positions = positions or {"indices": counters(4, 3), "labels": ["X", "Y"]}
            steps = steps or {"indices": counters(5), "labels": ["Bias"]}
            tables = [
                *add_side(here, "Position", **positions),
                *add_side(here, "Spectroscopic", **steps),
            ]
            add_main(here, data, tables)
            if change is not None:
                change(here)
        return ul.open(path)

    return make


def assert_reads(file, wanted=CUBE, dims=("Y", "X", "Bias")):
    (dataset,) = file.main_datasets
    assert dataset.dims == dims
    np.testing.assert_array_equal(dataset.read(), wanted)
    return dataset


# 1. Book-keeping


@pytest.mark.parametrize(
    "attrs",
    [
        {"timestamp": "2018_10_12-15_21_22", "pyUSID_version": "0.0.4"},
        {"time_stamp": "2018_10_12-15_21_22"},
        {"timestamp": "2018", "pycroscopy_version": "0.60.0"},
        {},
    ],
)
def test_01_book_keeping_in_any_form_or_none(make, attrs):
    def change(channel):
        for owner in (channel, channel.parent, channel["Raw_Data"]):
            for name, value in attrs.items():
                owner.attrs[name] = value

    dataset = assert_reads(make(change))
    assert all(dataset.attrs[name] == value for name, value in attrs.items())


# 2. Where Main datasets lie


@pytest.mark.parametrize(
    "group", ["/", "/Raw_Measurement", "/Measurement_000", "/a/b/c/d/e", "/x-y"]
)
def test_02_main_datasets_in_any_group(make, group):
    dataset = assert_reads(make(group=group))
    assert dataset.path == f"{group.rstrip('/')}/Raw_Data"


# 3. Types of tables


@pytest.mark.parametrize("indices", ["u1", "<u2", ">u4", "i4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("values", ["<f4", ">f8", "i4"])
def test_03_tables_of_any_type(make, indices, values):
    counted = counters(4, 3)
    table = {
        "indices": counted.astype(indices),
        "values": (counted * 2).astype(values),
        "labels": ["X", "Y"],
    }
    dataset = assert_reads(make(positions=table))
    assert dataset.layout.kind == "raster"
    np.testing.assert_array_equal(dataset.coords["X"], [0, 2, 4, 6])


# 4. Order of dimensions, and where indices begin


def test_04_slowest_dimension_first(make):
    positions = {"indices": counters(4, 3)[:, ::-1], "labels": ["Y", "X"]}
    assert_reads(make(positions=positions))


@pytest.mark.parametrize("offset", [(1, 1), (7, 0), (100_000, 3)])
def test_04_indices_that_begin_anywhere(make, offset):
    indices = counters(4, 3) + np.array(offset, "u4")
    dataset = assert_reads(make(positions={"indices": indices, "labels": ["X", "Y"]}))
    np.testing.assert_array_equal(dataset.coords["X"], np.arange(4) + offset[0])


def test_04_a_part_of_a_larger_scan_keeps_its_indices(make):
    """As those write who copy some rows of the tables."""
    larger = counters(10, 10)
    part = larger[(larger[:, 0] >= 5) & (larger[:, 0] < 9) & (larger[:, 1] < 3)]
    dataset = assert_reads(make(positions={"indices": part, "labels": ["X", "Y"]}))
    assert dataset.layout.kind == "raster"


# 5. Dimensions of size 1


@pytest.mark.parametrize("label", ["None", "arb", "arb.", "Single_Step", ""])
def test_05_a_dimension_of_size_1_of_any_name(make, label):
    steps = {"indices": counters(1), "labels": [label], "units": ["a. u."]}
    name = label or "Spectroscopic dimension 1"
    dims = ("Y", "X", name)
    data = DATA[:, :1]
    assert_reads(make(data=data, steps=steps), data.reshape(3, 4, 1), dims)


def test_05_a_dimension_of_size_1_between_others(make):
    indices = np.insert(counters(4, 3), 1, 0, axis=1)
    positions = {"indices": indices, "labels": ["X", "Layer", "Y"]}
    assert_reads(make(positions=positions), CUBE[:, None], ("Y", "Layer", "X", "Bias"))


def test_05_fewer_columns_than_labels(make):
    """Old writers left dimensions of size 1 out of the tables, and kept the labels."""
    positions = {"indices": counters(12), "labels": ["X", "Y"], "units": ["m", "m"]}
    assert_reads(make(positions=positions), DATA, ("X", "Bias"))


def test_05_one_spectrum_with_tables_of_one_number(make):
    positions = {"indices": counters(1), "labels": ["X"]}
    dataset = assert_reads(
        make(data=DATA[:1], positions=positions), DATA[:1], ("X", "Bias")
    )
    assert dataset.layout.kind == "raster"


# 6. Labels and units


def ascii_bytes(owner, name, raw):
    """Write bytes as they are into a text that calls itself ASCII."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(len(raw))
    kind.set_strpad(h5py.h5t.STR_NULLPAD)
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    made = h5py.h5a.create(owner.id, name.encode(), kind, space)
    made.write(np.array(raw, f"S{len(raw)}"), mtype=kind)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([b"Bias"]),
        np.array([b"Bias\0\0  "], "S8"),
        np.array(["Bias"], h5py.string_dtype()),
        np.array(["Bias"], h5py.string_dtype("ascii")),
        np.array(["Bias"], dtype=object),
        "Bias",
        np.bytes_(b"Bias "),
        np.array([["Bias"]], h5py.string_dtype()),
    ],
    ids=["bytes", "padded", "vlen", "vlen ascii", "object", "text", "byte", "2-D"],
)
def test_06_labels_in_every_form(make, labels):
    def change(channel):
        for name in ("Spectroscopic_Indices", "Spectroscopic_Values"):
            channel[name].attrs["labels"] = labels
            channel[name].attrs["units"] = labels

    assert assert_reads(make(change)).dimensions[2].units == "Bias"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xc2\xb5m", "µm"),
        (b"\xb5m", "µm"),
        (b"\xb0C", "°C"),
        ("Å".encode(), "Å"),
        (b"V \0\0", "V"),
        (b" m\n", "m"),
        (b"", ""),
    ],
)
def test_06_units_in_every_encoding(make, raw, text):
    def change(channel):
        for name in ("Spectroscopic_Indices", "Spectroscopic_Values"):
            del channel[name].attrs["units"]
            ascii_bytes(channel[name], "units", raw or b"\0")
        del channel["Raw_Data"].attrs["units"]
        ascii_bytes(channel["Raw_Data"], "units", raw or b"\0")

    dataset = assert_reads(make(change))
    assert (dataset.units, dataset.dimensions[2].units) == (text, text)


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("what", ["labels", "units"])
def test_06_counts_that_do_not_fit(make, what, count):
    def change(channel):
        for name in ("Position_Indices", "Position_Values"):
            given = [b"X", b"Y", b"Z"][:count]
            channel[name].attrs[what] = np.array(given, "S1")

    (dataset,) = make(change).main_datasets
    np.testing.assert_array_equal(dataset.read(), CUBE)
    first = dataset.dimensions[1]
    told = first.label if what == "labels" else first.units
    missing = "Position dimension 1" if what == "labels" else ""
    assert told == ("X" if count else missing)


def test_06_no_units(make):
    def change(channel):
        for name in ROLES:
            del channel[name].attrs["units"]

    assert {d.units for d in assert_reads(make(change)).dimensions} == {""}


def test_06_labels_in_region_references_only(make):
    def change(channel):
        for role in ROLES[:2]:
            table = channel[role]
            del table.attrs["labels"]
            table.attrs["Y"] = table.regionref[:, 1:2]
            table.attrs["X"] = table.regionref[:, 0:1]

    assert_reads(make(change))


# 7. Quantity and units of the data


@pytest.mark.parametrize(
    "text",
    [
        "Current",
        b"Current",
        np.bytes_(b"Current\0"),
        np.array(b"Current"),
        np.array([b"Current"]),
        np.array(["Current"], h5py.string_dtype()),
        np.array("Current", h5py.string_dtype()),
    ],
)
def test_07_quantity_in_every_form(make, text):
    def change(channel):
        for name in ("quantity", "units"):
            channel["Raw_Data"].attrs[name] = text

    dataset = assert_reads(make(change))
    assert (dataset.quantity, dataset.units) == ("Current", "Current")


@pytest.mark.parametrize("name", ["quantity", "units"])
def test_07_without_quantity_it_is_not_quite_main_and_not_hidden(make, name):
    def change(channel):
        del channel["Raw_Data"].attrs[name]
        add_main(channel, DATA, [channel[role] for role in ROLES], "Other")

    file = make(change)
    assert [dataset.name for dataset in file.main_datasets] == ["Other"]
    (near,) = file.near_mains
    assert near.path == MAIN
    assert [fault.text for fault in near.faults] == [f"It has no attribute '{name}'."]
    assert file.node(MAIN).reason == f"It has no attribute '{name}'."
    np.testing.assert_array_equal(file[MAIN].read(), DATA)


# 8. References that lead nowhere


def null(channel, role):
    channel["Raw_Data"].attrs.create(role, h5py.Reference(), dtype=h5py.ref_dtype)


def dangling(channel, role):
    channel["short_lived"] = np.zeros((12, 2))
    channel["Raw_Data"].attrs[role] = channel["short_lived"].ref
    del channel["short_lived"]


def to_a_group(channel, role):
    channel["Raw_Data"].attrs[role] = channel.ref


def to_a_region(channel, role):
    channel["Raw_Data"].attrs[role] = channel["Raw_Data"].regionref[:2]


def to_another_shape(channel, role):
    channel["wrong"] = np.zeros((7, 3))
    channel["Raw_Data"].attrs[role] = channel["wrong"].ref


def as_text(channel, role):
    channel["Raw_Data"].attrs[role] = f"{CHANNEL}/{role}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "spoil", [null, dangling, to_a_group, to_a_region, to_another_shape, as_text]
)
def test_08_a_bad_reference_is_told_and_ends_no_scan(make, role, spoil):
    def change(channel):
        add_main(channel, DATA, [channel[name] for name in ROLES], "Sound")
        spoil(channel, role)

    file = make(change)
    assert [dataset.name for dataset in file.main_datasets] == ["Sound"]
    (near,) = file.near_mains
    assert any(f"'{role}'" in fault.text for fault in near.faults)
    with pytest.raises(NotMainError) as caught:
        file.dataset(MAIN)
    assert role in str(caught.value)
    assert any(f.where == MAIN and f.severity == "error" for f in file.check())


def test_08_references_in_lists_of_one(make):
    def change(channel):
        for role in ROLES:
            value = np.array([channel[role].ref], dtype=h5py.ref_dtype)
            channel["Raw_Data"].attrs.create(role, value)

    assert_reads(make(change))


def test_08_region_references_are_not_asked_for(make, tmp_path):
    """Of a region that lies in another file nothing is left but its attribute."""
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.zeros(3)
        foreign = other["x"].regionref[1:]

        def change(channel):
            channel["Raw_Data"].attrs["Best"] = foreign
            channel["Position_Indices"].attrs["X"] = foreign

        assert_reads(make(change))


# 9. What was measured does not fill the axis


@pytest.mark.parametrize("filler", [0.0, np.nan])
def test_09_an_aborted_run_keeps_its_empty_rows(make, filler):
    data = DATA.copy()
    data[7:] = filler
    assert_reads(make(data=data), data.reshape(3, 4, 5))


def test_09_an_offset_that_is_never_reset_is_read_as_steps(make):
    """Two cycles over three offsets: six indices of offset, not three."""
    step = np.arange(24)
    indices = np.stack([step % 4, step // 4, step // 12], axis=1).astype("u4")
    labels = ["Frequency", "DC_Offset", "Cycle"]
    data = np.arange(12 * 24.0).reshape(12, 24)
    file = make(data=data, steps={"indices": indices, "labels": labels})
    (dataset,) = file.main_datasets
    assert dataset.dims == ("Y", "X", "Step")
    np.testing.assert_array_equal(dataset.read(), data.reshape(3, 4, 24))
    np.testing.assert_array_equal(dataset.read(Step=7), data.reshape(3, 4, 24)[..., 7])
    picked = dataset.isel(Y=1, X=2, Step=slice(3, 6))
    np.testing.assert_array_equal(picked, data[6, 3:6])
    np.testing.assert_array_equal(picked.coords["DC_Offset"], indices[3:6, 1])


def test_09_positions_that_make_no_grid_are_read_as_points(make):
    indices = counters(4, 3)
    indices[5] = indices[4]
    file = make(positions={"indices": indices, "labels": ["X", "Y"]})
    (dataset,) = file.main_datasets
    assert dataset.dims == ("Point", "Bias")
    np.testing.assert_array_equal(dataset.isel(Point=5), DATA[5])
    (told,) = [f for f in file.check() if "same indices" in f.text]
    assert "Entries 4 and 5" in told.text


def test_09_a_grid_with_gaps_is_nan_where_nothing_was_measured(make):
    kept = np.array([0, 1, 2, 3, 4, 5, 6, 8, 9, 11])
    positions = {"indices": counters(4, 3)[kept], "labels": ["X", "Y"]}
    wanted = np.full((12, 5), np.nan)
    wanted[kept] = DATA[kept]
    file = make(data=DATA[kept], positions=positions)
    assert_reads(file, wanted.reshape(3, 4, 5))
    assert any("10 of the 12 places" in fault.text for fault in file.check())


# 10. Rows in another order than that of the grid


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_10_rows_stand_where_their_indices_say(make, seed):
    """A serpentine scan, and rows at random."""
    order = np.arange(12).reshape(3, 4)
    order[1::2] = order[1::2, ::-1]
    rows = order.ravel()
    if seed is not None:
        rows = np.random.default_rng(seed).permutation(12)
    positions = {"indices": counters(4, 3)[rows], "labels": ["X", "Y"]}
    dataset = assert_reads(make(data=DATA[rows], positions=positions))
    assert dataset.layout.kind == "shuffled"
    np.testing.assert_array_equal(dataset.coords["X"], np.arange(4))


# 11. Dimensions that look alike


def test_11_dimensions_of_equal_size(make):
    positions = {"indices": counters(3, 3), "labels": ["X", "Y"]}
    data = np.arange(45.0).reshape(9, 5)
    assert_reads(make(data=data, positions=positions), data.reshape(3, 3, 5))


def test_11_one_label_twice_on_a_side(make):
    positions = {"indices": counters(4, 3), "labels": ["X", "X"]}
    dataset = assert_reads(make(positions=positions), dims=("X", "X 2", "Bias"))
    np.testing.assert_array_equal(dataset.read({"X": 2, "X 2": 1}), CUBE[2, 1])


def test_11_one_label_on_both_sides(make):
    dims = ("Y", "X (position)", "X (spectroscopic)")
    steps = {"indices": counters(5), "labels": ["X"]}
    dataset = assert_reads(make(steps=steps), dims=dims)
    assert [d.label for d in dataset.dimensions] == ["Y", "X", "X"]
    picked = dataset.isel({"X (position)": 3, "X (spectroscopic)": 1})
    np.testing.assert_array_equal(picked, CUBE[:, 3, 1])


# 12. More dimensions than entries


@pytest.mark.parametrize("width", [2, 5])
def test_12_more_dimensions_than_positions(make, width):
    positions = {"indices": np.zeros((1, width), "u4")}
    dims = tuple(f"P{number}" for number in reversed(range(width)))
    wanted = DATA[:1].reshape((1,) * width + (5,))
    assert_reads(make(data=DATA[:1], positions=positions), wanted, (*dims, "Bias"))


def test_12_more_dimensions_than_steps(make):
    steps = {"indices": counters(2, 1, 1), "labels": ["A", "B", "C"]}
    wanted = DATA[:, :2].reshape(3, 4, 1, 1, 2)
    assert_reads(make(data=DATA[:, :2], steps=steps), wanted, ("Y", "X", "C", "B", "A"))


# 13. What lies beside a Main dataset


def test_13_channels_share_their_tables(make):
    def change(channel):
        other = channel.file.create_group("Measurement_000/Channel_001")
        add_main(other, -DATA, [channel[role] for role in ROLES])

    first, second = make(change).main_datasets
    assert first.position_key == second.position_key
    np.testing.assert_array_equal(second.read(), -CUBE)


@pytest.mark.parametrize("dtype", ["c8", "c16", [("a", "f4"), ("b", "i2")]])
def test_13_complex_and_compound_data(make, dtype):
    data = np.zeros((12, 5), dtype)
    if data.dtype.names:
        data["a"], data["b"] = DATA, DATA[::-1]
    else:
        data[:] = DATA * (1 - 2j)
    assert_reads(make(data=data), data.reshape(3, 4, 5))


def test_13_names_that_only_look_alike(make):
    def change(channel):
        channel["Raw_Data_Extra"] = np.zeros((12, 5))
        channel["Raw_Data_Indices_of_peaks"] = np.zeros(7)
        for name in ("Fit", "Raw_Data-A-B_000", "a-b-c", "Raw_Data-Fit"):
            channel[f"{name}/Result"] = np.zeros(3)

    file = make(change)
    assert_reads(file)
    assert file.near_mains == []
    sources = {
        name: file.array(f"{CHANNEL}/{name}/Result").source
        for name in ("Fit", "Raw_Data-A-B_000", "a-b-c", "Raw_Data-Fit")
    }
    assert sources == {
        "Fit": None,
        "Raw_Data-A-B_000": MAIN,
        "a-b-c": None,
        "Raw_Data-Fit": MAIN,
    }


# 14. Groups of results


def results(channel, name="Raw_Data-Fit_000"):
    group = channel.create_group(name)
    tables = [channel[role] for role in ROLES]
    add_main(group, DATA, tables, "Fit")
    return group


@pytest.mark.parametrize(
    "name", ["Raw_Data-Fit_abc", "Measurement_abc", "Fit", "_", "-"]
)
def test_14_groups_without_a_number(make, name):
    file = make(lambda channel: results(channel, name))
    assert len(file.main_datasets) == 2
    assert file.dataset(f"{CHANNEL}/{name}/Fit").shape == (12, 5)
    file.check()


def test_14_results_without_a_reference_to_their_source(make):
    file = make(results)
    assert file.dataset(f"{CHANNEL}/Raw_Data-Fit_000/Fit").source == MAIN
    (told,) = [f for f in file.check() if "source_000" in f.text]
    assert told.where == f"{CHANNEL}/Raw_Data-Fit_000"


def test_14_a_source_on_a_computer_that_is_gone(make):
    def change(channel):
        group = results(channel, "Gone-Fit_000")
        group.attrs["source_file_path"] = r"C:\Users\somebody\old.h5"
        group.attrs["source_dataset_path"] = "/Measurement_000/Channel_000/Gone"

    file = make(change)
    dataset = file.dataset(f"{CHANNEL}/Gone-Fit_000/Fit")
    assert dataset.source == f"{CHANNEL}/Gone"
    np.testing.assert_array_equal(dataset.read(), CUBE)
    (told,) = [f for f in file.check() if "another file" in f.text]
    assert (told.severity, "somebody" in told.text) == ("note", True)


# 15. Hundreds of attributes


def test_15_hundreds_of_attributes_of_every_kind(make):
    written = {
        "empty": "",
        "text NaN": "NaN",
        "degrees": "NaN °C",
        "not a number": np.nan,
        "infinite": -np.inf,
        "list": np.array([1.0, np.inf, np.nan]),
        "none": np.array([], "f4"),
        "texts": np.array(["", "µ"], h5py.string_dtype()),
    }

    def change(channel):
        for number in range(850):
            channel.parent.attrs[f"Setting {number:03d}"] = number
        for name, value in written.items():
            channel.parent.attrs[name] = value
        channel.parent.attrs["nothing"] = h5py.Empty("f4")
        ascii_bytes(channel.parent, "latin", b"5 \xb0C")

    file = make(change)
    assert_reads(file)
    values = file.attribute_values("/Measurement_000")
    assert len(values) == 850 + len(written) + 2
    assert values["Setting 849"] == 849
    assert (values["empty"], values["text NaN"]) == ("", "NaN")
    assert (values["degrees"], values["latin"]) == ("NaN °C", "5 °C")
    assert np.isnan(values["not a number"])
    assert values["infinite"] == -np.inf
    np.testing.assert_array_equal(values["list"], written["list"])
    assert values["none"].shape == (0,)
    assert values["texts"] == ("", "µ")
    assert values["nothing"] is None
    shown = file.attributes("/Measurement_000", 0, 1000).attributes
    assert len(shown) == len(values)


# 16. What tells which positions are done


@pytest.mark.parametrize(
    "status",
    [
        {"completed_guesses": np.array([1] * 5 + [0] * 7, "u1")},
        {"completed_positions": np.array([1.0] * 12)},
        {"completed_positions": np.zeros((12, 2), "u1")},
        {"completed_positions": np.zeros(5, "u1")},
        {"Status": np.zeros(12, "u1")},
        {},
    ],
)
def test_16_a_status_of_any_form_or_none(make, status):
    def change(channel):
        group = results(channel)
        for name, array in status.items():
            group[name] = array
        channel.create_group("Raw_Data-Simple_Process_000")

    file = make(change)
    assert len(file.main_datasets) == 2
    told = [f for f in file.check() if f.rule == Rule.UNFINISHED]
    assert len(told) == any(name.startswith("completed") for name in status)
    assert any("It is empty" in fault.text for fault in file.check())


# 17. Other writers and other formats


def test_17_as_programs_write_that_use_the_newest_library(make):
    """Slowest first, kinds of dimensions as numbers, results of their own version."""

    def change(channel):
        for role in ROLES:
            channel[role].attrs["type"] = np.zeros(len(channel[role].attrs["labels"]))
        channel["Raw_Data"].attrs["sidpy_version"] = "0.12.9"
        channel.create_group("original_metadata/deep").attrs["x"] = 1

    positions = {"indices": counters(4, 3)[:, ::-1], "labels": ["Y", "X"]}
    assert_reads(make(change, positions=positions))


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 5)])
def test_17_a_file_of_the_other_format_says_so(tmp_path, shape):
    path = tmp_path / "nsid.hf5"
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000/image")
        data = group.create_dataset("image", data=np.ones(shape))
        data.attrs.update({"quantity": "intensity", "units": "counts"})
        data.attrs.update({"data_type": "IMAGE", "modality": "STEM"})
        for number, size in enumerate(shape):
            scale = group.create_dataset(f"axis {number}", data=np.arange(size) * 0.5)
            scale.make_scale(f"axis {number}")
            data.dims[number].attach_scale(scale)
    file = ul.open(path)
    assert file.main_datasets == []
    told = [fault for fault in file.check() if fault.where == "/"]
    assert ["laid out as NSID, not as USID" in fault.text for fault in told] == [True]
    if len(shape) == 2:
        assert "NSID" in file.near_mains[0].faults[0].text
    array = file.array("/Measurement_000/Channel_000/image/image")
    np.testing.assert_array_equal(array.coords["axis 0"], [0, 0.5, 1])


def test_17_genuine_files_of_the_other_format(genuine):
    for path in sorted((genuine.parent / "nsid").glob("*.hf5")):
        file = ul.open(path)
        assert file.main_datasets == []
        assert any("NSID" in fault.text for fault in file.check())
        assert all(array for array in file.arrays)


# 18. Names from before the format had its name


def test_18_labels_and_quantities_of_older_programs(make):
    def change(channel):
        channel["Raw_Data"].attrs["quantity"] = "Defl"

    steps = {"indices": counters(5), "labels": ["Z"]}
    positions = {"indices": counters(12), "labels": ["X"]}
    file = make(change, steps=steps, positions=positions)
    assert assert_reads(file, DATA, ("X", "Z")).quantity == "Defl"


# 19. Metadata that are wrong


def test_19_units_are_shown_as_stored_and_nothing_is_converted(make):
    """A phase in metres, and metres that call themselves nanometres."""

    def change(channel):
        channel["Raw_Data"].attrs["quantity"] = "PhaseRetrace"
        channel["Raw_Data"].attrs["units"] = "m"

    counted = counters(4, 3)
    positions = {
        "indices": counted,
        "values": (counted * 1e-9).astype("f4"),
        "labels": ["X", "Y"],
        "units": ["nm", "nm"],
    }
    file = make(change, data=DATA * 6 - 90, positions=positions)
    dataset = assert_reads(file, (DATA * 6 - 90).reshape(3, 4, 5))
    assert dataset.units == "m"
    assert dataset.dimensions[1].units == "nm"
    np.testing.assert_allclose(dataset.coords["X"], np.arange(4) * 1e-9)
    assert "X 4 (nm)" in file.tree()
