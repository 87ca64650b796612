"""The reading half of hdf_utils, against plain h5py, numpy and what is documented."""

import h5py
import numpy as np
import pytest

from usid_lab.errors import ArgumentError, UsidError
from usid_lab.pyusid import USIDataset, hdf_utils


@pytest.fixture
def beps(write_beps_small, tmp_path):
    write_beps_small(tmp_path / "temp.h5")
    with h5py.File(tmp_path / "temp.h5", "r+") as file:
        yield file


@pytest.fixture
def channel(beps):
    return beps["Measurement_000/Channel_000"]


@pytest.fixture
def raw(channel):
    return channel["Raw_Data"]


# --- attributes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("text", "text"),
        (b"bytes", "bytes"),
        (np.bytes_("5 µm".encode("latin-1")), "5 µm"),
        ("Ω".encode(), "Ω"),
        (7, 7),
        (2.5, 2.5),
        ("", ""),
    ],
)
def test_get_attr_of_a_single_value(beps, stored, expected):
    beps.attrs["it"] = stored
    found = hdf_utils.get_attr(beps, "it")
    assert found == expected
    assert isinstance(found, str) == isinstance(expected, str)


@pytest.mark.parametrize("kind", ["S", h5py.string_dtype()], ids=["fixed", "variable"])
def test_get_attr_of_texts(beps, kind):
    beps.attrs["it"] = np.array(["X", "DC_Offset"], kind)
    found = hdf_utils.get_attr(beps, "it")
    assert found.tolist() == ["X", "DC_Offset"]
    assert found.dtype.kind == "U"


def test_get_attr_of_numbers_keeps_their_type(beps):
    beps.attrs["it"] = np.arange(6, dtype="u2").reshape(2, 3)
    found = hdf_utils.get_attr(beps, "it")
    np.testing.assert_array_equal(found, np.arange(6).reshape(2, 3))
    assert found.dtype == np.uint16


def test_get_attributes(beps, raw):
    assert hdf_utils.get_attributes(beps, ["project_id", "user_name"]) == {
        "project_id": "CNMS_2015B_X0000",
        "user_name": "John Doe",
    }
    assert hdf_utils.get_attributes(beps, "user_name") == {"user_name": "John Doe"}
    found = hdf_utils.get_attributes(raw)
    assert set(found) == set(raw.attrs)
    assert beps[found["Bin_FFT"]] == beps["Measurement_000/Channel_000/Bin_FFT"]
    assert isinstance(found["in_field_Plot_Group"], h5py.RegionReference)


def test_attributes_that_are_not_there(beps, raw):
    with pytest.raises(KeyError, match=r"'/' of 'temp\.h5' has no attribute 'Nme'"):
        hdf_utils.get_attr(beps, "Nme")
    with pytest.raises(KeyError):
        hdf_utils.get_attributes(beps, ["user_name", "Nme"])
    with pytest.raises(KeyError):
        hdf_utils.get_auxiliary_datasets(raw, "Nme")


def test_get_auxiliary_datasets(channel, raw):
    (found,) = hdf_utils.get_auxiliary_datasets(raw, "Bin_Frequencies")
    assert found == channel["Bin_Frequencies"]
    names = ["UDVS", "Position_Values"]
    found = hdf_utils.get_auxiliary_datasets(raw, names)
    assert found == [channel[name] for name in names]


