"""Files that pyUSID wrote open here, with its numbers and with those of a loop."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import usid_lab as ul
import usid_lab.pyusid as usid

FOLDER = Path(__file__).parents[1] / "data" / "pyusid"
FILES = sorted(FOLDER.glob("*.h5"))
KINDS = {
    "serpentine": "shuffled",
    "shuffled": "shuffled",
    "aborted": "incomplete",
    "scattered_gaps": "incomplete",
    "sparse": "sparse",
}


def test_the_oracles_are_all_there():
    assert len(FILES) >= 20
    assert {path.stem for path in FILES} == {p.stem for p in FOLDER.glob("*.npz")}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_main_dataset_has_the_numbers_that_pyusid_gives(path, answers, compare):
    found = answers(path.with_suffix(".npz"))
    ours = compare(path, found)
    if isinstance(found.all_main, list):
        assert sorted(ours) == found.all_main


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_n_dimensional_form_is_that_of_a_loop(path, placed_by_loop, file_order):
    for dataset in ul.open(path).main_datasets:
        if dataset.layout.kind == "sparse":
            continue
        if path.stem == "beside_others" and dataset.path.startswith("/Measurement_001"):
            continue  # no labels to go by
        form, filled = placed_by_loop(path, dataset.path)
        ours = file_order(dataset, path)
        np.testing.assert_array_equal(ours[filled], form[filled])
        assert np.isnan(ours[~filled]).all() if not filled.all() else True


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_layouts_are_recognised(path):
    kinds = {d.layout.kind.value for d in ul.open(path).main_datasets}
    assert kinds == {KINDS.get(path.stem, "raster")}


def test_points_keep_their_coordinates():
    (dataset,) = ul.open(FOLDER / "sparse.h5").main_datasets
    with h5py.File(FOLDER / "sparse.h5") as file:
        main = file[dataset.path]
        table = file[main.attrs["Position_Values"]]
        stored, labels = table[()], list(table.attrs["labels"].astype(str))
        rows = main[()]
    assert dataset.dims == ("Point", "Cycle", "Bias")
    for column, label in enumerate(labels):
        np.testing.assert_array_equal(dataset.coords[label], stored[:, column])
    np.testing.assert_array_equal(dataset.read().reshape(rows.shape), rows)


def test_a_dataset_without_labels_hides_no_other():
    file = ul.open(FOLDER / "beside_others.h5")
    assert len(file.main_datasets) == 2


def test_results_know_their_source():
    (raw,) = [
        d for d in ul.open(FOLDER / "process.h5").main_datasets if d.name == "Raw_Data"
    ]
    means = [
        d for d in ul.open(FOLDER / "process.h5").main_datasets if d.name == "Mean"
    ]
    assert [mean.source for mean in means] == [raw.path, raw.path]
    expected = raw.read().mean(axis=(2, 3))
    np.testing.assert_allclose(means[0].read()[..., 0], expected, rtol=1e-6)


def test_region_references_are_shown_not_followed():
    (dataset,) = ul.open(FOLDER / "regions.h5").main_datasets
    assert dataset.attrs["first"] == f"region of {dataset.path}"
    assert dataset.attrs["union"] == f"region of {dataset.path}"


def test_no_machine_left_its_name_in_the_files():
    for path in FILES:
        with h5py.File(path) as file:
            stamps = []
            file.visititems(
                lambda _, item, into=stamps: into.append(item.attrs.get("machine_id"))
            )
        assert set(stamps) <= {None, "machine"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_documented_class_answers_as_pyusid_does(path, answers, placed_by_loop):
    found = answers(path.with_suffix(".npz"))
    with h5py.File(path) as file:
        for name, fact in found.datasets.items():
            if fact["main"] is not True or isinstance(fact.get("n_dim", ""), str):
                continue
            dataset = usid.USIDataset(file[name])
            assert dataset.data_descriptor == fact["descriptor"]
            labels = [label for label, _ in fact["position"] + fact["spectroscopic"]]
            sizes = [size for _, size in fact["position"] + fact["spectroscopic"]]
            assert list(dataset.n_dim_labels) == labels
            assert list(dataset.n_dim_sizes) == sizes
            ours = dataset.get_n_dim_form()
            if path.stem in ("serpentine", "shuffled"):  # pyUSID takes a raster
                theirs, _ = placed_by_loop(path, name)
                assert not np.array_equal(ours, found.array(fact["n_dim"]))
            else:
                theirs = found.array(fact["n_dim"])
            np.testing.assert_array_equal(ours, theirs)
            get = {
                **dict.fromkeys(dataset.pos_dim_labels, dataset.get_pos_values),
                **dict.fromkeys(dataset.spec_dim_labels, dataset.get_spec_values),
            }
            for label, number in fact["values"].items():
                if not isinstance(number, str):
                    values = found.array(number).ravel()
                    np.testing.assert_allclose(get[label](label), values, rtol=1e-6)
