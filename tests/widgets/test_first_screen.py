"""What opens, where marker and cursor start, what is remarked."""

import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import samples
from usid_lab.errors import ObjectNotFoundError, ViewError
from usid_lab.model.view import Contrast, Flip, Zoom
from usid_lab.storage import FileWriter
from usid_lab.widgets.beginning import Start
from usid_lab.widgets.opening import explore, is_result


def axis(size, units="m", step=1e-6):
    return np.arange(size) * step, units


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("f4")


GRID = {"Y": axis(6), "X": axis(7)}
BIAS = {"Bias": axis(20, "V", 0.5)}
CHANNEL = "/Measurement_000/Channel_{:03d}/Raw_Data"


def test_the_marker_starts_where_the_data_vary_most(viewer, spectra_file):
    view = viewer(spectra_file).open(None).dataset.view
    assert (view.index["Bias"], view.index["Cycle"]) == (7, 0)


def test_where_nothing_varies_the_marker_is_mid_axis(viewer, write):
    data = np.broadcast_to(np.arange(20.0), (6, 7, 20))
    view = viewer(write(data, GRID, BIAS)).open(None).dataset.view
    assert view.index["Bias"] == 10


def test_sliders_start_with_the_marker(viewer, write):
    data = noise(6, 7, 9, 20)
    data[:, :, 6, 13] *= 100
    path = write(data, GRID, {"DC": axis(9, "V"), "Frequency": axis(20, "Hz")})
    view = viewer(path).open(None).dataset.view
    assert (view.index["DC"], view.index["Frequency"]) == (6, 13)


def test_the_sample_reads_few_chunks(viewer, write):
    data = noise(64, 64, 16)
    data[..., 11] *= 100
    path = write(
        data, {"Y": axis(64), "X": axis(64)}, {"Bias": axis(16, "V")}, chunks=(256, 16)
    )
    known = viewer(path)
    view = known.open(None).dataset.view
    assert view.index["Bias"] == 11


def test_a_spectrum_across_many_chunks_starts_mid_axis(viewer, write):
    data = noise(6, 7, 20)
    path = write(data, GRID, BIAS, chunks=(1, 1))
    assert viewer(path).open(None).dataset.view.index["Bias"] == 10


def test_the_cursor_starts_on_the_valid_pixel_nearest_the_centre(viewer, write):
    data = noise(7, 7)
    data[2:5, 2:5] = np.nan
    data[3, 5] = 1.0
    data[:2] = np.nan
    data[5:] = np.nan
    view = viewer(write(data, {"Y": axis(7), "X": axis(7)})).open(None).dataset.view
    assert (view.index["Y"], view.index["X"]) in [(3, 1), (3, 5)]


def test_a_map_without_values_still_opens(viewer, write):
    opened = viewer(write(np.full((6, 7), np.nan), GRID)).open(None)
    assert opened.dataset.components[0].limits is None
    assert (opened.dataset.view.index["Y"], opened.dataset.view.index["X"]) == (3, 3)


def test_limits_of_an_image_come_from_all_pixels(viewer, write):
    data = noise(6, 7)
    dataset = viewer(write(data, GRID)).open(None).dataset
    expected = np.percentile(data, [1, 99])
    assert dataset.view.contrast.limits == pytest.approx(tuple(expected))
    np.testing.assert_allclose(dataset.components[0].sample, np.sort(data.ravel()))


