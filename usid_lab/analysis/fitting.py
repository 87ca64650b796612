"""From spectra to fits: what is not finite set aside, the rest minimised, rated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.curves import CurveProblem
from usid_lab.analysis.engine import Engine, fit_compiled
from usid_lab.analysis.marquardt import Bounds, Solution, Tolerances, minimise
from usid_lab.analysis.normal import inner
from usid_lab.analysis.oscillator import OscillatorProblem
from usid_lab.analysis.resonance import guess, to_oscillators
from usid_lab.analysis.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from usid_lab.analysis.curves import Curve

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Method:
    """How to fit: with what, until when, between which bounds."""

    engine: Engine = "numpy"
    tolerances: Tolerances = field(default_factory=Tolerances)
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Fits:
    """What is known of each spectrum.

    Attributes
    ----------
    parameters : ndarray of float64, shape (p, spectra)
        NaN where spectrum, guess or result is not finite.
    r2 : ndarray of float64, shape (spectra,)
        Share of the spectrum's variance that the fit explains: 1 - (sum of squared
        residuals) / (sum of squared deviations from the mean); 0 where nothing varies.
    status : ndarray of uint8, shape (spectra,)
        :class:`~usid_lab.analysis.status.Status`.
    """

    parameters: Floats
    r2: Floats
    status: npt.NDArray[np.uint8]


def fit_curves(
    curve: Curve, x: Floats, spectra: npt.ArrayLike, method: Method | None = None
) -> tuple[Fits, Fits]:
    """Guess and fit the curve of every spectrum.

    Parameters
    ----------
    curve : Curve
    x : ndarray of float64, shape (points,)
    spectra : array-like of real numbers, shape (spectra, points)
    method : Method, optional

    Returns
    -------
    guess, fit : Fits

    Examples
    --------
    >>> from usid_lab.analysis.lorentzian import Lorentzian
    >>> x = np.linspace(-5, 5, 41)
    >>> spectra = [2 / (1 + (x - 1) ** 2) + 0.5, x * np.nan]
    >>> _, fits = fit_curves(Lorentzian(), x, spectra)
    >>> fits.parameters.T.round(6).tolist()
    [[2.0, 1.0, 1.0, 0.5], [nan, nan, nan, nan]]
    >>> fits.status.tolist()
    [0, 2]
    """
    method = method or Method()
    values = np.ascontiguousarray(spectra, dtype=np.float64)
    good = np.asarray(np.isfinite(values).all(axis=1))
    kept = values[good]
    solved = _solve_curves(curve, x, kept, method)
    spread = _spread(kept)
    first, last = (_fits(one, curve.tidy, spread, good) for one in solved)
    return first, last


def _solve_curves(
    curve: Curve, x: Floats, spectra: Floats, method: Method
) -> tuple[Solution, Solution]:
    """Return where the fits begin, and where they end."""
    if not len(spectra):
        return _empty(len(curve.parameters)), _empty(len(curve.parameters))
    start = curve.guess(x, spectra)
    if method.bounds is not None:
        start = method.bounds.clip(start)
    if method.engine == "numpy":
        problem = CurveProblem(curve, x, spectra)
        last = minimise(problem, start, method.tolerances, method.bounds)
    else:
        both = spectra, spectra
        last = fit_compiled(
            curve.name, x, both, start, method.tolerances, method.bounds
        )
    return _begun(start, last), last


def fit_oscillators(
    frequency: Floats,
    spectra: npt.NDArray[np.complexfloating],
    method: Method | None = None,
) -> tuple[Fits, Fits]:
    """Guess and fit the oscillator of every spectrum.

    Parameters
    ----------
    frequency : ndarray of float64, shape (points,)
        All positive.
    spectra : ndarray of complex numbers, shape (spectra, points)
    method : Method, optional
        Bounds are not kept.

    Returns
    -------
    guess, fit : Fits
        Parameters are amplitude, resonance frequency, quality factor and phase.

    Examples
    --------
    >>> from usid_lab.analysis.oscillator import response
    >>> frequency = np.linspace(290e3, 310e3, 50)
    >>> spectra = response(frequency, np.array([[2.0], [300e3], [100.0], [0.5]]))
    >>> _, fits = fit_oscillators(frequency, spectra)
    >>> fits.parameters.ravel().round(3).tolist()
    [2.0, 300000.0, 100.0, 0.5]
    """
    method = method or Method()
    scale = float(frequency.mean())
    good = np.asarray(np.isfinite(spectra).all(axis=1))
    problem = OscillatorProblem.of(frequency / scale, spectra[good])
    solved = _solve_oscillators(problem, method)

    def physical(smooth: Floats) -> Floats:
        return to_oscillators(smooth, scale)

    spread = _spread(problem.real) + _spread(problem.imaginary)
    first, last = (_fits(one, physical, spread, good) for one in solved)
    return first, last


def _solve_oscillators(
    problem: OscillatorProblem, method: Method
) -> tuple[Solution, Solution]:
    """Return where the fits begin, and where they end."""
    if not len(problem.real):
        return _empty(4), _empty(4)
    start = guess(problem)
    if method.engine == "numpy":
        last = minimise(problem, start, method.tolerances)
    else:
        both = problem.real, problem.imaginary
        last = fit_compiled(
            "oscillator", problem.tuning, both, start, method.tolerances, None
        )
    return _begun(start, last), last


def _begun(start: Floats, last: Solution) -> Solution:
    """Rate where fits began."""
    lost = ~np.isfinite(last.first_cost)
    status = np.where(lost, Status.NOT_FINITE, Status.CONVERGED).astype(np.uint8)
    return Solution(start, last.first_cost, status, last.first_cost)


def _spread(values: Floats) -> Floats:
    apart = values - values.mean(axis=1, keepdims=True)
    return inner(apart, apart)


def _fits(
    solved: Solution,
    finished: Callable[[Floats], Floats],
    spread: Floats,
    good: npt.NDArray[np.bool_],
) -> Fits:
    """Put the solutions of good spectra among all."""
    count = len(solved.parameters)
    parameters, r2 = np.full((count, len(good)), np.nan), np.full(len(good), np.nan)
    status = np.full(len(good), Status.NOT_FINITE, dtype=np.uint8)
    found = finished(solved.parameters)
    lost = ~np.isfinite(found).all(axis=0) | (solved.status == Status.NOT_FINITE)
    parameters[:, good] = np.where(lost, np.nan, found)
    with np.errstate(all="ignore"):
        rated = np.where(spread > 0, 1 - solved.cost / spread, 0.0)
    r2[good] = np.where(lost, np.nan, rated)
    status[good] = np.where(lost, Status.NOT_FINITE, solved.status)
    return Fits(parameters, r2, status)


def _empty(count: int) -> Solution:
    return Solution(
        np.empty((count, 0)), np.empty(0), np.empty(0, np.uint8), np.empty(0)
    )
