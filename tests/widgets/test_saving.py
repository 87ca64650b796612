"""Save to file: the numbers that are shown, as h5py then finds them."""

import json
import os
import threading
import time

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ChangedFileError, ViewError, WriteError
from usid_lab.model.view import ViewState
from usid_lab.reading import Stopped
from usid_lab.storage import FileWriter
from usid_lab.storage.commit import copying, destination
from usid_lab.storage.recipe import SideRecipe
from usid_lab.storage.results import results_path
from usid_lab.widgets import saving
from usid_lab.widgets.subject import Subject, Watch

RAW = "/Measurement_000/Channel_000/Raw_Data"
CURSOR = {"Y": 4, "X": 2, "Cycle": 1, "Bias": 9}


@pytest.fixture
def shown(talk, spectra_file):
    """A conversation about the file, and the view of it."""
    one = talk(spectra_file)
    return one, one.result("open", view=None)["dataset"]["view"] | {"index": CURSOR}


def tables(file, main):
    """Labels and values of both sides, as a loop of h5py finds them."""
    found = {}
    for side in ("Position", "Spectroscopic"):
        values = file[main.attrs[f"{side}_Values"]]
        rows = values[()] if side == "Spectroscopic" else values[()].T
        labels = [label.decode() for label in values.attrs["labels"]]
        found |= dict(zip(labels, rows, strict=True))
    return found


def touch(path):
    """Give the file another state, as another program does that adds to it."""
    with path.open("ab") as file:
        file.write(bytes(1))


def test_the_map_at_the_marker(shown, spectra, spectra_file):
    one, view = shown
    saved = one.result("save", view=view, what=["Map"])
    assert saved["inside"]
    assert saved["file"] == str(spectra_file)
    [path] = saved["paths"]
    assert path == f"{RAW}-Map_000/Map"
    with h5py.File(spectra_file) as file:
        main = file[path]
        np.testing.assert_array_equal(main[:, 0], spectra[:, :, 1, 9].ravel())
        assert main.dtype == "f4"
        assert (main.attrs["quantity"], main.attrs["units"]) == ("Current", "nA")
        found = tables(file, main)
        np.testing.assert_allclose(found["X"], np.tile(np.arange(7) * 1e-6, 6))
        np.testing.assert_allclose(found["Y"], np.repeat(np.arange(6) * 1e-6, 7))


def test_the_curve_at_the_cursor(shown, spectra, spectra_file):
    one, view = shown
    [path] = one.result("save", view=view, what=["Curve"])["paths"]
    with h5py.File(spectra_file) as file:
        np.testing.assert_array_equal(file[path][0], spectra[4, 2, 1])
        bias = tables(file, file[path])["Bias"]
    np.testing.assert_allclose(bias, np.linspace(-1, 1.2, 12), rtol=1e-6)


def test_the_mean_over_a_band(shown, spectra, spectra_file):
    one, view = shown
    view |= {"band": [3, 6]}
    [path] = one.result("save", view=view, what=["Map"])["paths"]
    mean = spectra[:, :, 1, 3:7].astype("f8").mean(axis=2)
    with h5py.File(spectra_file) as file:
        assert file[path].dtype == "f8"
        np.testing.assert_allclose(file[path][:, 0], mean.ravel(), rtol=1e-12)
        group = file[path].parent
        assert list(group.attrs["reduced_dimensions"]) == [b"Bias"]
        assert group.attrs["reduction"] == "mean"


def test_where_it_comes_from_is_written_beside_it(shown, spectra_file):
    one, view = shown
    [path] = one.result("save", view=view, what=["Map"])["paths"]
    with h5py.File(spectra_file) as file:
        attrs = dict(file[path].parent.attrs)
        assert file[attrs["source_000"]].name == RAW
    told = ViewState.from_json(json.loads(attrs["view_state"]))
    assert told == ViewState.from_json(view)
    assert json.loads(attrs["selection"]) == {"Cycle": 1, "Bias": 9}
    assert attrs["component"] == "value"


