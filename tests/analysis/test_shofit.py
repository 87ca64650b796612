"""The fit of band-excitation spectra, from file to file to viewer."""

import pickle
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.analysis import SHOFit
from usid_lab.analysis.oscillator import response
from usid_lab.errors import ArgumentError, DimensionError
from usid_lab.samples import resonance_image, switching
from usid_lab.widgets.viewer import Viewer

FIELDS = (
    "Amplitude [V]",
    "Frequency [Hz]",
    "Quality Factor",
    "Phase [rad]",
    "R2 Criterion",
)
ENGINES = ["numpy", "numba"]


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "numba":
        pytest.importorskip("numba")
    return request.param


def parameters(table):
    return np.stack([table[name].astype(np.float64) for name in FIELDS[:4]])


def test_the_resonances_of_the_sample_are_found(sample, engine):
    truth = resonance_image.simulate("small").oscillator
    d = sample("be_line")
    guess, fit, status = SHOFit(d, engine=engine).compute(executor="serial").results
    found = fit.read()
    assert found.dtype.names == FIELDS
    failed = status.read() > 0
    assert failed.mean() < 0.001
    assert np.all(found["R2 Criterion"][failed] < 0.9)
    strong = np.squeeze(found)["R2 Criterion"] > 0.98
    assert strong.mean() > 0.5
    for name, known, limit in (
        ("Amplitude [V]", truth.amplitude, 0.05),
        ("Frequency [Hz]", truth.frequency, 0.002),
        ("Quality Factor", truth.quality, 0.1),
    ):
        apart = np.abs(np.squeeze(found)[name] / known - 1)[strong]
        assert np.median(apart) < limit / 5
        assert np.quantile(apart, 0.99) < limit
    turned = np.exp(1j * np.squeeze(found)["Phase [rad]"]) / np.exp(1j * truth.phase)
    assert np.abs(np.angle(turned[strong])).max() < 0.2
    assert np.all(found["R2 Criterion"] >= guess.read()["R2 Criterion"] - 1e-6)


def test_it_lies_where_old_viewers_look_for_it(sample, tmp_path):
    d = sample("beps")
    run = SHOFit(d, engine="numpy").compute(executor="serial")
    group = run.results[0].path.rpartition("/")[0]
    # The sample brings fits of its own.
    assert group == "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_001"
    with h5py.File(tmp_path / "beps.h5") as file:
        results = file[group]
        assert results.attrs["tool"] == "SHO_Fit"
        assert file[results.attrs["source_000"]].name == d.path
        assert results.attrs["SHO_fit_method"].startswith("usid_lab")
        assert results.attrs["engine"] == "numpy"
        for name in ("Guess", "Fit"):
            table = results[name]
            assert table.dtype.names == FIELDS
            assert {table.dtype[field].str for field in FIELDS} == {"<f4"}
            assert table.attrs["units"] == "compound"
            steps = file[table.attrs["Spectroscopic_Indices"]]
            assert table.shape == (d.shape[0], steps.shape[1])
            labels = [np.bytes_(label).decode() for label in steps.attrs["labels"]]
            assert set(labels) == {"Cycle", "Field", "DC_Offset"}


def test_every_step_has_the_fit_of_its_own_spectrum(sample):
    d = sample("beps")
    fit = SHOFit(d, engine="numpy").compute(executor="serial").results[1]
    known = switching.simulate("small").oscillator
    assert fit.dims == ("Y", "X", "Cycle", "Field", "DC_Offset")
    found = fit.read()
    good = found["R2 Criterion"] > 0.99
    assert good.mean() > 0.5
    assert np.abs(found["Frequency [Hz]"] - known.frequency)[good].max() < 300
    spectra = d.read(Frequency=slice(None))
    order = [d.dims.index(name) for name in (*fit.dims, "Frequency")]
    rows = spectra.transpose(order)[good][:50]
    model = response(d.coords["Frequency"], parameters(found[good][:50]))
    left = np.abs(rows - model) ** 2
    spread = np.abs(rows - rows.mean(axis=1, keepdims=True)) ** 2
    rated = 1 - left.sum(axis=1) / spread.sum(axis=1)
    assert np.allclose(rated, found["R2 Criterion"][good][:50], atol=1e-4)


def test_numba_and_numpy_are_two_runs(sample):
    pytest.importorskip("numba")
    d = sample("be_line")
    runs = [SHOFit(d, engine=one).compute(executor="serial") for one in ENGINES]
    first, second = (run.results[1] for run in runs)
    assert first.path != second.path
    assert SHOFit(d).parameters["engine"] == "numba"
    again = SHOFit(d, engine="numba").compute(executor="serial")
    assert again.results[1].path == second.path
    strong = first.read()["R2 Criterion"] > 0.9
    for name in FIELDS:
        ours, compiled = first.read()[name][strong], second.read()[name][strong]
        assert np.allclose(ours, compiled, rtol=1e-5)


@pytest.mark.usefixtures("without_numba")
def test_without_numba_it_is_numpy_and_says_so(sample):
    d = sample("be_line")
    assert SHOFit(d).parameters["engine"] == "numpy"


