"""Least squares for thousands of small fits at once: Levenberg and Marquardt.

Every fit has its own damping and ends for itself; what has ended leaves the batch.
Nothing is summed across fits, so that one fit's result does not depend, to the last
bit, on which others are in the batch.

The step solves ``(J^T J + damping * D) step = J^T r``, with D the largest diagonal of
``J^T J`` so far: the result does not depend on the units of the parameters (J. J. More,
"The Levenberg-Marquardt algorithm", 1978, section 6). The damping follows the ratio of
actual to predicted decrease (H. B. Nielsen, "Damping parameter in Marquardt's method",
IMM-REP-1999-05). Tolerances mean what they do in MINPACK and
:func:`scipy.optimize.least_squares`. Bounds are kept by clipping the step; a parameter
at its bound that is pushed outward is left out of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.linear import solve
from usid_lab.analysis.normal import evaluate
from usid_lab.analysis.status import Status

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.analysis.normal import Normal, Problem

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

FIRST_DAMPING = 1e-3
MOST_DAMPING = 1e16
MOST_GROWTH = 1e8
_WORTH_DROPPING = 8


@dataclass(frozen=True, slots=True)
class Tolerances:
    """When a fit has converged, and after how many steps it is given up.

    Attributes
    ----------
    cost : float
        Relative decrease of the sum of squares, actual and predicted.
    step : float
        Length of the step beside that of the parameters.
    gradient : float
        Cosine of the angle between residual and any column of the Jacobian.
    steps : int
        How often the model is evaluated at most.
    """

    cost: float = 1e-10
    step: float = 1e-8
    gradient: float = 1e-8
    steps: int = 200


@dataclass(frozen=True, slots=True)
class Solution:
    """What fits came to.

    Attributes
    ----------
    parameters : ndarray of float64, shape (p, fits)
        The best that were met, also of a fit that failed.
    cost : ndarray of float64, shape (fits,)
        Sum of squared residuals.
    status : ndarray of uint8, shape (fits,)
        :class:`~usid_lab.analysis.status.Status`.
    first_cost : ndarray of float64, shape (fits,)
        Sum of squared residuals where it began.
    """

    parameters: Floats
    cost: Floats
    status: npt.NDArray[np.uint8]
    first_cost: Floats


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which values the parameters stay; each of shape (p,)."""

    lower: Floats
    upper: Floats

    def clip(self, parameters: Floats) -> Floats:
        """Bring parameters of shape (p, fits) inside."""
        return np.clip(parameters, self.lower[:, None], self.upper[:, None])

    def free(self, parameters: Floats, gradient: Floats) -> Flags:
        """Tell which parameters may move; shape (p, fits)."""
        low = (parameters <= self.lower[:, None]) & (gradient < 0)
        high = (parameters >= self.upper[:, None]) & (gradient > 0)
        return ~(low | high)


def minimise(
    problem: Problem,
    start: Floats,
    tolerances: Tolerances | None = None,
    bounds: Bounds | None = None,
) -> Solution:
    """Minimise the sum of squares of every fit.

    Parameters
    ----------
    problem : Problem
        Evaluates the model for all fits.
    start : ndarray of float64, shape (p, fits)
        Where each begins.
    tolerances : Tolerances, optional
    bounds : Bounds, optional

    Returns
    -------
    Solution
    """
    tolerances = tolerances or Tolerances()
    start = start if bounds is None else bounds.clip(start)
    with np.errstate(all="ignore"):
        batch = _Batch.begin(problem, start, bounds)
        for _ in range(tolerances.steps):
            if not batch.drop_finished():
                break
            batch.step(tolerances)
        return batch.solution()