def test_both_at_once_in_one_step(shown, spectra_file):
    one, view = shown
    before = spectra_file.stat().st_ino
    saved = one.result("save", view=view, what=["Map", "Curve"])
    assert [path.rpartition("/")[2] for path in saved["paths"]] == ["Map", "Curve"]
    assert spectra_file.stat().st_ino != before
    names = [d.name for d in ul.open(spectra_file).main_datasets]
    assert sorted(names) == ["Curve", "Map", "Raw_Data"]


def test_what_was_saved_opens_with_the_same_numbers(shown, spectra):
    one, view = shown
    saved = one.result("save", view=view, what=["Map"])
    one.edition = saved["info"]["edition"]
    opened = one.result("describe", path=saved["paths"][0], view=None)
    frame = one.result("frame", slot="map", view=opened["view"])
    np.testing.assert_array_equal(frame["map"], spectra[:, :, 1, 9])


def test_our_own_change_is_none(shown):
    one, view = shown
    watching = one.say("watch", state="same")
    before = one.edition
    saved = one.result("save", view=view, what=["Map"])
    assert saved["info"]["edition"] != before
    # Under the old name of the state and under the new one.
    one.result("frame", slot="map", view=view)
    one.edition = saved["info"]["edition"]
    one.result("frame", slot="curve", view=view)
    assert one.session.viewer.shown.state(before) == "same"
    assert one._found(watching) is None


def test_somebody_elses_change_after_ours_is_told(shown, spectra_file):
    one, view = shown
    one.result("save", view=view, what=["Map"])
    touch(spectra_file)
    content, _ = one.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"
    content, _ = one.ask("save", view=view, what=["Map"])
    assert content["error"]["file"] == "changed"


def test_loaded_again_the_old_state_is_forgotten(shown):
    one, view = shown
    old = one.edition
    one.result("save", view=view, what=["Map"])
    one.result("retry", view=view)
    one.edition = old
    content, _ = one.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"


def test_a_file_that_was_changed_is_not_written(viewer, spectra_file):
    one = viewer(spectra_file)
    view = one.open(None).dataset.view
    touch(spectra_file)
    before = spectra_file.read_bytes()
    with pytest.raises(ChangedFileError):
        one.save(view, ["Map"])
    assert spectra_file.read_bytes() == before


def test_the_plan_says_what_and_where(shown, spectra_file):
    one, view = shown
    plan = one.result("savable", view=view)
    assert [choice["what"] for choice in plan["choices"]] == ["Map", "Curve"]
    details = [choice["detail"] for choice in plan["choices"]]
    assert details[0] == "Current at 0.8 V, 6 x 7"
    assert details[1] == "Current at Y 4 µm, X 2 µm, 12"
    assert (plan["file"], plan["inside"]) == (spectra_file.name, True)
    assert plan["reason"] == ""


def test_beside_a_file_that_is_read_only(shown, spectra, spectra_file, monkeypatch):
    """Root may write everywhere, so the system's answer is given for it."""
    one, view = shown
    may = os.access
    monkeypatch.setattr(
        destination.os,
        "access",
        lambda path, mode: path != spectra_file and may(path, mode),
    )
    before = spectra_file.read_bytes()
    plan = one.result("savable", view=view)
    side = results_path(spectra_file)
    assert (plan["file"], plan["inside"]) == (side.name, False)
    assert plan["reason"] == f"'{spectra_file.name}' is read-only."
    saved = one.result("save", view=view, what=["Map"])
    # It is not in the file, and in the tree all the same.
    assert (saved["file"], saved["inside"]) == (str(side), True)
    group, _, name = saved["paths"][0].rpartition("/")
    rows = one.result("children", path=group, start=0, count=50)["nodes"]
    row = next(row for row in rows if row["name"] == name)
    assert row["summary"].endswith(f"in {side.name}")
    # The data file is as it was; there is a file beside it that is shown too.
    assert saved["info"]["edition"].startswith(f"{one.edition}-")
    assert spectra_file.read_bytes() == before
    with h5py.File(side) as file:
        [path] = saved["paths"]
        np.testing.assert_array_equal(file[path][:, 0], spectra[:, :, 1, 9].ravel())
        assert file[path].parent.attrs["source_file"] == spectra_file.name


