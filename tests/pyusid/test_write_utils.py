import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.model.dimension import Mode
from usid_lab.pyusid.io import write_utils as wu
from usid_lab.pyusid.io.dimension import Dimension, DimType, as_modelled

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def loops(vectors):
    """Every combination, the first vector fastest, by nested loops."""
    return [places[::-1] for places in itertools.product(*vectors[::-1])]


@given(SIZES)
def test_indices_count_like_nested_loops(sizes):
    wanted = np.array(loops([range(size) for size in sizes]))
    made = wu.make_indices_matrix(sizes)
    assert made.dtype == np.uint32
    np.testing.assert_array_equal(made, wanted)
    np.testing.assert_array_equal(wu.make_indices_matrix(sizes, False), wanted.T)


@given(SIZES)
def test_values_lie_at_their_indices(sizes):
    vectors = [np.cos(np.arange(size) + size) for size in sizes]
    indices, values = wu.build_ind_val_matrices(vectors)
    np.testing.assert_array_equal(values.T, np.array(loops(vectors), values.dtype))
    np.testing.assert_array_equal(indices, wu.make_indices_matrix(sizes, False))
    by_rows = wu.build_ind_val_matrices(vectors, is_spectral=False)
    np.testing.assert_array_equal(by_rows[1], values.T)


def test_a_single_size_is_one_dimension():
    assert wu.make_indices_matrix(3).tolist() == [[0], [1], [2]]


@pytest.mark.parametrize("sizes", [[0], [2.5], ["a"], []])
def test_sizes_that_are_no_counts(sizes):
    with pytest.raises(ValueError, match="num_steps"):
        wu.make_indices_matrix(sizes)


def test_values_are_float32_unless_that_loses_steps():
    assert wu.build_ind_val_matrices([[0, 0.1, 0.2]])[1].dtype == np.float32
    times = 1.5e9 + np.arange(3)
    kept = wu.build_ind_val_matrices([times])[1]
    assert kept.dtype == np.float64
    assert kept[0].tolist() == times.tolist()


@pytest.mark.parametrize(
    ("values", "kind"), [("ab", TypeError), ([[[1, 2]]], ValueError), ([], ValueError)]
)
def test_values_that_are_no_vectors(values, kind):
    with pytest.raises(kind, match="unit_values"):
        wu.build_ind_val_matrices(values)


def test_indices_are_found_from_values():
    bias = np.sin(np.arange(7))
    indices, values = wu.build_ind_val_matrices([bias, [1, -1], [0, 1, 2]])
    for table in (values, values.tolist()):
        np.testing.assert_array_equal(wu.create_spec_inds_from_vals(table), indices)


def test_a_table_of_values_has_two_axes():
    with pytest.raises(TypeError, match="ds_spec_val_mat"):
        wu.create_spec_inds_from_vals("1")
    with pytest.raises(ValueError, match="two axes"):
        wu.create_spec_inds_from_vals(np.arange(3))


def test_slicing_of_tables():
    whole = slice(None)
    assert wu.get_aux_dset_slicing(["X", "Y"]) == {
        "X": (whole, slice(0, 1)),
        "Y": (whole, slice(1, 2)),
    }
    found = wu.get_aux_dset_slicing(["Bias"], last_ind=20, is_spectroscopic=True)
    assert found == {"Bias": (slice(0, 1), slice(20))}
    with pytest.raises(ValueError, match="dim_names"):
        wu.get_aux_dset_slicing([])


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=3),
    st.sampled_from([1, 4, 8]),
    st.integers(1, 20_000),
)
def test_chunks_end_with_the_first_step_that_exceeds_the_memory(shape, size, most):
    chunk = wu.calc_chunks(shape, size, max_chunk_mem=most)
    assert all(1 <= one <= whole for one, whole in zip(chunk, shape, strict=True))
    exceeds = np.prod(chunk) * size > most
    assert exceeds or list(chunk) == shape
    # One step less along some axis fits.
    less = [np.prod(chunk) // one * (one - 1) * size for one in chunk]
    assert not exceeds or min(less) <= most


def test_chunks_grow_by_units():
    shape = (16384, 65536)
    assert wu.calc_chunks(shape, 4, (3, 7), 50_000) == (57, 224)
    assert [type(one) for one in wu.calc_chunks(shape, 4)] == [int, int]


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ((5, 4), TypeError),
        (((10.5, 2), 4), TypeError),
        (((10, 10), 2.5), TypeError),
        (((10, 10), 4, (1,)), ValueError),
        (((10, 10), 4, None, 2.5), TypeError),
    ],
)
def test_chunks_that_cannot_be(args, kind):
    with pytest.raises(kind):
        wu.calc_chunks(*args)


