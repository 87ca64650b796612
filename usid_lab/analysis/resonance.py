"""Guessing and fitting the oscillator: from spectra to its four parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.linear import solve
from usid_lab.analysis.normal import inner, weighted

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.analysis.oscillator import OscillatorProblem

    Floats = npt.NDArray[np.float64]

FAST_QUALITY = 10.0


def to_oscillators(smooth: Floats, scale: float) -> Floats:
    """Turn q, g, a, b into amplitude, frequency, quality factor and phase.

    Parameters
    ----------
    smooth : ndarray of float64, shape (4, spectra)
        As :class:`~usid_lab.analysis.oscillator.OscillatorProblem` has them.
    scale : float
        The frequency that is 1 there.

    Returns
    -------
    ndarray of float64, shape (4, spectra)
        NaN where q is negative: there is no such resonance.
    """
    q, g, a, b = smooth
    with np.errstate(all="ignore"):
        tuned = np.sqrt(q)
        rows = np.hypot(a, b) / q, tuned * scale, tuned / g, np.arctan2(b, a)
    return np.where(q > 0, np.stack(rows), np.nan)


def from_oscillators(parameters: Floats, scale: float) -> Floats:
    """Turn amplitude, frequency, quality factor and phase into q, g, a, b.

    Examples
    --------
    >>> given = np.array([[2.0], [300e3], [100.0], [0.5]])
    >>> there = from_oscillators(given, 310e3)
    >>> bool(np.allclose(to_oscillators(there, 310e3), given))
    True
    """
    amplitude, frequency, quality, phase = parameters
    tuned = frequency / scale
    drive = amplitude * tuned * tuned
    rows = tuned**2, tuned / quality, drive * np.cos(phase), drive * np.sin(phase)
    return np.stack(rows)


def guess(problem: OscillatorProblem) -> Floats:
    """Guess oscillators without iterating.

    ``H (u^2 - i g u - q) = c`` is linear in the unknowns. Its error is that of H times
    the pole; weighted by abs(H), which falls as the pole grows, it is nearly that of H.
    Where this gives no resonance within the band, the largest response is taken for its
    top, with a quality factor of 10 (as pycroscopy's ``SHOfastGuess`` does).

    Parameters
    ----------
    problem : OscillatorProblem

    Returns
    -------
    ndarray of float64, shape (4, spectra)
        q, g, a, b.
    """
    with np.errstate(all="ignore"):
        linear = _linear(problem)
        band = np.square(problem.tuning)
        good = (linear[0] >= band.min()) & (linear[0] <= band.max())
        good &= linear[1] > 0
        return np.where(good, linear, fast_guess(problem))


def fast_guess(problem: OscillatorProblem) -> Floats:
    """Take the largest response for the top of the resonance.

    Parameters
    ----------
    problem : OscillatorProblem

    Returns
    -------
    ndarray of float64, shape (4, spectra)
        q, g, a, b.
    """
    rows = np.arange(len(problem.real))
    top = (problem.real**2 + problem.imaginary**2).argmax(axis=1)
    tuned = problem.tuning[top]
    g = tuned / FAST_QUALITY
    # On resonance H = i c / (g u).
    a = g * tuned * problem.imaginary[rows, top]
    b = -g * tuned * problem.real[rows, top]
    return np.stack([tuned * tuned, g, a, b])


def _linear(problem: OscillatorProblem) -> Floats:
    """Solve for q - 1, g, a, b: around u = 1 less is lost to cancellation."""
    u, real, imaginary = problem.tuning, problem.real, problem.imaginary
    v = u * u - 1
    weight = real * real + imaginary * imaginary
    wr, wi, ww = weight * real, weight * imaginary, weight * weight
    matrix = np.zeros((4, 4, len(real)))
    matrix[0, 0] = inner(weight, weight)
    matrix[1, 1] = weighted(ww, u * u)
    matrix[2, 2] = matrix[3, 3] = weight.sum(axis=1)
    matrix[2, 0], matrix[3, 0] = wr.sum(axis=1), wi.sum(axis=1)
    matrix[2, 1], matrix[3, 1] = -weighted(wi, u), weighted(wr, u)
    right = np.stack(
        [weighted(ww, v), np.zeros(len(real)), weighted(wr, v), weighted(wi, v)]
    )
    solved = _balanced(matrix, right)
    solved[0] += 1
    return solved


def _balanced(matrix: Floats, right: Floats) -> Floats:
    """Solve after making the diagonal ones."""
    root = np.sqrt(np.stack([matrix[i, i] for i in range(4)]))
    return np.asarray(solve(matrix / (root[:, None] * root), right / root) / root)
