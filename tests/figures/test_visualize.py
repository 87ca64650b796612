import builtins
import subprocess
import sys

import h5py
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

import usid_lab as ul
from usid_lab import samples
from usid_lab.errors import (
    CrowdedError,
    DimensionError,
    LayoutError,
    MissingExtraError,
    SelectionError,
    ViewError,
)
from usid_lab.figures import plot_dataset, visualize
from usid_lab.model.dimension import Side
from usid_lab.storage import release

Y, X = np.arange(3) * 1e-6, np.arange(4) * 1e-6
BIAS = np.linspace(-1, 1, 5)
VALUES = np.random.default_rng(0).normal(size=(3, 4, 5)) * 1e-12


@pytest.fixture
def dataset(write):
    """Make a dataset of values, in A, with the dimensions that are given."""

    def dataset(values=VALUES, position=None, spectroscopic=None, **options):
        path = write(
            values,
            {"Y": (Y, "m"), "X": (X, "m")} if position is None else position,
            {"Bias": (BIAS, "V")} if spectroscopic is None else spectroscopic,
            **{"units": "A", **options},
        )
        return ul.open(path).main_datasets[0]

    return dataset


def image_of(axis):
    [image] = axis.get_images()
    return image


def bar_of(axis):
    return (
        image_of(axis).colorbar if axis.get_images() else axis.collections[0].colorbar
    )


def line_of(axis):
    return axis.get_lines()[0]


class TestPanels:
    def test_a_map_is_drawn_in_its_units(self, dataset):
        figure, axes = dataset().plot(Bias=4)
        assert axes.shape == (1, 1)
        axis = axes[0, 0]
        assert np.allclose(image_of(axis).get_array(), VALUES[..., 4] * 1e12)
        assert np.allclose(image_of(axis).get_extent(), [-0.5, 3.5, -0.5, 2.5])
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("X (µm)", "Y (µm)")
        assert bar_of(axis).ax.get_ylabel() == "Current (pA)"
        assert axis.get_title() == "Bias 1 V"
        assert axis.get_aspect() == 1
        assert axis.get_ylim() == pytest.approx((-0.5, 2.5))
        assert figure is axis.figure

    def test_a_curve_is_drawn_in_its_units(self, dataset):
        _, [[axis]] = dataset().plot(X=1, Y=2)
        assert np.allclose(line_of(axis).get_xdata(), BIAS)
        assert np.allclose(line_of(axis).get_ydata(), VALUES[2, 1] * 1e12)
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("Bias (V)", "Current (pA)")
        assert axis.get_title() == "Y 2 µm, X 1 µm"

    def test_positions_and_steps_make_an_image(self, dataset):
        _, [[axis]] = dataset().plot(Y=1)
        assert np.allclose(image_of(axis).get_array(), VALUES[1] * 1e12)
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("Bias (V)", "X (µm)")
        assert axis.get_aspect() == "auto"

    def test_with_more_a_map_stands_beside_a_spectrum(self, dataset):
        _, axes = dataset().plot()
        [[left, right]] = axes
        assert np.allclose(image_of(left).get_array(), VALUES[..., 2] * 1e12)
        assert np.allclose(line_of(right).get_ydata(), VALUES[1, 2] * 1e12)
        assert left.get_title() == "Bias 0 V"
        assert right.get_title() == "Y 1 µm, X 2 µm"
        assert line_of(left).get_xydata()[0] == pytest.approx([2, 1])
        assert right.get_lines()[1].get_xdata() == pytest.approx([0, 0])

    def test_and_a_map_beside_a_spectrogram(self, dataset):
        values = np.arange(3 * 4 * 5 * 2.0).reshape(3, 4, 2, 5)
        made = dataset(values, None, {"Cycle": ([0, 1], ""), "Bias": (BIAS, "V")})
        _, [[left, right]] = made.plot()
        assert np.array_equal(image_of(left).get_array(), values[:, :, 1, 2])
        assert np.array_equal(image_of(right).get_array(), values[1, 2])
        assert (right.get_xlabel(), right.get_ylabel()) == ("Bias (V)", "Cycle")
        assert line_of(right).get_xydata() == pytest.approx(np.array([[0.0, 1.0]]))

    def test_parts_of_dimensions_are_drawn(self, dataset):
        _, [[axis]] = dataset().plot(X=slice(1, 3), Y=[2, 0], Bias=0)
        assert bar_of(axis).ax.get_ylabel() == "Current (fA)"
        assert np.allclose(image_of(axis).get_array(), VALUES[[2, 0], 1:3, 0] * 1e15)
        assert image_of(axis).get_extent() == pytest.approx([0.5, 2.5, 3, -1])
        assert axis.get_ylim() == pytest.approx((-1, 3))

    def test_a_slice_of_one_is_as_good_as_an_index(self, dataset):
        _, [[axis]] = dataset().plot(Bias=[3])
        assert np.allclose(image_of(axis).get_array(), VALUES[..., 3] * 1e12)
        assert axis.get_title() == "Bias 0.5 V"

    def test_names_that_are_no_identifiers(self, dataset):
        made = dataset(spectroscopic={"DC Offset": (BIAS, "V")})
        assert made.plot({"DC Offset": 0})[1].shape == (1, 1)

    def test_a_dimension_called_x_runs_across_though_it_is_slower(self, dataset):
        made = dataset(VALUES, {"X": (Y, "m"), "Y": (X, "m")})
        _, [[axis]] = made.plot(Bias=0)
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("X (µm)", "Y (µm)")
        assert np.allclose(image_of(axis).get_array(), VALUES[..., 0].T * 1e12)

    def test_only_what_is_drawn_is_read(self, dataset, monkeypatch):
        made = dataset()
        sizes = []
        read = type(made).read

        def counted(self, indexers=None, /, **named):
            found = read(self, indexers, **named)
            sizes.append(found.size)
            return found

        monkeypatch.setattr(type(made), "read", counted)
        made.plot()
        assert sizes == [12, 5]


