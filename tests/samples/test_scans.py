import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.samples import diffraction, force, luminescence, raman


def test_diffraction_is_written_as_counted(small):
    scan = diffraction.simulate("small")
    with ul.open(small / "stem4d.h5") as file:
        (main,) = file.main_datasets
        assert main.dims == ("Y", "X", "Qy", "Qx")
        np.testing.assert_array_equal(main.read(), scan.counts)


def test_disks_lie_on_the_strained_lattice():
    scan = diffraction.simulate("full")
    middle = len(scan.y) // 2
    pattern = scan.counts[middle, middle].astype(float)
    near = np.hypot(scan.q[:, None], scan.q[None, :] - 2.5) < 1.1
    weight = np.where(near, pattern - np.median(pattern[near]), 0).clip(0)
    centre = (weight.sum(axis=0) @ scan.q) / weight.sum()
    expected = 2.5 * (1 + scan.strain[1, 1, middle, middle])
    assert centre == pytest.approx(expected, abs=0.03)
    assert expected < 2.45


def test_strain_decays_outside_and_has_both_signs():
    strain = diffraction.strain(24)
    assert strain[0, 0].min() == pytest.approx(-0.03, rel=1e-3)
    assert strain[0, 0].max() > 0.01
    assert np.abs(strain[:, :, 0, 0]).max() < 0.01


def test_force_curve_is_one_spectrum_in_the_order_of_time(small):
    curve = force.simulate("small")
    with ul.open(small / "force_curve.h5") as file:
        (main,) = file.main_datasets
        assert (main.quantity, main.units) == ("Deflection", "nm")
        np.testing.assert_array_equal(main.read().ravel(), curve.deflection)
        np.testing.assert_allclose(main.coords["Z"], curve.z, rtol=1e-6)


def test_force_curve_snaps_in_and_holds_on_longer():
    curve = force.simulate("full")
    half = len(curve.z) // 2
    approach, retract = curve.ideal[:half], curve.ideal[half:]
    snap_in = -approach.min()
    adhesion = force.force(np.array([0.165]), 1.9)[0]
    assert 1 < snap_in < 5
    # The spring is pulled until it balances the adhesion.
    assert retract.min() == pytest.approx(adhesion / 0.6, rel=0.02)
    assert np.abs(np.diff(retract)).max() > 20  # the snap off


def test_force_curve_is_a_straight_line_in_contact():
    curve = force.simulate("full")
    contact = curve.extension > 30
    slope = np.polyfit(curve.extension[contact], curve.ideal[contact], 1)[0]
    assert slope == pytest.approx(1, abs=0.05)


def test_equilibria_balance_spring_and_force():
    extension = np.linspace(-100, 50, 301)
    bend = force.deflection(extension, approach=True)
    gap = bend - extension
    np.testing.assert_allclose(0.6 * bend, force.force(gap), atol=0.05)


def test_sparse_scan_keeps_its_points(small):
    scan = luminescence.simulate("small")
    with ul.open(small / "sparse.h5") as file:
        (main,) = file.main_datasets
        assert main.layout.kind == "sparse"
        assert main.sizes == {"Point": 900, "Wavelength": 128}
        np.testing.assert_array_equal(main.read(), scan.counts)
        np.testing.assert_allclose(main.coords["X"], scan.x, rtol=1e-6)
        np.testing.assert_allclose(main.coords["Y"], scan.y, rtol=1e-6)


def test_sparse_points_are_all_different_and_in_no_order():
    scan = luminescence.simulate("small")
    assert len(set(zip(scan.y, scan.x, strict=True))) == 900
    assert 0.4 < np.mean(np.diff(scan.y) > 0) < 0.6


def test_sparse_spectra_peak_at_the_wells():
    scan = luminescence.simulate("full")
    bright = scan.brightness > 0.8
    peak = scan.wavelength[scan.counts[bright].argmax(axis=1)]
    assert np.median(np.abs(peak - scan.line[bright])) < 3


def test_serpentine_reads_as_its_raster(small):
    scan = raman.simulate("small")
    with ul.open(small / "serpentine.h5") as file:
        (main,) = file.main_datasets
        assert main.layout.kind == "shuffled"
        assert main.dims == ("Y", "X", "Raman_Shift")
        np.testing.assert_array_equal(main.read(), scan.counts)
        np.testing.assert_array_equal(
            main.read(Y=3, Raman_Shift=9), scan.counts[3, :, 9]
        )


def test_serpentine_is_stored_to_and_fro(small):
    scan = raman.simulate("small")
    rows, columns = scan.layers.shape
    with h5py.File(small / "serpentine.h5") as file:
        stored = file["Measurement_000/Channel_000/Raw_Data"][()]
    stored = stored.reshape(rows, columns, -1)
    np.testing.assert_array_equal(stored[0], scan.counts[0])
    np.testing.assert_array_equal(stored[1], scan.counts[1, ::-1])


def test_graphene_layers_differ_in_their_lines():
    scan = raman.simulate("small")
    g = scan.counts[..., np.abs(scan.shift - 1582).argmin()].astype(float)
    assert g[scan.layers == 0].mean() < 50
    assert g[scan.layers == 2].mean() > 1.4 * g[scan.layers == 1].mean()
