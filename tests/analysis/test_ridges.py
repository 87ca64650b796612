"""Peaks by wavelets against scipy, spectrum by spectrum."""

import numpy as np
import pytest
from scipy.signal import find_peaks_cwt
from spectra import oscillators

from usid_lab.analysis.ridges import find
from usid_lab.analysis.wavelets import ricker, transform

TUTORIAL = np.linspace(20, 60, 30)


def ours(spectra, widths):
    points, found = find(transform(spectra, widths), widths)
    return [sorted(p[f].tolist()) for p, f in zip(points, found, strict=True)]


def theirs(spectra, widths):
    return [find_peaks_cwt(one, widths).tolist() for one in spectra]


@pytest.mark.parametrize("noise", [0.01, 0.1, 1.0])
def test_the_tutorials_peaks_are_scipys(noise):
    _, _, spectra = oscillators(60, noise, points=119)
    assert ours(np.abs(spectra), TUTORIAL) == theirs(np.abs(spectra), TUTORIAL)


@pytest.mark.parametrize("points", [64, 119, 200])
def test_many_peaks_in_noise_are_scipys(points):
    rng = np.random.default_rng(points)
    spectra = np.cumsum(rng.standard_normal((60, points)), axis=1)
    spectra += 3 * np.sin(np.arange(points) / 4)
    for widths in (np.arange(1.0, 9.0), np.linspace(2, 12, 15)):
        found = ours(spectra, widths)
        assert found == theirs(spectra, widths)
    assert max(map(len, found)) > 3


def test_peaks_do_not_depend_on_the_others_in_the_batch():
    _, _, spectra = oscillators(40, 0.3, points=119)
    spectra = np.abs(spectra)
    whole = transform(spectra, TUTORIAL)
    alone = transform(spectra[17:18], TUTORIAL)
    assert np.array_equal(alone[0], whole[17])
    points, found = find(alone, TUTORIAL)
    assert sorted(points[0][found[0]]) == ours(spectra, TUTORIAL)[17]


def test_a_flat_spectrum_has_no_peaks():
    assert ours(np.zeros((2, 50)), np.arange(1.0, 5.0)) == [[], []]


def test_the_wavelet_is_balanced():
    assert ricker(201, 8.0).sum() == pytest.approx(0, abs=1e-9)
