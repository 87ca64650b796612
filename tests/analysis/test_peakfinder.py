"""The peak finder of pyUSID's tutorials: scipy's answer at every position."""

import h5py
import numpy as np
import pytest
from scipy.signal import find_peaks_cwt

import usid_lab as ul
from usid_lab.analysis import PeakFinder
from usid_lab.errors import ArgumentError, DimensionError


def tutorial(spectrum):
    """Return the peak as tutorials 07 and 10 of pyUSID find it."""
    found = find_peaks_cwt(np.abs(spectrum), np.linspace(20, 60, 30))
    middle = len(spectrum) // 2
    if len(found) == 0:
        return middle
    return found[np.argmin(np.abs(found - middle))]


def test_the_sample_has_the_tutorials_peaks(sample, tmp_path):
    d = sample("be_line")
    run = PeakFinder(d).compute(executor="serial")
    response, position, count = (one.read().reshape(-1) for one in run.results)
    spectra = d.read().reshape(-1, d.sizes["Frequency"])
    some = np.random.default_rng(0).choice(len(spectra), 150, replace=False)
    for index in some:
        point = tutorial(spectra[index])
        assert response[index] == np.abs(spectra[index][point])
        assert position[index] == d.coords["Frequency"][point]
    assert np.median(count) == 1
    group = run.results[0].path.rpartition("/")[0]
    assert group.endswith("Raw_Data-Peak_Finding_000")
    with h5py.File(tmp_path / "be_line.h5") as file:
        peaks = file[f"{group}/Peak_Response"]
        assert (peaks.shape, peaks.dtype) == ((len(spectra), 1), np.float32)
        assert (peaks.attrs["quantity"], peaks.attrs["units"]) == ("Amplitude", "V")


def test_parameters_count(sample):
    d = sample("be_line")
    narrow = PeakFinder(d, width_bounds=(1, 4), num_steps=4).test(3)["Peak_Count"]
    wide = PeakFinder(d).test(3)["Peak_Count"]
    assert narrow > wide


def test_workers_and_blocks_change_nothing(sample):
    process = PeakFinder(sample("be_line"), cores=2)
    serial = [one.read() for one in process.compute(executor="serial").results]
    again = process.compute(executor="pool", override=True)
    for ours, pooled in zip(serial, again.results, strict=True):
        assert ours.tobytes() == pooled.read().tobytes()


def test_other_numbers_and_gaps(tmp_path):
    x = np.linspace(0, 1, 50)
    data = 200 * np.exp(-(((x - [[0.3], [0.6], [0.5]]) / 0.1) ** 2))
    whole = ul.create(
        tmp_path / "whole.h5",
        data.astype(np.uint8),
        quantity="Light",
        units="counts",
        position={"X": (np.arange(3), "m")},
        spectroscopic={"Energy": (x, "eV")},
    )
    data[1, 7] = np.nan
    holed = ul.create(
        tmp_path / "holed.h5",
        data,
        quantity="Light",
        units="counts",
        position={"X": (np.arange(3), "m")},
        spectroscopic={"Energy": (x, "eV")},
    )
    for d, known in ((whole, [0.3, 0.6, 0.5]), (holed, [0.3, np.nan, 0.5])):
        process = PeakFinder(d, width_bounds=(2, 12), num_steps=8)
        response, position, count = process.compute(executor="serial").results
        assert position.units == "eV"
        found = position.read().reshape(-1)
        assert np.allclose(found, known, atol=0.03, equal_nan=True)
        assert np.array_equal(np.isnan(response.read().reshape(-1)), np.isnan(known))
        assert count.read().reshape(-1).tolist() == (~np.isnan(known)).tolist()


def test_what_cannot_be_is_refused_in_words(sample):
    with pytest.raises(DimensionError, match="Say along which dimension"):
        PeakFinder(sample("beps"))
    d = sample("be_line")
    with pytest.raises(ArgumentError, match="widths of peaks are positive"):
        PeakFinder(d, width_bounds=(0, 10))
    with pytest.raises(DimensionError, match="no dimension 'Bias'"):
        PeakFinder(d, dim="Bias")
