"""Files of results: their names, and where their sources lie."""

import h5py
import pytest

from usid_lab.storage.results import (
    ForeignSource,
    foreign_attributes,
    is_results,
    results_path,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.h5", "a.results.h5"),
        ("a.b.h5", "a.b.results.h5"),
        ("a.hdf5", "a.hdf5.results.h5"),
        ("a", "a.results.h5"),
        ("a.results.h5", "a.results.h5"),
        ("results.h5", "results.results.h5"),
        (".results.h5", ".results.results.h5"),
    ],
)
def test_results_lie_beside_their_source(tmp_path, name, wanted):
    assert results_path(tmp_path / name) == tmp_path / wanted
    assert is_results(tmp_path / wanted)
    assert is_results(tmp_path / name) is (name == wanted)


def test_a_link_does_not_make_raw_data_results(tmp_path):
    (tmp_path / "raw.h5").touch()
    link = tmp_path / "x.results.h5"
    link.symlink_to(tmp_path / "raw.h5")
    assert not is_results(link)


def test_the_source_is_named_relative_to_the_results(tmp_path):
    source = ForeignSource(tmp_path / "day 1" / "a.h5", "/Main")
    found = foreign_attributes(source, str(tmp_path / "b.results.h5"), "_001")
    wanted = {"source_file_001": "day 1/a.h5", "source_dataset_path_001": "/Main"}
    assert found == wanted
    found = foreign_attributes(source, str(tmp_path / "day 2" / "b.results.h5"))
    assert found["source_file"] == "../day 1/a.h5"


def test_a_source_that_is_open(file, tmp_path):
    dataset = file.create_dataset("g/Main", data=[1])
    found = foreign_attributes(dataset, str(tmp_path / "b.results.h5"))
    assert found == {"source_file": "open.h5", "source_dataset_path": "/g/Main"}


def test_a_source_on_another_drive_keeps_its_whole_path(tmp_path, monkeypatch):
    def refuse(*_):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("os.path.relpath", refuse)
    found = foreign_attributes(ForeignSource(tmp_path / "a.h5", "/M"), "b.results.h5")
    assert found["source_file"] == str(tmp_path / "a.h5")


def test_a_name_is_enough_for_h5py(file, tmp_path):
    file.create_dataset("Main", data=[7])
    file.close()
    found = foreign_attributes(
        ForeignSource(tmp_path / "open.h5", "/Main"), str(tmp_path / "r")
    )
    with h5py.File(tmp_path / found["source_file"]) as again:
        assert again[found["source_dataset_path"]][0] == 7
