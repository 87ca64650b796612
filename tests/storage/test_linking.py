"""References, aliases and copied attributes, read back with h5py."""

import h5py
import numpy as np
import pytest

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LayoutError,
    NameTakenError,
    WriteError,
)
from usid_lab.storage import linking, regions
from usid_lab.storage.attributes import read_attribute

ROLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
SHAPES = ((6, 2), (6, 2), (3, 4), (3, 4))


def tables(file, shapes=SHAPES):
    return [
        file.create_dataset(f"t{n}", data=np.zeros(shape))
        for n, shape in enumerate(shapes)
    ]


@pytest.fixture
def main(file):
    return file.create_dataset("Main", data=np.zeros((6, 4)))


@pytest.fixture
def other(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        yield file


def test_a_main_dataset_has_four_references(file, main):
    found = tables(file)
    linking.link_main(main, *found)
    assert [file[main.attrs[role]] for role in ROLES] == found


@pytest.mark.parametrize(
    ("place", "shape", "text"),
    [
        (0, (6, 3), r"'/t0' of 'open\.h5' has the shape \(6, 3\), '/t1' .* \(6, 2\)"),
        (3, (3, 5), r"'/t2' of 'open\.h5' has the shape \(3, 4\), '/t3' .* \(3, 5\)"),
        ((0, 1), (4, 2), r"\(4, 2\); it needs 6 rows for '/Main'"),
        ((2, 3), (3, 6), r"\(3, 6\); it needs 4 columns for '/Main'"),
        ((0, 1), (6,), "it needs 6 rows"),
    ],
)
def test_tables_that_do_not_fit(file, main, place, shape, text):
    places = place if isinstance(place, tuple) else (place,)
    shapes = [shape if n in places else usual for n, usual in enumerate(SHAPES)]
    with pytest.raises(LayoutError, match=text):
        linking.link_main(main, *tables(file, shapes))
    assert not set(ROLES) & set(main.attrs)


def test_a_main_dataset_has_two_dimensions(file):
    cube = file.create_dataset("Cube", data=np.zeros((6, 4, 1)))
    with pytest.raises(LayoutError, match=r"'/Cube' of 'open\.h5' has 3 dimensions"):
        linking.link_main(cube, *tables(file))


def test_tables_are_datasets_of_the_same_file(file, main, other):
    found = tables(file)
    with pytest.raises(ArgumentTypeError, match="'Position_Indices' is a dataset"):
        linking.link_main(main, file, *found[1:])
    with pytest.raises(ArgumentError, match=r"target is '/t0' of 'other\.h5'"):
        linking.link_main(main, tables(other)[0], *found[1:])
    other.close()
    with pytest.raises(ArgumentError, match="a file that is closed"):
        linking.link(main, {"x": other})


def test_links_by_attributes(file, main):
    group = file.create_group("Group")
    linking.link(group, {"source": main, "root": file})
    assert file[group.attrs["source"]] == main
    assert file[group.attrs["root"]] == file["/"]
    with pytest.raises(ArgumentTypeError, match=r"'x' of '/Group' .* group or dataset"):
        linking.link(group, {"x": "/Main"})


def test_an_alias_is_a_soft_link(file, main, other):
    linking.make_alias(file, "Short", main)
    assert file["Short"] == main
    assert file.get("Short", getlink=True).path == "/Main"
    with pytest.raises(NameTakenError, match="already has an entry 'Short'"):
        linking.make_alias(file, "Short", main)
    with pytest.raises(ArgumentError, match="another file"):
        linking.make_alias(other, "Short", main)


def fill(source):
    source.attrs["number"] = 1.5
    source.attrs["text"] = "µm"
    source.attrs["list"] = np.array([b"a", b"bc"])
    source.attrs["nothing"] = h5py.Empty("f4")
    source.attrs["object"] = source.parent.ref
    source.attrs["objects"] = np.array([source.ref] * 2, dtype=h5py.ref_dtype)
    source.attrs["part"] = source.regionref[0:2, 1:3]
    return {"number", "text", "list", "nothing"}


def test_plain_attributes_are_copied_and_references_named(main, other):
    plain = fill(main)
    target = other.create_dataset("Copy", data=np.zeros((6, 4)))
    for references in (False, True):
        left = linking.copy_attributes(main, target, references=references)
        assert set(target.attrs) >= plain
        assert {"object", "objects"} <= set(left)
        assert ("part" in left) is not references
    assert target.attrs["text"] == "µm"
    assert target.attrs["list"].tolist() == [b"a", b"bc"]
    assert isinstance(target.attrs["nothing"], h5py.Empty)
    boxes = regions.region_slices(target, target.attrs["part"])
    assert boxes == [(slice(0, 2), slice(1, 3))]
    assert regions.region_target(target, target.attrs["part"]) == target


def test_references_are_copied_within_a_file(file, main):
    fill(main)
    target = file.create_dataset("Copy", data=np.zeros((6, 4)))
    assert linking.copy_attributes(main, target, references=True) == ()
    assert file[target.attrs["object"]] == file["/"]
    assert [file[ref] for ref in target.attrs["objects"]] == [main, main]
    assert regions.region_target(target, target.attrs["part"]) == target


@pytest.mark.parametrize("shape", [(2, 2), (6,), None])
def test_a_region_that_the_target_does_not_have(file, main, shape):
    fill(main)
    target = (
        file.create_group("G")
        if shape is None
        else file.create_dataset("C", shape, "f4")
    )
    assert linking.copy_attributes(main, target, references=True) == ("part",)


def test_regions_of_something_else_are_left_out(file, main):
    second = file.create_dataset("Second", data=np.zeros((6, 4)))
    main.attrs["foreign"] = second.regionref[0:1, :]
    main.attrs["null"] = h5py.RegionReference()
    gone = file.create_dataset("Gone", data=np.zeros((6, 4)))
    main.attrs["gone"] = gone.regionref[0:1, :]
    del gone, file["Gone"]
    path = file.filename
    file.close()
    with h5py.File(path, "r+") as file:
        left = linking.copy_attributes(file["Main"], file["Second"], references=True)
        assert left == ("foreign", "gone", "null")


def test_dimension_scales_and_compounds_of_references_are_left_out(file, main):
    scale = file.create_dataset("scale", data=np.zeros(6))
    scale.make_scale("x")
    main.dims[0].attach_scale(scale)
    target = file.create_dataset("Copy", data=np.zeros((6, 4)))
    left = linking.copy_attributes(main, target, references=True)
    assert left == ("DIMENSION_LIST",)
    left = linking.copy_attributes(scale, target, references=False)
    assert set(left) == {"CLASS", "NAME", "REFERENCE_LIST"}
    pairs = np.zeros(1, [("ref", h5py.ref_dtype), ("n", "i4")])
    pairs["ref"] = main.ref
    main.attrs["pairs"] = pairs
    assert "pairs" in linking.copy_attributes(main, target)


def test_types_without_a_name_in_numpy_are_left_out(file, main):
    kind = h5py.h5t.create(h5py.h5t.OPAQUE, 3)
    h5py.h5a.create(main.id, b"odd", kind, h5py.h5s.create(h5py.h5s.SCALAR))
    time = h5py.h5t.UNIX_D32LE
    h5py.h5a.create(main.id, b"time", time, h5py.h5s.create(h5py.h5s.SCALAR))
    target = file.create_group("Copy")
    assert linking.copy_attributes(main, target) == ("odd", "time")
    assert len(target.attrs) == 0


def test_text_that_is_not_utf8_stays_as_it_is(file, main):
    main.attrs["units"] = np.array(b"\xb5m", dtype=h5py.string_dtype())
    target = file.create_group("Copy")
    assert linking.copy_attributes(main, target) == ()
    assert target.attrs["units"] == main.attrs["units"] == "\udcb5m"
    assert read_attribute(target, "units") == "µm"


def test_copies_into_a_file_that_is_read_only(file, main, tmp_path):
    main.attrs["a"] = 1
    h5py.File(tmp_path / "ro.h5", "w").close()
    refused = pytest.raises(WriteError, match=r"of 'ro\.h5' is open for reading only")
    with h5py.File(tmp_path / "ro.h5", "r") as target, refused:
        linking.copy_attributes(main, target)
