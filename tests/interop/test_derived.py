"""Slices and reductions in a file of results, with what they come from."""

import json
import os
import tracemalloc
from functools import partial

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ArgumentError, ExistsError, SelectionError
from usid_lab.interop import derived
from usid_lab.model.region import region_from_json
from usid_lab.reading.reducing import reductions
from usid_lab.storage import FileWriter, release


@pytest.fixture
def access(monkeypatch):
    """Make files read-only, for the user root too."""
    real = os.access

    def deny(*paths):
        answer = lambda path, mode, **how: (  # noqa: E731
            not (mode & os.W_OK and path in paths) and real(path, mode, **how)
        )
        monkeypatch.setattr(os, "access", answer)

    return deny


@pytest.fixture
def scan(image):
    dataset = ul.open(image).main_datasets[0]
    return dataset, np.arange(60.0).reshape(3, 4, 5)


def group_attributes(dataset):
    release(dataset.file_path)
    with h5py.File(dataset.file_path) as file:
        return dict(file[dataset.path].parent.attrs)


def test_a_slice_enters_the_file_with_its_origin(scan):
    source, data = scan
    made = source.write_slice(X=slice(1, 3), Bias=2, attrs={"operator": "Ada"})
    assert made.file_path == source.file_path
    assert made.path == "/Measurement_000/Channel_000/Raw_Data-Slice_000/Raw_Data"
    assert made.sizes == {"Y": 3, "X": 2, "arb": 1}
    np.testing.assert_array_equal(made.read(arb=0), data[:, 1:3, 2])
    np.testing.assert_array_equal(made.coords["X"], source.coords["X"][1:3])
    assert (made.quantity, made.units, made.dtype) == ("Current", "nA", data.dtype)
    assert [d.units for d in made.dimensions[:2]] == ["m", "m"]
    attrs = group_attributes(made)
    assert json.loads(attrs["selection"]) == {
        "X": {"start": 1, "stop": 3, "step": 1},
        "Bias": 2,
    }
    assert (attrs["tool"], attrs["operator"], attrs["num_sources"]) == (
        "Slice",
        "Ada",
        1,
    )
    assert "source_file" not in attrs
    assert made.source == source.path
    assert attrs["usid_lab_version"] == ul.__version__
    np.testing.assert_array_equal(source.read(), data)


def test_a_slice_lies_beside_a_file_that_cannot_be_written(scan, fingerprint, access):
    source, data = scan
    before = fingerprint(source.file_path)
    access(source.file_path)
    made = source.write_slice(X=2)
    assert made.file_path == source.file_path.with_name("data.results.h5")
    np.testing.assert_array_equal(made.read(), data[:, 2])
    attrs = group_attributes(made)
    assert attrs["source_file"] == "data.h5"
    assert attrs["source_dataset_path"] == source.path
    assert fingerprint(source.file_path) == before


def test_a_second_result_extends_the_file(scan):
    source, data = scan
    first = source.write_slice(Y=0)
    second = source.write_slice(Y=1)
    mean = source.write_reduced("mean", ["X", "Y"])
    assert second.path == first.path.replace("Slice_000", "Slice_001")
    assert second.file_path == first.file_path == mean.file_path
    np.testing.assert_array_equal(first.read(), data[0])
    np.testing.assert_array_equal(second.read(), data[1])
    assert len(ul.open(mean.file_path).main_datasets) == 4


def test_a_reduction_keeps_the_dimensions_that_are_left(scan):
    source, data = scan
    mean = source.write_reduced("mean", ["X", "Y"], Bias=[4, 0])
    assert mean.path.endswith("/Raw_Data-Mean_000/Mean")
    assert mean.sizes == {"arb": 1, "Bias": 2}
    np.testing.assert_allclose(mean.read(arb=0), data.mean(axis=(0, 1))[[4, 0]])
    np.testing.assert_array_equal(mean.coords["Bias"], [1, -1])
    attrs = group_attributes(mean)
    assert list(attrs["reduced_dimensions"]) in (["Y", "X"], [b"Y", b"X"])
    assert json.loads(attrs["selection"]) == {"Bias": [4, 0]}
    peak = source.write_reduced("argmax", "Bias", name="Peak")
    np.testing.assert_array_equal(peak.read(arb=0), np.full((3, 4), 4))
    assert (peak.name, peak.quantity, peak.units) == ("Peak", "Index", "")
    assert peak.dtype == np.int64
    everything = source.write_reduced("sum")
    np.testing.assert_array_equal(everything.read(), [[data.sum()]])


@pytest.mark.parametrize("how", ["mean", "std", "median", "max", "argmin", "sum"])
@pytest.mark.parametrize("dims", [["Y"], ["Bias"], ["X", "Bias"], []])
def test_what_is_written_is_what_is_reduced(scan, how, dims, monkeypatch):
    source, _ = scan
    if how == "argmin" and len(dims) != 1:
        dims = ["X"]
    monkeypatch.setattr(derived, "BLOCK_BYTES", 64 * 4)  # four places at a time
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 100)
    wanted = source.reduce(how, dims, Y=[2, 0])
    made = source.write_reduced(how, dims, Y=[2, 0])
    np.testing.assert_allclose(made.read().squeeze(), wanted.values.squeeze())


