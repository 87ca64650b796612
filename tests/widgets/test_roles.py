"""Which dim is drawn where."""

import pytest

from usid_lab.model.dimension import Dimension, Side
from usid_lab.widgets.dims import described, is_spatial, pixel_aspect
from usid_lab.widgets.roles import Roles, first_roles

P, S, A = Side.POSITION, Side.SPECTROSCOPIC, Side.ARRAY


def dims(*specs):
    return described(
        Dimension(name, units, size, side=side) for name, units, size, side in specs
    )


@pytest.mark.parametrize(
    ("specs", "roles"),
    [
        pytest.param(
            [("Y", "m", 9, P), ("X", "m", 9, P), ("arb", "", 1, S)],
            Roles("X", "Y"),
            id="an image",
        ),
        pytest.param(
            [("X", "m", 9, P), ("Y", "m", 9, P)],
            Roles("X", "Y"),
            id="x is horizontal whatever the order",
        ),
        pytest.param(
            [("slow", "um", 9, P), ("fast", "nm", 9, P), ("Bias", "V", 64, S)],
            Roles("fast", "slow", "Bias"),
            id="lengths by any name",
        ),
        pytest.param(
            [("row", "", 9, P), ("column", "px", 9, P), ("Bias", "V", 64, S)],
            Roles("column", "row", "Bias"),
            id="names with placeholder units",
        ),
        pytest.param(
            [
                ("Y", "m", 9, P),
                ("X", "m", 9, P),
                ("Cycle", "", 2, S),
                ("Field", "", 2, S),
                ("DC_Offset", "V", 16, S),
                ("Frequency", "Hz", 87, S),
            ],
            Roles("X", "Y", "Frequency"),
            id="BEPS",
        ),
        pytest.param(
            [("Y", "m", 9, P), ("X", "m", 9, P), ("DC", "V", 64, S), ("F", "", 2, S)],
            Roles("X", "Y", "DC"),
            id="the fastest that is long enough",
        ),
        pytest.param(
            [("Y", "m", 9, P), ("X", "m", 9, P), ("A", "", 6, S), ("B", "", 5, S)],
            Roles("X", "Y", "A"),
            id="else the longest",
        ),
        pytest.param(
            [("Y", "m", 9, P), ("X", "m", 9, P), ("A", "", 4, S), ("B", "", 3, S)],
            Roles("X", "Y"),
            id="too short for a curve",
        ),
        pytest.param(
            [("X", "m", 50, P), ("Bias", "V", 64, S)],
            Roles("Bias", "X", "Bias"),
            id="position x curve image",
        ),
        pytest.param(
            [("X", "m", 50, P), ("arb", "", 1, S)],
            Roles(curve="X"),
            id="a profile",
        ),
        pytest.param(
            [("X", "", 1, P), ("Z", "m", 2045, S)], Roles(curve="Z"), id="force curve"
        ),
        pytest.param(
            [("Component", "", 9, P), ("Loss", "eV", 64, S)],
            Roles(curve="Loss", overlay="Component"),
            id="a family",
        ),
        pytest.param(
            [("Component", "", 100, P), ("Loss", "eV", 64, S)],
            Roles(curve="Loss"),
            id="a family on a slider",
        ),
        pytest.param(
            [("Component", "", 100, P), ("arb", "", 1, S)],
            Roles(curve="Component"),
            id="scree",
        ),
        pytest.param(
            [("Z", "m", 5, P), ("Y", "m", 9, P), ("X", "m", 9, P)],
            Roles("X", "Y"),
            id="a stack of maps",
        ),
        pytest.param(
            [
                ("Y", "m", 9, P),
                ("X", "m", 9, P),
                ("Direction", "", 2, S),
                ("Bias", "V", 64, S),
            ],
            Roles("X", "Y", "Bias", "Direction"),
            id="sweep directions overlaid",
        ),
        pytest.param([("a", "", 1, P), ("b", "", 1, S)], Roles(), id="one number"),
        pytest.param([("t", "s", 50, A)], Roles(curve="t"), id="1-D array"),
        pytest.param(
            [("a", "", 6, A), ("b", "", 7, A)], Roles("b", "a"), id="2-D array"
        ),
        pytest.param(
            [("t", "", 30, A), ("c", "", 3, A), ("a", "", 6, A), ("b", "", 7, A)],
            Roles("b", "a", "t"),
            id="N-D array",
        ),
        pytest.param(
            [("x", "nm", 6, A), ("y", "nm", 7, A), ("energy", "eV", 50, A)],
            Roles("x", "y", "energy"),
            id="N-D array with names",
        ),
        pytest.param(
            [("c", "", 7, A), ("a", "", 6, A), ("b", "", 7, A)],
            Roles("b", "a"),
            id="rest too short",
        ),
    ],
)
def test_roles(specs, roles):
    assert first_roles(dims(*specs)) == roles


def test_scattered_points_are_the_map():
    some = dims(("Point", "", 500, P), ("Bias", "V", 64, S))
    assert first_roles(some, points="Point") == Roles(curve="Bias")


@pytest.mark.parametrize(
    ("name", "units", "spatial"),
    [
        ("anything", "um", True),
        ("X", "a.u.", True),
        ("Y Position", "", True),
        ("rows", "pixels", True),
        ("X", "V", False),
        ("Xenon", "", False),
        ("Component", "", False),
    ],
)
def test_what_is_spatial(name, units, spatial):
    assert is_spatial(name, units) is spatial


def test_a_sweep_of_z_is_no_place():
    [z] = dims(("Z", "m", 2045, S))
    assert not z.spatial


def test_aspect_reconciles_units():
    x, y = dims(("X", "nm", 4, P), ("Y", "um", 4, P))
    assert pixel_aspect(x, y) == pytest.approx(1000)
    x, y = dims(("X", "nm", 4, P), ("Y", "V", 4, P))
    assert pixel_aspect(x, y) is None
    x, y = dims(("X", "a.u.", 4, P), ("Y", "", 4, P))
    assert pixel_aspect(x, y) == 1
