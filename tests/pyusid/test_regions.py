"""Region references: what HDF5 itself reads through them."""

import h5py
import numpy as np
import pytest

from usid_lab.pyusid.io import hdf_utils
from usid_lab.pyusid.io.dimension import Dimension

DATA = np.arange(15 * 14.0).reshape(15, 14)
WHOLE = slice(None)


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "regions.h5", "w") as file:
        yield file


@pytest.fixture
def main(file):
    """15 positions; Bias of 7, fast, and Cycle of 2, with a region for each cycle."""
    dims = [Dimension("Bias", "V", 7), Dimension("Cycle", "", 2)]
    main = hdf_utils.write_main_dataset(
        file, DATA, "Raw_Data", "Current", "A", Dimension("X", "m", 15), dims
    )
    regions = {"second": (WHOLE, slice(7, 14)), "first": (slice(2, 5), slice(0, 7))}
    hdf_utils.write_region_references(main, regions)
    return main


@pytest.fixture
def reduced(main):
    """The same without Bias: one step for each cycle."""
    group = hdf_utils.create_results_group(main, "Mean")
    inds, vals = hdf_utils.write_reduced_spec_dsets(
        group, main.h5_spec_inds, main.h5_spec_vals, "Bias"
    )
    return hdf_utils.write_main_dataset(
        group,
        DATA[:, :2].copy(),
        "Mean",
        "Current",
        "A",
        None,
        None,
        h5_pos_inds=main.h5_pos_inds,
        h5_pos_vals=main.h5_pos_vals,
        h5_spec_inds=inds,
        h5_spec_vals=vals,
    )


def read(dataset, name):
    return dataset[dataset.attrs[name]]


def test_regions_are_written_with_labels_in_their_order(main):
    np.testing.assert_array_equal(read(main, "first"), DATA[2:5, :7])
    np.testing.assert_array_equal(read(main, "second"), DATA[:, 7:])
    assert main.attrs["labels"].tolist() == [b"second", b"first"]


def test_labels_may_stay_unwritten(file):
    dataset = file.create_dataset("a", data=np.arange(9))
    regions = {"few": slice(2, 100)}
    hdf_utils.write_region_references(dataset, regions, add_labels_attr=False)
    assert read(dataset, "few").tolist() == list(range(2, 9))
    assert "labels" not in dataset.attrs


def test_regions_are_cut_at_the_end_of_what_the_dataset_may_become(file):
    dataset = file.create_dataset("a", (4, 2), "f4", maxshape=(6, None))
    given = (slice(0, 100), slice(1, 50))
    assert hdf_utils.clean_reg_ref(dataset, given) == (slice(0, 6), slice(1, 50))
    with pytest.raises(ValueError, match="2 slices"):
        hdf_utils.clean_reg_ref(dataset, slice(0, 1))
    with pytest.raises(TypeError, match="slice"):
        hdf_utils.clean_reg_ref(dataset, (1, 2))


def test_parts_of_tables_are_guessed_by_their_number(main):
    with pytest.warns(UserWarning, match="Each row"):
        found = hdf_utils.attempt_reg_ref_build(main.h5_spec_inds, ["Bias", "Cycle"])
    assert found == {"Bias": (slice(0, 1), WHOLE), "Cycle": (slice(1, 2), WHOLE)}
    with pytest.warns(UserWarning, match="Each column"):
        found = hdf_utils.attempt_reg_ref_build(main.h5_pos_inds, ["X"])
    assert found == {"X": (WHOLE, slice(0, 1))}
    assert hdf_utils.attempt_reg_ref_build(main, ["X"]) == {}


def test_blocks_make_one_region(main):
    blocks = [[[0, 0], [1, 2]], [[4, 5], [6, 7]]]
    reference = hdf_utils.create_region_reference(main, blocks)
    wanted = [*DATA[0:2, 0:3].ravel(), *DATA[4:7, 5:8].ravel()]
    assert sorted(main[reference]) == wanted


def test_one_block_needs_no_list_around_it(main):
    reference = hdf_utils.create_region_reference(main, [[0, 0], [1, 2]])
    np.testing.assert_array_equal(main[reference], DATA[:2, :3])


@pytest.mark.parametrize("blocks", [[[[0, 0], [15, 2]]], [[[0, -1], [1, 2]]], [[1]]])
def test_blocks_that_are_none_of_the_dataset(main, blocks):
    with pytest.warns(UserWarning, match="No region"):
        assert hdf_utils.create_region_reference(main, blocks) is None


def test_a_region_is_copied_to_another_width(main, file):
    wide = file.create_dataset("wide", data=np.arange(15 * 20.0).reshape(15, 20))
    corners = hdf_utils.simple_region_ref_copy(main, wide, "first")
    assert corners.tolist() == [[[2, 0], [4, 6]]]
    np.testing.assert_array_equal(read(wide, "first"), wide[2:5, :7])
    corners = hdf_utils.simple_region_ref_copy(main, wide, "second")
    assert corners.tolist() == [[[0, 7], [14, 19]]]


def test_single_columns_are_copied_as_they_are(main):
    like = main.parent.create_dataset("like", data=DATA)
    every_other = {"even": (WHOLE, slice(0, None, 2))}
    hdf_utils.write_region_references(main, every_other, add_labels_attr=False)
    hdf_utils.simple_region_ref_copy(main, like, "even")
    np.testing.assert_array_equal(hdf_utils.get_region(like, "even"), DATA[:, ::2])


def test_a_region_is_copied_where_a_dimension_is_lost(main, reduced):
    corners = hdf_utils.copy_reg_ref_reduced_dim(
        main, reduced, main.h5_spec_inds, reduced.h5_spec_inds, "second"
    )
    assert corners.tolist() == [[[0, 1], [14, 1]]]
    np.testing.assert_array_equal(read(reduced, "second"), reduced[:, 1:])


def test_a_region_of_which_nothing_is_left(main, reduced):
    hdf_utils.write_region_references(
        main, {"late": (WHOLE, slice(3, 5))}, add_labels_attr=False
    )
    with pytest.raises(ValueError, match="nothing of the region 'late'"):
        hdf_utils.copy_reg_ref_reduced_dim(
            main, reduced, main.h5_spec_inds, reduced.h5_spec_inds, "late"
        )


def test_all_regions_are_copied_to_the_dataset_and_its_tables(main, reduced):
    hdf_utils.copy_region_refs(main, reduced)
    np.testing.assert_array_equal(read(reduced, "first"), reduced[2:5, :1])
    np.testing.assert_array_equal(read(reduced, "second"), reduced[:, 1:])
    assert read(reduced.h5_spec_inds, "second").tolist() == [[1]]
    assert read(reduced.h5_spec_vals, "first").tolist() == [[0]]


def test_regions_are_copied_between_equal_dimensions(main):
    like = hdf_utils.create_empty_dataset(main, "f4", "Like")
    del like.attrs["second"]
    hdf_utils.copy_region_refs(main, like)
    assert (
        h5py.h5r.get_region(like.attrs["second"], like.id).get_select_npoints() == 105
    )


def test_a_region_that_is_not_there(main, reduced):
    with pytest.raises(KeyError, match="no region 'third'; it has: first, second"):
        hdf_utils.simple_region_ref_copy(main, reduced, "third")


def test_regions_are_copied_between_main_datasets_only(main, file):
    plain = file.create_dataset("plain", data=DATA)
    with pytest.raises(KeyError, match="'Spectroscopic_Indices' of '/plain'"):
        hdf_utils.copy_region_refs(main, plain)
