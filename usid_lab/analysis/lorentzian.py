"""The Lorentzian peak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.peaks import guess_peak, peak_parameters, positive_width

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.analysis.curves import Parameter

    Floats = npt.NDArray[np.float64]


class Lorentzian:
    """``Amplitude / (1 + ((x - Center) / w)^2) + Offset``, w the half width.

    The half width is that at half maximum (HWHM).

    Examples
    --------
    >>> curve = Lorentzian()
    >>> half = np.array([2.0, 1.0, 0.5, 3.0])[:, None, None]
    >>> curve.values(np.array([1.5]), half).tolist()
    [[4.0]]
    """

    name = "lorentzian"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Names and measures of the parameters."""
        return peak_parameters("Half Width")

    def values(self, x: Floats, parameters: Floats) -> Floats:
        """Return the curves, shape (spectra, points)."""
        amplitude, centre, width, offset = parameters
        far = (x - centre) / width
        return np.asarray(amplitude / (1 + far * far) + offset)

    def jacobian(self, x: Floats, parameters: Floats) -> Floats:
        """Return their derivatives, shape (4, spectra, points)."""
        amplitude, centre, width, _ = parameters
        far = (x - centre) / width
        columns = np.empty((4, *far.shape))
        np.reciprocal(1 + far * far, out=columns[0])
        slope = columns[0] * columns[0]
        slope *= 2 * amplitude / width
        np.multiply(slope, far, out=columns[1])
        np.multiply(columns[1], far, out=columns[2])
        columns[3] = 1
        return columns

    def guess(self, x: Floats, spectra: Floats) -> Floats:
        """Return where to begin, shape (4, spectra)."""
        return guess_peak(x, spectra)

    def tidy(self, parameters: Floats) -> Floats:
        """Make the widths positive."""
        return positive_width(parameters)