class TestComponents:
    def test_complex_values_are_amplitude_and_phase(self, dataset):
        values = VALUES + 1j * VALUES[::-1]
        _, axes = dataset(values).plot()
        assert axes.shape == (2, 2)
        shown = [image_of(axis).get_array() for axis in axes[:, 0]]
        assert np.allclose(shown[0], np.abs(values[..., 2]) * 1e12)
        assert np.allclose(shown[1], np.angle(values[..., 2]))
        assert image_of(axes[1, 0]).get_clim() == pytest.approx((-np.pi, np.pi))
        assert image_of(axes[1, 0]).get_cmap().name == "twilight"
        labels = [bar_of(axis).ax.get_ylabel() for axis in axes[:, 0]]
        assert labels == ["Current amplitude (pA)", "Phase (rad)"]

    def test_compound_values_are_drawn_field_by_field(self, dataset):
        kinds = [("Amplitude [V]", "f4"), ("Q", "f8"), ("Gain", "c8"), ("Code", "i2")]
        values = np.zeros((3, 4), kinds)
        values["Q"] = np.arange(12).reshape(3, 4)
        values["Amplitude [V]"] = 0.002
        made = dataset(values, None, {}, units="")
        _, axes = plot_dataset(made)
        assert axes.shape == (5, 1)
        names = [bar_of(axis).ax.get_ylabel() for axis in axes[:, 0]]
        expected = ["Amplitude (mV)", "Q", "Gain amplitude", "Gain phase (rad)", "Code"]
        assert names == expected
        assert np.array_equal(image_of(axes[1, 0]).get_array(), values["Q"])
        assert len(axes[0, 0].figure.axes) == 10

    def test_fields_that_are_no_single_numbers_are_left_out(self):
        values = np.zeros(5, [("curve", "f4", 3), ("Q", "f8"), ("name", "S3")])
        bias = ul.Dimension("Bias", "V", BIAS)
        assert visualize(values, [bias])[1].shape == (1, 1)
        with pytest.raises(ViewError, match="no numbers"):
            visualize(values[["curve", "name"]], [bias])

    def test_whole_numbers_and_truth_values(self, dataset):
        values = np.arange(12).reshape(3, 4)
        for kind in (np.uint16, bool):
            made = dataset(
                values.astype(kind),
                None,
                {},
                units="counts",
                name=f"{kind.__name__}.h5",
            )
            _, [[axis]] = made.plot()
            assert np.array_equal(image_of(axis).get_array(), values.astype(kind))