def test_all_auxiliary_datasets_are_those_of_object_references(channel, raw):
    raw.attrs["a_group"] = channel.ref
    raw.attrs["nothing"] = h5py.Reference()
    extra = {n for n in channel if isinstance(channel[n], h5py.Dataset)} - {"Raw_Data"}
    found = hdf_utils.get_auxiliary_datasets(raw)
    assert {dataset.name.rsplit("/", 1)[-1] for dataset in found} == extra


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        (None, True),
        ({}, True),
        ({"name": "John"}, True),
        ({"name": b"John"}, True),
        ({"name": "Jon"}, False),
        ({"name": 3}, False),
        ({"name": None, "other": None}, True),
        ({"other": 1}, False),
        ({"number": 2.5}, True),
        ({"number": 2.5 + 1e-9}, True),
        ({"number": 2.6}, False),
        ({"number": [2.5, 2.5]}, True),
        ({"number": "2.5"}, False),
        ({"list": [1, 2, 3]}, True),
        ({"list": (1.0, 2.0, 3.0)}, True),
        ({"list": [1, 2]}, False),
        ({"list": [[1, 2, 3]]}, True),
        ({"texts": ["a", "bc"]}, True),
        ({"texts": ["a", "bd"]}, False),
        ({"texts": np.array([b"a", b"bc"])}, True),
        ({"name": "John", "number": 2.5}, True),
        ({"name": "John", "number": 2.7}, False),
    ],
    ids=repr,
)
def test_check_for_matching_attrs(beps, wanted, same):
    group = beps.create_group("compared")
    group.attrs.update({"name": "John", "number": 2.5, "list": [1, 2, 3], "more": 1})
    group.attrs["texts"] = np.array(["a", "bc"], "S")
    assert hdf_utils.check_for_matching_attrs(group, wanted) is same


# --- Main datasets -------------------------------------------------------------------


def test_check_if_main(channel, raw):
    assert hdf_utils.check_if_main(raw) is True
    others = [channel[name] for name in channel if name != "Raw_Data"]
    assert not any(map(hdf_utils.check_if_main, [*others, "Raw_Data", None, channel]))


@pytest.mark.parametrize(
    "name", ["quantity", "units", "Position_Indices", "Spectroscopic_Values"]
)
def test_each_attribute_is_needed(raw, name, capsys):
    del raw.attrs[name]
    assert hdf_utils.check_if_main(raw) is False
    assert capsys.readouterr().out == ""
    hdf_utils.check_if_main(raw, verbose=True)
    assert name in capsys.readouterr().out


def test_references_to_nothing_make_no_main(channel, raw):
    raw.attrs["Position_Values"] = h5py.Reference()
    assert hdf_utils.check_if_main(raw) is False
    raw.attrs["Position_Values"] = channel["Spectroscopic_Values"].ref
    assert hdf_utils.check_if_main(raw) is False
    raw.attrs["Position_Values"] = "Position_Values"
    assert hdf_utils.check_if_main(raw) is False


def test_missing_labels_never_raise(channel, raw):
    """Later pyUSID gives up on the whole file then."""
    del channel["Position_Indices"].attrs["labels"]
    del channel["Spectroscopic_Values"].attrs["units"]
    assert hdf_utils.check_if_main(raw) is True
    assert raw in hdf_utils.get_all_main(channel.file)


def test_values_in_another_file_make_no_main(make_main, tmp_path):
    main = make_main(
        np.zeros((4, 3)), [[0, 0], [1, 0], [0, 1], [1, 1]], [[0], [1], [2]]
    )
    (tmp_path / "raw.bin").write_bytes(bytes(96))
    outside = main.parent.create_dataset(
        "outside", (4, 3), "f8", external=[(str(tmp_path / "raw.bin"), 0, 96)]
    )
    outside.attrs.update(main.attrs)
    assert hdf_utils.check_if_main(outside) is False
    assert hdf_utils.get_all_main(main.file) == [main]


def test_get_all_main(beps, channel):
    found = hdf_utils.get_all_main(beps)
    assert [main.name.rsplit("/", 1)[-1] for main in found] == [
        "Raw_Data",
        "Fit",
        "Guess",
    ]
    assert all(isinstance(main, USIDataset) for main in found)
    assert len(hdf_utils.get_all_main(channel["Raw_Data-SHO_Fit_000"])) == 2


