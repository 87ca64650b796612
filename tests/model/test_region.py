"""What lies in a region, compared with exact arithmetic pixel by pixel."""

import json
import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import ArgumentError, DimensionError, SelectionError, ViewError
from usid_lab.model.axis import Axis, LayoutKind, plain_axis
from usid_lab.model.dimension import Dimension, Side
from usid_lab.model.layout import Layout, combine
from usid_lab.model.masking import inside
from usid_lab.model.region import Ellipse, Line, Polygon, Rectangle, region_from_json

DIMS = ("X", "Y")
WIDE, TALL = 9, 7


def grid(x=None, y=None):
    """A layout of positions Y x X, and of a spectrum."""
    across = Dimension("X", "m", np.arange(WIDE) if x is None else x)
    along = Dimension("Y", "m", np.arange(TALL) if y is None else y)
    axis = Axis(WIDE * TALL, LayoutKind.RASTER, (along, across))
    return combine([axis, plain_axis(Dimension("V", "V", np.arange(3)))])


def picked(region, layout=None):
    """Pixels (x, y) that lie inside."""
    axis, mask = inside(region, layout or grid())
    assert axis == 0
    return {(int(x), int(y)) for y, x in zip(*np.nonzero(mask), strict=True)}


def pixels():
    return [(x, y) for y in range(TALL) for x in range(WIDE)]


halves = st.integers(-4, 22).map(lambda n: n / 2)
places = st.tuples(halves, halves)


def on_edge(point, start, end):
    (x, y), (a, b), (c, d) = point, start, end
    if (c - a) * (y - b) != (d - b) * (x - a):
        return False
    return min(a, c) <= x <= max(a, c) and min(b, d) <= y <= max(b, d)


def in_polygon(point, corners):
    """Even-odd, in fractions; an edge belongs to it."""
    corners = [tuple(map(Fraction, corner)) for corner in corners]
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    if any(on_edge(point, *edge) for edge in edges):
        return True
    x, y = point
    crossed = 0
    for (a, b), (c, d) in edges:
        if (b > y) != (d > y):
            crossed += x < a + (y - b) * (c - a) / (d - b)
    return crossed % 2 == 1


@given(first=places, last=places)
def test_a_rectangle_has_what_lies_between_its_corners(first, last):
    region = Rectangle(DIMS, first, last)
    (left, right), (low, high) = (sorted(p) for p in zip(first, last, strict=True))
    wanted = {(x, y) for x, y in pixels() if left <= x <= right and low <= y <= high}
    check(region, wanted)


@given(center=places, radii=st.tuples(halves, halves))
def test_an_ellipse_has_what_its_equation_says(center, radii):
    if min(radii) <= 0:
        with pytest.raises(ArgumentError, match="above 0"):
            Ellipse(DIMS, center, radii)
        return
    (a, b), (wide, tall) = (map(Fraction, pair) for pair in (center, radii))
    wanted = {
        (x, y)
        for x, y in pixels()
        if ((x - a) / wide) ** 2 + ((y - b) / tall) ** 2 <= 1
    }
    check(Ellipse(DIMS, center, radii), wanted)


@given(corners=st.lists(places, min_size=3, max_size=8))
def test_a_polygon_follows_the_even_odd_rule(corners):
    wanted = {point for point in pixels() if in_polygon(point, corners)}
    check(Polygon(DIMS, tuple(corners)), wanted)


def check(region, wanted):
    if wanted:
        assert picked(region) == wanted
        return
    with pytest.raises(SelectionError, match="Nothing was measured inside"):
        picked(region)


def test_what_a_polygon_encloses_twice_is_outside():
    star = [
        (4 + 4 * math.sin(a), 3 - 3 * math.cos(a)) for a in np.arange(5) * 0.8 * math.pi
    ]
    inner = picked(Polygon(DIMS, tuple(star)))
    assert (4, 3) not in inner
    assert (4, 1) in inner


def test_a_line_along_a_dimension_is_one_pixel_wide():
    assert picked(Line(DIMS, (1, 3), (4, 3))) == {(x, 3) for x in range(1, 5)}
    both = picked(Line(DIMS, (1, 3.5), (4, 3.5)))
    assert both == {(x, y) for x in range(1, 5) for y in (3, 4)}


def test_a_line_askew_is_as_wide_as_it_says():
    thin = picked(Line(DIMS, (0, 0), (6, 6), width=0))
    assert thin == {(n, n) for n in range(7)}
    wide = picked(Line(DIMS, (0, 0), (6, 6), width=math.sqrt(2)))
    assert wide == {p for p in pixels() if abs(p[0] - p[1]) <= 1 and 0 <= sum(p) <= 12}


def test_values_are_those_of_the_dimensions():
    x = np.float32(np.linspace(0, 8e-7, WIDE)).astype(float)
    layout = grid(x=x, y=np.arange(TALL)[::-1] * 10.0)
    region = Rectangle(DIMS, (2e-7, 20), (4e-7, 40), by="value")
    wanted = {(a, b) for a in (2, 3, 4) for b in (2, 3, 4)}
    assert picked(region, layout) == wanted


