"""The simple harmonic oscillator (SHO): the response of a resonance to a drive.

At the frequency w a resonance at w0 with quality factor Q, driven with amplitude A at
phase phi, answers with ::

    H(w) = A exp(i phi) w0^2 / (w^2 - i w w0 / Q - w0^2)

S. Jesse et al., "The band excitation method in scanning probe microscopy for rapid
mapping of energy dissipation on the nanoscale", Nanotechnology 18 (2007) 435503, in the
sign convention of pycroscopy (``SHOfunc`` of ``pycroscopy.analysis.utils.be_sho``): on
resonance H = i A Q exp(i phi), a quarter turn ahead of the drive.

Fits run in other parameters of the same curve. With u = w / scale ::

    H(u) = (a + i b) / (u^2 - q - i g u)     q = (w0 / scale)^2, g = w0 / scale / Q

is smooth where the amplitude vanishes, needs no trigonometry, and its normal equations
are a few sums of real numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.normal import Normal, Rows, inner, weighted

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Complexes = npt.NDArray[np.complex128]


def response(frequency: Floats, parameters: Floats) -> Complexes:
    """Return the response of oscillators.

    Parameters
    ----------
    frequency : ndarray of float64, shape (points,)
    parameters : ndarray of float64, shape (4, ...)
        Amplitude, resonance frequency, quality factor and phase.

    Returns
    -------
    ndarray of complex128, shape (..., points)

    Examples
    --------
    >>> at_resonance = response(np.array([300e3]), np.array([2.0, 300e3, 100.0, 0.0]))
    >>> float(at_resonance[0].imag)
    200.0
    """
    amplitude, resonance, quality, phase = parameters[..., None]
    square = resonance * resonance
    width = frequency * resonance / quality
    drive = amplitude * np.exp(1j * phase) * square
    return np.asarray(drive / (frequency * frequency - square - 1j * width))


@dataclass(frozen=True, slots=True)
class OscillatorProblem:
    """Spectra to which oscillators are fitted, in the parameters q, g, a, b.

    Attributes
    ----------
    tuning : ndarray of float64, shape (points,)
        Frequency / scale.
    real, imaginary : ndarray of float64, shape (spectra, points)
    """

    tuning: Floats
    real: Floats
    imaginary: Floats

    @classmethod
    def of(
        cls, tuning: Floats, spectra: npt.NDArray[np.complexfloating]
    ) -> OscillatorProblem:
        """Prepare spectra of shape (spectra, points)."""
        real = np.ascontiguousarray(spectra.real, dtype=np.float64)
        return cls(tuning, real, np.ascontiguousarray(spectra.imag, dtype=np.float64))

    @property
    def values(self) -> Floats:
        """What is fitted; shape (spectra, points)."""
        return self.real

    def take(self, rows: Rows) -> OscillatorProblem:
        """Keep some spectra."""
        return OscillatorProblem(self.tuning, self.real[rows], self.imaginary[rows])

    def normal(self, parameters: Floats) -> Normal:
        """Evaluate the oscillators at parameters of shape (4, spectra).

        The columns of the Jacobian are those of c / p, with c = a + i b, p the pole and
        1 / p = x + i y: c / p^2, i u c / p^2, 1 / p and i / p.
        """
        q, g, a, b = parameters[..., None]
        x = self.tuning * self.tuning - q
        y = g * self.tuning
        m = x * x
        m += y * y
        np.reciprocal(m, out=m)
        x *= m
        y *= m
        down, left = self._residual(x, y, a, b)
        return Normal(
            inner(down, down) + inner(left, left),
            self._gradient(x, y, parameters[2], parameters[3], down, left),
            self._matrix(x, y, m, parameters[2], parameters[3]),
        )

    def _residual(
        self, x: Floats, y: Floats, a: Floats, b: Floats
    ) -> tuple[Floats, Floats]:
        real = self.real - a * x
        real += b * y
        imaginary = self.imaginary - a * y
        imaginary -= b * x
        return real, imaginary

    def _gradient(
        self,
        x: Floats,
        y: Floats,
        a: Floats,
        b: Floats,
        real: Floats,
        imaginary: Floats,
    ) -> Floats:
        """Project the residual on the columns."""
        s = x * real
        s += y * imaginary
        t = x * imaginary
        t -= y * real
        # conj(1/p)^2 r = (x - i y)(s + i t)
        e = x * s
        e += y * t
        f = x * t
        f -= y * s
        se, sf = e.sum(axis=1), f.sum(axis=1)
        ue, uf = weighted(e, self.tuning), weighted(f, self.tuning)
        return np.stack(
            [a * se + b * sf, a * uf - b * ue, s.sum(axis=1), t.sum(axis=1)]
        )

    def _matrix(self, x: Floats, y: Floats, m: Floats, a: Floats, b: Floats) -> Floats:
        strength = a * a + b * b
        w = m * self.tuning
        sx, sy = inner(m, x), inner(m, y)
        ux, uy = inner(w, x), inner(w, y)
        matrix = np.zeros((4, 4, len(a)))
        matrix[0, 0] = strength * inner(m, m)
        matrix[1, 1] = strength * inner(w, w)
        matrix[2, 2] = matrix[3, 3] = m.sum(axis=1)
        matrix[2, 0] = a * sx - b * sy
        matrix[3, 0] = a * sy + b * sx
        matrix[2, 1] = -(a * uy + b * ux)
        matrix[3, 1] = a * ux - b * uy
        return matrix
