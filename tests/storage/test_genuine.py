"""Files of real instruments, read against h5py."""

import h5py
import numpy as np
import pytest

import usid_lab as ul

MAINS = {
    "AFM_Force_Curve.h5": 1,
    "AFM_Force_Curve_3channels.h5": 3,
    "BEPS_written_by_BGlib.h5": 11,
    "SingFreqPFM_0003.h5": 4,
    "chip_from_gwyddion.h5": 1,
    "simulated_STEM_Image.h5": 1,
    "sparse_sampling.h5": 7,
}


@pytest.fixture(params=MAINS)
def path(request, genuine):
    return genuine / request.param


def test_all_main_datasets_are_found(path):
    assert len(ul.open(path).main_datasets) == MAINS[path.name]


def test_values_stand_where_the_indices_say(path):
    with h5py.File(path) as file:
        for dataset in ul.open(path).main_datasets:
            main = file[dataset.path]
            found = dataset.read()
            assert found.shape == tuple(dataset.sizes.values())
            if dataset.layout.kind == "sparse":
                np.testing.assert_array_equal(found.ravel(), main[()].ravel())
            else:
                check_placing(dataset, main, file, found)


def check_placing(dataset, main, file, found):
    pos = file[main.attrs["Position_Indices"]]
    spec = file[main.attrs["Spectroscopic_Indices"]]
    labels = [
        *map(bytes.decode, pos.attrs["labels"]),
        *map(bytes.decode, spec.attrs["labels"]),
    ]
    order = [labels.index(dimension.label) for dimension in dataset.dimensions]
    rng = np.random.default_rng(0)
    for _ in range(50):
        row, column = (int(rng.integers(n)) for n in main.shape)
        indices = np.concatenate([pos[row], spec[:, column]]).astype(int)
        np.testing.assert_equal(found[tuple(indices[order])], main[row, column])


def test_coordinates_are_those_of_the_tables(path):
    with h5py.File(path) as file:
        for dataset in ul.open(path).main_datasets:
            main = file[dataset.path]
            for side in ("Position", "Spectroscopic"):
                table = file[main.attrs[f"{side}_Values"]]
                for number, label in enumerate(table.attrs["labels"]):
                    row = table[:, number] if side == "Position" else table[number]
                    mine = dataset.coords[label.decode()]
                    assert set(np.unique(row)) == set(np.unique(mine.astype("f4")))


def test_looking_changes_nothing(path, fingerprint):
    before = fingerprint(path)
    file = ul.open(path)
    file.tree()
    for dataset in file.main_datasets:
        dataset.isel(dict.fromkeys(dataset.dims, 0))
        dict(dataset.attrs)
        repr(dataset)
    list(file.arrays)
    file.attribute_values("/Measurement_000")
    assert fingerprint(path) == before


def test_fits_know_their_source(genuine):
    file = ul.open(genuine / "BEPS_written_by_BGlib.h5")
    channel = "/Measurement_000/Channel_000"
    fit = file.dataset(f"{channel}/Raw_Data-SHO_Fit_000/Fit")
    assert fit.source == f"{channel}/Raw_Data"
    assert fit.position_key == file.dataset(fit.source).position_key
    assert fit.spectroscopic_key != file.dataset(fit.source).spectroscopic_key
    assert file.dataset(f"{channel}/Raw_Data").dims == (
        "Y", "X", "Field", "DC_Offset", "Frequency",
    )  # fmt: skip
    assert len(file.near_mains) == 2


def test_channels_of_one_scan_share_their_keys(genuine):
    channels = ul.open(genuine / "SingFreqPFM_0003.h5").main_datasets
    assert len({d.position_key for d in channels}) == 1
    assert len({d.spectroscopic_key for d in channels}) == 1


def test_units_of_gwyddion_are_clean(genuine):
    dataset = ul.open(genuine / "chip_from_gwyddion.h5").main_datasets[0]
    assert {d.units for d in dataset.dimensions} == {"m"}


def test_points_stand_at_their_places(genuine):
    dataset = ul.open(genuine / "sparse_sampling.h5").main_datasets[0]
    assert dataset.layout.kind == "sparse"
    assert dataset.dims == ("Point", "Frequency")
    np.testing.assert_array_equal(
        dataset.coords["X"], [150, 200, 100, 100, 250, 0, 100, 300]
    )
    np.testing.assert_array_equal(
        dataset.coords["Y"], [3.75, 0, 3.75, 1.25, 2.5, 2.5, 2.5, 5]
    )