def test_workers_and_blocks_change_nothing(sample, engine):
    d = sample("be_line")
    process = SHOFit(d, engine=engine, cores=2)
    serial = process.compute(executor="serial").results[1].read()
    pooled = process.compute(executor="pool", override=True).results[1].read()
    assert serial.tobytes() == pooled.tobytes()


def test_spectra_that_are_not_finite_are_marked(tmp_path, engine):
    frequency = np.linspace(300e3, 340e3, 40)
    truth = np.array([[1e-5], [320e3], [90.0], [0.3]])
    data = np.repeat(response(frequency, truth), 4, axis=0).astype(np.complex64)
    data[2] = np.nan
    d = ul.create(
        tmp_path / "a.h5",
        data,
        quantity="Response",
        units="nm",
        position={"X": (np.arange(4), "m")},
        spectroscopic={"Frequency": (frequency / 1e3, "kHz")},
    )
    _, fit, status = SHOFit(d, engine=engine).compute(executor="serial").results
    with h5py.File(tmp_path / "a.h5") as file:
        assert file[fit.path].parent.attrs["failed_positions"] == 1
    found = np.squeeze(fit.read())
    assert np.squeeze(status.read()).tolist() == [0, 0, 2, 0]
    assert all(np.isnan(found[name][2]) for name in found.dtype.names)
    assert found.dtype.names[:2] == ("Amplitude [nm]", "Frequency [Hz]")
    assert found["Frequency [Hz]"][[0, 1, 3]] == pytest.approx(320e3)
    assert found["Quality Factor"][0] == pytest.approx(90, rel=1e-3)


def test_the_workbench_shows_it_field_by_field(sample, tmp_path):
    fit = SHOFit(sample("beps"), engine="numpy").compute(executor="serial").results[1]
    viewer = Viewer(lambda: ul.open(tmp_path / "beps.h5"))
    try:
        shown = viewer.describe(fit.path)
        index = shown.view.index
        for field in FIELDS:
            at = dict.fromkeys(("Cycle", "Field", "DC_Offset"), 1)
            view = replace(shown.view, component=field, index={**index, **at})
            frame = viewer.frame("map", view)
            expected = fit.read(Cycle=1, Field=1, DC_Offset=1)[field]
            np.testing.assert_array_equal(frame.map, expected)
    finally:
        viewer.close()
    units = {component.label: component.units for component in shown.components}
    assert units == {
        "Amplitude·cos(Phase)": "V",
        "Amplitude": "V",
        "Frequency": "Hz",
        "Quality Factor": "",
        "Phase": "rad",
        "R2 Criterion": "",
    }
    assert (shown.view.curve, shown.view.component) == (
        "DC_Offset",
        "Amplitude·cos(Phase)",
    )
    phase = next(c for c in shown.components if c.label == "Phase")
    assert phase.period == pytest.approx(2 * np.pi)


def test_genuine_layouts_are_fitted(genuine, tmp_path):
    path = tmp_path / "beps.h5"
    shutil.copyfile(genuine / "BEPS_written_by_BGlib.h5", path)
    d = ul.open(path).dataset("/Measurement_000/Channel_000/Raw_Data")
    run = SHOFit(d, dtype="float64").compute(executor="serial")
    with h5py.File(path) as file:
        theirs = file["Measurement_000/Channel_000/Raw_Data-SHO_Fit_000/Fit"][()]
    fit = run.results[1]
    assert fit.shape == theirs.shape
    assert fit.dtype == theirs.dtype


def test_what_cannot_be_fitted_is_refused_in_words(sample, image):
    with pytest.raises(DimensionError, match="no dimension 'Frequency'"):
        SHOFit(ul.open(image).main_datasets[0])
    with pytest.raises(ArgumentError, match="unknown"):
        SHOFit(sample("be_line"), engine="abacus")
    with pytest.raises(ArgumentError, match="float32 or float64"):
        SHOFit(sample("beps"), dtype="float16")


def test_real_spectra_are_refused(write):
    path = write(
        np.ones((2, 5)),
        {"X": ([0, 1], "m")},
        {"Frequency": (np.arange(1.0, 6.0), "Hz")},
    )
    with pytest.raises(ArgumentError, match="no complex spectra"):
        SHOFit(ul.open(path).main_datasets[0])


def test_frequencies_are_positive(write):
    path = write(
        np.ones((2, 5), complex),
        {"X": ([0, 1], "m")},
        {"Frequency": (np.arange(5.0), "Hz")},
    )
    with pytest.raises(ArgumentError, match="must be positive"):
        SHOFit(ul.open(path).main_datasets[0])


def test_it_travels_without_its_dataset(sample):
    d = sample("be_line")
    process = SHOFit(d, engine="numpy")
    block = d.read().reshape(-1, d.sizes["Frequency"])[:9]
    here = process.function(block)["Fit"]
    assert pickle.loads(pickle.dumps(process)).function(block)["Fit"].tobytes() == (
        here.tobytes()
    )
