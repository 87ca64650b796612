"""A curve that somebody gives as a function of x and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.guessed import guessed
from usid_lab.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from usid_lab.analysis.curves import Parameter

    Floats = npt.NDArray[np.float64]

# Steps of central differences: the error of the difference equals that of rounding.
_STEP = float(np.finfo(np.float64).eps ** (1 / 3))


class FunctionCurve:
    """A model ``function(x, *parameters)``.

    Parameters
    ----------
    function : callable
        Given x of shape (points,) and each parameter of shape (spectra, 1), returns
        values of shape (spectra, points): what numpy's arithmetic does by itself.
    parameters : sequence of Parameter
        In the order of the function.
    guess : callable or sequence of float
        Where to begin: ``guess(x, spectra)`` with spectra of shape (spectra, points)
        returns an array (or one per parameter) of shape (p, spectra); or one number
        per parameter.
    jacobian : callable, optional
        As `function`; returns the derivative by each parameter. By default they are
        central differences.
    broadcasts : bool, optional
        False for a function that takes plain numbers only: it is called spectrum by
        spectrum, which is slow.

    Examples
    --------
    >>> from usid_lab.analysis.curves import Parameter
    >>> decay = FunctionCurve(
    ...     lambda x, height, rate: height * np.exp(-rate * x),
    ...     (Parameter("Height", "y"), Parameter("Rate")), (1.0, 0.1))
    >>> at = np.array([2.0, 0.5])[:, None, None]
    >>> decay.values(np.array([0.0]), at).tolist()
    [[2.0]]
    >>> decay.jacobian(np.array([0.0]), at).round(6).ravel().tolist()
    [1.0, 0.0]
    """

    name = "function"

    def __init__(
        self,
        function: Callable[..., npt.ArrayLike],
        parameters: Sequence[Parameter],
        guess: Callable[[Floats, Floats], npt.ArrayLike] | Sequence[float],
        jacobian: Callable[..., Sequence[npt.ArrayLike]] | None = None,
        broadcasts: bool = True,
    ) -> None:
        self._function = function
        self._parameters = tuple(parameters)
        self._guess = guess
        self._jacobian = jacobian
        self._broadcasts = broadcasts

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Names and measures of the parameters."""
        return self._parameters

    def values(self, x: Floats, parameters: Floats) -> Floats:
        """Return the curves, shape (spectra, points)."""
        if self._broadcasts:
            return self._shaped(self._function(x, *parameters), x, parameters)
        rows = [
            np.asarray(self._function(x, *one)) for one in parameters[..., 0].T.tolist()
        ]
        return self._shaped(np.stack(rows), x, parameters)

    def jacobian(self, x: Floats, parameters: Floats) -> Floats:
        """Return their derivatives, shape (p, spectra, points)."""
        if self._jacobian is None:
            return self._differences(x, parameters)
        if self._broadcasts:
            columns = self._jacobian(x, *parameters)
        else:
            rows = [self._jacobian(x, *one) for one in parameters[..., 0].T.tolist()]
            columns = list(zip(*rows, strict=True))
        self._count(columns)
        return np.stack([self._shaped(one, x, parameters) for one in columns])

    def guess(self, x: Floats, spectra: Floats) -> Floats:
        """Return where to begin, shape (p, spectra)."""
        return guessed(self._guess, x, spectra, len(self._parameters))

    def tidy(self, parameters: Floats) -> Floats:
        """Leave the parameters as they are."""
        return parameters

    def _differences(self, x: Floats, parameters: Floats) -> Floats:
        columns = []
        for index, parameter in enumerate(parameters):
            step = _STEP * np.where(parameter == 0, 1.0, np.abs(parameter))
            ends = []
            for sign in (1, -1):
                moved = parameters.copy()
                moved[index] = parameter + sign * step
                ends.append((self.values(x, moved), moved[index]))
            (high, above), (low, below) = ends
            columns.append((high - low) / (above - below))
        return np.stack(columns)

    def _shaped(self, found: npt.ArrayLike, x: Floats, parameters: Floats) -> Floats:
        shape = (parameters.shape[1], len(x))
        values = np.asarray(found, dtype=np.float64)
        try:
            return np.broadcast_to(values, shape)
        except ValueError as error:
            raise ArgumentError(
                "The model must return a value for each spectrum and each x: given x "
                "of shape (points,) and parameters of shape (spectra, 1), an array "
                f"(spectra, points), here {shape}. A function of plain numbers needs "
                "broadcasts=False.",
                f"it returned shape {values.shape}",
            ) from error

    def _count(self, found: Sequence[object]) -> None:
        if len(found) != len(self._parameters):
            raise ArgumentError(
                "The jacobian must return one array per parameter: "
                f"{len(self._parameters)}, not {len(found)}."
            )
