import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

from usid_lab.errors import ArgumentError, ArgumentTypeError, LayoutError
from usid_lab.figures import plot_map, reset_plot_params, use_nice_plot_params

IMAGE = np.arange(12.0).reshape(3, 4) ** 2


@pytest.fixture
def axis():
    return pyplot.subplots()[1]


def texts(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_pixels_are_drawn_as_they_are_from_the_bottom(axis):
    image, bar = plot_map(axis, IMAGE)
    assert np.array_equal(image.get_array(), IMAGE)
    assert image.origin == "lower"
    assert image.get_clim() == (0, 121)
    assert bar.mappable is image


def test_options_of_imshow_are_passed_on(axis):
    image, _ = plot_map(axis, IMAGE, origin="upper", cmap="magma", vmax=50)
    assert (image.origin, image.get_cmap().name) == ("upper", "magma")
    assert image.get_clim() == (0, 50)


def test_colours_lie_around_the_mean(axis):
    image, _ = plot_map(axis, IMAGE, stdevs=1.5)
    spread = 1.5 * IMAGE.std()
    assert image.get_clim() == pytest.approx(
        (IMAGE.mean() - spread, IMAGE.mean() + spread)
    )


def test_gaps_do_not_count(axis):
    holed = np.where(IMAGE > 100, np.nan, IMAGE)
    image, _ = plot_map(axis, holed, stdevs=1)
    centre, spread = np.nanmean(holed), np.nanstd(holed)
    assert image.get_clim() == pytest.approx((centre - spread, centre + spread))


def test_values_are_written_at_their_pixels(axis):
    plot_map(axis, IMAGE, x_vec=[-1, -0.5, 0, 0.5], y_vec=30, num_ticks=3)
    axis.figure.canvas.draw()
    assert axis.get_xticks().tolist() == [0, 2, 3]
    assert texts(axis.xaxis) == ["-1", "0", "0.5"]
    assert axis.get_yticks().tolist() == [0, 1, 2]
    assert texts(axis.yaxis) == ["0", "15", "30"]


def test_pixels_are_counted_without_values(axis):
    plot_map(axis, IMAGE, num_ticks=2)
    assert (texts(axis.xaxis), texts(axis.yaxis)) == (["0", "3"], ["0", "2"])


def test_long_numbers_are_rounded_to_what_one_can_read(axis):
    plot_map(axis, np.zeros((2, 256)), x_vec=np.linspace(0, 6 * np.pi, 256))
    assert texts(axis.xaxis) == ["0", "6.3", "12.6", "18.8"]


def test_ticks_and_colour_bar_can_be_left_out(axis):
    _, bar = plot_map(axis, IMAGE, show_xy_ticks=False, show_cbar=False)
    assert bar is None
    assert not axis.xaxis.get_visible()
    assert not axis.yaxis.get_visible()


def test_labels_and_their_sizes(axis):
    _, bar = plot_map(axis, IMAGE, cbar_label="Height (nm)", tick_font_size=9)
    assert bar.ax.get_ylabel() == "Height (nm)"
    assert {label.get_size() for label in axis.get_xticklabels()} == {9}


@pytest.mark.parametrize(
    ("image", "options", "error"),
    [
        (np.zeros(3), {}, LayoutError),
        (np.zeros((0, 3)), {}, LayoutError),
        (IMAGE * 1j, {}, ArgumentTypeError),
        (IMAGE, {"x_vec": [1, 2, 3]}, LayoutError),
        (IMAGE, {"y_vec": [1, 2, 3, 4]}, LayoutError),
        (IMAGE, {"num_ticks": 0}, ArgumentError),
        (IMAGE, {"stdevs": 0}, ArgumentError),
    ],
)
def test_what_cannot_be_drawn(axis, image, options, error):
    with pytest.raises(error):
        plot_map(axis, image, **options)


def test_nice_figures_are_undone_by_a_reset():
    use_nice_plot_params()
    assert mpl.rcParams["lines.linewidth"] == 2
    assert mpl.rcParams["axes.titlesize"] == 16
    reset_plot_params()
    for name in ("lines.linewidth", "axes.titlesize", "font.size", "pdf.fonttype"):
        assert mpl.rcParams[name] == mpl.rcParamsDefault[name]
