"""The view state: what it keeps, and what it does not believe."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import ViewError
from usid_lab.model.view import Contrast, Flip, ViewState, Zoom

VIEW = ViewState(
    dataset="/Measurement_000/Channel_000/Raw_Data",
    x="X",
    y="Y",
    curve="Bias",
    overlay="Direction",
    index={"Y": 3, "X": 4, "Bias": 17, "Direction": 0},
    band=(10, 20),
    component="amplitude",
    contrast=Contrast("manual", 2.0, 98.0, (-1.5, 2.5)),
    colormap="viridis",
    flip=Flip(x=True),
    zoom=Zoom((0.0, 4.5, 1.0, 3.0), (5.0, 25.0)),
    channels="all",
)
SIZES = {"Y": 8, "X": 8, "Bias": 32, "Direction": 2}


def changed(**fields):
    return VIEW.to_json() | fields


def test_it_survives_json():
    assert ViewState.from_json(json.loads(json.dumps(VIEW.to_json()))) == VIEW


def test_json_has_the_fields_of_the_browser():
    assert list(VIEW.to_json()) == [
        "version",
        "dataset",
        "x",
        "y",
        "curve",
        "overlay",
        "index",
        "band",
        "component",
        "contrast",
        "colormap",
        "flip",
        "zoom",
        "channels",
    ]


def test_what_is_missing_takes_its_default():
    view = ViewState.from_json({"dataset": "/d", "component": "value"})
    assert view == ViewState("/d")


def test_unknown_fields_are_ignored():
    assert ViewState.from_json(changed(pins=[1, 2])) == VIEW


def test_it_cannot_change_behind_ones_back():
    index = {"X": 1}
    view = ViewState("/d", index=index)
    index["X"] = 2
    assert view.index["X"] == 1
    with pytest.raises(TypeError):
        view.index["X"] = 3
    assert view == ViewState("/d", index={"X": 1})
    assert hash(view) == hash(ViewState("/d", index={"X": 1}))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"version": 2}, "version"),
        ({"dataset": ""}, "dataset"),
        ({"dataset": None}, "dataset"),
        ({"dataset": "x" * 5000}, "dataset"),
        ({"x": 3}, "x"),
        ({"x": "Y"}, "x, y, curve, overlay"),
        ({"overlay": "Bias"}, "x, y, curve, overlay"),
        ({"index": [1, 2]}, "index"),
        ({"index": {"X": -1}}, "index"),
        ({"index": {"X": 1.5}}, "index"),
        ({"index": {"X": True}}, "index"),
        ({"index": {"X": 2**60}}, "index"),
        ({"index": {str(i): 0 for i in range(100)}}, "index"),
        ({"band": [20, 10]}, "band"),
        ({"band": [1, 2, 3]}, "band"),
        ({"band": "12"}, "band"),
        ({"component": {"$ne": 1}}, "component"),
        ({"contrast": {"mode": "rainbow"}}, "mode"),
        ({"contrast": {"limits": [0, float("nan")]}}, "limits"),
        ({"contrast": {"limits": [0, 10**400]}}, "limits"),
        ({"contrast": {"low": "1"}}, "low"),
        ({"flip": {"x": 1}}, "flip.x"),
        ({"zoom": {"map": [0, 1, 2]}}, "zoom.map"),
        ({"zoom": [1]}, "zoom"),
        ({"channels": "some"}, "channels"),
        ({"channels": ["all"]}, "channels"),
    ],
)
def test_it_does_not_believe(fields, named):
    with pytest.raises(ViewError) as caught:
        ViewState.from_json(changed(**fields))
    assert caught.value.message == "This view cannot be restored."
    assert f"'{named}'" in caught.value.reason


def test_a_position_curve_image_has_one_dim_twice():
    view = ViewState.from_json(changed(x="Bias", index=dict(VIEW.index)))
    assert view.x == view.curve == "Bias"


def test_javascript_writes_whole_numbers_as_it_likes():
    view = ViewState.from_json(changed(index={"X": 4.0}))
    assert view.index["X"] == 4
    assert isinstance(view.index["X"], int)


def test_it_fits_the_dataset_it_was_made_for():
    assert VIEW.fits(SIZES)


@pytest.mark.parametrize(
    "sizes",
    [
        SIZES | {"X": 4},
        SIZES | {"Bias": 20},
        SIZES | {"Cycle": 2},
        {name: size for name, size in SIZES.items() if name != "Y"},
        {},
    ],
)
def test_it_does_not_fit_another(sizes):
    assert not VIEW.fits(sizes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*VIEW.to_json(), "X"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(JSON)
def test_anything_is_a_view_or_a_view_error(value):
    try:
        view = ViewState.from_json(value)
    except ViewError:
        return
    assert ViewState.from_json(json.loads(json.dumps(view.to_json()))) == view


@given(st.sampled_from(list(VIEW.to_json())), JSON)
def test_any_field_may_hold_anything(name, value):
    try:
        view = ViewState.from_json(changed(**{name: value}))
    except ViewError:
        return
    text = json.dumps(view.to_json(), allow_nan=False)
    assert ViewState.from_json(json.loads(text)) == view


def test_a_band_fits_on_the_curve_it_was_drawn_on():
    assert ViewState("/d", curve="B", index={"B": 0}, band=(1, 4)).fits({"B": 5})
    assert not ViewState("/d", curve="B", index={"B": 0}, band=(1, 5)).fits({"B": 5})
    assert not ViewState("/d", index={"B": 0}, band=(1, 2)).fits({"B": 5})
