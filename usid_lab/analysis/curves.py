"""Models of a spectrum: functions of one axis with a few parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from usid_lab.analysis.normal import Normal, Rows, from_jacobian

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Measure = Literal["", "x", "y"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a curve.

    Attributes
    ----------
    name : str
    measure : {"", "x", "y"}
        Whose units it has: the axis' (x), the values' (y), or its own.
    units : str
        Its own.
    """

    name: str
    measure: Measure = ""
    units: str = ""

    def field(self, x_units: str, y_units: str) -> str:
        """Name the field of a result, with its units in brackets.

        Examples
        --------
        >>> Parameter("Center", "x").field("eV", "nA")
        'Center [eV]'
        >>> Parameter("Order").field("eV", "nA")
        'Order'
        """
        units = {"x": x_units, "y": y_units}.get(self.measure, self.units).strip()
        return f"{self.name} [{units}]" if units else self.name


class Curve(Protocol):
    """A model, evaluated for many spectra at once.

    `parameters` of its methods have the shape (p, spectra, 1), `x` (points,).
    """

    @property
    def name(self) -> str:
        """By which numba knows it."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Names and measures of the parameters."""

    def values(self, x: Floats, parameters: Floats) -> Floats:
        """Return the curves, shape (spectra, points)."""

    def jacobian(self, x: Floats, parameters: Floats) -> Floats:
        """Return their derivatives, shape (p, spectra, points)."""

    def guess(self, x: Floats, spectra: Floats) -> Floats:
        """Return where to begin, shape (p, spectra)."""

    def tidy(self, parameters: Floats) -> Floats:
        """Choose among parameters (p, spectra) of the same curve the usual ones."""


@dataclass(frozen=True, slots=True)
class CurveProblem:
    """Spectra to which a curve is fitted.

    Attributes
    ----------
    curve : Curve
    x : ndarray of float64, shape (points,)
    spectra : ndarray of float64, shape (spectra, points)
    """

    curve: Curve
    x: Floats
    spectra: Floats

    def normal(self, parameters: Floats) -> Normal:
        """Evaluate the curve at parameters of shape (p, spectra)."""
        columns = parameters[..., None]
        residual = self.spectra - self.curve.values(self.x, columns)
        return from_jacobian(residual, self.curve.jacobian(self.x, columns))

    @property
    def values(self) -> Floats:
        """What is fitted; shape (spectra, points)."""
        return self.spectra

    def take(self, rows: Rows) -> CurveProblem:
        """Keep some spectra."""
        return CurveProblem(self.curve, self.x, self.spectra[rows])
