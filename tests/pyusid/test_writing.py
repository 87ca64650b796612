"""Functions that write: what lies in the file afterwards, read with h5py alone."""

import math
from enum import Enum

import dask.array as da
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usid_lab.errors import UsidError, WriteError
from usid_lab.pyusid.io import hdf_utils
from usid_lab.pyusid.io.dimension import Dimension, DimType
from usid_lab.pyusid.io.usi_data import USIDataset

COLS, ROWS = np.arange(400, 900, 100), np.array([-0.1, 0, 0.1])
BIAS = 2.5 * np.sin(np.arange(7))
POSITIONS = [Dimension("Cols", "nm", COLS), Dimension("Rows", "um", ROWS)]
STEPS = [Dimension("Bias", "V", BIAS), Dimension("Cycle", "", 2)]
DATA = np.arange(15 * 14.0).reshape(15, 14)
TABLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
BOOK_KEEPING = {
    "time_stamp",
    "timestamp",
    "machine_id",
    "platform",
    "usid_lab_version",
    "pyUSID_version",
}


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "written.h5", "w") as file:
        yield file


@pytest.fixture
def other(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        yield file


def write(group, data=DATA, name="Raw_Data", **options):
    names = {"quantity": "Current", "units": "nA"}
    dims = {"pos_dims": POSITIONS, "spec_dims": STEPS}
    options = names | dims | options
    return hdf_utils.write_main_dataset(group, data, name, **options)


def tables(main):
    return [main.file[main.attrs[role]] for role in TABLES]


def texts(table, name):
    return [text.decode() for text in table.attrs[name]]


@pytest.fixture
def main(file):
    return write(file.create_group("Measurement_000"))


def test_groups_count_on(file):
    names = [hdf_utils.create_indexed_group(file, "Scan").name for _ in range(2)]
    assert names == ["/Scan_000", "/Scan_001"]
    file.create_group("Scan_007")
    file.create_group("Scan_of_Monday")
    assert hdf_utils.assign_group_index(file, "Scan_") == "Scan_008"
    assert set(file["Scan_000"].attrs) == BOOK_KEEPING


def test_results_lie_beside_their_source_and_refer_to_it(main):
    group = hdf_utils.create_results_group(main, "Fit")
    assert group.name == "/Measurement_000/Raw_Data-Fit_000"
    assert group.attrs["tool"] == "Fit"
    assert group.attrs["num_source_dsets"] == group.attrs["num_sources"] == 1
    assert group.file[group.attrs["source_000"]] == main


def test_a_hyphen_in_a_tool_becomes_an_underscore(main):
    with pytest.warns(UserWarning, match="written as '_'"):
        group = hdf_utils.create_results_group(main, "My-Fit")
    assert group.name.endswith("Raw_Data-My_Fit_000")


def test_results_in_another_file_name_their_source(main, other):
    group = hdf_utils.create_results_group(main, "Fit", other)
    assert group.file == other
    assert "source_000" not in group.attrs
    assert group.attrs["source_dataset_path"] == main.name


def test_a_main_dataset_is_written_with_its_tables(main):
    assert isinstance(main, USIDataset)
    np.testing.assert_array_equal(main[()], DATA)
    assert (main.attrs["quantity"], main.attrs["units"]) == ("Current", "nA")
    assert set(main.attrs) > BOOK_KEEPING
    pos_inds, pos_vals, spec_inds, spec_vals = tables(main)
    # Fastest first, as the documentation has it: columns of positions, rows of steps.
    rows, cols = np.indices((3, 5)).reshape(2, -1)
    cycle, bias = np.indices((2, 7)).reshape(2, -1)
    np.testing.assert_array_equal(pos_inds[()], np.stack([cols, rows], axis=1))
    np.testing.assert_array_equal(spec_inds[()], [bias, cycle])
    np.testing.assert_allclose(pos_vals[()], np.stack([COLS[cols], ROWS[rows]], 1))
    np.testing.assert_allclose(spec_vals[()], [BIAS[bias], cycle], rtol=1e-6)
    assert [table.dtype for table in tables(main)] == ["u4", "f4", "u4", "f4"]
    assert texts(pos_inds, "labels") == ["Cols", "Rows"]
    assert texts(spec_vals, "units") == ["V", ""]


def test_dimensions_are_regions_of_their_tables(main):
    for table in tables(main):
        for place, name in enumerate(texts(table, "labels")):
            region = np.squeeze(table[table.attrs[name]])
            by_rows = table.shape[0] < table.shape[1]
            whole = table[place] if by_rows else table[:, place]
            np.testing.assert_array_equal(region, whole)


def test_slowest_first_may_be_said(file):
    ours = write(file.create_group("a"))
    given = {"pos_dims": POSITIONS[::-1], "spec_dims": STEPS[::-1]}
    theirs = write(file.create_group("b"), slow_to_fast=True, **given)
    for one, another in zip(tables(ours), tables(theirs), strict=True):
        np.testing.assert_array_equal(one[()], another[()])
        assert texts(one, "labels") == texts(another, "labels")


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=3)
TYPES = st.sampled_from(["<f4", ">f8", "i2", "u1", "?", "c8", "f2", "f4,i4"])