def test_a_main_with_two_names_is_found_once(beps, raw):
    beps["again"] = raw
    beps["soft"] = h5py.SoftLink("/Measurement_000/Channel_000/Raw_Data")
    beps["loop"] = beps["Measurement_000"]
    assert len(hdf_utils.get_all_main(beps)) == 3


def test_get_all_main_prints_only_if_asked(channel, capsys):
    hdf_utils.get_all_main(channel)
    assert capsys.readouterr().out == ""
    hdf_utils.get_all_main(channel, verbose=True)
    assert "Raw_Data-SHO_Fit_000/Fit" in capsys.readouterr().out


# --- searching -----------------------------------------------------------------------


def test_find_dataset_takes_a_part_of_the_name(beps, channel):
    assert hdf_utils.find_dataset(beps, "UDVS") == [
        channel["UDVS"],
        channel["UDVS_Indices"],
    ]
    assert hdf_utils.find_dataset(beps, "SHO") == []
    (fit,) = hdf_utils.find_dataset(beps, "Fit")
    assert isinstance(fit, USIDataset)


def test_get_h5_obj_refs(beps, channel, raw):
    objects = [channel["UDVS"], "text", channel, raw, None]
    found = hdf_utils.get_h5_obj_refs(["Raw_Data", "Channel_000", "Raw"], objects)
    assert found == [raw, channel]
    assert isinstance(found[0], USIDataset)
    assert hdf_utils.get_h5_obj_refs("UDVS", channel["UDVS"]) == [channel["UDVS"]]
    assert hdf_utils.get_h5_obj_refs("", beps) == [beps]


def test_get_group_refs(channel, raw):
    groups = [channel[name] for name in channel if "000" in name]
    found = hdf_utils.get_group_refs("Spatially", groups)
    assert found == [channel["Spatially_Averaged_Plot_Group_000"]]
    with pytest.warns(UserWarning, match="no group: Dataset"):
        assert hdf_utils.get_group_refs("Raw", [raw]) == []


def test_is_editable_h5(beps, raw):
    assert hdf_utils.is_editable_h5(beps) is True
    assert hdf_utils.is_editable_h5(raw) is True
    name = beps.filename
    beps.close()
    with pytest.raises(ValueError, match="closed"):
        hdf_utils.is_editable_h5(raw)
    with h5py.File(name) as file:
        assert hdf_utils.is_editable_h5(file["Measurement_000"]) is False


@pytest.mark.parametrize(
    "call",
    [
        hdf_utils.get_all_main,
        hdf_utils.print_tree,
        lambda file: hdf_utils.find_dataset(file, "Raw"),
        lambda file: hdf_utils.get_attributes(file),
        lambda file: hdf_utils.create_indexed_group(file, "Scan"),
        lambda file: hdf_utils.write_simple_attrs(file, {"a": 1}),
    ],
)
def test_a_closed_file_is_said_to_be_closed(beps, call):
    beps.close()
    with pytest.raises(ArgumentError, match="closed; open it again"):
        call(beps)


# --- results -------------------------------------------------------------------------


@pytest.fixture
def several(channel):
    """Results of other datasets and tools, whose names contain those of ours."""
    names = ["Raw_Data-SHO_Fit_001", "Raw_Data-SHO_Fit_010", "Raw_Data-SHO_Fitter_000"]
    names += ["Raw_Data_2-SHO_Fit_000", "Raw_Data-SHO_Fit_abc", "Other-SHO_Fit_000"]
    for name in names:
        channel.create_group(name)
    channel["Raw_Data-SHO_Fit_002"] = np.zeros(3)
    return channel


def test_find_results_groups_goes_by_the_whole_name(several, raw):
    found = hdf_utils.find_results_groups(raw, "SHO_Fit")
    names = [f"Raw_Data-SHO_Fit_{number}" for number in ("000", "001", "010")]
    assert found == [several[name] for name in names]
    assert hdf_utils.find_results_groups(raw, "SHO") == []