@pytest.mark.parametrize("how", ["mean", "sum", "max", "median"])
@pytest.mark.parametrize("dims", [["Y", "X"], ["Bias"], ["X"], ["X", "Bias"]])
@pytest.mark.parametrize("size", [64, 1 << 20])
def test_a_region_is_reduced_and_told(scan, how, dims, size, monkeypatch):
    source, _ = scan
    monkeypatch.setattr(derived, "BLOCK_BYTES", size)
    region = ul.Rectangle(("X", "Y"), (1, 1), (2, 2))
    wanted = source.reduce(how, dims, region=region)
    made = source.write_reduced(how, dims, region=region)
    np.testing.assert_allclose(made.read().squeeze(), wanted.values.squeeze())
    told = json.loads(group_attributes(made)["region"])
    assert region_from_json(told) == region


def test_a_serpentine_scan_becomes_a_raster(write, monkeypatch):
    data = np.arange(24.0).reshape(3, 4, 2)
    order = np.arange(12).reshape(3, 4)
    order[1] = order[1, ::-1]
    path = write(
        data,
        {"Y": (np.arange(3), "m"), "X": (np.arange(4), "m")},
        {"V": ([0, 1], "V")},
        row_order=order.ravel(),
    )
    source = ul.open(path).main_datasets[0]
    assert source.layout.kind == "shuffled"
    monkeypatch.setattr(derived, "BLOCK_BYTES", 8 * 3)
    made = source.write_slice(X=slice(None, None, -1))
    assert made.layout.kind == "raster"
    np.testing.assert_array_equal(made.read(), data[:, ::-1])


def test_gaps_stay_gaps(aborted):
    source, whole = aborted
    made = source.write_slice(X=[2, 0])
    assert made.layout.kind == "incomplete"
    assert made.dtype == source.dtype == np.int64
    assert made.shape == (3, 2)
    np.testing.assert_array_equal(made.read(), whole[:, [2, 0]])
    np.testing.assert_array_equal(made.coords["X"], source.coords["X"][[2, 0]])
    lines = source.write_reduced("sum", "X")
    np.testing.assert_array_equal(lines.read(), np.nansum(whole, axis=1))
    assert lines.dtype == np.int64
    spots = source.write_reduced("max", "V")
    assert (spots.layout.kind, spots.shape) == ("incomplete", (4, 1))
    np.testing.assert_array_equal(spots.read()[..., 0], whole.max(axis=2))
    for write in (source.write_slice, partial(source.write_reduced, "max", "V")):
        with pytest.raises(SelectionError, match="Nothing was measured"):
            write(X=[2], Y=[1])


def test_an_index_without_any_value_is_left_out(aborted):
    source, whole = aborted
    made = source.write_slice(Y=[1], X=[1, 2, 0])
    assert made.sizes == {"Y": 1, "X": 1, "V": 2}
    np.testing.assert_array_equal(made.read()[0, 0], whole[1, 0])
    faults = ul.open(made.file_path).check()
    mine = [fault for fault in faults if fault.where.startswith("/Main-Slice_000")]
    assert [fault for fault in mine if fault.severity != "note"] == []


def test_large_integers_of_an_aborted_scan_keep_every_digit(aborted):
    source, _ = aborted
    numbers = 2**62 + np.arange(8).reshape(4, 2)
    release(source.file_path)
    with h5py.File(source.file_path, "r+") as file:
        file["Main"][...] = numbers
    made = source.write_slice(V=[1, 0])
    stored = ul.open(made.file_path).array(made.path)
    np.testing.assert_array_equal(stored.read(), numbers[:, ::-1])


def test_an_empty_selection_is_no_dataset(scan):
    source, _ = scan
    for write in (source.write_slice, partial(source.write_reduced, "mean", "Bias")):
        with pytest.raises(SelectionError, match="Nothing of 'X' is selected"):
            write(X=[])


def test_points_stay_points(tmp_path):
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", np.arange(10).reshape(5, 2), quantity="q", units="u",
            position={"Y": ([1.0, 4, 9, 16, 25], "m"), "X": ([3.0, 1, 2, 5, 4], "m")},
            spectroscopic={"V": ([0, 1], "V")}, points=True,
        )  # fmt: skip
    source = ul.open(tmp_path / "a.h5").dataset("/Main")
    made = source.write_slice(Point=[3, 1, 4])
    assert made.layout.kind == "sparse"
    np.testing.assert_array_equal(made.coords["Y"], [16, 4, 25])
    np.testing.assert_array_equal(made.coords["X"], [5, 1, 4])
    np.testing.assert_array_equal(made.read(), [[6, 7], [2, 3], [8, 9]])
    mean = source.write_reduced("mean", "V")
    assert mean.layout.kind == "sparse"
    np.testing.assert_array_equal(mean.read()[:, 0], [0.5, 2.5, 4.5, 6.5, 8.5])
    assert source.write_slice(Point=2).sizes == {"arb": 1, "V": 2}