@settings(max_examples=40)
@given(SIZES, SIZES, TYPES)
def test_what_is_written_is_read_back_in_n_dimensions(rows, columns, dtype):
    sides = [
        [Dimension(f"{kind}{number}", "", size) for number, size in enumerate(sizes)]
        for kind, sizes in (("P", rows), ("S", columns))
    ]
    data = np.arange(math.prod(rows + columns)).astype(dtype)
    data = data.reshape(math.prod(rows), math.prod(columns))
    with h5py.File("in memory", "w", driver="core", backing_store=False) as file:
        main = hdf_utils.write_main_dataset(file, data, "Raw", "q", "", *sides)
        found = main.get_n_dim_form()
        labels, sizes = main.n_dim_labels, main.n_dim_sizes
    # Fastest first on each side: the transpose of numpy's order.
    n_d = data.reshape(rows[::-1] + columns[::-1])
    order = [*range(len(rows))[::-1], *range(len(rows), len(rows + columns))[::-1]]
    np.testing.assert_array_equal(found, n_d.transpose(order))
    assert labels == [one.name for side in sides for one in side]
    assert sizes == rows + columns


def test_an_empty_dataset_is_filled_later(file):
    main = write(file, (15, 14), dtype=np.float32, compression="gzip")
    assert (main.dtype, main.compression) == (np.float32, "gzip")
    main[3] = DATA[3]
    assert file["Raw_Data"][3].tolist() == DATA[3].tolist()
    assert not file["Raw_Data"][4].any()


def test_lazy_data_are_written_in_blocks(file):
    main = write(file, da.from_array(DATA, chunks=(4, 14)))
    np.testing.assert_array_equal(main[()], DATA)


def test_tables_are_shared(main):
    given = zip(("pos_inds", "pos_vals", "spec_inds", "spec_vals"), tables(main))  # noqa: B905
    shared = {f"h5_{name}": table for name, table in given}
    found = write(main.parent, -DATA, "More", pos_dims=None, spec_dims=None, **shared)
    assert tables(found) == tables(main)


def test_tables_of_another_file_are_copied(main, other):
    roles = ("h5_pos_inds", "h5_pos_vals", "h5_spec_inds", "h5_spec_vals")
    shared = dict(zip(roles, tables(main), strict=True))
    found = write(other, DATA, pos_dims=None, spec_dims=None, **shared)
    assert isinstance(found, USIDataset)
    for ours, theirs in zip(tables(found), tables(main), strict=True):
        assert ours.file == other
        np.testing.assert_array_equal(ours[()], theirs[()])


def test_dimensionless_data_are_written(file):
    assert write(file, units="").attrs["units"] == ""


def test_values_that_float32_cannot_hold_keep_their_precision(file):
    times = 1.5e9 + 0.25 * np.arange(14)
    main = write(file, spec_dims=Dimension("Time", "s", times))
    assert tables(main)[3].dtype == np.float64
    np.testing.assert_array_equal(tables(main)[3][0], times)


def test_scattered_points_are_written(file):
    points = [
        Dimension(name, "m", np.cos(np.arange(15) + number), mode=DimType.INCOMPLETE)
        for number, name in enumerate("XY")
    ]
    pos_inds, pos_vals, *_ = tables(write(file, pos_dims=points))
    np.testing.assert_array_equal(pos_inds[()], np.arange(15)[:, None].repeat(2, 1))
    np.testing.assert_allclose(pos_vals[:, 0], np.cos(np.arange(15)), rtol=1e-6)


def test_values_that_depend_on_another_dimension_are_written(file):
    offsets = np.array([[0, 1, 2, 3, 4, 5, 6], [7, 9, 11, 13, 15, 17, 19]])
    steps = [Dimension("Offset", "V", offsets, mode=DimType.DEPENDENT), STEPS[1]]
    _, _, indices, values = tables(write(file, spec_dims=steps))
    np.testing.assert_array_equal(values[0], offsets.ravel())
    np.testing.assert_array_equal(indices[()], np.indices((2, 7)).reshape(2, -1)[::-1])
    assert values.attrs["type"].tolist() == [DimType.DEPENDENT, DimType.DEFAULT]


