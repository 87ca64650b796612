import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from usid_lab.errors import UsidError
from usid_lab.pyusid.io import dtype_utils as dt

RGB = np.dtype([("r", np.float32), ("g", np.uint16), ("b", np.float64)])
COMPLEX = np.array([[1 + 2j, 3 - 4j], [0, 1j]])


def rgb(shape):
    values = np.zeros(shape, RGB)
    for number, name in enumerate(RGB.names):
        values[name] = np.arange(values.size).reshape(shape) + 100 * number
    return values


@pytest.fixture
def h5(tmp_path):
    with h5py.File(tmp_path / "types.h5", "w") as file:
        yield file


@pytest.mark.parametrize(
    ("items", "least", "answer"),
    [
        ([1, 2, -3], None, True),
        ([1, 4.5], None, False),
        ([5.0], None, True),
        ([1, 5], 2, False),
        ([2, 5], 2, True),
        ([], None, False),
        ([1, "a"], None, False),
        ("ab", None, False),
        ([np.nan], None, False),
        ([np.inf], None, False),
        (np.arange(3), None, True),
    ],
)
def test_contains_integers(items, least, answer):
    assert dt.contains_integers(items, least) is answer


def test_contains_integers_refuses_what_is_no_list_and_no_bound():
    with pytest.raises(TypeError, match="iter_int"):
        dt.contains_integers(5)
    with pytest.raises(ValueError, match="min_val"):
        dt.contains_integers([1], min_val=1.5)


def test_complex_becomes_real_parts_then_imaginary_parts(h5):
    wanted = [[1, 3, 2, -4], [0, 0, 0, 1]]
    np.testing.assert_array_equal(dt.flatten_complex_to_real(COMPLEX), wanted)
    stored = h5.create_dataset("c", data=COMPLEX)
    np.testing.assert_array_equal(dt.flatten_to_real(stored), wanted)


def test_compound_becomes_its_fields_one_after_the_other(h5):
    values = rgb((2, 3))
    wanted = np.concatenate([values[name] for name in "rgb"], axis=1)
    np.testing.assert_array_equal(dt.flatten_compound_to_real(values), wanted)
    stored = h5.create_dataset("c", data=values)
    np.testing.assert_array_equal(dt.flatten_to_real(stored), wanted)


def test_one_compound_value_becomes_its_fields():
    np.testing.assert_array_equal(dt.flatten_to_real(rgb(3)[1]), [1, 101, 201])


def test_single_numbers_are_flattened_too():
    assert dt.flatten_to_real(np.complex64(1 + 2j)).tolist() == [1, 2]
    assert dt.flatten_to_real(np.float32(1.5)) == 1.5


def test_real_values_stay_as_they_are():
    values = np.arange(4.0)
    assert dt.flatten_to_real(values) is values


@pytest.mark.parametrize(
    ("function", "data"),
    [
        (dt.flatten_complex_to_real, np.arange(3)),
        (dt.flatten_complex_to_real, "text"),
        (dt.flatten_compound_to_real, np.arange(3)),
        (dt.stack_real_to_complex, COMPLEX),
        (dt.stack_real_to_complex, rgb(2)),
        (dt.get_compound_sub_dtypes, np.dtype("f4")),
        (dt.get_compound_sub_dtypes, "f4"),
        (dt.check_dtype, np.arange(3)),
        (dt.validate_dtype, "no type"),
        (dt.validate_dtype, None),
    ],
)
def test_other_types_are_type_errors(function, data):
    with pytest.raises(TypeError) as caught:
        function(data)
    assert isinstance(caught.value, UsidError)


def test_lengths_that_cannot_be_divided_are_value_errors():
    with pytest.raises(ValueError, match="2 equal parts"):
        dt.stack_real_to_complex(np.arange(3.0))
    with pytest.raises(ValueError, match="3 equal parts"):
        dt.stack_real_to_compound(np.arange(4.0), RGB)
    with pytest.raises(ValueError, match="2 equal parts"):
        dt.stack_real_to_complex(np.array(1.0))


@given(
    hnp.arrays(
        np.complex128,
        hnp.array_shapes(max_dims=3, max_side=5),
        elements=st.complex_numbers(allow_nan=False, allow_infinity=False, width=64),
    )
)
def test_complex_comes_back(values):
    flat = dt.flatten_to_real(values)
    assert flat.shape == (*values.shape[:-1], 2 * values.shape[-1])
    back = dt.stack_real_to_target_dtype(flat, values.dtype)
    np.testing.assert_array_equal(back, values)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 3, 4)])
def test_compound_comes_back(shape):
    values = rgb(shape)
    back = dt.stack_real_to_target_dtype(dt.flatten_to_real(values), RGB)
    np.testing.assert_array_equal(back, values)
    assert back.dtype == RGB


def test_axes_of_length_one_are_dropped_from_compounds():
    assert dt.stack_real_to_compound(np.arange(3.0), RGB).shape == ()


def test_lists_count_as_arrays():
    assert dt.stack_real_to_complex([1, 2, 3, 4]).tolist() == [1 + 3j, 2 + 4j]
    assert dt.flatten_to_real([1j]).tolist() == [0, 1]


def test_stacking_to_a_real_type_only_changes_the_type():
    made = dt.stack_real_to_target_dtype(np.arange(3), np.float32)
    assert made.dtype == np.float32
    assert made.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("dtype", "answer"),
    [
        (np.float32, False),
        (bool, False),
        (RGB, False),
        (complex, True),
        (np.complex64, True),
        (np.dtype(">c8"), True),
        (np.clongdouble, False),
    ],
)
def test_is_complex(dtype, answer):
    assert dt.is_complex_dtype(dtype) is answer


def test_fields_of_a_compound_type():
    assert dt.get_compound_sub_dtypes(RGB) == {"r": "f4", "g": "u2", "b": "f8"}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (rgb((5, 7)), (dt.flatten_compound_to_real, False, True, 21, 12)),
        (
            np.ones((5, 7), np.complex64),
            (dt.flatten_complex_to_real, True, False, 14, 8),
        ),
        (np.ones((5, 7), np.float16), (np.float32, False, False, 7, 4)),
        (np.ones((5, 7), np.int64), (np.float32, False, False, 7, 4)),
        (np.ones((5, 7), ">f8"), (np.float64, False, False, 7, 8)),
    ],
)
def test_check_dtype(data, wanted, h5):
    assert dt.check_dtype(h5.create_dataset("data", data=data)) == wanted


def test_check_dtype_takes_two_axes(h5):
    with pytest.raises(ValueError, match="two axes"):
        dt.check_dtype(h5.create_dataset("data", data=[1]))
