"""The damped harmonic oscillator: how a cantilever in contact answers an excitation.

Near one resonance the complex response at the frequency ``f`` is ::

    H(f) = A exp(i phi) f0^2 / (f^2 - i f f0 / Q - f0^2)

with the amplitude A of the drive, the resonance f0, the quality factor Q and the
phase phi; its modulus peaks near f0 at A Q. Fitting is done in two steps, as the
band-excitation community does it: a guess (a linear least-squares problem, because
``H (f^2 - i f f0/Q - f0^2)`` is constant) and a fit (Gauss-Newton on the response).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

FIELDS = np.dtype(
    [
        ("Amplitude [V]", "<f4"),
        ("Frequency [Hz]", "<f4"),
        ("Quality Factor", "<f4"),
        ("Phase [rad]", "<f4"),
        ("R2 Criterion", "<f4"),
    ]
)

_STEPS = 3
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Oscillator:
    """The four parameters of a resonance; arrays of any one shape, or scalars."""

    amplitude: FloatArray
    frequency: FloatArray
    quality: FloatArray
    phase: FloatArray

    def response(self, frequency: FloatArray) -> npt.NDArray[np.complex64]:
        """Return the response at these frequencies.

        Parameters
        ----------
        frequency : ndarray
            float64, shape (n,), in Hz.

        Returns
        -------
        ndarray
            complex64, shape (..., n): the shape of the parameters, then frequency.

        Examples
        --------
        >>> one = np.ones(())
        >>> mode = Oscillator(2.0 * one, 300e3 * one, 100 * one, 0 * one)
        >>> float(abs(mode.response(np.array([300e3]))[0]))
        200.0
        """
        tuning = (frequency / self.frequency[..., None]).astype(np.float32)
        damping = (tuning / self.quality[..., None]).astype(np.float32)
        drive = (self.amplitude * np.exp(1j * self.phase)).astype(np.complex64)
        response = drive[..., None] / (tuning * tuning - 1 - 1j * damping)
        return np.asarray(response, dtype=np.complex64)


def fit(
    spectra: npt.NDArray[np.complex64], frequency: FloatArray
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
    """Fit one oscillator to every spectrum.

    Parameters
    ----------
    spectra : ndarray
        Complex, shape (..., n).
    frequency : ndarray
        float64, shape (n,), in Hz.

    Returns
    -------
    guess : ndarray
        Compound (:data:`FIELDS`), shape (...).
    fit : ndarray
        The same, refined.

    Examples
    --------
    >>> frequency = np.linspace(290e3, 310e3, 50)
    >>> one = np.ones((1,))
    >>> mode = Oscillator(2.0 * one, 300e3 * one, 100 * one, 0.5 * one)
    >>> guess, fitted = fit(mode.response(frequency), frequency)
    >>> [round(float(fitted[name][0]), 2) for name in FIELDS.names]
    [2.0, 300000.0, 100.0, 0.5, 1.0]
    """
    flat = spectra.reshape(-1, spectra.shape[-1])
    pairs = [
        _fit_chunk(flat[start : start + _CHUNK].astype(np.complex128), frequency)
        for start in range(0, len(flat), _CHUNK)
    ]
    guess, refined = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return guess.reshape(spectra.shape[:-1]), refined.reshape(spectra.shape[:-1])


def _fit_chunk(
    spectra: ComplexArray, frequency: FloatArray
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
    centre = float(frequency.mean())
    tuning = frequency / centre
    scale = float(np.abs(spectra).max())
    spectra = spectra / scale
    guess = _guess(spectra, tuning)
    refined = guess
    for _ in range(_STEPS):
        refined = _improve(refined, spectra, tuning)
    return (
        _table(guess, spectra, tuning, centre, scale),
        _table(refined, spectra, tuning, centre, scale),
    )


def _guess(spectra: ComplexArray, tuning: FloatArray) -> FloatArray:
    """Solve ``H u^2 = w H + g i u H + C`` for (w, g, Re C, Im C), weighted by |H|."""
    weight = np.abs(spectra)
    columns = np.stack(
        [
            spectra,
            1j * tuning * spectra,
            np.ones_like(spectra),
            np.full_like(spectra, 1j),
        ],
        axis=1,
    )
    right = spectra * tuning**2
    return _least_squares(columns * weight[:, None], right * weight)


def _improve(
    parameters: FloatArray, spectra: ComplexArray, tuning: FloatArray
) -> FloatArray:
    """Take one Gauss-Newton step where it lowers the residual."""
    pole = _pole(parameters, tuning)
    model = _model(parameters, tuning)
    columns = np.stack(
        [model / pole, 1j * tuning * model / pole, 1 / pole, 1j / pole], axis=1
    )
    moved = parameters + _least_squares(columns, spectra - model)
    better = _cost(moved, spectra, tuning) < _cost(parameters, spectra, tuning)
    return np.where(better[:, None], moved, parameters)


def _least_squares(columns: ComplexArray, right: ComplexArray) -> FloatArray:
    """Solve for real unknowns: columns (s, 4, n), right (s, n) -> (s, 4)."""
    normal = (columns.conj() @ columns.swapaxes(1, 2)).real
    moment = (columns.conj() @ right[..., None]).real
    ridge = 1e-12 * np.trace(normal, axis1=1, axis2=2)
    solved = np.linalg.solve(normal + ridge[:, None, None] * np.eye(4), moment)
    return np.asarray(solved[..., 0])


def _pole(parameters: FloatArray, tuning: FloatArray) -> ComplexArray:
    return tuning**2 - parameters[:, :1] - 1j * parameters[:, 1:2] * tuning


def _model(parameters: FloatArray, tuning: FloatArray) -> ComplexArray:
    drive = parameters[:, 2:3] + 1j * parameters[:, 3:4]
    return np.asarray(drive / _pole(parameters, tuning))


def _cost(
    parameters: FloatArray, spectra: ComplexArray, tuning: FloatArray
) -> FloatArray:
    residual = np.abs(spectra - _model(parameters, tuning)) ** 2
    return np.asarray(residual.sum(axis=1))


def _table(
    parameters: FloatArray,
    spectra: ComplexArray,
    tuning: FloatArray,
    centre: float,
    scale: float,
) -> npt.NDArray[np.void]:
    resonance = np.sqrt(np.abs(parameters[:, 0]))
    drive = parameters[:, 2] + 1j * parameters[:, 3]
    spread = np.abs(spectra - spectra.mean(axis=1, keepdims=True)) ** 2
    table = np.zeros(len(parameters), dtype=FIELDS)
    table["Amplitude [V]"] = np.abs(drive) / resonance**2 * scale
    table["Frequency [Hz]"] = resonance * centre
    table["Quality Factor"] = resonance / np.maximum(np.abs(parameters[:, 1]), 1e-6)
    table["Phase [rad]"] = np.angle(drive)
    table["R2 Criterion"] = 1 - _cost(parameters, spectra, tuning) / spread.sum(axis=1)
    return table