def test_find_results_groups_elsewhere(beps, raw):
    place = beps.create_group("Results")
    group = place.create_group("Raw_Data-SHO_Fit_004")
    found = hdf_utils.find_results_groups(raw, "SHO_Fit", h5_parent_group=place)
    assert found == [group]


@pytest.mark.parametrize("word", ["new_parms", "new_params"])
def test_check_for_old(several, raw, word):
    method = {"SHO_fit_method": "pycroscopy BESHO"}
    first = several["Raw_Data-SHO_Fit_000"]
    assert hdf_utils.check_for_old(raw, "SHO_Fit", **{word: method}) == [first]
    method["SHO_fit_method"] = "alternate technique"
    assert hdf_utils.check_for_old(raw, "SHO_Fit", **{word: method}) == []
    assert len(hdf_utils.check_for_old(raw, "SHO_Fit")) == 3


def test_check_for_old_compares_a_dataset(several, raw):
    found = hdf_utils.check_for_old(
        raw, "SHO_Fit", {"quantity": "SHO parameters"}, target_dset="Guess"
    )
    assert found == [several["Raw_Data-SHO_Fit_000"]]


def test_get_source_dataset(several, raw):
    group = several["Raw_Data-SHO_Fit_000"]
    found = hdf_utils.get_source_dataset(group)
    assert found == raw
    assert isinstance(found, USIDataset)
    group.attrs["source_000"] = group["Fit"].ref
    assert hdf_utils.get_source_dataset(group) == group["Fit"]


@pytest.mark.parametrize("name", ["Other-SHO_Fit_000", "UDVS-Tool_000", "Spatially_0"])
def test_results_without_a_main_source(several, name):
    group = several.require_group(name)
    with pytest.raises(ValueError, match=r"not in this file|not a Main dataset"):
        hdf_utils.get_source_dataset(group)


# --- dimensions ----------------------------------------------------------------------


def test_get_dimensionality(channel):
    assert hdf_utils.get_dimensionality(channel["Position_Indices"]) == [5, 5]
    spectra = channel["Spectroscopic_Indices"]
    assert hdf_utils.get_dimensionality(spectra) == [87, 64, 2, 2]
    assert hdf_utils.get_dimensionality(spectra[()], [3, 0]) == [2, 87]


def test_dimensionality_where_there_are_more_dimensions_than_points(make_main):
    main = make_main(np.zeros((2, 1)), [[0, 0, 5], [1, 0, 5]], [[0] * 4], "XYZ", "ABCD")
    main = USIDataset(main)
    assert hdf_utils.get_dimensionality(main.h5_pos_inds) == [2, 1, 1]
    assert hdf_utils.get_dimensionality(main.h5_spec_inds) == [1, 1, 1, 1]


def test_dimensionality_of_a_square_position_table(make_main):
    main = make_main(np.zeros((2, 3)), [[0, 3], [1, 3]], [[0], [1], [2]])
    assert hdf_utils.get_dimensionality(USIDataset(main).h5_pos_inds) == [2, 1]


@pytest.mark.parametrize("order", [[0, 9], [-1, 0], [0.5], [[0, 1]], []])
def test_wrong_orders(channel, order):
    with pytest.raises(ValueError, match="index_sort"):
        hdf_utils.get_dimensionality(channel["Position_Indices"], order)


def test_get_sort_order(channel):
    found = hdf_utils.get_sort_order(channel["Spectroscopic_Indices"])
    assert str(found) == "[0 2 1 3]"
    assert hdf_utils.get_sort_order(channel["Position_Indices"]).tolist() == [0, 1]
    same = np.array([[0, 0, 0], [0, 1, 2], [0, 1, 2]])
    assert hdf_utils.get_sort_order(same).tolist() == [2, 1, 0]