def test_raw_data_come_before_results(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000")
        sides = {"position": GRID, "spectroscopic": BIAS}
        # By name, the results come first.
        raw = writer.main(
            group, "Z_Data", noise(6, 7), quantity="Height", units="m", position=GRID
        )
        results = writer.results(raw, "Fit")
        writer.main(results, "A", noise(6, 7, 20), quantity="a", units="", **sides)
    assert viewer(path).open(None).dataset.path == raw


def test_results_are_known_by_their_groups():
    assert is_result("/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000/Fit")
    assert not is_result("/Measurement-A/Channel_000/Raw_Data")
    assert not is_result("/Raw_Data-SHO_Fit_000")


def test_map_and_curve_before_map_before_curve(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        for name, data, sides in [
            ("A_curve", noise(20), {"spectroscopic": BIAS}),
            ("B_map", noise(6, 7), {"position": GRID}),
            ("C_both", noise(6, 7, 20), {"position": GRID, "spectroscopic": BIAS}),
            ("D_both", noise(6, 7, 20), {"position": GRID, "spectroscopic": BIAS}),
        ]:
            group = writer.channel("Measurement_000", name)
            writer.main(group, "Raw_Data", data, quantity="q", units="", **sides)
    known = viewer(path)
    assert known.open(None).dataset.path == "/Measurement_000/C_both/Raw_Data"
    order = [
        node.path.split("/")[2][0] for node in explore(known.shown.file).candidates()
    ]
    assert order == ["C", "D", "B", "A"]


def test_an_axis_recorded_as_data_ranks_last(viewer, channel_file):
    z = np.linspace(5, 6, 50)
    path = channel_file(
        {
            "Drive": (z + 1e-4, "m"),
            "Deflection": (noise(50), "m"),
            "Sensor": (z, "m"),
        },
        None,
        {"Z": (z, "m")},
    )
    opened = viewer(path).open(None)
    assert opened.dataset.quantity == "Deflection"
    names = [channel.label for channel in opened.dataset.channels]
    assert names == ["Drive", "Deflection", "Sensor"]


@pytest.fixture
def force_file(channel_file):
    """A ramp there and back: the drive, which is the axis, then two signals."""
    z = np.concatenate([np.linspace(5, 6, 30), np.linspace(6, 5, 20)])
    signals = {
        "Drive": (z + 1e-4, "m"),
        "Deflection": (noise(50), "m"),
        "Current": (noise(50) * 1e-9, "A"),
    }
    return channel_file(signals, None, {"Z": (z, "m")}), signals


def test_channels_without_a_map_open_stacked(viewer, force_file):
    path, signals = force_file
    opened = viewer(path).open(None)
    assert (opened.dataset.quantity, opened.dataset.view.channels) == (
        "Deflection",
        "all",
    )
    assert (opened.map, opened.curve) == (None, None)
    # The axis that was recorded as data comes last.
    assert [item.label for item in opened.grid.grid] == [
        "Deflection",
        "Current",
        "Drive",
    ]
    for item in opened.grid.grid:
        data, units = signals[item.label]
        assert (item.units, item.map) == (units, None)
        np.testing.assert_array_equal(item.curve, np.float32(data)[None])


def test_one_channel_of_a_stack_may_be_looked_at(viewer, force_file):
    path, signals = force_file
    known = viewer(path)
    view = known.open(None).dataset.view
    alone = known.describe(CHANNEL.format(2), replace(view, channels="one")).view
    assert alone.channels == "one"
    opened = viewer(path).open(alone)
    assert opened.grid is None
    np.testing.assert_array_equal(
        opened.curve.curve, np.float32(signals["Current"][0])[None]
    )


def test_families_are_stacked_under_their_names(viewer, channel_file):
    curves = {name: (noise(3, 20), "V") for name in "AB"}
    cycles = {"Direction": (np.arange(3.0), ""), **BIAS}
    opened = viewer(channel_file(curves, None, cycles)).open(None)
    assert opened.dataset.view.overlay == "Direction"
    names = ("Direction 0", "Direction 1", "Direction 2")
    assert opened.grid.curve_names == names
    for item in opened.grid.grid:
        np.testing.assert_array_equal(item.curve, curves[item.label][0])


@pytest.mark.parametrize("count", [1, 10])
def test_a_stack_has_two_to_nine_plots(viewer, channel_file, count):
    curves = {f"S{k}": (noise(20), "V") for k in range(count)}
    opened = viewer(channel_file(curves, None, BIAS)).open(None)
    assert opened.dataset.view.channels == "one"
    assert (opened.grid, opened.curve.curve.shape) == (None, (1, 20))


def test_directions_of_one_sweep_share_a_plot(viewer, channel_file):
    sweep = {f"Current {way}": (noise(20), "nA") for way in ("forward", "backward")}
    opened = viewer(channel_file(sweep, None, BIAS)).open(None)
    assert opened.dataset.view.channels == "one"
    assert opened.curve.curve_names == tuple(sweep)


def test_a_set_of_curves_opens_stacked_after_another(viewer, tmp_path):
    path = tmp_path / "a.h5"
    bias = [BIAS, {"Voltage": axis(30, "V", 0.5)}]
    with FileWriter(path) as writer:
        for measured, spectrum in enumerate(bias):
            for quantity in "AB":
                writer.main(
                    writer.channel(f"Measurement_{measured:03d}", quantity),
                    "Raw_Data",
                    noise(20 + 10 * measured),
                    quantity=quantity,
                    units="V",
                    spectroscopic=spectrum,
                )
    known = viewer(path)
    alone = replace(known.open(None).dataset.view, channels="one")
    assert known.describe("/Measurement_000/B/Raw_Data", alone).view.channels == "one"
    assert known.describe("/Measurement_001/B/Raw_Data", alone).view.channels == "all"


def test_a_file_of_axes_only_still_opens(viewer, channel_file):
    z = np.linspace(5, 6, 50)
    path = channel_file({"Z": (z, "m")}, None, {"Z": (z, "m")})
    assert viewer(path).open(None).dataset.quantity == "Z"


def test_channels_share_positions_and_spectra(viewer, channel_file):
    images = {name: (noise(6, 7) + number, "nm") for number, name in enumerate("HADP")}
    known = viewer(channel_file(images, GRID))
    opened = known.open(None)
    assert [channel.label for channel in opened.dataset.channels] == list("HADP")
    grid = known.frame("grid", opened.dataset.view).grid
    assert [cell.label for cell in grid] == list("HADP")
    for cell in grid:
        np.testing.assert_array_equal(cell.map, images[cell.label][0])


def test_channels_of_one_quantity_are_told_apart(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        for name in ("Channel_000", "Channel_001"):
            group = writer.channel("Measurement_000", name)
            writer.main(
                group, "Raw_Data", noise(6, 7), quantity="H", units="m", position=GRID
            )
    labels = [c.label for c in viewer(path).open(None).dataset.channels]
    assert labels == ["H (Channel_000)", "H (Channel_001)"]


def test_another_grid_is_no_channel(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        for number, grid in enumerate([GRID, {"Y": axis(6), "X": axis(7, "m", 2e-6)}]):
            group = writer.channel("Measurement_000", f"Channel_{number:03d}")
            writer.main(
                group, "Raw_Data", noise(6, 7), quantity="H", units="m", position=grid
            )
    assert viewer(path).open(None).dataset.channels == ()


def test_sweep_directions_are_drawn_together(viewer, channel_file):
    sweeps = {
        "Current forward": (noise(6, 7, 20), "nA"),
        "Current backward": (noise(6, 7, 20) + 1, "nA"),
        "Height": (noise(6, 7, 20) + 2, "nm"),
    }
    known = viewer(channel_file(sweeps, GRID, BIAS))
    opened = known.open(None)
    assert opened.curve.curve_names == ("Current forward", "Current backward")
    expected = [sweeps[name][0][3, 3] for name in opened.curve.curve_names]
    np.testing.assert_array_equal(opened.curve.curve, expected)
    height = known.describe(CHANNEL.format(2))
    assert known.frame("curve", height.view).curve.shape == (1, 20)


def test_a_saved_view_wins(viewer, channel_file):
    path = channel_file({n: (noise(6, 7, 20), "V") for n in "AB"}, GRID, BIAS)
    first = viewer(path)
    view = first.describe(CHANNEL.format(1)).view
    saved = replace(view, index=dict(view.index) | {"X": 0, "Bias": 3}, band=(2, 4))
    opened = viewer(path).open(saved)
    assert opened.dataset.view == saved
    assert opened.map.title == "mean of 1-2 V"


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "/gone"},
        {"dataset": "/Measurement_000"},
        {"index": {"Y": 0, "X": 0, "Bias": 50}},
        {"index": {"Y": 0, "X": 0}},
        {"component": "phase"},
        {"x": "Other"},
    ],
)
def test_a_saved_view_that_no_longer_fits_is_forgotten(viewer, write, change):
    path = write(noise(6, 7, 20), GRID, BIAS)
    expected = viewer(path).open(None).dataset.view
    opened = viewer(path).open(replace(expected, **change))
    assert opened.dataset.view == expected


def test_one_may_start_at_indices(viewer, write):
    path = write(noise(6, 7, 20), GRID, BIAS)
    start = Start(CHANNEL.format(0), {"X": 2, "Bias": 99, "Other": 1})
    view = viewer(path, start).open(None).dataset.view
    assert (view.index["X"], view.index["Bias"]) == (2, 19)


def test_what_two_datasets_share_is_kept(viewer, channel_file):
    path = channel_file({n: (noise(6, 7, 20), "V") for n in "AB"}, GRID, BIAS)
    known = viewer(path)
    view = replace(
        known.open(None).dataset.view,
        index={"Y": 1, "X": 2, "Bias": 3},
        band=(3, 5),
        flip=Flip(y=True),
        zoom=Zoom((0.0, 3.0, 0.0, 3.0), (1.0, 9.0)),
        contrast=Contrast("manual", limits=(-9, 9)),
        channels="all",
    )
    other = known.describe(CHANNEL.format(1), view).view
    assert other.dataset == CHANNEL.format(1)
    kept = ("index", "band", "flip", "zoom", "channels")
    assert [getattr(other, n) for n in kept] == [getattr(view, n) for n in kept]
    # Another quantity has limits of its own.
    assert other.contrast != view.contrast


def test_a_dataset_of_other_dims_starts_afresh(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000")
        sides = {"position": GRID, "spectroscopic": BIAS}
        one = writer.main(group, "A", noise(6, 7, 20), quantity="a", units="", **sides)
        two = writer.main(
            group,
            "B",
            noise(20),
            quantity="b",
            units="",
            spectroscopic={"Bias": axis(20, "A")},
        )
    known = viewer(path)
    view = replace(known.describe(one).view, band=(1, 2), flip=Flip(x=True))
    fresh = known.describe(two).view
    assert known.describe(two, view).view == fresh


def test_files_without_mains_show_an_array(viewer, plain_file):
    path = plain_file(
        {"a/name": "text", "a/line": np.arange(9.0), "b/cube": noise(10, 6, 7)}
    )
    opened = viewer(path).open(None)
    assert (opened.dataset.path, opened.dataset.kind) == ("/b/cube", "array")
    assert not opened.dataset.y_up
    view = opened.dataset.view
    assert view.curve == opened.dataset.dims[0].name
    with h5py.File(path) as file:
        np.testing.assert_array_equal(
            opened.map.map, file["b/cube"][view.index[view.curve]]
        )


def test_an_empty_file_shows_none(viewer, plain_file):
    opened = viewer(plain_file({"a/text": "nothing here"})).open(None)
    assert opened.dataset is None
    assert opened.map is None
    assert [node.name for node in opened.root.nodes] == ["a"]


def test_what_is_not_quite_main_says_why(viewer, write):
    path = write(noise(6, 7, 20), GRID, BIAS)
    with h5py.File(path, "r+") as file:
        del file[CHANNEL.format(0)].attrs["Position_Indices"]
    opened = viewer(path).open(None)
    assert opened.dataset.path == CHANNEL.format(0)
    assert opened.dataset.kind == "array"
    assert opened.dataset.faults


def test_ten_thousand_groups_do_not_delay_the_first_paint(viewer, tmp_path):
    path = tmp_path / "many.h5"
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000")
        writer.main(group, "Raw", noise(6, 7), quantity="H", units="m", position=GRID)
    with h5py.File(path, "r+") as file:
        for number in range(10_000):
            file.create_group(f"Z/{number:05d}")
    known = viewer(path)
    assert known.open(None).dataset.quantity == "H"
    assert known.children("/Z", 9_990, 200).total == 10_000


def test_hundreds_of_mains_are_looked_at_as_far_as_needed(viewer, tmp_path):
    path = tmp_path / "many.h5"
    with FileWriter(path) as writer:
        shared = {"position": GRID}
        for number in range(200):
            group = writer.channel("Measurement_000", f"Channel_{number:03d}")
            main = writer.main(
                group, "Raw_Data", noise(6, 7), quantity="H", units="m", **shared
            )
            shared = {"share": main}
    known = viewer(path)
    assert known.open(None).dataset.path == CHANNEL.format(0)
    assert len(explore(known.shown.file).mains) < 200


def test_y_points_up_for_scans_and_down_for_images(viewer, tmp_path):
    said = [
        ({}, True),
        ({"translator": "ImageTranslator"}, False),
        ({"data_type": "ImageData"}, False),
        ({"instrument": "Nion UltraSTEM"}, False),
        ({"data_type": "STEM_image"}, False),
        ({"data_type": "EELS"}, False),
        ({"data_type": "IgorIBW_Image"}, True),
        ({"data_type": "System"}, True),
    ]
    for number, (attributes, up) in enumerate(said):
        path = tmp_path / f"{number}.h5"
        with FileWriter(path) as writer:
            group = writer.channel("Measurement_000", "C", attrs=attributes)
            writer.main(group, "R", noise(6, 7), quantity="", units="", position=GRID)
        assert viewer(path).open(None).dataset.y_up is up


def test_implausible_units_stay_and_are_badged(viewer, channel_file):
    phase = np.random.default_rng(0).uniform(-90, 270, (6, 7))
    dataset = viewer(channel_file({"PhaseRetrace": (phase, "m")}, GRID)).open(None)
    [badge] = dataset.dataset.badges
    assert badge.text == "the file says m; the values look like degrees"
    assert badge.level == "warning"
    assert dataset.dataset.units == "m"
    assert dataset.dataset.components[0].period == 360


def test_metres_written_as_nanometres_are_badged(viewer, write):
    path = write(noise(6, 7), {"Y": axis(6, "nm", 1e-9), "X": axis(7, "nm", 1)})
    texts = [badge.text for badge in viewer(path).open(None).dataset.badges]
    assert texts == ["the file says nm; the values look like m"]


def test_impossible_widths_are_badged(viewer, write):
    path = write(noise(6, 7), {"Y": axis(6, "m", 1), "X": axis(7)})
    [badge] = viewer(path).open(None).dataset.badges
    assert badge.text == "Y: the file says 5 m; are the units right?"


def test_the_tree_unfolds_down_to_the_dataset(viewer, spectra_file):
    opened = viewer(spectra_file).open(None)
    assert [page.path for page in opened.unfolded] == [
        "/Measurement_000",
        "/Measurement_000/Channel_000",
    ]
    rows = {node.name: node for node in opened.unfolded[-1].nodes}
    assert rows["Raw_Data"].summary == "6 x 7 x 2 x 12 · Current nA"
    assert rows["Raw_Data"].kind == "main"
    assert rows["Position_Values"].kind == "ancillary"
    assert opened.unfolded[0].nodes[0].summary == "5 objects"


def test_a_dataset_that_is_not_there(viewer, spectra_file):
    with pytest.raises(ObjectNotFoundError):
        viewer(spectra_file).describe("/nowhere")


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_sample_opens(viewer, tmp_path, name):
    [path] = samples.write(tmp_path, "small", only=name)
    opened = viewer(path).open(None)
    assert opened.map is not None or opened.curve is not None


def test_a_result_by_another_name_ranks_last(viewer, tmp_path):
    path = tmp_path / "a.h5"
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000")
        raw = writer.main(
            group, "Z_Raw", noise(6, 7), quantity="H", units="m", position=GRID
        )
        results = writer.results(raw, "Fit")
        writer.main(results, "A", noise(6, 7), quantity="a", units="", position=GRID)
    with h5py.File(path, "r+") as file:
        file.move(results, f"{group}/A_Fit")
    assert viewer(path).open(None).dataset.path == raw


def test_a_group_has_no_values(viewer, spectra_file):
    with pytest.raises(ViewError, match="is a group"):
        viewer(spectra_file).describe("/Measurement_000")


def test_a_link_to_a_main_dataset_shows_it(viewer, spectra_file):
    with h5py.File(spectra_file, "r+") as file:
        file["link"] = h5py.SoftLink(CHANNEL.format(0))
    assert viewer(spectra_file).describe("/link").kind == "main"


def test_components_start_with_the_first(viewer, write):
    path = write(
        noise(30, 20), {"Component": (np.arange(30.0), "")}, {"Loss": axis(20, "eV", 1)}
    )
    opened = viewer(path).open(None)
    assert opened.dataset.view.index["Component"] == 0
    assert opened.map is None


def test_damaged_values_are_told_in_their_panel(viewer, write):
    path = write(noise(6, 7, 20), GRID, BIAS, compression="gzip")
    with h5py.File(path, "r") as file:
        chunk = file[CHANNEL.format(0)].id.get_chunk_info(0)
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(bytes(chunk.size))
    known = viewer(path)
    opened = known.open(None)
    assert opened.dataset.path == CHANNEL.format(0)
    again = known.frame("map", opened.dataset.view)
    for shown in (opened.map, again):
        assert np.isnan(shown.map).all()
        assert shown.damage.chunks == 1


def test_oddities_of_a_main_dataset_are_told(viewer, write):
    path = write(noise(6, 7), GRID)
    with h5py.File(path, "r+") as file:
        indices = file["Measurement_000/Channel_000/Position_Indices"]
        indices.attrs["labels"] = ["X"]
    dataset = viewer(path).open(None).dataset
    assert dataset.kind == "main"
    assert dataset.faults


def test_what_cannot_be_shown_is_said_at_the_file(viewer, write):
    path = write(noise(6, 7), GRID)
    with h5py.File(path, "r+") as file:
        old = file[CHANNEL.format(0)]
        attributes = dict(old.attrs)
        del file[CHANNEL.format(0)]
        new = file.create_dataset(CHANNEL.format(0), data=np.full((42, 1), b"text"))
        new.attrs.update(attributes)
    opened = viewer(path).open(None)
    assert [badge.level for badge in opened.file.badges] == ["warning"]
    assert opened.dataset is None


def test_a_dim_whose_values_differ_with_others_goes_by_its_index(tmp_path, viewer):
    path = tmp_path / "dependent.h5"
    bias = ul.Dimension(
        "Bias", "V", np.arange(3)[:, None] + np.arange(9.0), "dependent"
    )
    ul.create(
        path, np.arange(6 * 5 * 27.0).reshape(6, 5, 3, 9), quantity="I", units="A",
        position={"Y": (np.arange(6.0), "m"), "X": (np.arange(5.0), "m")},
        spectroscopic=[ul.Dimension("Cycle", "", 3), bias],
    )  # fmt: skip
    dataset = viewer(path).open(None).dataset
    shown = next(dim for dim in dataset.dims if dim.name == "Bias")
    assert shown.units == "index"
    np.testing.assert_array_equal(shown.values, np.arange(9.0))
    assert [badge.text for badge in dataset.badges if "Bias" in badge.text] == [
        "Bias by index"
    ]


def test_only_errors_keep_an_array_from_being_main(viewer, write):
    path = write(noise(6, 7, 20), GRID, BIAS)
    with h5py.File(path, "r+") as file:
        main = file[CHANNEL.format(0)]
        del file[main.attrs["Position_Indices"]].attrs["units"]
    flawed = path.with_name("flawed.h5")
    shutil.copy(path, flawed)
    with h5py.File(flawed, "r+") as file:
        del file[CHANNEL.format(0)].attrs["units"]
    main, array = (viewer(each).open(None).dataset for each in (path, flawed))
    assert (main.kind, array.kind) == ("main", "array")
    assert list(main.faults) == ["'Position_Indices' has no 'units'."]
    assert list(array.faults) == ["It has no attribute 'units'."]