def test_a_write_that_fails_leaves_all_as_it_was(shown, spectra_file, monkeypatch):
    one, view = shown

    def full(*_):
        raise WriteError("The disk is full.", "ENOSPC")

    monkeypatch.setattr(saving.FileWriter, "fill", full)
    before = spectra_file.read_bytes()
    content, _ = one.ask("save", view=view, what=["Map"])
    assert content["error"] == {"message": "The disk is full.", "reason": "ENOSPC"}
    assert spectra_file.read_bytes() == before
    one.result("frame", slot="map", view=view)
    assert list(spectra_file.parent.iterdir()) == [spectra_file]


@pytest.mark.parametrize("what", [None, "Map", [1], ["Map"] * 17, {"Map": 1}])
def test_what_is_no_choice_is_refused(shown, what):
    one, view = shown
    content, _ = one.ask("save", view=view, what=what)
    assert "unknown" in content["error"]["message"]


def test_nothing_chosen_is_said(viewer, spectra_file):
    one = viewer(spectra_file)
    view = one.open(None).dataset.view
    for what in ([], ["Everything"]):
        with pytest.raises(ViewError, match="Nothing"):
            one.save(view, what)


def test_the_field_of_a_compound_that_is_shown(viewer, write):
    values = np.zeros((3, 4, 5), [("Amplitude [V]", "f4"), ("Phase [rad]", "f4")])
    rng = np.random.default_rng(2)
    for name in values.dtype.names:
        values[name] = rng.normal(size=values.shape)
    sides = {"Y": (np.arange(3.0), "m"), "X": (np.arange(4.0), "m")}
    path = write(values, sides, {"Bias": (np.arange(5.0), "V")})
    one = viewer(path)
    view = one.open(None).dataset.view
    shown = {"component": "Phase [rad]", "index": {"Y": 0, "X": 0, "Bias": 3}}
    view = ViewState.from_json(view.to_json() | shown)
    [saved] = one.save(view, ["Map"]).paths
    with h5py.File(path) as file:
        np.testing.assert_array_equal(
            file[saved][:, 0], values["Phase [rad]"][:, :, 3].ravel()
        )
        assert file[saved].attrs["units"] == "rad"
        assert file[saved].attrs["quantity"] == "Phase"


def test_the_loop_of_complex_numbers(viewer, write):
    rng = np.random.default_rng(3)
    values = rng.normal(size=(3, 4, 20)) + 1j * rng.normal(size=(3, 4, 20))
    sides = {"Y": (np.arange(3.0), "m"), "X": (np.arange(4.0), "m")}
    path = write(values, sides, {"Frequency": (np.arange(20.0), "Hz")})
    one = viewer(path)
    view = one.open(None).dataset.view
    index = {"Y": 2, "X": 1, "Frequency": 5}
    view = ViewState.from_json(view.to_json() | {"index": index, "band": [4, 9]})
    first, second = one.save(view, ["Map", "Curve"]).paths
    with h5py.File(path) as file:
        mean = np.abs(values[:, :, 4:10]).mean(axis=2)
        np.testing.assert_allclose(file[first][:, 0], mean.ravel(), rtol=1e-12)
        np.testing.assert_allclose(file[second][0], np.abs(values[2, 1]), rtol=1e-12)
        assert file[first].parent.attrs["reduction"] == "mean |z|"


def test_of_a_scan_with_gaps_what_was_measured(viewer, tmp_path):
    """The rows of an incomplete grid keep their places."""
    path = tmp_path / "gaps.h5"
    places = [(0, 0), (0, 1), (0, 2), (1, 0)]
    data = np.arange(4 * 10.0).reshape(4, 10)
    index = np.array([(x, y) for y, x in places], "u4")
    recipe = SideRecipe(
        labels=("X", "Y"), units=("m", "m"), shape=(4,), indices=index,
        values=index.astype("f4"),
    )  # fmt: skip
    with FileWriter(path) as writer:
        group = writer.channel("Measurement_000", "Channel_000")
        writer.main(
            group, "Raw_Data", data, quantity="Current", units="nA",
            position=recipe, spectroscopic={"Bias": (np.arange(10.0), "V")},
        )  # fmt: skip
    one = viewer(path)
    view = one.open(None).dataset.view
    [saved] = one.save(view, ["Map"]).paths
    with h5py.File(path) as file:
        at = view.index["Bias"]
        np.testing.assert_array_equal(file[saved][:, 0], data[:, at])
        assert tables(file, file[saved])["Y"].tolist() == [0, 0, 0, 1]