def test_values_that_depend_on_others_stay_so(write):
    fields = np.array([[0.0, 1.0, 2.0], [10.0, 20.0, 30.0]])
    dims = [
        ul.Dimension("Cycle", "", 2),
        ul.Dimension("Field", "V", fields, mode="dependent"),
    ]
    data = np.arange(12.0).reshape(2, 2, 3)
    source = ul.open(write(data, {"X": ([0.0, 1.0], "m")}, dims)).main_datasets[0]
    made = source.write_slice(Field=[2, 0])
    np.testing.assert_array_equal(made.to_xarray()["Field"], fields[:, [2, 0]])
    one = source.write_slice(Cycle=1)
    np.testing.assert_array_equal(one.coords["Field"], fields[1])
    assert one.dimensions[1].units == "V"
    mean = source.write_reduced("mean", "Cycle")
    # No value stands for those of both cycles.
    np.testing.assert_array_equal(mean.coords["Field"], [0, 1, 2])
    assert mean.dimensions[1].units == ""
    np.testing.assert_array_equal(mean.read(), data.mean(axis=1))


def test_any_type_is_written(write):
    data = np.zeros((2, 3), [("a", "f4"), ("b", ">i2")])
    data["a"], data["b"] = 1.5, [[1, 2, 3], [4, 5, 6]]
    source = ul.open(write(data, {"X": ([0, 1], "m")}, {"V": ([0, 1, 2], "V")}))
    source = source.main_datasets[0]
    made = source.write_slice(V=slice(1, 3))
    np.testing.assert_array_equal(made.read(), data[:, 1:])
    mean = source.write_reduced("mean", "V")
    np.testing.assert_array_equal(mean.read()["b"][:, 0], [2, 5])


def test_a_long_list_of_indices_is_kept_apart(write):
    data = np.arange(3000.0)[:, None]
    source = ul.open(write(data, {"X": (np.arange(3000.0), "m")}, {"V": ([0], "V")}))
    pick = np.random.default_rng(0).permutation(3000)[:2000]
    made = source.main_datasets[0].write_slice(X=pick)
    np.testing.assert_array_equal(made.read()[:, 0], pick)
    apart = json.loads(group_attributes(made)["selection"])["X"]["dataset"]
    found = ul.open(made.file_path).array(f"{made.path.rpartition('/')[0]}/{apart}")
    np.testing.assert_array_equal(found.read(), pick)


def test_a_result_of_a_result_refers_to_it(scan):
    source, data = scan
    first = source.write_slice(Y=1)
    second = first.write_reduced("max", "X")
    assert second.file_path == first.file_path
    assert second.path.startswith(f"{first.path}-Max_000/")
    assert second.source == first.path
    np.testing.assert_array_equal(second.read()[0], data[1].max(axis=0))


def test_another_file_is_made_but_never_overwritten(scan, tmp_path):
    source, data = scan
    made = source.write_slice(Y=2, path=tmp_path / "new.h5", name="Line")
    assert (made.name, made.file_path) == ("Line", tmp_path / "new.h5")
    np.testing.assert_array_equal(made.read(), data[2])
    with pytest.raises(ExistsError, match=r"new\.h5"):
        source.write_slice(Y=1, path=tmp_path / "new.h5")
    mean = source.write_reduced("mean", "X", path=source.file_path)
    np.testing.assert_allclose(mean.read(), data.mean(axis=1))


def test_what_fails_leaves_no_file(scan, monkeypatch):
    source, _ = scan
    with pytest.raises(ArgumentError, match="name of a dataset"):
        source.write_slice(Y=0, name="a-b")
    with pytest.raises(SelectionError, match="Index 9"):
        source.write_slice(Y=9)
    monkeypatch.setattr(ul.PlainArray, "read", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        source.write_slice(Y=0)
    assert [p.name for p in source.file_path.parent.iterdir()] == ["data.h5"]


def test_memory_is_bounded(write, monkeypatch):
    data = np.random.default_rng(0).random((4096, 256))
    path = write(
        data,
        {"X": (np.arange(4096), "m")},
        {"V": (np.arange(256), "V")},
        chunks=(64, 256),
    )
    source = ul.open(path).main_datasets[0]
    monkeypatch.setattr(derived, "BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(reductions, "BLOCK_BYTES", 1 << 18)
    source.write_slice(X=0)
    tracemalloc.start()
    try:
        made = source.write_slice(V=slice(1, None))
        source.write_reduced("mean", "V")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000  # of 8 MB
    np.testing.assert_array_equal(made.read(), data[:, 1:])


def test_an_attribute_does_not_hide_the_origin(scan):
    source, _ = scan
    with pytest.raises(ArgumentError, match="'selection' of results"):
        source.write_slice(X=1, attrs={"selection": "all"})
    with pytest.raises(ArgumentError, match="'reduced_dimensions' of results"):
        source.write_reduced("mean", "X", attrs={"reduced_dimensions": "Y"})
