"""A curve that is begun elsewhere than it would begin by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from usid_lab.analysis.curves import Curve, Parameter

    Floats = npt.NDArray[np.float64]


def guessed(
    given: Callable[[Floats, Floats], npt.ArrayLike] | Sequence[float],
    x: Floats,
    spectra: Floats,
    count: int,
) -> Floats:
    """Ask somebody's guess for spectra.

    Parameters
    ----------
    given : callable or sequence of float
        ``given(x, spectra)`` returns one item per parameter, each one number or of
        shape (spectra,); or these items themselves.
    x : ndarray of float64, shape (points,)
    spectra : ndarray of float64, shape (spectra, points)
    count : int
        Number of parameters.

    Returns
    -------
    ndarray of float64, shape (count, spectra)

    Raises
    ------
    ArgumentError
        It has another shape.
    """
    found = given(x, spectra) if callable(given) else given
    rows = [np.asarray(row, dtype=np.float64) for row in found]  # type: ignore[union-attr]
    if len(rows) != count or any(
        row.shape not in ((), spectra.shape[:1]) for row in rows
    ):
        raise ArgumentError(
            f"The guess must give {count} items, one per parameter: each a number, or "
            f"an array with one for each of the {len(spectra)} spectra.",
            f"it gave {len(rows)}, of shapes {', '.join(str(r.shape) for r in rows)}",
        )
    return np.stack([np.broadcast_to(row, len(spectra)) for row in rows])


class Guessed:
    """A curve with another guess.

    Parameters
    ----------
    curve : Curve
    guess : callable or sequence of float
        As :func:`guessed` takes it.
    """

    def __init__(
        self,
        curve: Curve,
        guess: Callable[[Floats, Floats], npt.ArrayLike] | Sequence[float],
    ) -> None:
        self._curve = curve
        self._guess = guess

    @property
    def name(self) -> str:
        """By which numba knows it."""
        return self._curve.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Names and measures of the parameters."""
        return self._curve.parameters

    def values(self, x: Floats, parameters: Floats) -> Floats:
        """Return the curves, shape (spectra, points)."""
        return self._curve.values(x, parameters)

    def jacobian(self, x: Floats, parameters: Floats) -> Floats:
        """Return their derivatives, shape (p, spectra, points)."""
        return self._curve.jacobian(x, parameters)

    def guess(self, x: Floats, spectra: Floats) -> Floats:
        """Return where to begin, shape (p, spectra)."""
        return guessed(self._guess, x, spectra, len(self.parameters))

    def tidy(self, parameters: Floats) -> Floats:
        """Choose the usual parameters."""
        return self._curve.tidy(parameters)
