"""Curves with one peak on a constant offset: where to begin their fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.curves import Parameter

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def peak_parameters(width: str) -> tuple[Parameter, ...]:
    """Return amplitude, centre, width (of this name) and offset."""
    return (
        Parameter("Amplitude", "y"),
        Parameter("Center", "x"),
        Parameter(width, "x"),
        Parameter("Offset", "y"),
    )


def guess_peak(x: Floats, spectra: Floats) -> Floats:
    """Guess amplitude, centre, half width at half maximum and offset of a peak or dip.

    The offset is the median, the centre the point that is farthest from it, and the
    width counts the points that are farther than half as far.

    Parameters
    ----------
    x : ndarray of float64, shape (points,)
        In any order.
    spectra : ndarray of float64, shape (spectra, points)

    Returns
    -------
    ndarray of float64, shape (4, spectra)

    Examples
    --------
    >>> x = np.arange(9.0)
    >>> guess_peak(x, np.array([[1, 1, 1, 1, 5, 1, 1, 1, 1.0]])).ravel().tolist()
    [4.0, 4.0, 0.5, 1.0]
    """
    offset = np.median(spectra, axis=1)
    height = spectra - offset[:, None]
    far = np.abs(height)
    top = far.argmax(axis=1)
    rows = np.arange(len(spectra))
    step = (x.max() - x.min()) / max(len(x) - 1, 1)
    wide = np.count_nonzero(2 * far > far[rows, top][:, None], axis=1)
    width = 0.5 * step * np.maximum(wide, 1)
    return np.stack([height[rows, top], x[top], width, offset])


def positive_width(parameters: Floats) -> Floats:
    """Return the parameters with the width's sign dropped: curves know its square."""
    tidy = parameters.copy()
    tidy[2] = np.abs(tidy[2])
    return tidy
