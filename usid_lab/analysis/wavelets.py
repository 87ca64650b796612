"""The continuous wavelet transform of many spectra, with Ricker's wavelet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def ricker(points: float, width: float) -> Floats:
    """Return the "Mexican hat", the second derivative of a Gaussian of this width.

    Parameters
    ----------
    points : float
        Its length, rounded up.
    width : float
        In points.

    Returns
    -------
    ndarray of float64, shape (ceil(points),)

    Examples
    --------
    >>> hat = ricker(5, 1.0)
    >>> int(hat.argmax()), bool(hat[0] < 0)
    (2, True)
    """
    apart = np.square(np.arange(points) - (points - 1) / 2)
    height = 2 / (np.sqrt(3 * width) * np.pi**0.25)
    bell = np.exp(-apart / (2 * width**2))
    return np.asarray(height * (1 - apart / width**2) * bell)


def transform(spectra: Floats, widths: Floats) -> Floats:
    """Convolve every spectrum with wavelets of some widths.

    Each spectrum goes through Fourier's transform for itself: what comes of it does
    not depend on the others.

    Parameters
    ----------
    spectra : ndarray of float64, shape (spectra, points)
    widths : ndarray of float64, shape (widths,)
        In points.

    Returns
    -------
    ndarray of float64, shape (spectra, widths, points)
    """
    points = spectra.shape[1]
    wavelets = [ricker(min(10 * float(w), points), float(w))[::-1] for w in widths]
    length = quick_length(points + max(map(len, wavelets)) - 1)
    turned = np.fft.rfft(spectra, length)
    rows = np.empty((len(spectra), len(widths), points))
    for index, wavelet in enumerate(wavelets):
        whole = np.fft.irfft(turned * np.fft.rfft(wavelet, length), length)
        first = (len(wavelet) - 1) // 2
        rows[:, index] = whole[:, first : first + points]
    return rows


def quick_length(least: int) -> int:
    """Return the next length that Fourier's transform is quick for: 2, 3 and 5 only.

    Examples
    --------
    >>> quick_length(237), quick_length(7)
    (240, 8)
    """
    length = least
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
