"""The first limits of the colours: those of the map that is shown first."""

import numpy as np
import pytest

import usid_lab as ul
from usid_lab import samples
from usid_lab.widgets.viewer import Viewer


@pytest.mark.parametrize("name", ["stem4d", "eels", "beps"])
def test_limits_are_percentiles_of_the_first_map(tmp_path, name):
    path = getattr(samples, name)(tmp_path / f"{name}.h5", size="small")
    opened = Viewer(lambda: ul.open(path)).open(None)
    view = opened.dataset.view
    low, high = np.percentile(opened.map.map, [1, 99])
    assert view.contrast.limits == pytest.approx((low, high), rel=1e-5)


def test_every_component_has_limits_of_its_own(tmp_path):
    path = samples.beps(tmp_path / "beps.h5", size="small")
    opened = Viewer(lambda: ul.open(path)).open(None)
    view, dataset = opened.dataset.view, ul.open(path).dataset(opened.dataset.path)
    at = {dim: i for dim, i in view.index.items() if dim not in (view.x, view.y)}
    truth = {"real": np.real, "imaginary": np.imag, "amplitude": np.abs}
    limits = {part.name: part.limits for part in opened.dataset.components}
    for component, of in truth.items():
        expected = np.percentile(of(dataset.read(at)), [1, 99])
        assert limits[component] == pytest.approx(expected, rel=1e-5)


def test_a_phase_keeps_its_whole_turn(tmp_path):
    path = samples.beps(tmp_path / "beps.h5", size="small")
    opened = Viewer(lambda: ul.open(path)).open(None)
    phase = next(c for c in opened.dataset.components if c.name == "phase")
    low, high = phase.limits
    assert high - low == pytest.approx(2 * np.pi)


def test_without_the_first_map_they_are_those_of_a_sample_of_it(
    viewer, spectra_file, spectra, monkeypatch
):
    """A map that takes long is left to its panel."""
    monkeypatch.setattr("usid_lab.widgets.hurry.AT_ONCE", 0)
    opened = viewer(spectra_file).open(None)
    view = opened.dataset.view
    assert (opened.map, opened.curve) == (None, None)
    assert (view.index["Cycle"], view.index["Bias"]) == (0, 7)
    expected = np.percentile(spectra[:, :, 0, 7], [1, 99])
    assert view.contrast.limits == pytest.approx(expected, rel=1e-5)


def test_an_image_that_takes_long_is_left_to_its_panel(viewer, plain_file, monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.hurry.AT_ONCE", 0)
    image = np.random.default_rng(1).normal(size=(200, 300))
    one = viewer(plain_file({"image": image}))
    opened = one.open(None)
    assert opened.map is None
    view = opened.dataset.view
    np.testing.assert_array_equal(one.frame("map", view).map, image.astype("f4"))
    low, high = view.contrast.limits
    assert image.min() <= low < high <= image.max()
