"""Spectra with known parameters, for tests of fits."""

import numpy as np

from usid_lab.analysis.oscillator import response

X = np.linspace(-3, 5, 81)


def peaks(curve, count, noise, seed=7):
    """Return the parameters of peaks and dips of a curve, and the noisy spectra."""
    rng = np.random.default_rng(seed)
    truth = np.stack(
        [
            rng.uniform(1, 3, count) * rng.choice([-1, 1], count),
            rng.uniform(-1, 3, count),
            rng.uniform(0.3, 0.9, count),
            rng.uniform(-1, 1, count),
        ]
    )
    spectra = curve.values(X, truth[..., None])
    return truth, spectra + noise * rng.standard_normal(spectra.shape)


def oscillators(count, noise, seed=3, points=60):
    """Return frequencies, parameters, and spectra; noise relative to their tops."""
    rng = np.random.default_rng(seed)
    frequency = np.linspace(305e3, 365e3, points)
    truth = np.stack(
        [
            rng.uniform(0.5e-5, 2e-5, count),
            rng.uniform(318e3, 352e3, count),
            rng.uniform(50, 180, count),
            rng.uniform(-3, 3, count),
        ]
    )
    spectra = response(frequency, truth)
    level = noise * np.abs(spectra).max(axis=1, keepdims=True)
    spectra = spectra + level * rng.standard_normal(spectra.shape)
    return frequency, truth, spectra + 1j * level * rng.standard_normal(spectra.shape)
