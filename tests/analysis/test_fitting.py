"""Fits of whole blocks: what is not finite, how good they are, one's own models."""

import numpy as np
import pytest
from scipy.optimize import curve_fit
from spectra import X, oscillators, peaks

from usid_lab.analysis import fitting, resonance
from usid_lab.analysis.curves import Parameter
from usid_lab.analysis.fitting import Method, fit_curves, fit_oscillators
from usid_lab.analysis.functioncurve import FunctionCurve
from usid_lab.analysis.gaussian import Gaussian
from usid_lab.analysis.marquardt import Tolerances
from usid_lab.analysis.oscillator import response
from usid_lab.analysis.resonance import FAST_QUALITY
from usid_lab.errors import ArgumentError

TIME = np.linspace(0, 4, 50)
NAMES = (Parameter("Height", "y"), Parameter("Rate"))


def decay(x, height, rate):
    return height * np.exp(-rate * x)


def decay_derivatives(x, height, rate):
    falling = np.exp(-rate * x)
    return falling, -height * x * falling


def decays(count=40, noise=0.02):
    rng = np.random.default_rng(1)
    truth = np.stack([rng.uniform(1, 5, count), rng.uniform(0.3, 2, count)])
    spectra = decay(TIME, *truth[..., None])
    return truth, spectra + noise * rng.standard_normal(spectra.shape)


@pytest.mark.parametrize("jacobian", [None, decay_derivatives])
def test_a_function_of_ones_own_is_fitted_as_scipy_does(jacobian):
    _, spectra = decays()
    curve = FunctionCurve(decay, NAMES, (2.0, 1.0), jacobian)
    _, fits = fit_curves(curve, TIME, spectra)
    for index, spectrum in enumerate(spectra):
        found, _ = curve_fit(decay, TIME, spectrum, (2.0, 1.0), ftol=1e-12, xtol=1e-12)
        assert np.allclose(fits.parameters[:, index], found, rtol=1e-6)


def test_differences_and_derivatives_lead_to_the_same():
    _, spectra = decays()
    by_hand, by_difference = (
        fit_curves(FunctionCurve(decay, NAMES, (2.0, 1.0), jacobian), TIME, spectra)[1]
        for jacobian in (decay_derivatives, None)
    )
    assert np.allclose(by_hand.parameters, by_difference.parameters, rtol=1e-7)


def test_a_function_of_plain_numbers_will_do():
    import math

    def scalar(x, height, rate):
        return [height * math.exp(-rate * one) for one in x]

    _, spectra = decays(5)
    plain = FunctionCurve(scalar, NAMES, (2.0, 1.0), broadcasts=False)
    wide = FunctionCurve(decay, NAMES, (2.0, 1.0))
    fits = [fit_curves(curve, TIME, spectra)[1] for curve in (plain, wide)]
    assert np.allclose(fits[0].parameters, fits[1].parameters, rtol=1e-9)


def test_a_guess_may_be_a_function():
    truth, spectra = decays(noise=0)
    curve = FunctionCurve(decay, NAMES, lambda x, s: (s[:, 0], np.ones(len(s))))
    _, fits = fit_curves(curve, TIME, spectra)
    assert np.allclose(fits.parameters, truth, rtol=1e-8)


@pytest.mark.parametrize(
    ("function", "guess", "words"),
    [
        (lambda x, a, b: x[:3], (1, 1), "broadcasts=False"),
        (decay, (1, 1, 1), "must give 2 items, one per parameter"),
    ],
)
def test_a_function_that_does_not_fit_is_refused_in_words(function, guess, words):
    curve = FunctionCurve(function, NAMES, guess)
    with pytest.raises(ArgumentError, match=words):
        fit_curves(curve, TIME, decays(4)[1])


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_spectra_that_are_not_finite_are_left_out(engine):
    if engine == "numba":
        pytest.importorskip("numba")
    curve = Gaussian()
    _, spectra = peaks(curve, 12, 0.05)
    _, whole = fit_curves(curve, X, spectra, Method(engine))
    spectra[3] = np.nan
    spectra[8, 5] = np.inf
    _, fits = fit_curves(curve, X, spectra, Method(engine))
    assert np.flatnonzero(fits.status).tolist() == [3, 8]
    assert np.isnan(fits.parameters[:, [3, 8]]).all()
    assert np.isnan(fits.r2[[3, 8]]).all()
    good = np.delete(np.arange(12), [3, 8])
    assert np.array_equal(fits.parameters[:, good], whole.parameters[:, good])
    _, nothing = fit_curves(curve, X, spectra[[3]], Method(engine))
    assert nothing.status.tolist() == [2]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_oscillators_without_any_finite_spectrum(engine):
    if engine == "numba":
        pytest.importorskip("numba")
    frequency = np.linspace(1.0, 2.0, 20)
    spectra = np.full((3, 20), np.nan + 0j)
    for fits in fit_oscillators(frequency, spectra, Method(engine)):
        assert fits.status.tolist() == [2, 2, 2]
        assert np.isnan(fits.parameters).all()
    for fits in fit_oscillators(frequency, spectra * 0, Method(engine)):
        assert fits.parameters.shape == (4, 3)


