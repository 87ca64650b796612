"""The same fits compiled by numba, one after the other; imported only where it is used.

One loop serves all models: which one is a number, because numba keeps no compiled
function on disk that got another as an argument.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from usid_lab.analysis.compiledmodels import compiled, evaluate
from usid_lab.analysis.marquardt import MOST_DAMPING, MOST_GROWTH

Floats = npt.NDArray[np.float64]


@compiled
def _solve(matrix: Floats, right: Floats) -> None:
    """Cholesky in place; NaN where the matrix is not positive definite."""
    count = right.size
    for j in range(count):
        for i in range(j, count):
            rest = matrix[i, j]
            for k in range(j):
                rest -= matrix[i, k] * matrix[j, k]
            if i == j:
                matrix[j, j] = math.sqrt(rest) if rest > 0 else np.nan
            else:
                matrix[i, j] = rest / matrix[j, j]
    for i in range(count):
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(count - 1, -1, -1):
        for k in range(i + 1, count):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]


@compiled
def _step(
    p: Floats,
    g: Floats,
    m: Floats,
    d: Floats,
    damping: float,
    free: Floats,
    work: Floats,
) -> None:
    """Leave the step in the last row of work (p + 1, p)."""
    count = p.size
    step = work[count]
    for i in range(count):
        root = math.sqrt(d[i]) if d[i] > 0 else 1.0
        step[i] = g[i] / root * free[i]
        for j in range(i + 1):
            other = math.sqrt(d[j]) if d[j] > 0 else 1.0
            work[i, j] = m[i, j] / (root * other) * free[i] * free[j]
        work[i, i] += damping
    _solve(work[:count], step)
    for i in range(count):
        step[i] /= math.sqrt(d[i]) if d[i] > 0 else 1.0


@compiled
def _flat(g: Floats, m: Floats, free: Floats, cost: float, limit: float) -> bool:
    for i in range(g.size):
        if not abs(g[i]) * free[i] <= limit * math.sqrt(m[i, i] * cost):
            return False
    return True


@compiled
def _predicted(step: Floats, g: Floats, m: Floats) -> float:
    total = 0.0
    for i in range(step.size):
        total += step[i] * (2 * g[i] - m[i, i] * step[i])
        for j in range(i):
            total -= 2 * step[i] * step[j] * m[i, j]
    return total


@compiled
def _relative_length(step: Floats, p: Floats, d: Floats) -> float:
    moved = whole = 0.0
    for i in range(p.size):
        root = d[i] if d[i] > 0 else 1.0
        moved += step[i] * step[i] * root
        whole += p[i] * p[i] * root
    return math.sqrt(moved / whole)


@compiled
def _clip_step(
    p: Floats, step: Floats, lower: Floats, upper: Floats, there: Floats
) -> None:
    for i in range(p.size):
        there[i] = min(max(p[i] + step[i], lower[i]), upper[i])
        step[i] = there[i] - p[i]


@compiled
def _release(p: Floats, g: Floats, lower: Floats, upper: Floats, free: Floats) -> None:
    for i in range(p.size):
        held = (p[i] <= lower[i] and g[i] < 0) or (p[i] >= upper[i] and g[i] > 0)
        free[i] = 0.0 if held else 1.0


@compiled
def _has_ended(
    step: Floats,
    p: Floats,
    scale: Floats,
    gain: float,
    predicted: float,
    cost: float,
    limits: Floats,
) -> bool:
    if _relative_length(step, p, scale) <= limits[1]:
        return True
    return bool(abs(gain) <= limits[0] * cost and predicted <= limits[0] * cost)


@compiled
def _damped(
    damping: float, growth: float, gain: float, predicted: float
) -> tuple[float, float]:
    """Ease the damping after a step that led down, else raise it."""
    if gain > 0:
        ease = 1.0 - (2.0 * gain / predicted - 1.0) ** 3
        return damping * max(1.0 / 3.0, ease), 2.0
    return min(damping * growth, MOST_DAMPING), min(growth * 2.0, MOST_GROWTH)


@compiled
def _fit(
    kind: int, p: Floats, x: Floats, d: Floats, e: Floats, limits: Floats, edges: Floats
) -> tuple[float, float, int]:
    """Fit one spectrum, parameters in place; return cost, first cost and status."""
    count = p.size
    g, m = np.zeros(count), np.zeros((count, count))
    next_g, next_m = np.zeros(count), np.zeros((count, count))
    scale, there, free = np.zeros(count), np.zeros(count), np.ones(count)
    work = np.zeros((count + 1, count))
    step, lower, upper = work[count], edges[0], edges[1]
    cost = first_cost = evaluate(kind, p, x, d, e, g, m)
    if not math.isfinite(cost):
        return cost, first_cost, 2
    damping, growth = limits[4], 2.0
    for _ in range(int(limits[3])):
        for i in range(count):
            scale[i] = max(scale[i], m[i, i])
        _release(p, g, lower, upper, free)
        _step(p, g, m, scale, damping, free, work)
        _clip_step(p, step, lower, upper, there)
        new = evaluate(kind, there, x, d, e, next_g, next_m)
        gain, predicted = cost - new, _predicted(step, g, m)
        done = _flat(g, m, free, cost, limits[2])
        done |= _has_ended(step, p, scale, gain, predicted, cost, limits)
        damping, growth = _damped(damping, growth, gain, predicted)
        if gain > 0:
            p[:], g[:], m[:] = there, next_g, next_m
            cost = new
        if done and math.isfinite(new):
            return cost, first_cost, 0
    return cost, first_cost, 1


@compiled
def fit_all(
    kind: int,
    x: Floats,
    values: tuple[Floats, Floats],
    parameters: Floats,
    limits: Floats,
    edges: Floats,
    costs: tuple[Floats, Floats],
    status: npt.NDArray[np.uint8],
) -> None:
    """Fit all spectra: one loop.

    Parameters
    ----------
    kind : int
        The model.
    x : ndarray of float64, shape (points,)
    values : tuple of two ndarray of float64, shape (spectra, points)
        Real and imaginary part; where spectra are real, the same twice.
    parameters : ndarray of float64, shape (spectra, p)
        Where to begin, within the bounds; then where each fit ended.
    limits : ndarray of float64, shape (5,)
        Tolerances of cost, step and gradient, the most steps, the first damping.
    edges : ndarray of float64, shape (2, p)
        Lower and upper bounds.
    costs : tuple of two ndarray of float64, shape (spectra,)
        Filled with the sums of squared residuals at the end and at the beginning.
    status : ndarray of uint8, shape (spectra,)
        Filled.
    """
    last, first = costs
    real, imaginary = values
    for i in range(len(parameters)):
        last[i], first[i], status[i] = _fit(
            kind, parameters[i], x, real[i], imaginary[i], limits, edges
        )
