"""What is written of a USIDataset: slices, reductions, text."""

import csv
import itertools

import h5py
import numpy as np
import pytest

from usid_lab.errors import ExistsError
from usid_lab.pyusid import USIDataset
from usid_lab.pyusid.io.usi_data import write_dset_to_txt

da = pytest.importorskip("dask.array")


def grid(*sizes):
    return np.array(list(itertools.product(*(range(size) for size in sizes))))


@pytest.fixture
def main(make_main):
    """Y slow and X fast, stored fastest first; V slow and T fast, slowest first."""
    values = np.arange(120.0).reshape(12, 10) ** 2
    made = make_main(values, grid(3, 4)[:, ::-1], grid(5, 2), steps=("V", "T"))
    return USIDataset(made)


# --- slices ---------------------------------------------------------------------------


def test_a_slice_becomes_a_main_dataset(main):
    asked = {"X": slice(1, 3), "V": [0, 4]}
    made = main.slice_to_dataset(asked)
    assert isinstance(made, USIDataset)
    assert made.name == "/Measurement_000/Channel_000/Raw_Data-slice_000/Raw_Data"
    assert made.data_descriptor == "Current (nA)"
    np.testing.assert_array_equal(made.get_n_dim_form(), main.slice(asked)[0])
    np.testing.assert_array_equal(made.get_pos_values("X"), [0.5, 1.0])
    np.testing.assert_array_equal(made.get_spec_values("V"), [0.0, 2.0])
    assert made.h5_pos_inds[()].min(axis=0).tolist() == [0, 0]
    assert made.parent.attrs["tool"] == "slice"
    assert made.file[made.parent.attrs["source_000"]] == main


def test_a_whole_side_shares_its_tables(main):
    made = main.slice_to_dataset({"T": 1}, "Late", chunks=(6, 5), compression="gzip")
    assert made.name.endswith("Raw_Data-slice_000/Late")
    assert made.h5_pos_inds == main.h5_pos_inds
    assert made.h5_pos_vals == main.h5_pos_vals
    assert (made.chunks, made.compression) == ((6, 5), "gzip")
    np.testing.assert_array_equal(made[()], main[:, 1::2])
    assert main.slice_to_dataset({"T": 0}).name.endswith("slice_001/Raw_Data")


def test_a_slice_of_scattered_points(make_main):
    points = np.repeat(np.arange(8)[:, None], 2, axis=1)
    source = USIDataset(make_main(np.arange(24.0).reshape(8, 3), points, grid(3)))
    made = source.slice_to_dataset({"X": [2, 5, 6]})
    np.testing.assert_array_equal(made[()], source[[2, 5, 6]])
    np.testing.assert_array_equal(made.get_pos_values("Y"), [1.0, 2.5, 3.0])


def test_what_cannot_be_sliced_off(main):
    with pytest.raises(ValueError, match="slice_dict"):
        main.slice_to_dataset({})
    with pytest.raises(ValueError, match="Nothing is left"):
        main.slice_to_dataset({"X": []})
    with pytest.raises(KeyError):
        main.slice_to_dataset({"Z": 0})
    with pytest.raises(ValueError, match="0 to 3"):
        main.slice_to_dataset({"X": 4})


# --- reductions -----------------------------------------------------------------------


@pytest.mark.parametrize("sort_dims", [False, True])
@pytest.mark.parametrize("dims", ["V", ["X", "T"], ("X", "Y"), ["X", "Y", "V", "T"]])
def test_reductions_are_those_of_numpy(main, dims, sort_dims):
    dataset = USIDataset(main, sort_dims=sort_dims)
    values, written = dataset.reduce(dims, to_hdf5=True)
    labels = dataset.n_dim_labels
    gone = tuple(labels.index(name) for name in ([dims] if dims == "V" else dims))
    truth = dataset.get_n_dim_form().mean(axis=gone)
    np.testing.assert_allclose(values.compute(), truth)
    left = [label for label in labels if label not in dims]
    assert "Raw_Data-Reduce_000" in written.name
    form = written.get_n_dim_form()
    assert [name for name in written.n_dim_labels if name in labels] == [
        name for name in ["X", "Y", "T", "V"] if name in left
    ]
    axes = [written.n_dim_labels.index(name) for name in left]
    rest = [axis for axis in range(form.ndim) if axis not in axes]
    found = form.transpose([*axes, *rest]).reshape(truth.shape)
    np.testing.assert_allclose(found, truth)
    assert written.data_descriptor == main.data_descriptor


