"""The batched minimiser against scipy, spectrum by spectrum, from the same start."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from spectra import X, oscillators, peaks

from usid_lab.analysis.curves import CurveProblem
from usid_lab.analysis.gaussian import Gaussian
from usid_lab.analysis.lorentzian import Lorentzian
from usid_lab.analysis.marquardt import Bounds, Tolerances, minimise
from usid_lab.analysis.oscillator import OscillatorProblem, response
from usid_lab.analysis.resonance import (
    from_oscillators,
    guess,
    to_oscillators,
)
from usid_lab.analysis.status import Status

TIGHT = {"ftol": 1e-13, "xtol": 1e-13, "gtol": 1e-13, "max_nfev": 5000}
CURVES = [Gaussian(), Lorentzian()]


def by_scipy(residual, jacobian, start):
    return least_squares(
        residual, start, jac=jacobian, method="lm", x_scale="jac", **TIGHT
    )


def errors_of(found):
    """Standard errors of a fit's parameters."""
    free = len(found.fun) - len(found.x)
    covariance = np.linalg.inv(found.jac.T @ found.jac) * 2 * found.cost / free
    return np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_peaks_come_out_as_scipys(curve, noise):
    _, spectra = peaks(curve, 60, noise)
    start = curve.guess(X, spectra)
    solution = minimise(CurveProblem(curve, X, spectra), start)
    assert np.count_nonzero(solution.status) == 0
    for index, spectrum in enumerate(spectra):
        found = by_scipy(
            lambda p, d=spectrum: curve.values(X, p[:, None, None])[0] - d,
            lambda p: curve.jacobian(X, p[:, None, None])[:, 0].T,
            start[:, index],
        )
        assert solution.cost[index] == pytest.approx(2 * found.cost, rel=1e-9)
        apart = np.abs(curve.tidy(solution.parameters)[:, index])
        apart -= np.abs(curve.tidy(found.x[:, None])[:, 0])
        assert np.all(np.abs(apart) <= 1e-4 * errors_of(found))


@pytest.mark.parametrize("noise", [0.01, 0.1, 0.15])
def test_oscillators_come_out_as_scipys(noise):
    frequency, _, spectra = oscillators(60, noise)
    scale = frequency.mean()
    problem = OscillatorProblem.of(frequency / scale, spectra)
    first = guess(problem)
    solution = minimise(problem, first)
    fitted = to_oscillators(solution.parameters, scale)
    start = to_oscillators(first, scale)
    assert np.count_nonzero(solution.status) == 0
    for index, spectrum in enumerate(spectra):
        found = by_scipy(
            lambda p, d=spectrum: parts(response(frequency, p) - d),
            lambda p: jacobian(frequency, p),
            start[:, index],
        )
        assert solution.cost[index] == pytest.approx(2 * found.cost, rel=1e-9)
        apart = fitted[:, index] - found.x
        apart[3] = (apart[3] + np.pi) % (2 * np.pi) - np.pi
        assert np.all(np.abs(apart) <= 1e-4 * errors_of(found))


def test_where_noise_makes_several_minima_ours_are_no_worse_than_scipys():
    frequency, _, spectra = oscillators(60, 0.5)
    scale = frequency.mean()
    problem = OscillatorProblem.of(frequency / scale, spectra)
    first = guess(problem)
    solution = minimise(problem, first)
    start = to_oscillators(first, scale)
    theirs = [
        2
        * by_scipy(
            lambda p, d=spectrum: parts(response(frequency, p) - d),
            lambda p: jacobian(frequency, p),
            start[:, index],
        ).cost
        for index, spectrum in enumerate(spectra)
    ]
    ratio = solution.cost / theirs
    assert np.count_nonzero(np.abs(ratio - 1) < 1e-9) >= 40
    assert np.count_nonzero(ratio > 1 + 1e-6) <= 3
    assert solution.cost.sum() <= sum(theirs) * (1 + 1e-9)


def parts(values):
    return np.concatenate([values.real, values.imag])


def jacobian(frequency, p):
    """Derivatives of the formula as it is printed, not as the fit has it."""
    amplitude, resonance, quality, _ = p
    values = response(frequency, p)
    pole = frequency**2 - resonance**2 - 1j * frequency * resonance / quality
    by_resonance = 2 / resonance + (1j * frequency / quality + 2 * resonance) / pole
    by_quality = -1j * frequency * resonance / quality**2 / pole
    columns = [1 / amplitude, by_resonance, by_quality, 1j]
    return np.stack([parts(values * column) for column in columns], axis=1)


