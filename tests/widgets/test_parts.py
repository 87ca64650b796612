"""Components: of complex numbers, of compounds, of phases."""

import numpy as np
import pytest

from usid_lab.widgets.components import sampled
from usid_lab.widgets.cyclic import DEGREES, TURN, circular_mean, one_turn, period_of
from usid_lab.widgets.parts import parts_of

SHO = np.dtype(
    [("Amplitude [V]", "f4"), ("Frequency [Hz]", "f8"), ("Phase [rad]", "f4")]
)


def by_name(parts):
    return {part.name: part for part in parts}


def test_complex_numbers_have_four_faces():
    z = np.array([3 + 4j, -1j, -2], "c8")
    parts = by_name(parts_of(z.dtype, "Response", "V"))
    assert list(parts) == ["amplitude", "phase", "real", "imaginary"]
    np.testing.assert_allclose(parts["amplitude"].of(z), np.abs(z))
    np.testing.assert_allclose(parts["phase"].of(z), np.angle(z))
    np.testing.assert_array_equal(parts["real"].of(z), z.real)
    np.testing.assert_array_equal(parts["imaginary"].of(z), z.imag)
    assert all(part.of(z).dtype == np.float32 for part in parts.values())
    assert parts["phase"].period == TURN
    assert [part.units for part in parts.values()] == ["V", "rad", "V", "V"]


def test_fields_take_their_units_from_the_brackets():
    parts = by_name(parts_of(SHO, "SHO Parameters", "a.u."))
    assert (parts["Frequency [Hz]"].label, parts["Frequency [Hz]"].units) == (
        "Frequency",
        "Hz",
    )


def test_sho_results_open_as_amplitude_times_cosine_of_phase():
    values = np.zeros(3, SHO)
    values["Amplitude [V]"] = [1, 2, 3]
    values["Phase [rad]"] = [0, np.pi, np.pi / 2]
    first = parts_of(SHO, "SHO Parameters", "a.u.")[0]
    assert (first.name, first.units) == ("Amplitude·cos(Phase)", "V")
    assert first.period is None
    np.testing.assert_allclose(first.of(values), [1, -2, 0], atol=1e-6)


def test_degrees_in_a_loop_are_respected():
    dtype = np.dtype([("Amplitude", "f8"), ("Phase [deg]", "f8")])
    values = np.array([(2.0, 180.0)], dtype)
    np.testing.assert_allclose(parts_of(dtype, "", "")[0].of(values), [-2])


def test_fields_that_are_no_numbers_are_left_out():
    dtype = np.dtype([("name", "S4"), ("vector", "f4", (3,)), ("a", "i2")])
    assert [part.name for part in parts_of(dtype, "", "")] == ["a"]
    assert parts_of(np.dtype("S3"), "", "") == ()


@pytest.mark.parametrize(
    ("quantity", "dtype", "categorical"),
    [
        ("Cluster Labels", "u4", True),
        ("Labels", "i8", True),
        ("Intensity", "u1", False),
        ("Labels", "f4", False),
    ],
)
def test_labels_are_integers_named_so(quantity, dtype, categorical):
    [part] = parts_of(np.dtype(dtype), quantity, "")
    assert part.categorical is categorical


@pytest.mark.parametrize(
    ("name", "units", "low", "high", "period"),
    [
        ("PhaseRetrace", "m", -90, 270, DEGREES),
        ("Phase", "deg", -1, 1, DEGREES),
        ("Phase", "", -3.1, 3.1, TURN),
        ("Phase", "", 0, 359, DEGREES),
        ("Phase", "rad", 0, 6.2, TURN),
        ("Phase", "rad", 0, 60, None),
        ("Phase", "V", -10, 10, None),
        ("Phase", "", 0, 4000, None),
        ("Phase", "m", 0, 1e-9, None),
        ("Height", "deg", 0, 300, None),
    ],
)
def test_what_is_cyclic(name, units, low, high, period):
    assert period_of(name, units, np.array([low, high], float)) == period


@pytest.mark.parametrize(
    ("values", "period", "limits"),
    [
        ([-3, 3], TURN, (-np.pi, np.pi)),
        ([0.1, 6.2], TURN, (0, TURN)),
        ([-90, 269.9], 360, (-90, 270)),
        ([-179, 170], 360, (-180, 180)),
        ([300, 500], 360, (300, 660)),
    ],
)
def test_cyclic_limits_span_one_turn(values, period, limits):
    assert one_turn(np.array(values, float), period) == pytest.approx(limits)


def test_circular_means_do_not_cancel_across_the_cut():
    degrees = np.array([[179, -179], [10, 20], [np.nan, 30], [np.nan, np.nan]])
    mean = circular_mean(degrees, 360, axis=1)
    assert abs(mean[0]) == pytest.approx(180)
    np.testing.assert_allclose(mean[1:3], [15, 30])
    assert np.isnan(mean[3])


def test_opposite_directions_have_no_mean():
    assert np.isnan(circular_mean(np.array([[0.0, 180.0]]), 360, axis=1)).all()


def test_limits_are_percentiles_of_the_finite_values():
    values = np.random.default_rng(1).normal(size=(100, 90))
    values[0, :50] = np.nan
    values[1, 0] = np.inf
    parts, [component] = sampled(parts_of(values.dtype, "Height", "m"), values, 2**22)
    finite = values[np.isfinite(values)]
    assert component.limits == pytest.approx(tuple(np.percentile(finite, [1, 99])))
    assert component.sample.size == 4096
    assert (np.diff(component.sample) >= 0).all()
    assert component.sample[[0, -1]].tolist() == [finite.min(), finite.max()]
    assert parts[0].period is None


def test_without_values_there_are_no_limits():
    _, [component] = sampled(parts_of(np.dtype("f4"), "a", ""), np.full(5, np.nan), 9)
    assert component.limits is None
    assert component.sample.size == 0
    _, [component] = sampled(parts_of(np.dtype("f4"), "Phase", ""), None, 9)
    assert component.limits is None
