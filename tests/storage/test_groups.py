"""Groups are named as the specification says, and found by their whole name."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    NameTakenError,
    ObjectNotFoundError,
    RefusedError,
    WriteError,
)
from usid_lab.storage import groups
from usid_lab.storage.results import ForeignSource


@pytest.fixture
def main(file):
    group = file.create_group("Measurement_000/Channel_000")
    return group.create_dataset("Raw_Data", data=np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("there", "number"),
    [
        ([], 0),
        (["Measurement_000"], 1),
        (["Measurement_000", "Measurement_007"], 8),
        (["Measurement_999"], 1000),
        (["Measurement_abc", "Measurement_", "Measurement", "Measurement_1_x"], 0),
        (["Measurement_003_004", "Other_Measurement_009"], 0),
        (["Measurement_\N{ARABIC-INDIC DIGIT NINE}", "Measurement_ 5"], 0),
    ],
)
@pytest.mark.parametrize("base", ["Measurement", "Measurement_"])
def test_the_next_index_follows_the_largest_number(file, there, number, base):
    for name in there:
        file.create_group(name)
    assert groups.next_index(file, base) == number
    made = groups.make_indexed_group(file, base, {"gain": 2})
    assert made.name == f"/Measurement_{number:03d}"
    assert made.attrs["gain"] == 2
    assert made.attrs["time_stamp"] == made.attrs["timestamp"]


def test_a_dataset_takes_a_number_too(file):
    file["Channel_004"] = 1
    file["Channel_009"] = h5py.SoftLink("/nowhere")
    assert groups.indexed_name(file, "Channel") == "Channel_010"


@given(st.lists(st.integers(0, 10**30), unique=True, max_size=5))
def test_an_index_is_never_given_twice(numbers):
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        for number in numbers:
            file.create_group(f"a.b_{number:03d}")
        made = [groups.make_indexed_group(file, "a.b").name for _ in range(3)]
        assert len({*file}) == len(numbers) + len(made)


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", ". .", "a/b", "/", "a\0b", "\udcff"]
)
def test_names_that_no_group_may_have(file, name):
    before = list(file)
    with pytest.raises(ArgumentError, match="The name of a group is text without '/'"):
        groups.make_group(file, name)
    with pytest.raises(ValueError, match="text without '/'"):
        groups.make_indexed_group(file, name)
    assert list(file) == before


@pytest.mark.parametrize("name", [None, b"a", 3])
def test_a_name_is_text(file, name):
    with pytest.raises(ArgumentTypeError, match=r"The name of a group is text\."):
        groups.make_group(file, name)


@pytest.mark.parametrize("other", ["group", "array", "soft", "external"])
def test_a_name_that_is_taken(file, other):
    file.create_group("group")
    file["array"] = 1
    file["soft"] = h5py.SoftLink("/nowhere")
    file["external"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(NameTakenError) as caught:
        groups.make_group(file, other)
    assert str(caught.value) == f"'/' of 'open.h5' already has an entry '{other}'."
    assert isinstance(caught.value, FileExistsError | KeyError)


def test_a_file_that_is_read_only_or_closed(tmp_path, main):
    path = main.file.filename
    main.file.close()
    refused = pytest.raises(WriteError, match=r"'open\.h5' is open for reading only")
    with h5py.File(path, "r") as file, refused:
        groups.make_group(file, "new")
    with pytest.raises(WriteError, match=r"'new' cannot .* a file that is closed\."):
        groups.make_group(file, "new")


def test_groups_on_the_way_are_made_once(file):
    first = groups.require_group(file, "/a/b/")
    assert first.attrs["machine_id"] == file["a"].attrs["machine_id"]
    assert groups.require_group(file["a"], "a/b") == first
    assert groups.require_group(file, "/") == file["/"]


def test_a_group_through_a_soft_link(file):
    file.create_group("real")
    file["soft"] = h5py.SoftLink("/real")
    assert groups.require_group(file, "/soft/new").parent == file["real"]


def test_no_link_leads_out_of_the_file(file, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other.create_group("x")
    file["out"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(RefusedError):
        groups.require_group(file, "/out/new")
    with h5py.File(tmp_path / "other.h5", "r") as other:
        assert list(other["x"]) == []


@pytest.mark.parametrize("path", ["/a/../b", "../a", "/."])
def test_dots_are_no_names(file, path):
    with pytest.raises(ArgumentError, match="more than dots"):
        groups.require_group(file, path)
    assert ".." not in file
    assert "b" not in file


def test_no_group_below_a_dataset(main):
    path = f"{main.name}/new"
    with pytest.raises(NameTakenError, match=f"No group can be made at '{path}'."):
        groups.require_group(main.file, path)


def test_results_refer_to_their_source(main):
    made = groups.make_results_group(
        main.parent, [main], "SHO-Fit", {"algorithm": "lm"}
    )
    assert made.name == "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000"
    assert made.attrs["tool"] == "SHO-Fit"
    assert made.attrs["algorithm"] == "lm"
    assert made.attrs["num_sources"] == made.attrs["num_source_dsets"] == 1
    assert made.file[made.attrs["source_000"]] == main
    assert "time_stamp" in made.attrs
    again = groups.make_results_group(main.parent, [main], "SHO_Fit")
    assert again.name.endswith("-SHO_Fit_001")


def test_results_of_several_sources(file, main):
    other = file.create_dataset("Other", data=[[1.0]])
    made = groups.make_results_group(file, [main, other], "Correlate")
    assert made.name == "/Multi_Dataset-Correlate_000"
    assert made.attrs["num_sources"] == 2
    assert file[made.attrs["source_000"]] == main
    assert file[made.attrs["source_001"]] == other


def test_results_of_results_nest(main):
    first = groups.make_results_group(main.parent, [main], "Fit")
    fit = first.create_dataset("Guess", data=[[1.0]])
    second = groups.make_results_group(first, [fit], "Cluster")
    assert second.name == f"{first.name}/Guess-Cluster_000"
    assert groups.source_of(second) == fit
    assert groups.results_groups(fit, "Cluster") == [second]


def test_results_of_a_source_in_another_file(main, tmp_path):
    with h5py.File(tmp_path / "a.results.h5", "w") as file:
        one = groups.make_results_group(file, [main], "Fit")
        assert one.attrs["source_file"] == "open.h5"
        assert one.attrs["source_dataset_path"] == main.name
        assert "source_000" not in one.attrs
        here = file.create_dataset("Here", data=[[1.0]])
        away = ForeignSource(tmp_path / "deep" / "b.h5", "/x/Raw_Data")
        two = groups.make_results_group(file, [here, away], "Fit")
        assert file[two.attrs["source_000"]] == here
        assert two.attrs["source_file_001"] == "deep/b.h5"
        assert two.attrs["source_dataset_path_001"] == "/x/Raw_Data"


def test_results_need_a_source_and_a_tool(file, main):
    with pytest.raises(ArgumentError, match="at least one source"):
        groups.make_results_group(file, [], "Fit")
    for tool in ("", "a/b"):
        with pytest.raises(ArgumentError, match="name of a tool"):
            groups.make_results_group(file, [main], tool)
    with pytest.raises(ArgumentError, match="the attribute 'tool' from"):
        groups.make_results_group(file, [main], "Fit", {"tool": "Other"})
    assert list(file) == ["Measurement_000"]


def test_results_are_found_by_their_whole_name(main):
    names = [
        "Raw_Data-Fit_001", "Raw_Data-Fit_000", "Raw_Data-Fit_1000",
        "Raw_Data-Fitter_000", "Raw_Data_2-Fit_000", "Old-Raw_Data-Fit_000",
        "Raw_Data-Fit", "Raw_Data-Fit_x", "Raw_DataXFit_000",
    ]  # fmt: skip
    for name in names:
        main.parent.create_group(name)
    main.parent["Raw_Data-Fit_005"] = 1
    main.parent["Raw_Data-Fit_006"] = h5py.SoftLink("/nowhere")
    found = [
        group.name.rsplit("_", 1)[-1] for group in groups.results_groups(main, "Fit")
    ]
    assert found == ["000", "001", "1000"]
    assert groups.results_groups(main, "it") == []
    elsewhere = main.file.create_group("else/Raw_Data-Fit_003")
    found = groups.results_groups(main, "Fit", main.file["else"])
    assert found == [elsewhere]


def test_a_source_is_found_by_reference_then_by_name(file, main):
    home = main.parent
    by_name = home.create_group("Raw_Data-Fit_000")
    assert groups.source_of(by_name) == main
    other = home.create_dataset("A-B", data=[1])
    assert groups.source_of(home.create_group("A-B-Fit_000")) == other
    by_name.attrs["source_000"] = other.ref
    assert groups.source_of(by_name) == other
    by_name.attrs["source_000"] = home.ref
    assert groups.source_of(by_name) == main


def test_a_source_that_is_gone(main):
    path, home = main.file.filename, main.parent.name
    name = groups.make_results_group(main.parent, [main], "Fit").name
    del main.parent["Raw_Data"]
    main.file.close()
    with h5py.File(path, "r+") as file:
        file[home].create_group("A-Fit_000").attrs["source_000"] = h5py.Reference()
        for lost in (name, f"{home}/A-Fit_000"):
            text = f"The source of '{lost}' of 'open.h5' is not in this file"
            with pytest.raises(ObjectNotFoundError, match=text):
                groups.source_of(file[lost])