class TestColours:
    def test_outliers_lie_beyond_the_colours_and_are_announced(self, dataset):
        values = np.random.default_rng(1).normal(size=(20, 30))
        values[0, 0], values[1, 1] = 1e6, np.nan
        made = dataset(values, {"Y": (np.arange(20), ""), "X": (np.arange(30), "")}, {})
        _, [[axis]] = made.plot()
        low, high = np.nanpercentile(image_of(axis).get_array().filled(np.nan), [1, 99])
        assert image_of(axis).get_clim() == pytest.approx((low, high))
        assert bar_of(axis).extend == "both"
        assert image_of(axis).get_cmap().get_bad()[:3] == pytest.approx([0.85] * 3)

    def test_constant_and_empty_maps_are_drawn(self, dataset):
        for number, value in enumerate((7.0, np.nan)):
            made = dataset(np.full((3, 4), value), None, {}, name=f"{number}.h5")
            figure, [[axis]] = made.plot()
            figure.canvas.draw()
            assert bar_of(axis).extend == "neither"


class TestAxes:
    def test_values_that_turn_back_are_written_at_their_indices(self, dataset):
        sweep = np.array([0.0, 3, 6, 3, 0, -3, -6, -3])
        made = dataset(
            np.arange(3.0 * 8).reshape(3, 8),
            {"X": (X[:3], "m")},
            {"DC_Offset": (sweep, "V")},
        )
        figure, [[axis]] = made.plot()
        figure.canvas.draw()
        assert image_of(axis).get_extent()[:2] == [-0.5, 7.5]
        ticks = [round(place) for place in axis.get_xticks() if 0 <= place < 8]
        texts = [t.get_text() for t in axis.get_xticklabels() if t.get_text()]
        assert texts == [f"{sweep[i]:g}" for i in ticks]
        _, [[curve]] = made.plot(X=0)
        assert np.array_equal(line_of(curve).get_xdata(), sweep)

    def test_steps_of_single_precision_are_even(self, dataset):
        x = np.linspace(0, 1e-6, 997, dtype=np.float32)
        made = dataset(np.zeros((2, 997)), {"Y": ([0, 1], "V"), "X": (x, "m")}, {})
        _, [[axis]] = made.plot()
        assert image_of(axis).get_extent()[1] == pytest.approx(1000 * (1 + 0.5 / 996))

    @pytest.mark.parametrize(
        ("units", "aspect"),
        [(("m", "m"), 1), (("um", "nm"), 1000), (("m", "V"), "auto"), (("", ""), 1)],
    )
    def test_equal_lengths_are_equally_long(self, dataset, units, aspect):
        step = 1e-3 if units == ("um", "nm") else 1
        y = {"Y": (np.arange(3) * step, units[0]), "X": (np.arange(4), units[1])}
        _, [[axis]] = dataset(VALUES[..., 0], y, {}).plot()
        expected = aspect if units != ("um", "nm") else pytest.approx(1)
        assert axis.get_aspect() == expected

    def test_strips_fill_their_panel(self, dataset):
        y = {"Y": ([0, 1], "m"), "X": (np.arange(100), "m")}
        _, [[axis]] = dataset(np.zeros((2, 100)), y, {}).plot()
        assert axis.get_aspect() == "auto"

    def test_images_are_drawn_with_their_first_row_on_top(self, tmp_path):
        from PIL import Image

        Image.fromarray(np.eye(3, 4, dtype=np.uint8)).save(tmp_path / "a.png")
        _, [[axis]] = ul.translate(tmp_path / "a.png").plot()
        assert axis.get_ylim() == (2.5, -0.5)
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("X", "Y")

    def test_a_dollar_in_a_name_begins_no_formula(self, dataset):
        made = dataset(
            spectroscopic={r"$\frac{": (BIAS, "$_{")}, quantity="$\\bad$ \x1b[2J"
        )
        figure, axes = made.plot()
        figure.canvas.draw()
        assert axes[0, 1].get_xlabel() == r"$\frac{ ($_{)"
        assert axes[0, 1].get_ylabel().startswith(r"$\bad$ \x1b[2J")

    def test_long_names_are_cut(self, dataset):
        _, [[axis]] = dataset(quantity="long " * 100).plot(X=0, Y=0)
        assert len(axis.get_ylabel()) < 80


