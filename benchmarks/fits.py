"""Fits of spectra: ours beside a loop of `scipy.optimize.least_squares`.

Both begin at the same guess and have the same derivatives, and scipy takes the
algorithm that is fastest for it (MINPACK's `lm`). The answers are compared first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from benchmarks.pairs import Case, measure
from benchmarks.report import report
from usid_lab.analysis.fitting import Fits, Method, fit_curves, fit_oscillators
from usid_lab.analysis.lorentzian import Lorentzian
from usid_lab.analysis.oscillator import response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from usid_lab.analysis.engine import Engine

    Floats = npt.NDArray[np.float64]
    Complexes = npt.NDArray[np.complex128]

COUNT = 2048
POINTS = 87
PAIRS = 9
_LIMITS: dict[Engine, float] = {"numpy": 1 / 10, "numba": 1 / 40}
_CURVE = Lorentzian()


def run() -> None:
    """Compare, time, report: microseconds for all fits of a case."""
    rows = []
    for case in cases():
        row = measure(case, PAIRS)
        times = f"{1 / row.ratio.median:.0f} times as fast; " if row.ratio else ""
        rows.append(replace(row, note=times + row.note))
    title = f"fits: {COUNT} of {POINTS} points, ours / a loop of scipy's, microseconds"
    report("fits", title, rows)


def cases() -> Iterator[Case]:
    """Oscillators and Lorentzians, with numpy alone and with numba."""
    frequency, responses = oscillator_spectra()
    x, spectra = lorentzian_spectra()
    first, _ = fit_oscillators(frequency, responses)
    start = _CURVE.guess(x, spectra)
    for engine, limit in _LIMITS.items():
        method = Method(engine)
        yield Case(
            f"oscillator, {engine}",
            partial(_last, fit_oscillators, frequency, responses, method),
            lambda: oscillator_loop(frequency, responses, first.parameters),
            limit,
            lambda ours, theirs: same(ours.parameters, theirs),
        )
        yield Case(
            f"Lorentzian, {engine}",
            partial(_last, fit_curves, _CURVE, x, spectra, method),
            lambda: lorentzian_loop(x, spectra, start),
            limit,
            lambda ours, theirs: same(ours.parameters, _CURVE.tidy(theirs)),
        )


def _last(fit: Callable[..., tuple[Fits, Fits]], *about: object) -> Fits:
    return fit(*about)[1]


def oscillator_spectra() -> tuple[Floats, Complexes]:
    """Band-excitation responses with noise: frequencies and spectra."""
    rng = np.random.default_rng(1)
    frequency = np.linspace(305e3, 365e3, POINTS)
    low, high = (0.5e-5, 318e3, 50, -3), (2e-5, 352e3, 180, 3)
    truth = rng.uniform(low, high, (COUNT, 4)).T
    spectra = response(frequency, truth)
    noise = 0.02 * np.abs(spectra).max(axis=1, keepdims=True)
    real, imaginary = rng.standard_normal((2, *spectra.shape))
    return frequency, spectra + noise * (real + 1j * imaginary)


def lorentzian_spectra() -> tuple[Floats, Floats]:
    """Peaks with noise: x and spectra."""
    rng = np.random.default_rng(2)
    x = np.linspace(-4, 4, POINTS)
    truth = rng.uniform((1, -2, 0.3, -1), (3, 2, 0.9, 1), (COUNT, 4)).T
    spectra = _CURVE.values(x, truth[..., None])
    return x, spectra + 0.05 * rng.standard_normal(spectra.shape)


def oscillator_loop(frequency: Floats, spectra: Complexes, start: Floats) -> Floats:
    """Fit one after the other, by amplitude, frequency, quality factor and phase."""
    return np.stack(
        [_one(frequency, *pair) for pair in zip(spectra, start.T, strict=True)], axis=1
    )


def _one(frequency: Floats, spectrum: Complexes, start: Floats) -> Floats:
    def residual(p: Floats) -> Floats:
        return _parts(response(frequency, p) - spectrum)

    def jacobian(p: Floats) -> Floats:
        amplitude, resonance, quality, _ = p
        values = response(frequency, p)
        width = 1j * frequency / quality
        pole = frequency**2 - resonance**2 - width * resonance
        by_resonance = values * (2 / resonance + (width + 2 * resonance) / pole)
        by_quality = values / pole * (-width * resonance / quality)
        columns = values / amplitude, by_resonance, by_quality, 1j * values
        return np.stack([_parts(column) for column in columns], axis=1)

    return _solved(residual, jacobian, start)


def _parts(values: Complexes) -> Floats:
    return np.concatenate([values.real, values.imag])


def lorentzian_loop(x: Floats, spectra: Floats, start: Floats) -> Floats:
    """Fit one after the other."""

    def solved(spectrum: Floats, first: Floats) -> Floats:
        return _solved(
            lambda p: _lorentzian(x, p) - spectrum, lambda p: _slopes(x, p), first
        )

    return np.stack(
        [solved(*pair) for pair in zip(spectra, start.T, strict=True)], axis=1
    )


def _lorentzian(x: Floats, p: Floats) -> Floats:
    return np.asarray(p[0] / (1 + ((x - p[1]) / p[2]) ** 2) + p[3])


def _slopes(x: Floats, p: Floats) -> Floats:
    far = (x - p[1]) / p[2]
    bell = 1 / (1 + far * far)
    slope = 2 * p[0] / p[2] * bell * bell * far
    return np.stack([bell, slope, slope * far, np.ones_like(x)], axis=1)


def _solved(
    residual: Callable[[Floats], Floats],
    jacobian: Callable[[Floats], Floats],
    start: Floats,
) -> Floats:
    found = least_squares(residual, start, jacobian, method="lm", x_scale="jac")
    return np.asarray(found.x)


def same(ours: Floats, theirs: Floats) -> bool:
    """Whether parameters agree to a ten thousandth, phases modulo a turn."""
    apart = np.abs(ours - theirs)
    turned = np.minimum(apart[3], np.abs(apart[3] - 2 * np.pi))
    apart[3] = np.minimum(apart[3], turned)
    return bool(np.all(apart <= 1e-4 * np.maximum(np.abs(theirs), 1e-3)))