def test_get_unit_values(channel):
    inds, vals = channel["Spectroscopic_Indices"], channel["Spectroscopic_Values"]
    found = hdf_utils.get_unit_values(inds, vals)
    assert list(found) == ["Frequency", "DC_Offset", "Field", "Cycle"]
    truth = {
        name: [values[index == at][0] for at in range(index.max() + 1)]
        for name, index, values in zip(found, inds[()], vals[()], strict=True)
    }
    for name, values in found.items():
        np.testing.assert_array_equal(values, truth[name])
    bias = hdf_utils.get_unit_values(inds, vals, "DC_Offset")
    assert list(bias) == ["DC_Offset"]
    named = hdf_utils.get_unit_values(
        inds[()], vals[()], ["b"], all_dim_names=["a", "b", "c", "d"]
    )
    np.testing.assert_array_equal(named["b"], bias["DC_Offset"])


def test_unit_values_of_rows_when_told():
    inds = np.array([[0, 0], [1, 0]])
    by_rows = hdf_utils.get_unit_values(inds, inds * 2, None, ["a", "b"], is_spec=True)
    assert {n: v.tolist() for n, v in by_rows.items()} == {"a": [0], "b": [0, 2]}
    by_columns = hdf_utils.get_unit_values(
        inds, inds * 2, None, ["a", "b"], is_spec=False
    )
    assert {n: v.tolist() for n, v in by_columns.items()} == {"a": [0, 2], "b": [0]}


def test_what_unit_values_refuse(channel):
    inds, vals = channel["Position_Indices"], channel["Position_Values"]
    with pytest.raises(KeyError, match="no dimension 'Z'; there are: X, Y"):
        hdf_utils.get_unit_values(inds, vals, "Z")
    with pytest.raises(ValueError, match="different shapes"):
        hdf_utils.get_unit_values(inds, channel["Spectroscopic_Values"])
    with pytest.raises(TypeError, match="all_dim_names"):
        hdf_utils.get_unit_values(inds[()], vals[()])
    with pytest.raises(ValueError, match="3 names for 2"):
        hdf_utils.get_unit_values(inds[()], vals[()], all_dim_names=["a", "b", "c"])


def test_descriptors(channel, raw):
    assert hdf_utils.get_data_descriptor(raw) == "Cantilever Vertical Deflection (V)"
    unknown = "unknown quantity (unknown units)"
    assert hdf_utils.get_data_descriptor(channel["UDVS"]) == unknown
    table = channel["Spectroscopic_Values"]
    assert hdf_utils.get_formatted_labels(table) == [
        "Frequency (Hz)",
        "DC_Offset (V)",
        "Field ()",
        "Cycle ()",
    ]
    table.attrs["units"] = np.array(["Hz"], "S")
    with pytest.raises(ValueError, match="4 labels and 1 units"):
        hdf_utils.get_formatted_labels(table)
    del table.attrs["units"]
    with pytest.warns(UserWarning, match="no attribute 'units'"):
        assert hdf_utils.get_formatted_labels(table)[0] == "Frequency ()"
    with pytest.raises(KeyError, match="labels"):
        hdf_utils.get_formatted_labels(channel["UDVS"])


# --- regions -------------------------------------------------------------------------


def test_get_region(raw):
    found = hdf_utils.get_region(raw, "in_field_Plot_Group")
    np.testing.assert_array_equal(found, raw[:, 87::174])
    raw.attrs["one"] = raw.regionref[3, :]
    np.testing.assert_array_equal(hdf_utils.get_region(raw, "one"), raw[3])
    with pytest.raises(KeyError, match="in_field_Plot_Group"):
        hdf_utils.get_region(raw, "nowhere")


