"""What a least-squares step needs: cost, gradient and normal matrix of each fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LEAST = 16
_VALUES = 1 << 14


@dataclass(slots=True)
class Normal:
    """The state of fits, with residuals r = data - model and J = d model / d p.

    Attributes
    ----------
    cost : ndarray of float64, shape (fits,)
        Sum of the squares of r.
    gradient : ndarray of float64, shape (p, fits)
        J^T r: it points downhill.
    matrix : ndarray of float64, shape (p, p, fits)
        J^T J; at least its lower triangle.
    """

    cost: Floats
    gradient: Floats
    matrix: Floats

    def take(self, rows: npt.NDArray[np.bool_]) -> Normal:
        """Keep some fits."""
        return Normal(self.cost[rows], self.gradient[:, rows], self.matrix[:, :, rows])

    def replace(self, rows: npt.NDArray[np.bool_], other: Normal) -> None:
        """Take the state of some fits from another."""
        np.copyto(self.cost, other.cost, where=rows)
        np.copyto(self.gradient, other.gradient, where=rows)
        np.copyto(self.matrix, other.matrix, where=rows)


Rows = npt.NDArray[np.bool_] | slice


class Problem(Protocol):
    """Many fits of one model: what the minimiser asks for."""

    @property
    def values(self) -> Floats:
        """What is fitted; shape (fits, points)."""

    def normal(self, parameters: Floats) -> Normal:
        """Evaluate all fits at parameters of shape (p, fits)."""

    def take(self, rows: Rows) -> Self:
        """Give the problem of some of the fits."""


def evaluate(problem: Problem, parameters: Floats) -> Normal:
    """Evaluate all fits, as many at a time as stay in the processor's cache.

    Parameters
    ----------
    problem : Problem
    parameters : ndarray of float64, shape (p, fits)

    Returns
    -------
    Normal
    """
    fits, points = problem.values.shape
    step = max(_LEAST, _VALUES // max(points, 1))
    if fits <= step:
        return problem.normal(parameters)
    cuts = [slice(first, first + step) for first in range(0, fits, step)]
    parts = [problem.take(cut).normal(parameters[:, cut]) for cut in cuts]
    return Normal(
        np.concatenate([part.cost for part in parts]),
        np.concatenate([part.gradient for part in parts], axis=1),
        np.concatenate([part.matrix for part in parts], axis=2),
    )


def inner(left: Floats, right: Floats) -> Floats:
    """Sum products along the last axis; each row for itself, without a BLAS.

    Examples
    --------
    >>> inner(np.ones((2, 3)), np.full((2, 3), 2.0)).tolist()
    [6.0, 6.0]
    """
    return np.asarray(np.einsum("bn,bn->b", left, right))


def from_jacobian(residual: Floats, jacobian: Floats) -> Normal:
    """Form the normal equations.

    Parameters
    ----------
    residual : ndarray of float64, shape (fits, points)
        Data minus model.
    jacobian : ndarray of float64, shape (p, fits, points)
        Derivatives of the model.

    Returns
    -------
    Normal
    """
    count, fits = jacobian.shape[:2]
    matrix = np.zeros((count, count, fits))
    for i in range(count):
        for j in range(i + 1):
            matrix[i, j] = inner(jacobian[i], jacobian[j])
    gradient = np.stack([inner(column, residual) for column in jacobian])
    return Normal(inner(residual, residual), gradient, matrix)


def weighted(values: Floats, weights: Floats) -> Floats:
    """Sum values (rows, points) with the weights (points,) of their columns.

    Examples
    --------
    >>> weighted(np.ones((2, 3)), np.array([1.0, 2.0, 3.0])).tolist()
    [6.0, 6.0]
    """
    return np.asarray(np.einsum("bn,n->b", values, weights))