def test_all_channels_where_all_are_shown(viewer, channel_file):
    rng = np.random.default_rng(4)
    maps = [rng.normal(size=(5, 6)) for _ in range(2)]
    sides = {"Y": (np.arange(5.0), "m"), "X": (np.arange(6.0), "m")}
    path = channel_file({"Height": (maps[0], "nm"), "Phase": (maps[1], "V")}, sides, {})
    one = viewer(path)
    view = one.open(None).dataset.view
    view = ViewState.from_json(view.to_json() | {"channels": "all"})
    [choice] = one.saving_plan(view).choices
    assert choice.detail == "2 channels, 5 x 6"
    saved = one.save(view, ["Map"])
    with h5py.File(path) as file:
        for values, name in zip(maps, saved.paths, strict=True):
            np.testing.assert_array_equal(file[name][:, 0], values.ravel())


def test_a_save_that_is_cancelled_leaves_all_as_it_was(
    shown, spectra, spectra_file, monkeypatch
):
    one, view = shown
    assert one.session.wait(30)
    one.session.viewer._shelf.known(RAW).subject.reader._resident = None
    before, reached = spectra_file.read_bytes(), threading.Event()
    plain = Subject.read

    def read(subject, selection, watch, *rest):
        reached.set()
        while not watch.stop():
            time.sleep(0.001)
        return plain(subject, selection, watch, *rest)

    with monkeypatch.context() as held:
        held.setattr(Subject, "read", read)
        identity = one.say("save", view=view, what=["Map"])
        assert reached.wait(30)
        assert one.ask("cancel", request=identity)[0]["status"] == "ok"
        assert one.reply(identity)[0]["status"] == "stale"
    assert spectra_file.read_bytes() == before
    assert list(spectra_file.parent.iterdir()) == [spectra_file]
    one.result("frame", slot="map", view=view)
    [path] = one.result("save", view=view, what=["Map"])["paths"]
    with h5py.File(spectra_file) as file:
        np.testing.assert_array_equal(file[path][:, 0], spectra[:, :, 1, 9].ravel())


def test_a_save_can_be_stopped_while_the_file_is_copied(
    viewer, spectra_file, monkeypatch
):
    monkeypatch.setattr(copying, "_PIECE_BYTES", 1000)
    one = viewer(spectra_file)
    view = one.open(None).dataset.view
    before, told = spectra_file.read_bytes(), []
    watch = Watch(lambda: len(told) == 3, told.append)
    with pytest.raises(Stopped):
        one.save(view, ["Map"], watch)
    assert told == sorted(told)
    assert 0 < told[-1] < 0.5
    assert spectra_file.read_bytes() == before
    assert list(spectra_file.parent.iterdir()) == [spectra_file]
    told.clear()
    one.save(view, ["Map"], Watch(progress=told.append))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


@pytest.fixture
def cube_file(tmp_path):
    """An array of Energy x row x column, of which only the first two are known."""
    path = tmp_path / "cube.h5"
    values = np.random.default_rng(6).normal(size=(20, 12, 15)).astype("f4")
    with h5py.File(path, "w") as file:
        cube = file.create_dataset("scan/cube", data=values)
        cube.attrs["units"] = "counts"
        for axis, (name, units, step) in enumerate(
            [("Energy", "eV", 0.5), ("Row", "nm", 2.0)]
        ):
            scale = file.create_dataset(
                f"scan/{name}", data=step * np.arange(cube.shape[axis])
            )
            scale.make_scale(name)
            scale.attrs["units"] = units
            cube.dims[axis].attach_scale(scale)
    return path, values