def test_indices_of_a_region(raw):
    raw.attrs["box"] = raw.regionref[2:4, 5:8]
    reference = raw.attrs["box"]
    ((rows, columns),) = hdf_utils.get_indices_for_region_ref(raw, reference)
    np.testing.assert_array_equal(raw[rows, columns], raw[2:4, 5:8])
    corners = hdf_utils.get_indices_for_region_ref(raw, reference, "corners")
    assert corners.tolist() == [[2, 5], [3, 7]]
    points = hdf_utils.get_indices_for_region_ref(raw, reference, "points")
    assert sorted(map(tuple, points)) == [(i, j) for i in (2, 3) for j in (5, 6, 7)]
    with pytest.raises(ValueError, match="slices, corners, points"):
        hdf_utils.get_indices_for_region_ref(raw, reference, "boxes")


def test_indices_of_an_empty_region(raw):
    raw.attrs["none"] = raw.regionref[0:0, :]
    with pytest.warns(UserWarning, match="selects nothing"):
        found = hdf_utils.get_indices_for_region_ref(raw, raw.attrs["none"])
    assert found.size == 0


# --- reshaping -----------------------------------------------------------------------


def test_reshape_to_n_dims_as_documented(raw):
    form, success, labels = hdf_utils.reshape_to_n_dims(raw, get_labels=True)
    assert success is True
    assert form.shape == (5, 5, 87, 64, 2, 2)
    assert str(labels) == "['X' 'Y' 'Frequency' 'DC_Offset' 'Field' 'Cycle']"
    rows, columns = 7, 12345
    inds = raw.parent["Spectroscopic_Indices"][:, columns]
    assert form[(2, 1, *inds)] == raw[rows, columns]


def test_reshape_sorts_from_fastest_to_slowest(raw):
    form, _, labels = hdf_utils.reshape_to_n_dims(raw, get_labels=True, sort_dims=True)
    assert labels.tolist() == ["X", "Y", "Frequency", "Field", "DC_Offset", "Cycle"]
    plain, _ = hdf_utils.reshape_to_n_dims(raw)
    np.testing.assert_array_equal(form, plain.transpose(0, 1, 2, 4, 3, 5))


def test_reshape_of_arrays_with_either_table(channel, raw):
    pos, spec = channel["Position_Indices"], channel["Spectroscopic_Indices"]
    values = raw[()]
    plain, _ = hdf_utils.reshape_to_n_dims(raw)
    both, _ = hdf_utils.reshape_to_n_dims(values, h5_pos=pos[()], h5_spec=spec[()])
    np.testing.assert_array_equal(both, plain)
    rows, success, labels = hdf_utils.reshape_to_n_dims(
        values, h5_pos=pos[()], get_labels=True
    )
    assert success is True
    assert labels.tolist() == [
        "Position Dimension 0",
        "Position Dimension 1",
        "Spectral Dimension 0",
    ]
    np.testing.assert_array_equal(rows, values.reshape(5, 5, -1).transpose(1, 0, 2))
    columns, _ = hdf_utils.reshape_to_n_dims(values, h5_spec=spec)
    assert columns.shape == (25, 87, 64, 2, 2)