def test_dimensions_may_be_named_either_way_round():
    one = picked(Ellipse(("X", "Y"), (5, 2), (3, 1)))
    other = picked(Ellipse(("Y", "X"), (2, 5), (1, 3)))
    assert one == other


def test_a_region_leaves_further_dimensions_whole():
    layout = combine(
        [
            Axis(
                4 * WIDE * TALL,
                LayoutKind.RASTER,
                tuple(
                    Dimension(n, "m", np.arange(s))
                    for n, s in (("Y", TALL), ("Z", 4), ("X", WIDE))
                ),
            )
        ]
    )
    _, mask = inside(Ellipse(DIMS, (4, 3), (3, 2)), layout)
    _, plane = inside(Ellipse(DIMS, (4, 3), (3, 2)), grid())
    assert mask.shape == (TALL, 4, WIDE)
    assert (mask == plane[:, None]).all()


def test_points_are_asked_by_value():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 50))
    count = Dimension.found("Point", "", np.arange(50.0), Side.POSITION, label="")
    along = (Dimension("Y", "m", y), Dimension("X", "m", x))
    layout = Layout((Axis(50, LayoutKind.SPARSE, (count,), along=along),))
    _, mask = inside(Ellipse(DIMS, (0.5, 0.5), (0.3, 0.2), by="value"), layout)
    wanted = ((x - 0.5) / 0.3) ** 2 + ((y - 0.5) / 0.2) ** 2 <= 1
    np.testing.assert_array_equal(mask, wanted)
    with pytest.raises(SelectionError, match="Points have no indices"):
        inside(Ellipse(DIMS, (5, 5), (3, 2)), layout)


def test_places_with_values_of_their_own_are_asked_one_by_one():
    drift = np.arange(WIDE) + 0.4 * np.arange(TALL)[:, None]
    layout = grid()
    axis = layout.axes[0]
    loose = Axis(
        axis.length, LayoutKind.DEPENDENT, axis.dimensions, grids=(None, drift)
    )
    _, mask = inside(Rectangle(DIMS, (3, 2), (5, 6), "value"), Layout((loose,)))
    rows = np.arange(TALL)[:, None]
    wanted = (drift >= 3) & (drift <= 5) & (rows >= 2)
    np.testing.assert_array_equal(mask, wanted)


@pytest.mark.parametrize("dims", [("X", "Z"), ("X", "V"), ("A", "B")])
def test_dimensions_are_two_of_one_side(dims):
    with pytest.raises(DimensionError, match="two dimensions of one side"):
        inside(Rectangle(dims, (0, 0), (1, 1)), grid())


def test_a_large_grid_takes_little_memory():
    size = 4096
    axis = Axis(
        size * size, LayoutKind.RASTER,
        (Dimension("Y", "m", np.arange(size)), Dimension("X", "m", np.arange(size))),
    )  # fmt: skip
    layout = Layout((axis,))
    tracemalloc.start()
    try:
        _, mask = inside(Ellipse(DIMS, (2000, 2000), (1900, 1900)), layout)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mask.sum() == pytest.approx(math.pi * 1900**2, rel=1e-3)
    assert peak < 40_000_000


REGIONS = [
    Rectangle(DIMS, (0, 1), (2, 3.5)),
    Ellipse(DIMS, (0, 1), (2, 3.5), "value"),
    Polygon(("a", "b"), ((0, 0), (1, 0), (0.5, 2))),
    Line(DIMS, (0, 0), (4, 5), 2.5),
]


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: type(region).__name__)
def test_a_region_comes_back_from_json(region):
    text = json.dumps(region.to_json())
    assert region_from_json(json.loads(text)) == region
    assert hash(region_from_json(json.loads(text))) == hash(region)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "circle"}, {"kind": None}, {"kind": ["line"]},
        {"dims": "XY"}, {"dims": ["X"]}, {"dims": ["X", "X"]}, {"dims": ["X", 3]},
        {"dims": ["X", "Y" * 5000]}, {"by": "pixel"}, {"by": ["index"]},
        {"first": [0]}, {"first": [0, "1"]}, {"first": [0, True]}, {"first": None},
        {"last": [0, 1e999]}, {"last": [0, float("nan")]}, {"last": "ab"},
        {"last": {"0": 1, "1": 2}}, {"first": [0, 10**400]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_region_is_refused(change):
    good = REGIONS[0].to_json()
    assert region_from_json({**good, "more": 1}) == REGIONS[0]
    with pytest.raises(ViewError, match="This region cannot be restored"):
        region_from_json({**good, **change})


@pytest.mark.parametrize("value", [None, 3, [], "rectangle", {}])
def test_what_is_no_object_is_no_region(value):
    with pytest.raises(ViewError):
        region_from_json(value)


def test_what_is_no_figure_is_said():
    with pytest.raises(ArgumentError, match="3 to 10000 corners"):
        Polygon(DIMS, ((0, 0), (1, 1)))
    with pytest.raises(ArgumentError, match="3 to 10000 corners"):
        Polygon(DIMS, ((0, 0),) * 10_001)
    with pytest.raises(ArgumentError, match="two different ends"):
        Line(DIMS, (1, 1), (1, 1))
    with pytest.raises(ArgumentError, match="not negative"):
        Line(DIMS, (1, 1), (1, 2), width=-1)
