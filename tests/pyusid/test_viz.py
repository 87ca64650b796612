import matplotlib as mpl
import numpy as np
import pytest

import usid_lab.pyusid as usid
from usid_lab import figures

ARRAY = np.arange(2 * 3 * 5.0).reshape(3, 2, 5)
POSITIONS = [usid.Dimension("X", "um", 3), usid.Dimension("Y", "um", 2)]
BIAS = usid.Dimension("Bias", "V", np.linspace(-1, 1, 5))


@pytest.fixture(autouse=True)
def drawn_without_windows():
    mpl.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def test_the_documented_names_are_those_of_figures():
    assert usid.plot_utils.plot_map is figures.plot_map
    assert usid.plot_utils.use_nice_plot_params is figures.use_nice_plot_params
    assert usid.plot_utils.reset_plot_params is figures.reset_plot_params


def test_a_colour_map_by_name_and_by_itself():
    by_name = usid.plot_utils.get_cmap_object("jet")
    assert by_name == usid.plot_utils.get_cmap_object(mpl.colormaps["jet"])
    assert usid.plot_utils.get_cmap_object(None).name == "viridis"
    with pytest.raises(ValueError, match="no colour map called 'nonsense'"):
        usid.plot_utils.get_cmap_object("nonsense")
    with pytest.raises(TypeError, match="'cmap' must be of type str"):
        usid.plot_utils.get_cmap_object(3)


@pytest.mark.parametrize(
    ("number", "wide"),
    [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (7, (2, 4))],
)
def test_grids_of_plots(number, wide):
    assert usid.plot_utils.get_plot_grid_size(number) == wide
    tall = usid.plot_utils.get_plot_grid_size(number, fewer_rows=False)
    assert tall == wide[::-1]


def test_grids_hold_every_number_of_plots():
    for number in range(1, 200):
        rows, columns = usid.plot_utils.get_plot_grid_size(np.int64(number))
        assert rows * columns >= number > rows * (columns - 1)
    with pytest.raises(ValueError, match="1 or more"):
        usid.plot_utils.get_plot_grid_size(0)
    with pytest.raises(TypeError, match="num_plots"):
        usid.plot_utils.get_plot_grid_size(2.0)


def test_sizes_of_numbers_along_axes():
    from matplotlib import pyplot

    _, axes = pyplot.subplots(ncols=2)
    usid.plot_utils.set_tick_font_size(axes[0], 24)
    sizes = [axis.get_xticklabels()[0].get_size() for axis in axes]
    assert sizes == [24, mpl.font_manager.font_scalings["medium"] * 10]
    usid.plot_utils.set_tick_font_size(axes, 7)
    assert {axis.get_yticklabels()[0].get_size() for axis in axes} == {7}


def test_n_dimensional_data_are_shown_in_two_panels():
    show = usid.jupyter_utils.simple_ndim_visualizer
    _, [[left, right]] = show(ARRAY, POSITIONS, BIAS)
    assert np.array_equal(left.get_images()[0].get_array(), ARRAY[:, :, 2].T)
    assert (left.get_xlabel(), left.get_ylabel()) == ("X (µm)", "Y (µm)")
    assert np.array_equal(right.get_lines()[0].get_ydata(), ARRAY[1, 1])


def test_which_dimension_runs_across_can_be_chosen():
    show = usid.jupyter_utils.simple_ndim_visualizer
    _, [[left, _]] = show(ARRAY, POSITIONS, [BIAS], pos_xdim="Y")
    assert left.get_xlabel() == "Y (µm)"
    assert np.array_equal(left.get_images()[0].get_array(), ARRAY[:, :, 2])


def test_what_cannot_be_shown():
    show = usid.jupyter_utils.simple_ndim_visualizer
    with pytest.raises(ValueError, match="the dimensions"):
        show(ARRAY.T, POSITIONS, BIAS)
    with pytest.raises(KeyError, match="no dimension 'Z'"):
        show(ARRAY, POSITIONS, BIAS, spec_xdim="Z")
    with pytest.raises(TypeError, match="pos_dims"):
        show(ARRAY, "X", BIAS)
    with pytest.raises(TypeError, match="data_mat"):
        show([1], POSITIONS, BIAS)