class TestScatteredPoints:
    @pytest.fixture
    def scattered(self, dataset):
        self.y, self.x = np.random.default_rng(3).uniform(0, 1e-6, (2, 50))
        self.values = np.random.default_rng(4).normal(size=(50, 5))
        position = {"Y": (self.y, "m"), "X": (self.x, "m")}
        return dataset(self.values, position, points=True, units="V")

    def test_they_are_drawn_where_they_are_beside_a_spectrum(self, scattered):
        _, [[left, right]] = scattered.plot()
        places = left.collections[0].get_offsets()
        across, up = self.x.astype("f4") * 1e9, self.y.astype("f4") * 1e9
        assert np.allclose(places, np.stack([across, up], axis=1), rtol=1e-6)
        assert np.allclose(left.collections[0].get_array(), self.values[:, 2])
        assert (left.get_xlabel(), left.get_ylabel()) == ("X (nm)", "Y (nm)")
        assert left.get_aspect() == 1
        assert np.allclose(line_of(right).get_ydata(), self.values[25])
        assert line_of(left).get_xydata()[0] == pytest.approx(places[25])

    def test_some_of_them(self, scattered):
        _, [[axis]] = scattered.plot(Point=[7, 3, 5], Bias=1)
        assert np.allclose(axis.collections[0].get_array(), self.values[[7, 3, 5], 1])

    def test_y_points_down_for_electron_microscopes(self, dataset):
        places = np.arange(6.0)
        position = {"Y": (places, "m"), "X": (places**2, "m")}
        made = dataset(places, position, {}, points=True)
        up = made.plot()[1][0, 0]
        assert not up.yaxis.get_inverted()
        release(made.file_path)
        with h5py.File(made.file_path, "r+") as file:
            file["Measurement_000"].attrs["instrument"] = "STEM"
        [made] = ul.open(made.file_path).main_datasets
        assert made.plot()[1][0, 0].yaxis.get_inverted()

    def test_one_of_them(self, scattered):
        _, [[axis]] = scattered.plot(Point=7)
        assert np.allclose(line_of(axis).get_ydata(), self.values[7])


class TestArraysInMemory:
    DIMS = (
        ul.Dimension("Cycle", "", 2, side=Side.POSITION),
        ul.Dimension("One", "", 1, side=Side.POSITION),
        ul.Dimension("Bias", "V", BIAS, side=Side.SPECTROSCOPIC),
    )
    ARRAY = np.arange(10.0).reshape(2, 1, 5)

    def test_they_are_drawn_like_datasets(self):
        _, [[axis]] = visualize(self.ARRAY, self.DIMS, quantity="Loop", units="m")
        assert np.array_equal(image_of(axis).get_array(), self.ARRAY[:, 0])
        assert bar_of(axis).ax.get_ylabel() == "Loop (m)"

    def test_what_runs_across_can_be_chosen(self):
        _, [[axis]] = visualize(self.ARRAY, self.DIMS, across=["Cycle"])
        assert axis.get_xlabel() == "Cycle"
        assert np.array_equal(image_of(axis).get_array(), self.ARRAY[:, 0].T)
        with pytest.raises(DimensionError, match="no dimension 'Z'; there are: Cycle"):
            visualize(self.ARRAY, self.DIMS, across=["Z"])

    def test_shapes_must_fit(self):
        with pytest.raises(
            LayoutError, match=r"\(5, 1, 2\), the dimensions \(2, 1, 5\)"
        ):
            visualize(self.ARRAY.T, self.DIMS)

    def test_text_is_not_drawn(self):
        with pytest.raises(ViewError, match="no numbers"):
            visualize(np.array(["a", "b"]), self.DIMS[:1])


