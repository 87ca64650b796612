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
