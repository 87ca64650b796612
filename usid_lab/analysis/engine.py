"""Which machinery fits: numpy, or numba where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from usid_lab.analysis.marquardt import FIRST_DAMPING, Bounds, Solution, Tolerances
from usid_lab.errors import ArgumentError, MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Engine = Literal["numpy", "numba"]


def choose(asked: str | None, compilable: bool = True) -> Engine:
    """Decide with what to fit.

    The two agree within the tolerances of a fit, not to the last bit: a run keeps to
    one, and which one is among the parameters by which runs are told apart.

    Parameters
    ----------
    asked : {"numpy", "numba"} or None
        None takes numba where it is installed.
    compilable : bool, optional
        Whether the model is one that numba knows.

    Returns
    -------
    {"numpy", "numba"}

    Raises
    ------
    ArgumentError
        If there is no such engine, or if it cannot fit this model.
    MissingExtraError
        If numba is asked for and not installed.

    Examples
    --------
    >>> choose("numpy")
    'numpy'
    """
    if asked is not None and asked not in get_args(Engine):
        raise ArgumentError(f"The engine '{asked}' is unknown: choose numpy or numba.")
    if asked == "numpy" or (asked is None and not compilable):
        return "numpy"
    if asked is None:
        return "numba" if _has_numba() else "numpy"
    if not compilable:
        raise ArgumentError("numba fits the models that ship; use engine='numpy'.")
    _kernels()
    return "numba"


def _has_numba() -> bool:
    try:
        _kernels()
    except MissingExtraError:
        return False
    return True


def _kernels() -> tuple[ModuleType, ModuleType]:
    # It may be there and refuse this numpy (ImportError), or find no folder that it may
    # write what it compiles to (RuntimeError).
    try:
        from usid_lab.analysis import compiled, compiledmodels
    except (ImportError, RuntimeError) as error:
        raise MissingExtraError(
            "numba cannot be had here: pip install numba, or use engine='numpy'.",
            str(error),
        ) from error
    return compiled, compiledmodels


def fit_compiled(
    kind: str,
    x: Floats,
    values: tuple[Floats, Floats],
    start: Floats,
    tolerances: Tolerances,
    bounds: Bounds | None,
) -> Solution:
    """Fit with numba.

    Parameters
    ----------
    kind : {"oscillator", "lorentzian", "gaussian"}
    x : ndarray of float64, shape (points,)
    values : tuple of ndarray of float64, shape (spectra, points)
        Real and imaginary parts; where spectra are real, the same twice.
    start : ndarray of float64, shape (p, spectra)
        Within the bounds.
    tolerances : Tolerances
    bounds : Bounds or None

    Returns
    -------
    Solution
    """
    compiled, models = _kernels()
    fits = start.shape[1]
    parameters, status = start.T.copy(), np.empty(fits, np.uint8)
    costs = np.empty(fits), np.empty(fits)
    compiled.fit_all(
        getattr(models, kind.upper()),
        x,
        values,
        parameters,
        _limits(tolerances),
        _edges(bounds, len(start)),
        costs,
        status,
    )
    return Solution(parameters.T, costs[0], status, costs[1])


def _limits(tolerances: Tolerances) -> Floats:
    ends = tolerances.cost, tolerances.step, tolerances.gradient
    return np.array([*ends, float(tolerances.steps), FIRST_DAMPING])


def _edges(bounds: Bounds | None, count: int) -> Floats:
    if bounds is None:
        return np.array([[-np.inf] * count, [np.inf] * count])
    return np.stack([bounds.lower, bounds.upper])
