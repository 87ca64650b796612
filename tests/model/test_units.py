"""Numbers with units as people read them."""

import numpy as np
import pytest

from usid_lab.model import units


@pytest.mark.parametrize(
    ("unit", "magnitude", "shown", "factor"),
    [
        ("m", 5e-6, "µm", 1e6),
        ("m", 5e-9, "nm", 1e9),
        ("nm", 5000, "µm", 1e-3),
        ("um", 0.5, "nm", 1e3),
        ("Hz", 320e3, "kHz", 1e-3),
        ("V", 7.5, "V", 1),
        ("nA", 0.1, "pA", 1e3),
        ("s", 3600, "s", 1),
        ("m", 1e-3, "mm", 1e3),
        ("cm", 1e-5, "nm", 1e7),
        ("a.u.", 5e-9, "a.u.", 1),
        ("counts", 5e9, "counts", 1),
        ("pm/V", 5e-9, "pm/V", 1),
        ("eV", 5e3, "eV", 1),
        (" V ", 0, "V", 1),
        ("m", float("nan"), "m", 1),
        ("m", 5e-324, "fm", 1e15),
        ("fm", 5e-324, "fm", 1),
    ],
)
def test_one_prefix_for_an_axis(unit, magnitude, shown, factor):
    assert units.scale_for(unit, magnitude) == units.Scale(factor, shown)


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (7.8e-16, 2.5, "0"),
        (-7.8e-16, 2.5, "0"),
        (7.5, 2.5, "7.5"),
        (1.25, 2.5, "1.25"),
        (-10, 2.5, "-10"),
        (2.519685, 0.03937, "2.52"),
        (0.30000001192, 0.1, "0.3"),
        (320123.4, 1250, "320123.4"),
        (5e-9, 1e-9, "5e-9"),
        (1e-24, 1e-9, "0"),
        (1234567, None, "1.235e6"),
        (0.00012344, None, "1.234e-4"),
        (12345.6, None, "12346"),
        (3.14159, None, "3.142"),
        (9.99996, None, "10"),
        (0, None, "0"),
        (float("nan"), None, "no value"),
        (-float("inf"), 1, "-∞"),
    ],
)
def test_values_are_rounded_to_the_step(value, step, text):
    assert units.format_number(value, step) == text


def test_lengths_are_told_from_other_units():
    known = ["m", "nm", "um", "µm", "Å", "angstrom", "microns", "cm"]
    assert all(units.length_factor(name) is not None for name in known)
    assert all(units.length_factor(name) is None for name in ["V", "1/nm", "", "ms"])
    assert units.length_factor("Å") == pytest.approx(1e-10)


def test_the_step_is_the_usual_distance():
    assert units.step_of(np.array([0.0, 1.0, 2.0, np.nan, 4.0])) == 1.0
    assert units.step_of(np.array([5.0])) is None
    assert units.step_of(np.zeros(4)) is None


@pytest.mark.parametrize("word", ["", " a.u. ", "Arb", "pixels"])
def test_units_that_say_nothing(word):
    assert units.is_placeholder(word)
    assert not units.is_placeholder(f"{word}V")


def test_the_largest_magnitude_is_finite():
    assert units.largest(np.array([1.0, -3.0, np.nan, np.inf])) == 3.0
    assert units.largest(np.array([np.nan])) == 0.0


@pytest.mark.parametrize(
    ("value", "unit", "step", "text"),
    [
        (7.5, "V", 2.5, "7.5 V"),
        (5e-9, "m", None, "5 nm"),
        (0.0, "m", 1e-9, "0 nm"),
        (320e3, "Hz", 1250, "320 kHz"),
        (12.0, "", None, "12"),
    ],
)
def test_a_value_by_itself_has_the_prefix_that_suits_it(value, unit, step, text):
    assert units.quantity_text(value, unit, step) == text