class TestFigures:
    def test_a_new_figure_is_one_of_pyplot(self, dataset):
        figure, _ = plot_dataset(dataset(), figsize=(3, 2))
        assert pyplot.gcf() is figure
        assert figure.get_size_inches().tolist() == [3, 2]

    def test_a_figure_that_is_given_is_drawn_in(self, dataset):
        mine = Figure()
        left, right = mine.subfigures(1, 2)
        made = dataset()
        assert plot_dataset(made, {"Bias": 0}, figure=left)[0] is left
        plot_dataset(made, {"X": 0, "Y": 0}, figure=right)
        assert pyplot.get_fignums() == []
        assert len(left.axes) == 2

    def test_no_setting_is_changed(self, dataset):
        before = dict(mpl.rcParams)
        dataset().plot()
        assert dict(mpl.rcParams) == before

    @pytest.mark.parametrize("name", samples.NAMES)
    def test_every_sample_is_drawn_whole_and_without_overlap(self, tmp_path, name):
        [path] = samples.write(tmp_path, "small", only=name)
        made = ul.open(path).main_datasets[0]
        extra = [dim for dim in ("Cycle", "Field") if dim in made.dims]
        figure, axes = made.plot(dict.fromkeys(extra, 0))
        for _ in range(3):
            figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        boxes = [axis.get_tightbbox(renderer) for axis in figure.axes]
        whole = figure.bbox
        assert all(box.x0 >= 0 and box.y0 >= 0 for box in boxes)
        assert all(box.x1 <= whole.x1 and box.y1 <= whole.y1 for box in boxes)
        for first, box in enumerate(boxes):
            for other in boxes[first + 1 :]:
                overlap = box.intersection(box, other)
                assert overlap is None or min(overlap.width, overlap.height) < 1
        assert all(axis.get_xlabel() and axis.get_ylabel() for axis in axes.ravel())


class TestRefusals:
    def test_a_single_value(self, dataset):
        with pytest.raises(ViewError, match=r"One single value.*Y 0 µm"):
            dataset().plot(X=0, Y=0, Bias=0)

    def test_too_many_dimensions_of_one_side(self, dataset):
        steps = {name: ([0, 1], "") for name in ("Cycle", "Field", "Step")}
        made = dataset(np.zeros((3, 4, 2, 2, 2)), None, steps)
        with pytest.raises(CrowdedError, match="two of Cycle, Field, Step"):
            made.plot()
        assert made.plot(Step=0)[1].shape == (1, 2)

    def test_selections_are_checked_like_those_of_reading(self, dataset):
        with pytest.raises(DimensionError, match="no dimension 'Z'"):
            dataset().plot(Z=0)
        with pytest.raises(SelectionError, match="outside dimension 'X'"):
            dataset(name="b.h5").plot(X=4)

    def test_without_matplotlib_it_says_what_to_install(self, dataset, monkeypatch):
        real = builtins.__import__

        def without(name, *args, **options):
            if name.partition(".")[0] == "matplotlib":
                raise ModuleNotFoundError("No module named 'matplotlib'")
            return real(name, *args, **options)

        made = dataset()
        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(MissingExtraError, match=r"install 'usid-lab\[plot\]'"):
            made.plot()


def test_matplotlib_is_not_imported_before_a_figure_is_asked_for():
    code = "import sys, usid_lab.figures; print('matplotlib' in sys.modules)"
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, capture_output=True, text=True).stdout.strip() == "False"


def test_nothing_is_not_drawn(image):
    with pytest.raises(ViewError, match="Nothing of 'X' is selected"):
        ul.open(image).main_datasets[0].plot(X=[])
