"""The Gaussian peak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.peaks import guess_peak, peak_parameters, positive_width

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.analysis.curves import Parameter

    Floats = npt.NDArray[np.float64]

_SIGMAS_PER_HALF_WIDTH = 1 / np.sqrt(2 * np.log(2))


class Gaussian:
    """``Amplitude * exp(-(x - Center)^2 / (2 Sigma^2)) + Offset``.

    Examples
    --------
    >>> curve = Gaussian()
    >>> [parameter.name for parameter in curve.parameters]
    ['Amplitude', 'Center', 'Sigma', 'Offset']
    >>> top = np.array([2.0, 1.0, 0.5, 3.0])[:, None, None]
    >>> curve.values(np.array([1.0]), top).tolist()
    [[5.0]]
    """

    name = "gaussian"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Names and measures of the parameters."""
        return peak_parameters("Sigma")

    def values(self, x: Floats, parameters: Floats) -> Floats:
        """Return the curves, shape (spectra, points)."""
        amplitude, centre, sigma, offset = parameters
        far = (x - centre) / sigma
        return np.asarray(amplitude * np.exp(-0.5 * far * far) + offset)

    def jacobian(self, x: Floats, parameters: Floats) -> Floats:
        """Return their derivatives, shape (4, spectra, points)."""
        amplitude, centre, sigma, _ = parameters
        far = (x - centre) / sigma
        columns = np.empty((4, *far.shape))
        np.exp(-0.5 * far * far, out=columns[0])
        slope = amplitude / sigma * columns[0]
        np.multiply(slope, far, out=columns[1])
        np.multiply(columns[1], far, out=columns[2])
        columns[3] = 1
        return columns

    def guess(self, x: Floats, spectra: Floats) -> Floats:
        """Return where to begin, shape (4, spectra)."""
        found = guess_peak(x, spectra)
        found[2] *= _SIGMAS_PER_HALF_WIDTH
        return found

    def tidy(self, parameters: Floats) -> Floats:
        """Make the widths positive."""
        return positive_width(parameters)