@dataclass(slots=True)
class _Batch:
    """The fits that go on, and where all of them stand."""

    problem: Problem
    bounds: Bounds | None
    result: Solution
    rows: npt.NDArray[np.intp]
    parameters: Floats
    now: Normal
    scale: Floats
    damping: Floats
    growth: Floats
    ended: Flags
    status: npt.NDArray[np.uint8]

    @classmethod
    def begin(cls, problem: Problem, start: Floats, bounds: Bounds | None) -> _Batch:
        now = evaluate(problem, start)
        fits = start.shape[1]
        lost = ~(np.isfinite(now.cost) & np.isfinite(start).all(axis=0))
        return cls(
            problem=problem,
            bounds=bounds,
            result=Solution(
                start.copy(), now.cost.copy(), np.zeros(fits, "u1"), now.cost.copy()
            ),
            rows=np.arange(fits),
            parameters=start.copy(),
            now=now,
            scale=_diagonal(now),
            damping=np.full(fits, FIRST_DAMPING),
            growth=np.full(fits, 2.0),
            ended=lost,
            status=np.where(lost, Status.NOT_FINITE, Status.UNFINISHED).astype("u1"),
        )

    def step(self, tolerances: Tolerances) -> None:
        """Try one step of every fit, and keep those that lead down."""
        moved, length = self._move()
        there = evaluate(self.problem, moved)
        predicted = self._predicted(moved - self.parameters)
        gain = self.now.cost - there.cost
        better = (gain > 0) & ~self.ended
        done = self._flat(tolerances) | (length <= tolerances.step)
        done |= _settled(gain, predicted, self.now.cost, tolerances.cost)
        done &= np.isfinite(there.cost)
        np.copyto(self.parameters, moved, where=better)
        self.now.replace(better, there)
        np.maximum(self.scale, _diagonal(self.now), out=self.scale)
        self._damp(better, gain / predicted)
        self._finish(done)

    def _move(self) -> tuple[Floats, Floats]:
        """Return where the step leads, and its length beside the parameters'."""
        root = np.sqrt(np.where(self.scale > 0, self.scale, 1.0))
        matrix = self.now.matrix / (root[:, None] * root[None])
        right = self.now.gradient / root
        if self.bounds is not None:
            free = self.bounds.free(self.parameters, self.now.gradient)
            matrix *= free[:, None] & free[None]
            right *= free
        for index in range(len(root)):
            matrix[index, index] += self.damping
        moved = self.parameters + solve(matrix, right) / root
        if self.bounds is not None:
            moved = self.bounds.clip(moved)
        whole = _norm(self.parameters * root)
        return moved, _norm((moved - self.parameters) * root) / whole

    def _predicted(self, step: Floats) -> Floats:
        """How much lower the cost would be, were the model linear."""
        matrix, total = self.now.matrix, np.zeros_like(self.damping)
        for i in range(len(step)):
            total += step[i] * (2 * self.now.gradient[i] - matrix[i, i] * step[i])
            for j in range(i):
                total -= 2 * step[i] * step[j] * matrix[i, j]
        return total

    def _flat(self, tolerances: Tolerances) -> Flags:
        """Tell whose gradient is nothing beside its parts."""
        steep = np.abs(self.now.gradient)
        if self.bounds is not None:
            steep *= self.bounds.free(self.parameters, self.now.gradient)
        whole = np.sqrt(_diagonal(self.now) * self.now.cost)
        return np.asarray(np.all(steep <= tolerances.gradient * whole, axis=0))

    def _damp(self, better: Flags, ratio: Floats) -> None:
        eased = self.damping * np.maximum(1 / 3, 1 - (2 * ratio - 1) ** 3)
        raised = np.minimum(self.damping * self.growth, MOST_DAMPING)
        self.damping = np.where(better, eased, raised)
        self.growth = np.where(better, 2.0, np.minimum(self.growth * 2, MOST_GROWTH))

    def _finish(self, done: Flags) -> None:
        done &= ~self.ended
        self.status[done] = Status.CONVERGED
        self.ended |= done

    def drop_finished(self) -> int:
        """Put aside what has ended, once it is worth while; return how many go on."""
        going = ~self.ended
        count = int(np.count_nonzero(going))
        if (len(going) - count) * _WORTH_DROPPING > len(going) or not count:
            self._store()
            self._keep(going)
        return count

    def _keep(self, going: Flags) -> None:
        self.problem = self.problem.take(going)
        self.now = self.now.take(going)
        self.parameters = self.parameters[:, going]
        self.scale = self.scale[:, going]
        self.rows, self.status = self.rows[going], self.status[going]
        self.damping, self.growth = self.damping[going], self.growth[going]
        self.ended = self.ended[going]

    def _store(self) -> None:
        self.result.parameters[:, self.rows] = self.parameters
        self.result.cost[self.rows] = self.now.cost
        self.result.status[self.rows] = self.status

    def solution(self) -> Solution:
        """Return where all fits ended."""
        self._store()
        return self.result


def _settled(gain: Floats, predicted: Floats, cost: Floats, limit: float) -> Flags:
    return (np.abs(gain) <= limit * cost) & (predicted <= limit * cost)


def _diagonal(normal: Normal) -> Floats:
    return np.stack([normal.matrix[i, i] for i in range(len(normal.matrix))])


def _norm(vectors: Floats) -> Floats:
    """Length of each column; added up in the order of the parameters."""
    total = vectors[0] * vectors[0]
    for row in vectors[1:]:
        total = total + row * row
    return np.asarray(np.sqrt(total))
