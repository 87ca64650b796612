"""Lazy arrays equal what is read, in threads and in processes."""

import sys

import dask
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from usid_lab.storage import FileWriter


@pytest.fixture(params=[False, True], ids=["raster", "shuffled"])
def scan(request, tmp_path):
    data = np.random.default_rng(0).random((6, 8, 5), np.float32)
    order = np.random.default_rng(1).permutation(48) if request.param else None
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", row_order=order,
            position={"Y": (np.arange(6), "m"), "X": (np.arange(8), "m")},
            spectroscopic={"V": (np.arange(5), "V")}, chunks=(16, 5),
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    return dataset, dataset.read()


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_every_task_reads_for_itself(scan, scheduler):
    dataset, data = scan
    array = dataset.to_dask(block_bytes=600)
    assert array.npartitions > 1
    assert (array.shape, array.dtype) == (data.shape, data.dtype)
    with dask.config.set(scheduler=scheduler, num_workers=2):
        np.testing.assert_array_equal(array.compute(), data)
        mean = array[1:5, :, 2].mean(axis=0).compute()
    np.testing.assert_allclose(mean, data[1:5, :, 2].mean(axis=0), rtol=1e-6)


def test_nothing_is_read_before_it_is_computed(scan, monkeypatch):
    dataset, data = scan
    asked = []
    read = type(dataset).read
    monkeypatch.setattr(
        type(dataset), "read", lambda self, part: asked.append(part) or read(self, part)
    )
    array = dataset.to_dask(block_bytes=20 * 16)
    part = array[:2] + 1
    assert asked == []
    np.testing.assert_array_equal(part.compute(scheduler="synchronous"), data[:2] + 1)
    rows = {span for part in asked for span in range(6)[part[dataset.dims[0]]]}
    assert rows < set(range(6))


def test_blocks_meet_where_chunks_do(tmp_path):
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", np.zeros((30, 8, 5)), quantity="q", units="u",
            position={"Y": (np.arange(30), "m"), "X": (np.arange(8), "m")},
            spectroscopic={"V": (np.arange(5), "V")}, chunks=(16, 5),
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    # Two lines are a chunk; five fit into a block.
    assert dataset.to_dask(5 * 8 * 5 * 8).chunks[0][0] == 4
    assert dataset.to_dask().npartitions == 1


def test_equal_arrays_have_equal_names(scan, tmp_path):
    dataset, _ = scan
    again = ul.open(dataset.file_path).dataset(dataset.path)
    assert dataset.to_dask().name == again.to_dask().name
    assert dataset.to_dask().name != dataset.to_dask(600).name


def test_no_dimension_and_no_value(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["scalar"] = 2.5
        file["none"] = np.zeros((0, 3))
    file = ul.open(tmp_path / "a.h5")
    assert file.array("/scalar").to_dask().compute() == 2.5
    assert file.array("/none").to_dask().compute().shape == (0, 3)


def test_without_dask_the_error_says_how_to_get_it(scan, monkeypatch):
    dataset, _ = scan
    monkeypatch.setitem(sys.modules, "dask.array", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'usid-lab\[dask\]'"):
        dataset.to_dask()


@pytest.mark.parametrize(
    ("size", "error"), [(0, ArgumentError), (1.5, ArgumentTypeError)]
)
def test_a_block_has_a_size(scan, size, error):
    with pytest.raises(error, match="The size of a block"):
        scan[0].to_dask(size)


def test_gaps_are_nan(aborted):
    dataset, whole = aborted
    array = dataset.to_dask(block_bytes=48)
    assert (array.dtype, array.npartitions) == (np.float64, 2)
    np.testing.assert_array_equal(array.compute(scheduler="synchronous"), whole)