def test_text_is_made_fit_for_attributes():
    made = wu.clean_string_att(["a", b"bc", "µ"])
    assert made.tolist() == [b"a", b"bc", "µ".encode()]
    assert wu.clean_string_att(np.array([["a"], ["b"]])).shape == (2, 1)
    assert type(wu.clean_string_att(np.str_("x"))) is str


@pytest.mark.parametrize("value", [5, [1, 2.5], None, b"x", (1, 2), {"a": 1}])
def test_other_values_stay_as_they_are(value):
    assert wu.clean_string_att(value) is value


def test_the_documented_types_of_tables():
    assert wu.INDICES_DTYPE is np.uint32
    assert wu.VALUES_DTYPE is np.float32


def test_a_dimension_keeps_what_it_was_given():
    dimension = Dimension(" Bias ", " V", [1.5, 2])
    assert (dimension.name, dimension.units) == ("Bias", "V")
    assert dimension.values.tolist() == [1.5, 2]
    assert repr(dimension) == "Bias (V) : [1.5 2. ]"


def test_a_count_makes_indices():
    assert Dimension("Cycle", "", 3).values.tolist() == [0, 1, 2]
    assert Dimension("Cycle", "", np.int64(1)).values.tolist() == [0]
    assert Dimension("Cycle", "", np.array(2)).values.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (("", "m", 3), ValueError),
        ((5, "m", 3), TypeError),
        (("X", 5, 3), TypeError),
        (("X", "m", 0), ValueError),
        (("X", "m", 2.5), TypeError),
        (("X", "m", True), TypeError),
        (("X", "m", "abc"), TypeError),
        (("X", "m", []), ValueError),
        (("X", "m", ["a"]), TypeError),
        (("X", "m", [[1, 2]]), ValueError),
        (("X", "m", 2, "q", "t", "mode"), TypeError),
    ],
)
def test_dimensions_that_cannot_be(args, kind):
    with pytest.raises(kind):
        Dimension(*args)


def test_dimensions_are_equal_by_what_they_hold():
    one, same = Dimension("X", "m", 3), Dimension("X", "m", [0, 1, 2])
    assert one == same
    assert hash(one) == hash(same)
    assert one != Dimension("X", "m", [0, 1, 3])
    assert one != Dimension("X", "nm", 3)
    assert one != "X"


def test_modes_are_those_of_the_model():
    modes = [as_modelled(Dimension("X", "m", 3, mode=mode)).mode for mode in DimType]
    assert modes[:2] == [Mode.DEFAULT, Mode.INCOMPLETE]
    assert [int(mode) for mode in DimType] == [0, 1, 2]


def test_one_dimension_or_several_become_a_list():
    one = Dimension("X", "m", 3)
    assert wu.validate_dimensions(one) == [one]
    assert wu.validate_dimensions((one, one)) == [one, one]
    with pytest.raises(TypeError, match="Position dimension"):
        wu.validate_dimensions([one, "Y"])
    with pytest.raises(TypeError, match="Spectroscopic dimensions"):
        wu.validate_dimensions("Y", "Spectroscopic")
