"""Random surfaces: what grains, terraces and ferroelectric domains are made of."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def smooth_field(
    shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> FloatArray:
    """Draw a random field without structure finer than a given length.

    White noise is filtered with a Gaussian in Fourier space.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    scale : float
        Correlation length in pixels.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray
        float64, of the given shape, with mean 0 and standard deviation 1.

    Examples
    --------
    >>> field = smooth_field((16, 16), 3, np.random.default_rng(0))
    >>> field.shape, bool(abs(field.mean()) < 1e-9)
    ((16, 16), True)
    """
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    along_y = np.fft.fftfreq(shape[0])[:, None]
    along_x = np.fft.rfftfreq(shape[1])[None, :]
    spectrum *= np.exp(-2 * (np.pi * scale) ** 2 * (along_y**2 + along_x**2))
    field = np.fft.irfft2(spectrum, s=shape)
    field -= field.mean()
    return np.asarray(field / field.std(), dtype=np.float64)


def domains(
    shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> FloatArray:
    """Draw a pattern of up and down domains, such as a ferroelectric film shows.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    scale : float
        Typical width of a domain in pixels.
    rng : numpy.random.Generator
        Source of the pattern.

    Returns
    -------
    ndarray
        float64, -1 and +1 inside the domains, passing through 0 at the walls.

    Examples
    --------
    >>> pattern = domains((32, 32), 6, np.random.default_rng(0))
    >>> bool(pattern.min() < -0.9 and pattern.max() > 0.9)
    True
    """
    return np.tanh(smooth_field(shape, scale / 2, rng) * scale)
