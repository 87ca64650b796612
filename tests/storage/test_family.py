import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ObjectNotFoundError
from usid_lab.storage.family import Family
from usid_lab.storage.results import results_path
from usid_lab.storage.writer import FileWriter

CHANNEL = "/Measurement_000/Channel_000"
RAW = f"{CHANNEL}/Raw_Data"


@pytest.fixture
def scan(tmp_path):
    values = np.arange(24.0).reshape(2, 3, 4)
    path = tmp_path / "scan.h5"
    ul.create(
        path,
        values,
        quantity="Current",
        units="nA",
        position={"Y": (np.arange(2.0), "m"), "X": (np.arange(3.0), "m")},
        spectroscopic={"Bias": (np.arange(4.0), "V")},
    )
    return path


def beside(path, **named):
    """Write a slice into the file of results beside a file."""
    source = ul.open(path).dataset(RAW)
    return source.write_slice(path=results_path(path), **named)


def names(page):
    return [node.name for node in page.nodes]


def test_results_beside_a_file_stand_where_they_would_in_it(scan):
    made = beside(scan, Bias=2)
    assert made.file_path == results_path(scan)
    file = ul.open(scan)
    assert file[made.path] == made
    assert made in file.main_datasets
    assert file.main_datasets[0].path == RAW
    np.testing.assert_array_equal(made.read()[..., 0], file[RAW].read(Bias=2))
    assert file[made.path].source == RAW
    group = made.path.rpartition("/")[0]
    page = file.children(CHANNEL)
    assert names(page)[-1] == group.rpartition("/")[2]
    assert page.nodes[-1].file == "scan.results.h5"
    assert page.nodes[0].file == ""
    assert file.node(CHANNEL).members == page.total == len(page.nodes)
    assert made.path in file
    assert file.attribute_values(group)["tool"] == "Slice"


def test_pages_go_on_from_one_file_to_the_other(scan):
    beside(scan, Bias=1)
    beside(scan, Bias=2)
    file = ul.open(scan)
    whole = names(file.children(CHANNEL))
    step = 2
    pieces = [
        name
        for start in range(0, len(whole), step)
        for name in names(file.children(CHANNEL, start, start + step))
    ]
    assert pieces == whole
    assert len(set(whole)) == len(whole)


def test_new_results_take_no_name_that_the_other_file_has(scan):
    first = beside(scan, Bias=0)
    inside = ul.open(scan).dataset(RAW).write_slice(Bias=1)
    assert inside.file_path == scan
    third = beside(scan, Bias=2)
    groups = [one.path.split("/")[3] for one in (first, inside, third)]
    assert groups == [f"Raw_Data-Slice_{number:03d}" for number in range(3)]
    assert {first, inside, third} <= set(ul.open(scan).main_datasets)


def test_a_group_of_results_is_that_of_the_first_file_that_has_it(scan):
    made = beside(scan, Bias=0)
    group = made.path.rpartition("/")[0]
    ul.open(scan).close()
    with h5py.File(scan, "r+") as file:
        file[f"{group}/Other"] = np.arange(3.0)
    opened = ul.open(scan)
    assert names(opened.children(group)) == ["Other"]
    assert made.path not in opened
    assert made not in opened.main_datasets
    with pytest.raises(ObjectNotFoundError):
        opened.node(made.path)


def test_groups_of_two_files_do_not_pass_for_one(scan):
    beside(scan, Bias=0)
    opened = ul.open(scan)
    family = Family(scan)
    own = family.node("/Measurement_000").address
    with FileWriter(results_path(scan), extend=True) as writer:
        writer.group("/Elsewhere", {"note": "beside"})
    other = opened.node("/Elsewhere")
    assert other.file == "scan.results.h5"
    assert other.address is not None
    assert own is not None
    assert other.address >= 2**64 > own


def test_results_that_cannot_be_read_are_told_and_hide_nothing(scan):
    results_path(scan).write_bytes(b"not a file of HDF5")
    file = ul.open(scan)
    assert [d.path for d in file.main_datasets] == [RAW]
    assert len(file.troubles) == 1
    assert "scan.results.h5" in file.troubles[0]
    assert file.troubles[0] in file.tree()


def test_the_tree_as_text_names_both_files(scan):
    made = beside(scan, Bias=3)
    lines = ul.open(scan).tree().splitlines()
    assert lines[0] == "scan.h5"
    assert "scan.results.h5" in lines
    assert any(made.name in line for line in lines[lines.index("scan.results.h5") :])


def test_attributes_of_results_beside_a_file_are_edited_there(scan):
    made = beside(scan, Bias=3)
    before = scan.read_bytes()
    ul.open(scan).edit_attributes(made.path, {"note": "checked"})
    assert ul.open(scan)[made.path].attrs["note"] == "checked"
    assert scan.read_bytes() == before


def test_a_file_without_results_reads_as_before(scan):
    file = ul.open(scan)
    assert file.beside == []
    assert file.troubles == []
    assert Family(scan).home("/nothing") == scan
