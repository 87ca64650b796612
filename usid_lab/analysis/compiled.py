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
def _fit(
    kind: int,
    p: Floats,
    x: Floats,
    d: Floats,
    e: Floats,
    limits: Floats,
    lower: Floats,
    upper: Floats,
    first_damping: float,
) -> tuple[float, float, int]:
    """Fit one spectrum, parameters in place; return cost, first cost and status."""
    count = p.size
    g, m = np.zeros(count), np.zeros((count, count))
    next_g, next_m = np.zeros(count), np.zeros((count, count))
    scale, there, free = np.zeros(count), np.zeros(count), np.ones(count)
    work = np.zeros((count + 1, count))
    step = work[count]
    for i in range(count):
        p[i] = min(max(p[i], lower[i]), upper[i])
    cost = evaluate(kind, p, x, d, e, g, m)
    first_cost = cost
    if not math.isfinite(cost):
        return cost, first_cost, 2
    damping, growth = first_damping, 2.0
    for _ in range(int(limits[3])):
        for i in range(count):
            scale[i] = max(scale[i], m[i, i])
        _release(p, g, lower, upper, free)
        _step(p, g, m, scale, damping, free, work)
        _clip_step(p, step, lower, upper, there)
        new = evaluate(kind, there, x, d, e, next_g, next_m)
        gain, predicted = cost - new, _predicted(step, g, m)
        done = _flat(g, m, free, cost, limits[2])
        done |= _relative_length(step, p, scale) <= limits[1]
        done |= abs(gain) <= limits[0] * cost and predicted <= limits[0] * cost
        done &= math.isfinite(new)
        if gain > 0:
            p[:], g[:], m[:] = there, next_g, next_m
            cost = new
            ease = 1.0 - (2.0 * gain / predicted - 1.0) ** 3
            damping *= max(1.0 / 3.0, ease)
            growth = 2.0
        else:
            damping = min(damping * growth, 1e16)
            growth = min(growth * 2.0, 1e8)
        if done:
            return cost, first_cost, 0
    return cost, first_cost, 1


@compiled
def fit_all(
    kind: int,
    x: Floats,
    first: Floats,
    second: Floats,
    parameters: Floats,
    limits: Floats,
    lower: Floats,
    upper: Floats,
    first_damping: float,
    costs: Floats,
    first_costs: Floats,
    status: npt.NDArray[np.uint8],
) -> None:
    """Fit all spectra: one loop.

    Parameters
    ----------
    kind : int
        The model.
    x : ndarray of float64, shape (points,)
    first, second : ndarray of float64, shape (spectra, points)
        The values; of the oscillator real and imaginary part.
    parameters : ndarray of float64, shape (spectra, p)
        Where to begin; then where each fit ended.
    limits : ndarray of float64, shape (4,)
        Tolerances of cost, step and gradient, and the most steps.
    lower, upper : ndarray of float64, shape (p,)
        Bounds.
    first_damping : float
    costs, first_costs : ndarray of float64, shape (spectra,)
        Filled.
    status : ndarray of uint8, shape (spectra,)
        Filled.
    """
    for i in range(len(parameters)):
        costs[i], first_costs[i], status[i] = _fit(
            kind,
            parameters[i],
            x,
            first[i],
            second[i],
            limits,
            lower,
            upper,
            first_damping,
        )
