"""Curves fitted to the spectra of files."""

import h5py
import numpy as np
import pytest
from scipy.optimize import least_squares
from spectra import X, peaks

import usid_lab as ul
from usid_lab.analysis import PixelFitter
from usid_lab.analysis.gaussian import Gaussian
from usid_lab.analysis.lorentzian import Lorentzian
from usid_lab.errors import ArgumentError, DimensionError, ProcessError

PLACES = {"Y": (np.arange(6), "um"), "X": (np.arange(5), "um")}
DECAY = {"Height": "nA", "Rate": "1/s"}


def decay(x, height, rate):
    return height * np.exp(-rate * x)


def dataset(folder, spectra, x=X, units="eV", name="a.h5"):
    return ul.create(
        folder / name,
        spectra.reshape(6, 5, -1),
        quantity="Current",
        units="nA",
        position=PLACES,
        spectroscopic={"Energy": (x, units)},
    )


@pytest.mark.parametrize("curve", [Gaussian(), Lorentzian()], ids=lambda c: c.name)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_file_of_peaks_is_fitted_as_scipy_does(tmp_path, curve, engine):
    if engine == "numba":
        pytest.importorskip("numba")
    _, spectra = peaks(curve, 30, 0.05)
    d = dataset(tmp_path, spectra)
    process = PixelFitter(d, curve.name, engine=engine)
    guess, fit, status = process.compute(executor="serial").results
    assert not status.read().any()
    found = fit.read().reshape(-1)
    width = "Sigma" if curve.name == "gaussian" else "Half Width"
    fields = ("Amplitude [nA]", "Center [eV]", f"{width} [eV]", "Offset [nA]")
    assert found.dtype.names == (*fields, "R2 Criterion")
    start = curve.guess(X, spectra)
    assert np.allclose(guess.read().reshape(-1)["Center [eV]"], start[1])
    for index, spectrum in enumerate(spectra):
        known = least_squares(
            lambda p, one=spectrum: curve.values(X, p[:, None, None])[0] - one,
            start[:, index],
            method="lm",
            ftol=1e-12,
            xtol=1e-12,
        )
        x = curve.tidy(known.x[:, None])[:, 0]
        assert np.allclose([found[f][index] for f in fields], x, rtol=1e-5, atol=1e-6)
    assert found["R2 Criterion"].min() > 0.8


@pytest.mark.parametrize("executor", ["serial", "pool"])
def test_a_model_of_ones_own(tmp_path, executor):
    x = np.linspace(0, 4, 40)
    rng = np.random.default_rng(4)
    truth = rng.uniform((1, 0.3), (5, 2), (30, 2))
    spectra = decay(x, *truth.T[..., None])
    d = dataset(tmp_path, spectra, x, "s")
    process = PixelFitter(
        d,
        lambda x, height, rate: height * np.exp(-rate * x),
        parameters=DECAY,
        guess=lambda x, s: (s[:, 0], 1.0),
        cores=2,
    )
    found = process.compute(executor=executor).results[1].read().reshape(-1)
    assert np.allclose(found["Height [nA]"], truth[:, 0])
    assert np.allclose(found["Rate [1/s]"], truth[:, 1])


def test_another_function_is_another_run(tmp_path):
    x = np.linspace(0, 4, 40)
    d = dataset(tmp_path, decay(x, 2.0, np.full((30, 1), 0.7)), x, "s")
    about = {"parameters": DECAY, "guess": (1.0, 1.0)}

    def fit(model):
        return PixelFitter(d, model, **about).compute(executor="serial").results[1]

    first = fit(lambda x, a, b: a * np.exp(-b * x))
    same = fit(lambda x, a, b: a * np.exp(-b * x))
    other = fit(lambda x, a, b: a * np.exp(-b * x) + 0.1)
    assert first.path == same.path != other.path


def test_the_run_is_written_down(tmp_path):
    d = dataset(tmp_path, peaks(Lorentzian(), 30, 0.05)[1])
    bounds = {"Half Width": (0.4, None)}
    run = PixelFitter(d, engine="numpy", bounds=bounds).compute(executor="serial")
    found = run.results[1].read()
    assert found["Half Width [eV]"].min() == 0.4
    with h5py.File(tmp_path / "a.h5") as file:
        attrs = file[run.results[0].path].parent.attrs
        assert (attrs["tool"], attrs["model"]) == ("Pixel_Fit", "lorentzian")
        assert (attrs["engine"], attrs["dim"]) == ("numpy", "Energy")
        assert "0.4" in attrs["bounds"]


def test_a_guess_of_ones_own_leads_elsewhere(tmp_path):
    two = [sum(1 / (1 + ((X - c) / 0.3) ** 2) for c in (-1, 3))] * 30
    d = dataset(tmp_path, np.array(two))
    for centre in (-1, 3):
        process = PixelFitter(d, guess=(1, centre, 0.3, 0))
        found = process.test(3)["Fit"]["Center [eV]"]
        assert found == pytest.approx(centre, abs=0.1)


def test_complex_values_are_fitted_by_the_part_that_is_named(tmp_path):
    curve = Gaussian()
    truth, spectra = peaks(curve, 30, 0)
    d = dataset(tmp_path, 2.0 + 1j * spectra)
    with pytest.raises(ArgumentError, match="is complex"):
        PixelFitter(d, "gaussian")
    found = PixelFitter(d, "gaussian", part="imaginary").compute(executor="serial")
    centres = found.results[1].read().reshape(-1)["Center [eV]"]
    assert np.allclose(centres, truth[1], atol=1e-6)
    phase = PixelFitter(d, "gaussian", part="phase").test(0)["Fit"]
    assert "Amplitude [rad]" in phase.dtype.names


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "voigt"}, "no model 'voigt': choose 'gaussian' or 'lorentzian'"),
        ({"model": decay}, "names and units of its parameters, and a guess"),
        ({"model": 3}, "a name or a function"),
        ({"part": "real"}, "is real"),
        ({"bounds": {"Sigma": (0, 1)}}, "no parameter 'Sigma'"),
        ({"bounds": {"Center": (2, 1)}}, "lower bound of 'Center'"),
        (
            {
                "model": decay,
                "parameters": DECAY,
                "guess": (1, 1),
                "engine": "numba",
            },
            "engine='numpy'",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path, options, words):
    d = dataset(tmp_path, np.ones((30, 81)))
    with pytest.raises(ArgumentError, match=words):
        PixelFitter(d, **options)


def test_several_dimensions_need_a_name(sample):
    d = sample("beps")
    with pytest.raises(DimensionError, match="Say along which"):
        PixelFitter(d, part="amplitude")
    named = PixelFitter(d, part="amplitude", dim="Frequency")
    assert named.test(0)["Fit"].shape == (2, 2, 24)


def test_the_test_of_a_failing_model_names_the_place(tmp_path):
    d = dataset(tmp_path, np.ones((30, 81)))
    process = PixelFitter(d, lambda x, a: x[:4] * a, parameters={"A": ""}, guess=(1.0,))
    with pytest.raises(ProcessError, match=r"Y = 1 um.*broadcasts=False"):
        process.test({"Y": 1, "X": 2})