def test_a_dimension_called_like_an_attribute_of_its_table(file):
    main = write(file, spec_dims=Dimension("labels", "", 14))
    assert texts(tables(main)[2], "labels") == ["labels"]


def test_attributes_come_along(file):
    attrs = {"IO_rate": 4e6, "names": ["a", "µ"], "nothing": None}
    main = write(file, main_dset_attrs=attrs)
    assert main.attrs["IO_rate"] == 4e6
    assert texts(main, "names") == ["a", "µ"]
    assert "nothing" not in main.attrs


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"data": np.ones((14, 14))}, ValueError),
        ({"data": np.ones(15)}, ValueError),
        ({"data": [[1, 2]]}, ValueError),
        ({"data": (15, 14)}, ValueError),
        ({"data": "text"}, TypeError),
        ({"quantity": " "}, ValueError),
        ({"quantity": 5}, TypeError),
        ({"units": None}, TypeError),
        ({"name": ""}, ValueError),
        ({"name": "a/b"}, ValueError),
        ({"name": 5}, TypeError),
        ({"pos_dims": None}, TypeError),
        ({"pos_dims": []}, ValueError),
        ({"spec_dims": "X"}, TypeError),
        ({"main_dset_attrs": ["a"]}, TypeError),
        ({"main_dset_attrs": {"odd": object()}}, OSError),
        ({"pos_dims": [Dimension("X", "m", 3), Dimension("X", "m", 5)]}, ValueError),
        ({"aux_pos_prefix": 5}, TypeError),
        ({"chunks": (1000, 1000)}, OSError),
    ],
)
def test_what_makes_no_main_dataset_leaves_the_file_as_it_was(file, options, kind):
    with pytest.raises(kind) as caught:
        write(file, **{"data": DATA, "name": "Raw_Data"} | options)
    assert isinstance(caught.value, UsidError)
    assert list(file) == []


def test_names_that_are_taken_are_key_errors(main):
    before = list(main.parent)
    with pytest.raises(KeyError, match="already has an entry 'Raw_Data'"):
        write(main.parent)
    with pytest.raises(KeyError, match="already has an entry 'Position_Indices'"):
        write(main.parent, name="Other")
    assert list(main.parent) == before


def test_a_file_for_reading_is_a_value_error(main, tmp_path):
    path = main.file.filename
    main.file.close()
    with h5py.File(path, "r") as file:
        for call in (
            lambda: write(file),
            lambda: hdf_utils.create_indexed_group(file, "Scan"),
            lambda: hdf_utils.write_ind_val_dsets(file, STEPS),
            lambda: hdf_utils.create_results_group(
                file["Measurement_000/Raw_Data"], "Fit"
            ),
        ):
            with pytest.raises(ValueError, match="open for reading only"):
                call()
        with pytest.raises(WriteError, match=r"open for reading only.*'r\+'"):
            hdf_utils.write_simple_attrs(file, {"a": 1})
        regions = {"a": (slice(0, 1), slice(0, 1))}
        with pytest.raises(WriteError, match="open for reading only"):
            hdf_utils.write_region_references(file["Measurement_000/Raw_Data"], regions)
    with pytest.raises(ValueError, match="closed"):
        hdf_utils.create_indexed_group(file, "Scan")


def test_tables_alone(file):
    made = hdf_utils.write_ind_val_dsets(file, POSITIONS, is_spectral=False)
    assert [table.name for table in made] == ["/Position_Indices", "/Position_Values"]
    made = hdf_utils.write_ind_val_dsets(file, STEPS[0], base_name="Sweep")
    assert [table.name for table in made] == ["/Sweep_Indices", "/Sweep_Values"]
    assert made[0].shape == (1, 7)


def test_a_side_without_dimensions_has_no_tables(file):
    with pytest.raises(ValueError, match="at least one spectroscopic"):
        hdf_utils.write_ind_val_dsets(file, [])


def test_a_hyphen_in_the_name_of_a_dataset_becomes_an_underscore(file):
    with pytest.warns(UserWarning, match="written as '_'"):
        assert write(file, name="Raw-Data").name == "/Raw_Data"
    with pytest.warns(UserWarning, match="'Grid-2' is written"):
        write(file, name="Other", aux_pos_prefix="Grid-2", aux_spec_prefix="Sweep")
    assert "Grid_2_Indices" in file