def test_reshape_without_a_grid_says_how_far_it_came(make_main):
    rising = np.stack([np.arange(6) % 2, np.arange(6)], axis=1)
    raster = [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    values = np.arange(36.0).reshape(6, 6)
    main = make_main(values, raster, rising, steps=("F", "DC"))
    form, success, labels = hdf_utils.reshape_to_n_dims(main, get_labels=True)
    assert (success, list(labels)) == ("Positions", ["X", "Y", "Spectral Step"])
    np.testing.assert_array_equal(form, values.reshape(3, 2, 6).transpose(1, 0, 2))
    points = np.repeat(np.arange(6)[:, None], 2, axis=1)
    main = make_main(values, points, rising, steps=("F", "DC"))
    form, success, labels = hdf_utils.reshape_to_n_dims(main, get_labels=True)
    assert (success, list(labels)) == (False, ["Position", "Spectral Step"])
    np.testing.assert_array_equal(form, values)


def test_what_reshape_refuses(channel, raw):
    with pytest.raises(ValueError, match="not a Main dataset"):
        hdf_utils.reshape_to_n_dims(channel["UDVS"])
    with pytest.raises(ValueError, match="describes 25 entries, not 7"):
        hdf_utils.reshape_to_n_dims(raw[:7], h5_pos=channel["Position_Indices"])
    with pytest.raises(TypeError, match="h5_pos"):
        hdf_utils.reshape_to_n_dims(raw, h5_pos=[[0, 1]])


@pytest.mark.parametrize("which", ["both", "pos", "spec"])
def test_reshape_from_n_dims_is_the_inverse(channel, raw, which):
    pos, spec = channel["Position_Indices"], channel["Spectroscopic_Indices"]
    tables = {"h5_pos": pos, "h5_spec": spec}
    form, _ = hdf_utils.reshape_to_n_dims(raw)
    if which == "pos":
        del tables["h5_spec"]
        form = form.transpose(0, 1, 5, 3, 4, 2)  # slowest to fastest
    elif which == "spec":
        del tables["h5_pos"]
        form = form.transpose(1, 0, 2, 3, 4, 5)
    flat, success = hdf_utils.reshape_from_n_dims(form, **tables)
    assert success is True
    np.testing.assert_array_equal(flat, raw[()])


def test_reshape_from_n_dims_of_a_serpentine(make_main):
    rows = [[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]]
    main = make_main(np.arange(18.0).reshape(6, 3), rows, [[0], [1], [2]])
    form, _ = hdf_utils.reshape_to_n_dims(main)
    flat, _ = hdf_utils.reshape_from_n_dims(form, np.array(rows), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(flat, main[()])


def test_lazy_arrays_are_reshaped_lazily(make_main):
    dask = pytest.importorskip("dask.array")
    rows = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]])
    main = make_main(np.arange(18.0).reshape(6, 3), rows, [[0], [1], [2]])
    lazy, pos = dask.from_array(main[()]), dask.from_array(rows)
    steps = np.array([[0, 1, 2]])
    form, success = hdf_utils.reshape_to_n_dims(lazy, pos, steps)
    assert success is True
    assert isinstance(form, dask.Array)
    truth, _ = hdf_utils.reshape_to_n_dims(main)
    np.testing.assert_array_equal(form.compute(), truth)
    flat, _ = hdf_utils.reshape_from_n_dims(form, pos, steps)
    assert isinstance(flat, dask.Array)
    np.testing.assert_array_equal(flat.compute(), main[()])
    assert hdf_utils.get_dimensionality(pos) == [3, 2]
    assert hdf_utils.get_sort_order(pos).tolist() == [0, 1]
    found = hdf_utils.get_unit_values(pos, pos * 2, all_dim_names=["X", "Y"])
    assert {name: values.tolist() for name, values in found.items()} == {
        "X": [0, 2, 4],
        "Y": [0, 2],
    }


def test_single_dimensions_may_be_squeezed_out(make_main):
    main = make_main(
        np.arange(4.0).reshape(4, 1), [[0, 0], [1, 0], [0, 1], [1, 1]], [[0]]
    )
    dataset = USIDataset(main)
    form = dataset.get_n_dim_form().squeeze()
    tables = dataset.h5_pos_inds, dataset.h5_spec_inds
    flat, _ = hdf_utils.reshape_from_n_dims(form, *tables)
    np.testing.assert_array_equal(flat, main[()])


def test_what_reshape_from_n_dims_refuses(channel):
    pos, spec = channel["Position_Indices"], channel["Spectroscopic_Indices"]
    with pytest.raises(ValueError, match="must be given"):
        hdf_utils.reshape_from_n_dims(np.zeros((5, 5)))
    with pytest.raises(TypeError, match="data_n_dim"):
        hdf_utils.reshape_from_n_dims([[0]], pos)
    with pytest.raises(ValueError, match="dimensions of the tables"):
        hdf_utils.reshape_from_n_dims(np.zeros((5, 5, 87)), pos, spec)
    line = np.zeros(25)
    assert hdf_utils.reshape_from_n_dims(line, pos, spec)[0] is line