def test_where_no_resonance_comes_out_it_is_marked(monkeypatch):
    frequency, _, answers = oscillators(6, 0.1)

    def nowhere(problem):
        start = resonance.fast_guess(problem)
        start[0, 2] = -1
        return start

    monkeypatch.setattr(fitting, "guess", nowhere)
    hasty = Method(tolerances=Tolerances(steps=0))
    for fits in fit_oscillators(frequency, answers, hasty):
        assert fits.status.tolist()[2] == 2
        assert np.isnan(fits.parameters[:, 2]).all()
        assert np.isnan(fits.r2[2])
        assert np.isfinite(np.delete(fits.parameters, 2, axis=1)).all()


def test_r2_is_what_its_name_says():
    curve = Gaussian()
    _, spectra = peaks(curve, 20, 0.2)
    _, fits = fit_curves(curve, X, spectra)
    model = curve.values(X, fits.parameters[..., None])
    left = ((spectra - model) ** 2).sum(axis=1)
    assert np.allclose(fits.r2, 1 - left / (spectra.var(axis=1) * len(X)))
    frequency, _, answers = oscillators(20, 0.1)
    _, resonances = fit_oscillators(frequency, answers)
    left = np.abs(answers - response(frequency, resonances.parameters)) ** 2
    spread = np.abs(answers - answers.mean(axis=1, keepdims=True)) ** 2
    assert np.allclose(resonances.r2, 1 - left.sum(axis=1) / spread.sum(axis=1))


def test_the_guess_of_an_oscillator_is_near():
    frequency, truth, spectra = oscillators(200, 0.03)
    first, last = fit_oscillators(frequency, spectra)
    assert np.all(np.abs(first.parameters[1] - truth[1]) < 500)
    assert np.all(np.abs(first.parameters[2] / truth[2] - 1) < 0.3)
    assert np.all(first.r2 > 0.9)
    assert np.all(last.r2 >= first.r2)


def test_where_the_guess_finds_no_resonance_the_top_is_taken():
    frequency = np.linspace(300e3, 320e3, 21)
    spectra = np.zeros((1, 21), dtype=np.complex128)
    spectra[0, [4, 11]] = 1, -2
    first, _ = fit_oscillators(frequency, spectra)
    _, resonance, quality, _ = first.parameters[:, 0]
    assert quality == pytest.approx(FAST_QUALITY)
    assert resonance == pytest.approx(frequency[11])
    top = response(frequency[11:12], first.parameters[:, 0])
    assert top[0] == pytest.approx(-2)


@pytest.mark.parametrize("size", [1, 3, 20])
def test_guess_fit_and_r2_are_the_same_in_every_batch(size):
    frequency, _, answers = oscillators(50, 0.1, points=87)
    curve = Gaussian()
    _, spectra = peaks(curve, 50, 0.1)
    for whole, part in (
        *zip(
            fit_oscillators(frequency, answers),
            fit_oscillators(frequency, answers[11 : 11 + size]),
            strict=True,
        ),
        *zip(
            fit_curves(curve, X, spectra),
            fit_curves(curve, X, spectra[11 : 11 + size]),
            strict=True,
        ),
    ):
        assert np.array_equal(part.parameters, whole.parameters[:, 11 : 11 + size])
        assert np.array_equal(part.r2, whole.r2[11 : 11 + size])