def of_cube(one, **more):
    """A view of the cube as map of Row x the third, and spectrum over Energy."""
    view = one.open(None).dataset.view
    index = {"Energy": 7, "Row": 3, "Dimension 3": 4}
    roles = {"y": "Row", "x": "Dimension 3", "curve": "Energy", "overlay": None}
    return ViewState.from_json(view.to_json() | {"index": index} | roles | more)


def test_map_and_spectrum_of_a_plain_array(viewer, cube_file):
    path, values = cube_file
    one = viewer(path)
    view = of_cube(one)
    first, second = one.save(view, ["Map", "Curve"]).paths
    assert (first, second) == (
        "/scan/cube-Map_000/Map",
        "/scan/cube-Curve_000/Curve",
    )
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file[first][:, 0], values[7].ravel())
        assert file[first].dtype == "f4"
        assert file[first].attrs["units"] == "counts"
        found = tables(file, file[first])
        np.testing.assert_allclose(found["Row"], np.repeat(2.0 * np.arange(12), 15))
        np.testing.assert_array_equal(found["Dimension 3"], np.tile(range(15), 12))
        sides = file[file[first].attrs["Position_Values"]]
        assert dict(zip(sides.attrs["labels"], sides.attrs["units"], strict=True)) == {
            b"Row": b"nm",
            b"Dimension 3": b"index",
        }
        np.testing.assert_array_equal(file[second][0], values[:, 3, 4])
        np.testing.assert_allclose(
            tables(file, file[second])["Energy"], 0.5 * np.arange(20)
        )
        attrs = dict(file[first].parent.attrs)
        assert file[attrs["source_000"]].name == "/scan/cube"
        assert ViewState.from_json(json.loads(attrs["view_state"])) == view
        assert json.loads(attrs["selection"]) == {"Energy": 7}
    assert [d.path for d in ul.open(path).main_datasets] == [second, first]
    assert not [f for f in ul.open(path).check() if f.severity == "error"]


def test_the_band_of_a_plain_array(viewer, cube_file):
    path, values = cube_file
    one = viewer(path)
    [saved] = one.save(of_cube(one, band=[2, 9]), ["Map"]).paths
    with h5py.File(path) as file:
        mean = values[2:10].astype("f8").mean(axis=0)
        np.testing.assert_allclose(file[saved][:, 0], mean.ravel(), rtol=1e-12)
        group = file[saved].parent
        assert list(group.attrs["reduced_dimensions"]) == [b"Energy"]


def test_an_axis_of_the_spectrum_goes_across_wherever_it_stands(viewer, cube_file):
    """A map of Energy and Row, and a family of spectra, slowest axis last."""
    path, values = cube_file
    one = viewer(path)
    view = of_cube(one, y="Row", x="Energy")
    [saved] = one.save(view, ["Map"]).paths
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file[saved][()], values[:, :, 4].T)
    view = of_cube(one, x=None, y=None, overlay="Row")
    [saved] = one.save(view, ["Curve"]).paths
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file[saved][()], values[:, :, 4].T)


def test_an_image_of_which_nothing_is_known(viewer, plain_file):
    image = np.random.default_rng(1).integers(0, 99, (20, 30))
    path = plain_file({"image": image})
    one = viewer(path)
    view = one.open(None).dataset.view
    [choice] = one.saving_plan(view).choices
    assert choice.detail == "value, 20 x 30"
    [saved] = one.save(view, ["Map"]).paths
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file[saved][:, 0], image.ravel())
        assert file[saved].dtype == image.dtype
        found = tables(file, file[saved])
        np.testing.assert_array_equal(found["Dimension 1"], np.repeat(range(20), 30))


def test_an_array_is_shown_before_what_was_saved_of_it(viewer, plain_file, cube_file):
    for path in (plain_file({"image": np.zeros((20, 30))}), cube_file[0]):
        one = viewer(path)
        first = one.open(None).dataset
        one.save(first.view, ["Map"])
        assert viewer(path).open(None).dataset.path == first.path