def test_the_oscillators_normal_equations_are_those_of_its_differences():
    frequency, truth, spectra = oscillators(5, 0.1)
    scale = frequency.mean()
    problem = OscillatorProblem.of(frequency / scale, spectra)
    at = from_oscillators(truth * 1.01, scale)
    normal = problem.normal(at)

    def residual(parameters, index):
        q, g, a, b = parameters
        u = frequency / scale
        return parts((a + 1j * b) / (u * u - q - 1j * g * u) - spectra[index])

    for index in range(5):
        p = at[:, index]
        steps = np.diag(1e-6 * np.abs(p))
        columns = np.stack(
            [
                (residual(p + s, index) - residual(p - s, index)) / (2 * s.sum())
                for s in steps
            ]
        )
        full = np.tril(normal.matrix[..., index])
        expected = np.tril(columns @ columns.T)
        root = np.sqrt(np.diag(expected))
        assert np.allclose(
            full / np.outer(root, root), expected / np.outer(root, root), atol=1e-6
        )
        down = -columns @ residual(p, index) / root
        size = np.linalg.norm(residual(p, index))
        assert np.allclose(normal.gradient[:, index] / root, down, atol=1e-6 * size)
        assert normal.cost[index] == pytest.approx(size**2)


def test_without_noise_the_truth_comes_back():
    frequency, truth, spectra = oscillators(200, 0)
    scale = frequency.mean()
    problem = OscillatorProblem.of(frequency / scale, spectra)
    solution = minimise(problem, guess(problem))
    assert np.allclose(to_oscillators(solution.parameters, scale), truth, rtol=1e-9)
    for curve in CURVES:
        known, peaked = peaks(curve, 100, 0)
        found = minimise(CurveProblem(curve, X, peaked), curve.guess(X, peaked))
        assert np.allclose(curve.tidy(found.parameters), known, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 129])
def test_a_fit_does_not_depend_on_the_others_in_its_batch(size):
    frequency, _, spectra = oscillators(260, 0.2, points=87)
    problem = OscillatorProblem.of(frequency / frequency.mean(), spectra)
    whole = minimise(problem, guess(problem))
    for first in (0, 5, 131):
        rows = np.zeros(260, dtype=bool)
        rows[first : first + size] = True
        part = problem.take(rows)
        alone = minimise(part, guess(part))
        assert np.array_equal(alone.parameters, whole.parameters[:, rows])
        assert np.array_equal(alone.cost, whole.cost[rows])
        assert np.array_equal(alone.status, whole.status[rows])


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@pytest.mark.parametrize("points", [9, 64, 257])
def test_nor_does_that_of_a_peak(curve, points):
    x = np.linspace(-3, 5, points)
    rng = np.random.default_rng(2)
    truth = np.array([2.0, 1.0, 0.7, 0.1])[:, None, None]
    spectra = curve.values(x, truth) + 0.1 * rng.standard_normal((70, points))
    problem = CurveProblem(curve, x, spectra)
    start = curve.guess(x, spectra)
    whole = minimise(problem, start)
    for size in (1, 2, 5, 33):
        rows = np.arange(70) >= 70 - size
        alone = minimise(problem.take(rows), curve.guess(x, spectra[rows]))
        assert np.array_equal(alone.parameters, whole.parameters[:, rows])


def test_what_cannot_be_fitted_is_marked():
    frequency, _, spectra = oscillators(4, 0.05)
    problem = OscillatorProblem.of(frequency / frequency.mean(), spectra)
    start = guess(problem)
    start[2, 1] = np.nan
    solution = minimise(problem, start)
    assert solution.status.tolist() == [
        Status.CONVERGED,
        Status.NOT_FINITE,
        Status.CONVERGED,
        Status.CONVERGED,
    ]
    hasty = minimise(problem, guess(problem), Tolerances(steps=1))
    assert set(hasty.status.tolist()) == {Status.UNFINISHED}
    assert np.isfinite(hasty.parameters).all()


def test_a_constant_spectrum_does_no_harm():
    curve = Lorentzian()
    spectra = np.stack([np.zeros_like(X), np.ones_like(X), peaks(curve, 1, 0.1)[1][0]])
    solution = minimise(CurveProblem(curve, X, spectra), curve.guess(X, spectra))
    assert solution.status[2] == Status.CONVERGED
    assert np.allclose(solution.cost[:2], 0)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_bounds_are_kept_and_scipys_optimum_found(curve):
    _, spectra = peaks(curve, 30, 0.05)
    lower = np.array([-5, 0.0, 0.5, -0.2])
    upper = np.array([5, 2.0, 5, 0.2])
    bounds = Bounds(lower, upper)
    start = curve.guess(X, spectra)
    solution = minimise(CurveProblem(curve, X, spectra), start, bounds=bounds)
    assert np.all(solution.parameters >= lower[:, None])
    assert np.all(solution.parameters <= upper[:, None])
    assert np.any(solution.parameters[1:] == lower[1:, None])
    inside = np.clip(start, lower[:, None] + 1e-6, upper[:, None] - 1e-6)
    for index, spectrum in enumerate(spectra):
        found = least_squares(
            lambda p, d=spectrum: curve.values(X, p[:, None, None])[0] - d,
            inside[:, index],
            lambda p: curve.jacobian(X, p[:, None, None])[:, 0].T,
            bounds=(lower, upper),
            **TIGHT,
        )
        assert solution.cost[index] <= 2 * found.cost * (1 + 1e-6)