def test_a_dimension_is_taken_out(main):
    group = hdf_utils.create_results_group(main, "Fit")
    made = hdf_utils.write_reduced_spec_dsets(group, *tables(main)[2:], "Bias")
    assert [table[()].tolist() for table in made] == [[[0, 1]], [[0, 1]]]
    assert texts(made[0], "labels") == ["Cycle"]
    assert "Cycle" in made[0].attrs
    both = hdf_utils.write_reduced_anc_dsets(
        group, *tables(main)[2:], ["Bias", "Cycle"], basename="None"
    )
    assert texts(both[0], "labels") == ["Single_Step"]
    assert both[0].shape == (1, 1)
    left = hdf_utils.write_reduced_anc_dsets(group, *tables(main)[:2], "Cols")
    assert left[0].name.endswith("/Position_Indices")
    np.testing.assert_allclose(left[1][:, 0], ROWS)


def test_taking_out_what_is_not_there(main, file):
    with pytest.raises(KeyError, match="Field"):
        hdf_utils.write_reduced_spec_dsets(file, *tables(main)[2:], "Field")
    square = [file.create_dataset(name, data=np.zeros((2, 2))) for name in "ab"]
    with pytest.raises(ValueError, match="is_spec"):
        hdf_utils.write_reduced_anc_dsets(file, *square, "X")


def test_an_empty_dataset_like_another(main):
    made = hdf_utils.create_empty_dataset(
        main, np.float32, "Offsets", new_attrs={"k": 3}
    )
    assert isinstance(made, USIDataset)
    assert (made.shape, made.dtype, made.attrs["k"]) == (main.shape, np.float32, 3)
    assert made.parent == main.parent
    assert tables(made) == tables(main)
    plain = hdf_utils.create_empty_dataset(main, "f4", "Plain", skip_refs=True)
    assert not isinstance(plain, USIDataset)
    assert "Position_Indices" not in plain.attrs


def test_an_empty_dataset_is_used_again_or_made_anew(main):
    first = hdf_utils.create_empty_dataset(main, np.float32, "Fit")
    first[0] = 1
    with pytest.warns(UserWarning, match="used again"):
        again = hdf_utils.create_empty_dataset(main, np.float32, "Fit")
    assert again[0].all()
    with pytest.warns(UserWarning, match="was removed"):
        anew = hdf_utils.create_empty_dataset(main, np.float64, "Fit")
    assert not anew[()].any()
    main.parent.create_group("Taken")
    with pytest.raises(KeyError, match="is a group"):
        hdf_utils.create_empty_dataset(main, np.float32, "Taken")


def test_an_empty_dataset_in_another_file_takes_its_tables_along(main, other):
    made = hdf_utils.create_empty_dataset(main, np.float32, "Fit", h5_group=other)
    assert isinstance(made, USIDataset)
    assert {table.file for table in tables(made)} == {other}


def test_attributes_are_written(file):
    dataset = file.create_dataset("data", data=np.arange(3))
    attrs = {" a ": 1, "list": ["x", "yz"], "mode": DimType.DEPENDENT, "none": None}
    hdf_utils.write_simple_attrs(dataset, attrs)
    assert sorted(dataset.attrs) == ["a", "list", "mode"]
    assert texts(dataset, "list") == ["x", "yz"]
    assert dataset.attrs["mode"] == "DEPENDENT"
    hdf_utils.write_book_keeping_attrs(file)
    assert set(file.attrs) == BOOK_KEEPING


def test_an_attribute_that_hdf5_cannot_hold_is_named(file):
    with pytest.raises(WriteError, match="'odd'"):
        hdf_utils.write_simple_attrs(file, {"odd": object()})
    with pytest.raises(TypeError, match="attrs"):
        hdf_utils.write_simple_attrs(file, ["a"])


def test_attributes_are_copied_without_references_unless_asked(main, file):
    group = file.create_group("copy")
    assert hdf_utils.copy_attributes(main, group) is group
    assert group.attrs["quantity"] == "Current"
    assert not set(TABLES) & set(group.attrs)
    hdf_utils.copy_attributes(main, group, skip_refs=False)
    assert set(TABLES) < set(group.attrs)


def test_references_that_cannot_be_copied_are_named(main, other):
    with pytest.warns(UserWarning, match="Position_Indices"):
        hdf_utils.copy_attributes(main, other, skip_refs=False)


def test_quantity_and_units_are_copied(main, file):
    plain = file.create_dataset("plain", data=DATA)
    hdf_utils.copy_main_attributes(main, plain)
    assert dict(plain.attrs) == {"quantity": "Current", "units": "nA"}
    with pytest.raises(KeyError, match="quantity"):
        hdf_utils.copy_main_attributes(tables(main)[0], plain)


