"""numba's fits against numpy's, and which of them is taken."""

import numpy as np
import pytest
from spectra import X, oscillators, peaks

from usid_lab.analysis import engine, normal
from usid_lab.analysis.fitting import Method, fit_curves, fit_oscillators
from usid_lab.analysis.gaussian import Gaussian
from usid_lab.analysis.lorentzian import Lorentzian
from usid_lab.analysis.marquardt import Bounds, Tolerances
from usid_lab.errors import ArgumentError, MissingExtraError

NUMPY, NUMBA = Method("numpy"), Method("numba")


@pytest.mark.parametrize("curve", [Gaussian(), Lorentzian()], ids=lambda c: c.name)
@pytest.mark.parametrize("noise", [0, 0.02, 0.3])
def test_peaks_are_the_same_with_numba(curve, noise):
    pytest.importorskip("numba")
    _, spectra = peaks(curve, 300, noise)
    ours, compiled = (fit_curves(curve, X, spectra, m)[1] for m in (NUMPY, NUMBA))
    assert np.array_equal(ours.status, compiled.status)
    assert np.allclose(ours.parameters, compiled.parameters, rtol=1e-6, atol=1e-7)
    assert np.allclose(ours.r2, compiled.r2, rtol=0, atol=1e-10)


@pytest.mark.parametrize("noise", [0, 0.02, 0.15])
def test_oscillators_are_the_same_with_numba(noise):
    pytest.importorskip("numba")
    frequency, _, spectra = oscillators(300, noise)
    spectra[7, 3] = np.nan
    for ours, compiled in zip(
        *(fit_oscillators(frequency, spectra, m) for m in (NUMPY, NUMBA)), strict=True
    ):
        assert np.array_equal(ours.status, compiled.status)
        assert np.allclose(
            ours.parameters, compiled.parameters, rtol=1e-6, atol=0, equal_nan=True
        )
        assert np.allclose(ours.r2, compiled.r2, atol=1e-10, equal_nan=True)


@pytest.mark.parametrize("size", [1, 2, 33])
def test_with_numba_a_fit_does_not_depend_on_its_batch_either(size):
    pytest.importorskip("numba")
    frequency, _, spectra = oscillators(100, 0.1)
    _, whole = fit_oscillators(frequency, spectra, NUMBA)
    _, part = fit_oscillators(frequency, spectra[51 : 51 + size], NUMBA)
    assert np.array_equal(part.parameters, whole.parameters[:, 51 : 51 + size])


def test_with_numba_bounds_are_kept_too():
    pytest.importorskip("numba")
    curve = Lorentzian()
    _, spectra = peaks(curve, 50, 0.05)
    limits = np.array([[-5, 0, 0.5, -0.2], [5, 2, 5, 0.2]], dtype=np.float64)
    bounds = Bounds(*limits)
    ours, compiled = (
        fit_curves(curve, X, spectra, Method(name, bounds=bounds))[1]
        for name in ("numpy", "numba")
    )
    assert np.any(compiled.parameters[2] == 0.5)
    assert np.allclose(ours.r2, compiled.r2, rtol=0, atol=1e-8)


def test_with_numba_failures_are_marked_too():
    pytest.importorskip("numba")
    frequency, _, spectra = oscillators(20, 0.1)
    hasty = Tolerances(steps=1)
    for name in ("numpy", "numba"):
        _, fits = fit_oscillators(frequency, spectra, Method(name, hasty))
        assert set(fits.status.tolist()) == {1}


def test_results_do_not_depend_on_how_much_is_evaluated_at_a_time(monkeypatch):
    frequency, _, spectra = oscillators(50, 0.1)
    _, whole = fit_oscillators(frequency, spectra)
    monkeypatch.setattr(normal, "_VALUES", 17 * 60)
    _, cut = fit_oscillators(frequency, spectra)
    assert np.array_equal(whole.parameters, cut.parameters)
    assert np.array_equal(whole.status, cut.status)


def test_numba_is_taken_where_it_is():
    pytest.importorskip("numba")
    assert engine.choose(None) == engine.choose("numba") == "numba"
    assert engine.choose(None, compilable=False) == "numpy"


@pytest.mark.usefixtures("without_numba")
def test_without_numba_there_is_numpy():
    assert engine.choose(None) == "numpy"
    with pytest.raises(MissingExtraError, match="pip install numba"):
        engine.choose("numba")
    frequency, _, spectra = oscillators(3, 0.1)
    with pytest.raises(MissingExtraError, match="pip install numba"):
        fit_oscillators(frequency, spectra, NUMBA)


def test_what_cannot_be_had_is_refused():
    with pytest.raises(ArgumentError, match="unknown"):
        engine.choose("fortran")
    with pytest.raises(ArgumentError, match="engine='numpy'"):
        engine.choose("numba", compilable=False)
