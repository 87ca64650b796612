import numpy as np
import pytest

from usid_lab.samples.oscillator import Oscillator, fit

FREQUENCY = np.linspace(300e3, 360e3, 81)


def _oscillators(count: int) -> Oscillator:
    rng = np.random.default_rng(7)
    return Oscillator(
        amplitude=rng.uniform(1e-5, 3e-5, count),
        frequency=rng.uniform(320e3, 340e3, count),
        quality=rng.uniform(60, 180, count),
        phase=rng.uniform(-3, 3, count),
    )


def test_response_solves_the_equation_of_motion():
    modes = _oscillators(5)
    response = modes.response(FREQUENCY).astype(complex)
    f0 = modes.frequency[:, None]
    stiffness = FREQUENCY**2 - 1j * FREQUENCY * f0 / modes.quality[:, None] - f0**2
    drive = modes.amplitude[:, None] * np.exp(1j * modes.phase[:, None]) * f0**2
    np.testing.assert_allclose(response, drive / stiffness, rtol=1e-3)


def test_peak_is_at_the_resonance_and_quality_times_higher_than_the_drive():
    one = np.ones(())
    fine = np.linspace(329e3, 331e3, 20001)
    size = np.abs(Oscillator(2e-5 * one, 330e3 * one, 150 * one, one).response(fine))
    assert fine[size.argmax()] == pytest.approx(330e3, rel=1e-4)
    assert size.max() == pytest.approx(2e-5 * 150, rel=1e-3)


def test_fit_recovers_the_parameters():
    modes = _oscillators(64)
    guess, found = fit(modes.response(FREQUENCY), FREQUENCY)
    for table in (guess, found):
        np.testing.assert_allclose(table["Amplitude [V]"], modes.amplitude, rtol=2e-3)
        np.testing.assert_allclose(table["Frequency [Hz]"], modes.frequency, rtol=1e-5)
        np.testing.assert_allclose(table["Quality Factor"], modes.quality, rtol=2e-3)
        np.testing.assert_allclose(table["Phase [rad]"], modes.phase, atol=2e-3)


def test_the_fit_is_never_worse_than_the_guess():
    rng = np.random.default_rng(3)
    spectra = _oscillators(64).response(FREQUENCY)
    spectra += (3e-4 * rng.standard_normal((*spectra.shape, 2))).view(complex)[..., 0]
    guess, found = fit(spectra, FREQUENCY)
    # The criterion is stored in single precision.
    assert np.all(found["R2 Criterion"] >= guess["R2 Criterion"] - 1e-6)