class Method(Enum):
    LEAST_SQUARES = 1


@pytest.mark.parametrize(
    "value",
    [
        Method.LEAST_SQUARES,
        {"start": {"A": 1.5, "B": None}, "method": "lm"},
        ["a", "µ"],
        [b"a", "b"],
        [1, "a"],
        (1, 2.5),
        np.float32(0.1),
        True,
        np.nan,
        "",
        [],
        range(3),
    ],
)
def test_what_was_written_is_found_again(main, value):
    group = hdf_utils.create_results_group(main, "Fit")
    hdf_utils.write_simple_attrs(group, {" value ": value, "other": 1})
    again = {" value ": value, "nothing": None}
    assert hdf_utils.check_for_old(main, "Fit", again) == [group]
    assert hdf_utils.check_for_old(main, "Fit", {"value": "something else"}) == []


def test_links_by_name_and_by_alias(main, file):
    group = file.create_group("More")
    hdf_utils.link_h5_objects_as_attrs(group, [main, main.parent])
    assert file[group.attrs["Raw_Data"]] == main
    assert file[group.attrs["Measurement_000"]] == main.parent
    hdf_utils.link_h5_objects_as_attrs(group, group)
    hdf_utils.link_h5_obj_as_alias(group, main, "Mystery")
    assert file[group.attrs["Mystery"]] == main
    with pytest.raises(TypeError, match="h5_objects"):
        hdf_utils.link_h5_objects_as_attrs(group, ["Raw_Data"])
    with pytest.raises(TypeError, match="h5_objects"):
        hdf_utils.link_h5_objects_as_attrs(group, 5)


def test_four_tables_make_a_main_dataset(main, file):
    plain = file.create_dataset("plain", data=DATA)
    extra = [file.create_dataset("Extra", data=1)]
    made = hdf_utils.link_as_main(plain, *tables(main), anc_dsets=extra)
    assert not isinstance(made, USIDataset)
    assert file[plain.attrs["Extra"]] == extra[0]
    hdf_utils.copy_main_attributes(main, plain)
    assert isinstance(hdf_utils.link_as_main(plain, *tables(main)), USIDataset)
    with pytest.raises(ValueError, match="shape"):
        hdf_utils.link_as_main(plain, *tables(main)[::-1])


def test_ancillaries_are_linked_from_where_they_are_found(main, file, other):
    plain = file.create_dataset("plain", data=DATA)
    given = tables(main)[1]
    names = ["Position_Indices", "Position_Values"]
    hdf_utils.check_and_link_ancillary(plain, names, h5_main=main)
    assert file[plain.attrs["Position_Values"]] == given
    hdf_utils.check_and_link_ancillary(plain, ["A", "B"], anc_refs=[given, given.ref])
    assert file[plain.attrs["A"]] == file[plain.attrs["B"]] == given
    with pytest.warns(UserWarning, match="'Missing'"):
        hdf_utils.check_and_link_ancillary(plain, "Missing", h5_main=main)
    with pytest.raises(ValueError, match="anc_refs"):
        hdf_utils.check_and_link_ancillary(plain, ["A"])
    elsewhere = other.create_dataset("plain", data=DATA)
    with pytest.raises(ValueError, match="another file"):
        hdf_utils.check_and_link_ancillary(elsewhere, names, h5_main=main)


def test_checks_of_later_versions(main, file):
    pos_inds, pos_vals, spec_inds, spec_vals = tables(main)
    hdf_utils.validate_main_dset(main, must_be_h5=True)
    hdf_utils.validate_anc_h5_dsets(spec_inds, spec_vals, main.shape)
    hdf_utils.validate_dims_against_main(main.shape, POSITIONS, False)
    hdf_utils.validate_anc_dset_attrs(pos_inds, pos_vals, is_spec=False)
    with pytest.raises(TypeError, match="h5_main"):
        hdf_utils.validate_main_dset(DATA, must_be_h5=True)
    with pytest.raises(ValueError, match="does not fit"):
        hdf_utils.validate_anc_h5_dsets(spec_inds, spec_vals, (15, 15))
    with pytest.raises(ValueError, match="15 places"):
        hdf_utils.validate_dims_against_main((14, 14), POSITIONS, False)
    pos_vals.attrs["units"] = np.array(["m", "m"], "S")
    with pytest.raises(ValueError, match="equal 'units'"):
        hdf_utils.validate_anc_dset_attrs(pos_inds, pos_vals, is_spec=False)
    with pytest.raises(ValueError, match="the same shape"):
        hdf_utils.validate_anc_dset_attrs(pos_inds, spec_vals)