# --- printing ------------------------------------------------------------------------


def test_print_tree_indents_and_underlines(channel, capsys):
    hdf_utils.print_tree(channel["Raw_Data-SHO_Fit_000"].parent.parent)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "/Measurement_000",
        "├ Channel_000",
        "  -----------",
        "  ├ Bin_FFT",
    ]
    at = lines.index("  ├ Raw_Data-SHO_Fit_000")
    assert lines[at + 1 : at + 3] == [f"    {'-' * 20}", "    ├ Fit"]


def test_print_tree_of_paths(channel, capsys):
    hdf_utils.print_tree(channel, rel_paths=True)
    lines = capsys.readouterr().out.splitlines()
    names = []
    channel.visit(names.append)
    assert lines == ["/Measurement_000/Channel_000", *names]


def test_print_tree_of_mains(beps, capsys):
    hdf_utils.print_tree(beps, rel_paths=True, main_dsets_only=True)
    lines = capsys.readouterr().out.splitlines()
    channel = "Measurement_000/Channel_000"
    results = f"{channel}/Raw_Data-SHO_Fit_000"
    averages = [f"{channel}/Spatially_Averaged_Plot_Group_00{n}" for n in (0, 1)]
    expected = ["/", "Measurement_000", channel, f"{channel}/Raw_Data", results]
    assert lines == [*expected, f"{results}/Fit", f"{results}/Guess", *averages]


def test_hostile_names_cannot_move_the_cursor(beps, capsys):
    beps.create_group("a\x1b[2J\nb")
    hdf_utils.print_tree(beps)
    assert "├ a\\x1b[2J\\nb" in capsys.readouterr().out.splitlines()


# --- wrong types ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_attr", ("file", "a")),
        ("get_attr", (h5py.File, 3)),
        ("get_attributes", ({}, "a")),
        ("get_auxiliary_datasets", (1, "a")),
        ("check_for_matching_attrs", ("file", {})),
        ("get_all_main", ("file",)),
        ("find_dataset", ("file", "a")),
        ("get_h5_obj_refs", (3, [])),
        ("get_h5_obj_refs", ("a", 3)),
        ("get_group_refs", ("a", "b")),
        ("get_group_refs", (1, [])),
        ("print_tree", ("file",)),
        ("is_editable_h5", ("file",)),
        ("find_results_groups", ("file", "Fit")),
        ("check_for_old", ("file", "Fit")),
        ("get_source_dataset", ("file",)),
        ("get_dimensionality", ([[0, 1]],)),
        ("get_sort_order", ([[0, 1]],)),
        ("get_unit_values", ([[0]], [[0]])),
        ("get_data_descriptor", ("file",)),
        ("get_formatted_labels", ("file",)),
        ("get_region", ("file", "a")),
        ("get_indices_for_region_ref", ("file", None)),
    ],
)
def test_wrong_types(name, arguments):
    with pytest.raises(TypeError, match="must be of type") as caught:
        getattr(hdf_utils, name)(*arguments)
    assert isinstance(caught.value, UsidError)


# --- genuine files -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("AFM_Force_Curve.h5", 1),
        ("AFM_Force_Curve_3channels.h5", 3),
        ("SingFreqPFM_0003.h5", 4),
        ("chip_from_gwyddion.h5", 1),
        ("simulated_STEM_Image.h5", 1),
    ],
)
def test_mains_of_genuine_files(genuine, name, count):
    with h5py.File(genuine / name) as file:
        found = hdf_utils.get_all_main(file)
        assert len(found) == count
        for main in found:
            form, success = hdf_utils.reshape_to_n_dims(main)
            assert success is True
            tables = main.h5_pos_inds, main.h5_spec_inds
            flat, _ = hdf_utils.reshape_from_n_dims(form, *tables)
            np.testing.assert_array_equal(flat, main[()])
