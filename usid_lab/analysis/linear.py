"""Many small systems of linear equations at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def solve(matrix: Floats, right: Floats) -> Floats:
    """Solve symmetric positive definite systems by Cholesky's decomposition.

    Element by element over the systems, so that the answer to one does not depend on
    how many others there are. (A BLAS would sum in another order.)

    Parameters
    ----------
    matrix : ndarray of float64, shape (p, p, systems)
        Only the lower triangles are looked at.
    right : ndarray of float64, shape (p, systems)

    Returns
    -------
    ndarray of float64, shape (p, systems)
        NaN where a matrix is not positive definite.

    Examples
    --------
    >>> matrix = np.array([[4.0, 2.0], [2.0, 3.0]])[..., None]
    >>> solve(matrix, np.array([[8.0], [8.0]])).ravel().round(9).tolist()
    [1.0, 2.0]
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lower = _decompose(matrix)
        return _backward(lower, _forward(lower, right))


def _decompose(matrix: Floats) -> Floats:
    lower = np.zeros_like(matrix)
    for j in range(len(matrix)):
        pivot = matrix[j, j] - _dot(lower[j, :j], lower[j, :j])
        lower[j, j] = np.sqrt(np.where(pivot > 0, pivot, np.nan))
        for i in range(j + 1, len(matrix)):
            rest = matrix[i, j] - _dot(lower[i, :j], lower[j, :j])
            lower[i, j] = rest / lower[j, j]
    return lower


def _forward(lower: Floats, right: Floats) -> Floats:
    solved = np.empty_like(right)
    for i in range(len(right)):
        solved[i] = (right[i] - _dot(lower[i, :i], solved[:i])) / lower[i, i]
    return solved


def _backward(lower: Floats, right: Floats) -> Floats:
    solved = np.empty_like(right)
    for i in reversed(range(len(right))):
        below = _dot(lower[i + 1 :, i], solved[i + 1 :])
        solved[i] = (right[i] - below) / lower[i, i]
    return solved


def _dot(left: Floats, right: Floats) -> Floats | float:
    """Sum the products one after the other, in this order."""
    total: Floats | float = 0.0
    for one, other in zip(left, right, strict=True):
        total = total + one * other
    return total