def test_a_side_without_dimensions_is_a_single_step(main):
    _, written = main.reduce(["V", "T"], to_hdf5=True)
    assert written.spec_dim_descriptors == ["Single_Step (a. u.)"]
    assert written.shape == (12, 1)
    np.testing.assert_allclose(written[:, 0], main[()].mean(axis=1))


def test_other_functions_and_no_file(main):
    values, written = main.reduce("X", ufunc=da.max)
    assert written is None
    assert isinstance(values, da.Array)
    truth = main.get_n_dim_form().max(axis=0)
    np.testing.assert_array_equal(values.compute(), truth)


def test_a_serpentine_is_reduced_along_its_dimensions(make_main):
    rows = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]])
    source = USIDataset(make_main(np.arange(18.0).reshape(6, 3), rows, grid(3)))
    values, written = source.reduce("Y", to_hdf5=True)
    truth = source.get_n_dim_form().mean(axis=1)
    np.testing.assert_allclose(values.compute(), truth)
    np.testing.assert_allclose(written.get_n_dim_form(), truth)
    assert written.n_dim_labels == ["X", "V"]


def test_what_cannot_be_reduced(main):
    with pytest.raises(KeyError, match="Y, X, V, T"):
        main.reduce("Z")
    with pytest.raises(TypeError, match="ufunc"):
        main.reduce("X", ufunc="mean")
    with pytest.raises(TypeError, match="dims"):
        main.reduce(3)


# --- text -----------------------------------------------------------------------------


def test_text_has_the_documented_layout(main, tmp_path):
    path = tmp_path / "out.csv"
    assert write_dset_to_txt(main, str(path)) == str(path)
    with path.open(newline="") as stream:
        table = list(csv.reader(stream))
    assert table[0] == ["", "V", *(f"{v / 2} u" for v in range(5) for _ in range(2))]
    assert table[1] == ["", "T", *(f"{t / 2} u" for t in (0, 1) * 5)]
    assert table[2][:2] == ["X", "Y"]
    assert set(table[2][2]) == {"-"}
    assert len(table[2]) == 12
    numbers = np.array(table[3:], float)
    np.testing.assert_array_equal(numbers[:, :2], main.h5_pos_vals[()])
    np.testing.assert_array_equal(numbers[:, 2:], main[()])
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".part"] == []


def test_to_csv_goes_beside_the_file_and_replaces_nothing(main, tmp_path):
    path = main.to_csv()
    assert path == main.file.filename.replace(".h5", ".csv")
    with pytest.raises(FileExistsError, match="exists already") as caught:
        main.to_csv()
    assert isinstance(caught.value, ExistsError)
    assert main.to_csv(force=True) == path


def test_much_text_is_not_written_unasked(tmp_path, capsys):
    with h5py.File(tmp_path / "large.h5", "w") as file:
        table = np.zeros((2**21, 1), "u1")
        made = file.create_dataset("Large", (2**21, 1), "f8", chunks=(2**15, 1))
        made.attrs["quantity"], made.attrs["units"] = "Current", "nA"
        for role, data in (("Position", table), ("Spectroscopic", table[:1])):
            for kind in ("Indices", "Values"):
                found = file.create_dataset(f"{role}_{kind}", data=data)
                made.attrs[f"{role}_{kind}"] = found.ref
        assert USIDataset(made).to_csv(tmp_path / "large.csv") is None
    assert "15 MB" in capsys.readouterr().out
    assert not (tmp_path / "large.csv").exists()


def test_labels_are_not_run_as_formulas(make_main, tmp_path):
    source = make_main(np.zeros((2, 2)), grid(2, 1), grid(2), labels=("=1+1", "Y"))
    path = tmp_path / "safe.csv"
    USIDataset(source).to_csv(path)
    assert "'=1+1,Y" in path.read_text()
