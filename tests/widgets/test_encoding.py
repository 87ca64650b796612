"""Results on their way to the browser."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from usid_lab.model.view import ViewState
from usid_lab.widgets.encoding import encode
from usid_lab.widgets.forms import Frame, Points


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("f4", "f4"),
        ("f8", "f8"),
        (">f4", "f4"),
        (">f8", "f8"),
        ("u1", "u1"),
        ("?", "u1"),
        ("u2", "u2"),
        (">u2", "u2"),
        ("i4", "i4"),
        ("i8", "f8"),
        ("f2", "f8"),
    ],
)
def test_arrays_become_little_endian_bytes(given, code):
    array = (np.arange(6) % 2).reshape(2, 3).astype(given)
    encoded = encode({"a": array})
    header = encoded.content["a"]
    assert header == {"$array": 0, "dtype": code, "shape": [2, 3]}
    back = np.frombuffer(encoded.buffers[0], "<" + code).reshape(2, 3)
    np.testing.assert_array_equal(back, array)


def test_transposed_and_strided_arrays_are_copied_in_c_order():
    array = np.arange(12.0).reshape(3, 4).T[::2]
    encoded = encode(array)
    back = np.frombuffer(encoded.buffers[0], "<f8").reshape(2, 3)
    np.testing.assert_array_equal(back, array)


def test_an_array_without_values_has_a_buffer_without_bytes():
    encoded = encode([np.empty((0, 3), "f4"), np.ones(1, "f4")])
    assert [len(buffer) for buffer in encoded.buffers] == [0, 4]


def test_json_knows_no_nan():
    content = encode({"a": np.nan, "b": [np.float64(np.inf), -np.inf, 1.5]}).content
    assert content == {"a": None, "b": [None, None, 1.5]}
    json.dumps(content, allow_nan=False)


def test_fields_get_the_names_of_the_browser():
    axis = np.zeros(1)
    content = encode(Points("Point", axis, axis, "X", "Y", "m", "m")).content
    assert list(content) == ["dim", "x", "y", "xName", "yName", "xUnits", "yUnits"]


def test_a_frame_leaves_out_what_does_not_apply():
    frame = Frame(curve=np.zeros((2, 3), "f4"), curve_names=("a", "b"))
    assert set(encode(frame).content) == {"curve", "curveNames"}
    assert encode(Frame()).content == {}


def test_a_view_says_itself():
    view = ViewState("/d", index={"X": 1})
    assert encode(view).content == view.to_json()


def test_numpy_scalars_and_odd_texts_travel():
    @dataclass
    class Odd:
        some_number: object
        text: str

    content = encode(Odd(np.int64(3), "a\udcff")).content
    assert content == {"someNumber": 3, "text": "a?"}
