import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.samples import switching
from usid_lab.samples.oscillator import FIELDS

CHANNEL = "Measurement_000/Channel_000"
RESULTS = f"{CHANNEL}/Raw_Data-SHO_Fit_000"


@pytest.fixture(scope="module")
def truth():
    return switching.simulate("small")


def test_structure_is_that_of_the_documented_file(small):
    with ul.open(small / "beps.h5") as file:
        raw, guess, fitted = (
            file.dataset(path)
            for path in (f"{CHANNEL}/Raw_Data", f"{RESULTS}/Guess", f"{RESULTS}/Fit")
        )
        assert raw.dims == ("Y", "X", "Cycle", "Field", "DC_Offset", "Frequency")
        assert raw.dtype == np.complex64
        assert (raw.quantity, raw.units) == ("Cantilever Vertical Deflection", "V")
        assert guess.dims == fitted.dims == raw.dims[:-1]
        assert fitted.dtype.names == FIELDS.names
        assert fitted.source == f"/{CHANNEL}/Raw_Data"


def test_labels_are_stored_fastest_first(small):
    with h5py.File(small / "beps.h5") as file:
        table = file[f"{CHANNEL}/Spectroscopic_Indices"]
        names = [label.decode() for label in table.attrs["labels"]]
        assert names == ["Frequency", "DC_Offset", "Field", "Cycle"]


def test_written_values_are_the_simulated_ones(small, truth):
    with ul.open(small / "beps.h5") as file:
        raw = file.dataset(f"{CHANNEL}/Raw_Data")
        np.testing.assert_array_equal(raw.read(), truth.spectra)
        np.testing.assert_allclose(raw.coords["DC_Offset"], truth.bias, rtol=1e-6)
        np.testing.assert_allclose(raw.coords["Frequency"], truth.frequency, rtol=1e-6)
        np.testing.assert_allclose(raw.coords["X"], truth.x, rtol=1e-6)


def test_amplitude_peaks_at_the_resonance(truth):
    clear = truth.oscillator.amplitude > 1e-5
    peak = truth.frequency[np.abs(truth.spectra).argmax(axis=-1)]
    step = truth.frequency[1] - truth.frequency[0]
    assert np.abs(peak - truth.oscillator.frequency)[clear].max() < 1.5 * step


def test_results_are_close_to_the_truth(small, truth):
    with ul.open(small / "beps.h5") as file:
        found = file.dataset(f"{RESULTS}/Fit").read()
    clear = truth.oscillator.amplitude > 1e-5
    offset = np.abs(found["Frequency [Hz]"] - truth.oscillator.frequency)[clear]
    assert np.percentile(offset, 99) < 100
    signed = found["Amplitude [V]"] * np.cos(found["Phase [rad]"])
    true = truth.oscillator.amplitude * np.cos(truth.oscillator.phase)
    assert np.abs(signed - true)[clear].max() < 2e-6


def test_polarization_is_saturated_and_remembered(truth):
    second = truth.polarization[:, :, 1]
    steps = len(truth.bias)
    assert second[..., truth.bias.argmax()].min() > 0.95
    assert second[..., truth.bias.argmin()].max() < -0.95
    assert second[..., steps // 2].min() > 0.8  # back at 0 V, still up


def test_the_first_cycle_starts_from_the_domains(truth):
    start = truth.polarization[:, :, 0, 0]
    np.testing.assert_allclose(start, truth.film.start, atol=0.15)
    assert start.min() < -0.8
    assert start.max() > 0.8


def test_the_full_size_has_the_documented_spectral_steps():
    grid = switching.SIZES["full"]
    assert (grid.frequencies, grid.steps) == (87, 64)
