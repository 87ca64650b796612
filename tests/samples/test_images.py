import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.samples import core_loss, piezoresponse, resonance_image, tunnelling


def test_line_image_is_written_as_simulated(small):
    image = resonance_image.simulate("small")
    with ul.open(small / "be_line.h5") as file:
        (main,) = file.main_datasets
        assert main.dims == ("Y", "X", "Frequency")
        np.testing.assert_array_equal(main.read(), image.spectra)


def test_line_image_peaks_at_the_resonance():
    image = resonance_image.simulate("small")
    clear = image.oscillator.amplitude > 1.5e-5
    peak = image.frequency[np.abs(image.spectra).argmax(axis=-1)]
    step = image.frequency[1] - image.frequency[0]
    assert np.abs(peak - image.oscillator.frequency)[clear].max() < 2 * step


def test_line_image_has_the_documented_size():
    grid = resonance_image.SIZES["full"]
    assert (grid.side, grid.side, grid.frequencies) == (128, 128, 119)


def test_pfm_channels_share_their_positions(small):
    image = piezoresponse.simulate("small")
    with ul.open(small / "pfm.h5") as file:
        mains = file.main_datasets
        assert [main.quantity for main in mains] == list(image.channels)
        assert [main.units for main in mains] == ["nm", "pm", "nm", "deg"]
        assert len({main.position_key for main in mains}) == 1
        for main, (values, _) in zip(mains, image.channels.values(), strict=True):
            np.testing.assert_array_equal(np.squeeze(main.read()), values)


def test_pfm_phase_steps_by_half_a_turn_between_domains():
    image = piezoresponse.simulate("small")
    phase = image.channels["Phase"][0]
    assert phase.min() >= -90
    assert phase.max() < 270
    up, down = phase[image.domains > 0.95], phase[image.domains < -0.95]
    assert np.median(down) - np.median(up) == pytest.approx(180, abs=3)


def test_pfm_amplitude_dips_at_the_walls():
    image = piezoresponse.simulate("small")
    amplitude = image.channels["Amplitude"][0]
    walls = amplitude[np.abs(image.domains) < 0.2]
    assert walls.mean() < 0.4 * amplitude[np.abs(image.domains) > 0.95].mean()


def test_sts_sweeps_are_two_channels_of_one_grid(small):
    scan = tunnelling.simulate("small")
    with ul.open(small / "sts.h5") as file:
        forward, backward = file.main_datasets
        assert forward.dims == ("Y", "X", "Bias")
        assert (forward.units, backward.units) == ("nA", "nA")
        assert forward.spectroscopic_key == backward.spectroscopic_key
        np.testing.assert_array_equal(forward.read(), scan.forward)
        np.testing.assert_array_equal(backward.read(), scan.backward)


def test_sts_current_keeps_the_set_point_and_vanishes_without_bias():
    scan = tunnelling.simulate("small")
    np.testing.assert_allclose(scan.ideal[..., -1], 1.0)
    at_zero = np.apply_along_axis(lambda i: np.interp(0, scan.bias, i), -1, scan.ideal)
    np.testing.assert_allclose(at_zero, 0, atol=1e-3)
    assert np.all(np.diff(scan.ideal, axis=-1) > 0)


def test_sts_gap_closes_at_the_step():
    scan = tunnelling.simulate("small")
    inside = np.abs(scan.bias) < 0.2
    slope = np.gradient(scan.ideal, scan.bias, axis=-1)[..., inside].mean(axis=-1)
    terrace = (scan.surface.step < 0.01) & (scan.surface.defect < 0.01)
    assert slope[scan.surface.step > 0.9].min() > 5 * slope[terrace].max()


def test_sts_sweeps_differ_by_the_capacitance_of_the_junction():
    scan = tunnelling.simulate("small")
    flat = np.abs(scan.bias) < 0.3
    difference = (scan.forward - scan.backward)[..., flat].mean()
    assert 0 < difference < 0.02


def test_sts_has_the_documented_size():
    grid = tunnelling.SIZES["full"]
    assert (grid.side, grid.side, grid.biases) == (100, 100, 500)


def test_spectrum_image_is_written_as_counted_and_compressed(small):
    image = core_loss.simulate("small")
    with ul.open(small / "eels.h5") as file:
        (main,) = file.main_datasets
        assert main.dims == ("Y", "X", "Loss")
        np.testing.assert_array_equal(main.read(), image.counts)
    with h5py.File(small / "eels.h5") as file:
        assert file["Measurement_000/Channel_000/Raw_Data"].compression == "gzip"


def test_spectrum_image_counts_scatter_as_poisson():
    image = core_loss.simulate("small")
    normal = (image.counts - image.expected) / np.sqrt(image.expected)
    assert abs(normal.mean()) < 0.01
    assert normal.var() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("element", "line", "in_film"), [("Ti", 460.3, False), ("Mn", 642.6, True)]
)
def test_elements_are_where_their_phase_is(element, line, in_film):
    image = core_loss.simulate("small")
    ratio = image.expected / image.expected[..., :1]
    before = core_loss.EDGES[element].onset - 6
    jump = (
        ratio[..., np.searchsorted(image.loss, line)]
        - ratio[..., np.searchsorted(image.loss, before)]
    )
    film, substrate = jump[image.film > 0.98], jump[image.film < 0.02]
    present, absent = (film, substrate) if in_film else (substrate, film)
    assert present.min() > 0.05 > absent.max()
