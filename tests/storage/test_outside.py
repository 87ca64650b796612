"""What lies in other files is read where its user permitted that, and only there."""

import os
import pickle
import subprocess
import sys

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.cli import main
from usid_lab.errors import (
    ArgumentTypeError,
    ChangedFileError,
    MissingFileError,
    ObjectNotFoundError,
    RefusedError,
    UsidError,
)
from usid_lab.model.contents import Kind
from usid_lab.storage.handles import is_open

VALUES = np.arange(24.0).reshape(4, 6)
OTHERS = ("raw.bin", "other.h5")


def virtual(file, name, source, path="x", shape=(4, 6)):
    layout = h5py.VirtualLayout(shape, "f8")
    layout[:] = h5py.VirtualSource(source, path, shape)
    file.create_virtual_dataset(name, layout)


@pytest.fixture
def reaching(tmp_path):
    """Make a file, and beside it those from which it takes values."""
    VALUES.tofile(tmp_path / "raw.bin")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = VALUES
        file["zipped"] = h5py.SoftLink("/deep/zipped")
        file.create_dataset("deep/zipped", data=VALUES, chunks=(2, 3), compression=1)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        raw = [("raw.bin", 0, 96), ("raw.bin", 96, h5py.h5f.UNLIMITED)]
        file.create_dataset("raw", (4, 6), "f8", external=raw)
        file["link"] = h5py.ExternalLink("other.h5", "/zipped")
        file["folder"] = h5py.ExternalLink("other.h5", "/")
        virtual(file, "virtual", "other.h5")
        virtual(file, "again", ".", "virtual")
        file["own"] = VALUES
    return tmp_path / "a.h5"


PATHS = ["/raw", "/link", "/virtual", "/again", "/folder/x", "/folder/deep/zipped"]


@pytest.mark.parametrize("path", PATHS)
def test_permitted_values_are_those_of_the_other_file(reaching, path, monkeypatch):
    monkeypatch.chdir("/")
    found = ul.open(reaching, allow_outside=True)[path]
    np.testing.assert_array_equal(found.read(), VALUES)
    np.testing.assert_array_equal(
        found.read({"Dimension 1": [0, 3], "Dimension 2": 2}), VALUES[[0, 3], 2]
    )
    assert found.reduce("mean").item() == VALUES.mean()


@pytest.mark.parametrize("path", PATHS)
def test_what_is_refused_says_how_to_permit_it(reaching, path):
    with pytest.raises(RefusedError, match="allow_outside=True"):
        ul.open(reaching)[path]


@pytest.mark.parametrize("path", PATHS)
def test_only_folders_that_are_named(reaching, path, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(RefusedError, match="no folder that allow_outside names"):
        ul.open(reaching, allow_outside=elsewhere)[path]
    for given in (str(tmp_path), [elsewhere, tmp_path]):
        found = ul.open(reaching, allow_outside=given)[path]
        np.testing.assert_array_equal(found.read(), VALUES)


def test_a_link_does_not_lead_out_of_a_folder(reaching, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    reaching.rename(inside / "a.h5")
    for name in OTHERS:
        try:
            (inside / name).symlink_to(tmp_path / name)
        except OSError:
            pytest.skip("this user may make no links")
    file = ul.open(inside / "a.h5", allow_outside=inside)
    for path in PATHS:
        with pytest.raises(RefusedError, match="no folder"):
            file[path]


def test_one_permission_is_not_another(reaching):
    permitted, other = ul.open(reaching, allow_outside=True), ul.open(reaching)
    with permitted, other:
        assert permitted["/virtual"].read().shape == (4, 6)
        with pytest.raises(RefusedError):
            other["/virtual"]
    assert not is_open(reaching)


@pytest.mark.parametrize("given", [3, [3], None])
def test_what_is_no_folder(reaching, given):
    with pytest.raises(ArgumentTypeError, match="allow_outside"):
        ul.open(reaching, allow_outside=given)


def test_the_tree_and_the_list_of_arrays(reaching, capsys):
    file = ul.open(reaching, allow_outside=True)
    assert file.node("/link").kind is Kind.LINK
    assert not file.node("/link").reason
    assert file.node("/raw").shape == (4, 6)
    assert [node.name for node in file.children("/folder").nodes] == [
        "deep",
        "x",
        "zipped",
    ]
    assert sorted(file.arrays) == ["/again", "/own", "/raw", "/virtual"]
    assert main(["tree", str(reaching)]) == 0
    assert capsys.readouterr().out.count("Refused") == 5
    assert main(["tree", "--allow-outside", str(reaching)]) == 0
    assert "Refused" not in capsys.readouterr().out
    assert main(["check", "--allow-outside", str(reaching)]) == 0


def test_permission_travels_with_a_dataset(reaching):
    found = ul.open(reaching, allow_outside=True)["/virtual"]
    code = (
        "import pickle, sys; d = pickle.load(sys.stdin.buffer); print(d.read().sum())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(found), capture_output=True
    )
    assert float(ran.stdout) == VALUES.sum(), ran.stderr


def test_nothing_of_it_is_kept_in_the_file(reaching):
    before = reaching.read_bytes()
    ul.open(reaching, allow_outside=True)["/virtual"].read()
    assert reaching.read_bytes() == before


@pytest.mark.parametrize("path", PATHS)
def test_what_is_missing_is_an_error(reaching, path):
    for name in OTHERS:
        (reaching.parent / name).unlink()
    with pytest.raises((MissingFileError, RefusedError), match="does not exist"):
        ul.open(reaching, allow_outside=True)[path]


@pytest.mark.parametrize("path", PATHS)
def test_what_goes_missing_later_is_an_error(reaching, path):
    file = ul.open(reaching, allow_outside=True)
    found = file[path]
    assert found.read({"Dimension 1": 0, "Dimension 2": 3}) == VALUES[0, 3]
    if sys.platform == "win32":
        file.close()
    for name in OTHERS:
        (reaching.parent / name).unlink()
    with pytest.raises(UsidError, match=r"does not exist|was changed"):
        found.read({"Dimension 1": 0, "Dimension 2": 3})


@pytest.mark.parametrize("path", PATHS)
def test_what_changes_is_read_anew(reaching, path):
    file = ul.open(reaching, allow_outside=True)
    found = file[path]
    reader = found.reader()
    assert not reader.make_resident()
    np.testing.assert_array_equal(reader.read({}), VALUES)
    file.close()
    (-VALUES).tofile(reaching.parent / "raw.bin")
    with h5py.File(reaching.parent / "other.h5", "r+") as other:
        other["x"][...] = -VALUES
        other["zipped"][...] = -VALUES
    np.testing.assert_array_equal(found.read(), -VALUES)
    np.testing.assert_array_equal(reader.read({}), -VALUES)


def test_a_dataset_that_is_gone_from_the_other_file(reaching):
    with h5py.File(reaching.parent / "other.h5", "r+") as other:
        del other["x"]
    file = ul.open(reaching, allow_outside=True)
    with pytest.raises(RefusedError, match=r"nothing at '/?x'"):
        file["/virtual"]
    with pytest.raises(ObjectNotFoundError):
        file["/folder/x"]


def test_what_has_become_shorter(reaching):
    with h5py.File(reaching.parent / "other.h5", "r+") as other:
        del other["x"]
        other["x"] = VALUES[:2]
    os.truncate(reaching.parent / "raw.bin", 100)
    file = ul.open(reaching, allow_outside=True)
    with pytest.raises(RefusedError, match="not as large"):
        file["/virtual"]
    with pytest.raises(RefusedError, match="is shorter than its values"):
        file["/raw"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
@pytest.mark.parametrize("path", PATHS)
def test_pipes_are_refused_always(reaching, path):
    for name in OTHERS:
        (reaching.parent / name).unlink()
        os.mkfifo(reaching.parent / name)
    with pytest.raises(UsidError, match=r"pipe|not a regular file"):
        ul.open(reaching, allow_outside=True)[path]


@pytest.mark.parametrize("name", ["a.h5", "b.h5"])
def test_cycles_through_other_files_are_refused_always(tmp_path, name):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        virtual(file, "x", name)
        file["loop"] = h5py.ExternalLink(name, "loop")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        virtual(file, "x", str(tmp_path / "a.h5"))
        file["loop"] = h5py.ExternalLink("a.h5", "loop")
    file = ul.open(tmp_path / "a.h5", allow_outside=True)
    with pytest.raises(RefusedError, match="made of itself"):
        file["x"]
    with pytest.raises(ObjectNotFoundError, match="leads to itself"):
        file["loop"]
    assert "x" in file.tree()
    assert isinstance(file.check(), list)


def test_patterns_of_names_are_refused_always(tmp_path):
    for name in ("part0.h5", "part%b.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["x0"] = file["x%b"] = VALUES[0]
    many, four = (h5py.h5s.UNLIMITED,), (4,)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for path, where in (("x", (b"part%b.h5", b"x0")), ("z", (b"part0.h5", b"x%b"))):
            space = h5py.h5s.create_simple((16,), many)
            space.select_hyperslab((0,), many, four, four)
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_virtual(space, *where, h5py.h5s.create_simple(four))
            kind = h5py.h5t.NATIVE_DOUBLE
            h5py.h5d.create(file.id, path.encode(), kind, space, dcpl=plist)
    for path in ("x", "z"):
        with pytest.raises(RefusedError, match="pattern"):
            ul.open(tmp_path / "a.h5", allow_outside=True)[path]


def test_no_other_place_is_looked_at(reaching, monkeypatch):
    monkeypatch.setenv("HDF5_VDS_PREFIX", str(reaching.parent.parent))
    file = ul.open(reaching, allow_outside=True)
    with pytest.raises(RefusedError, match="depends on"):
        file["/virtual"]


def test_a_main_dataset_with_tables_in_another_file(tmp_path):
    made = ul.create(
        tmp_path / "b.h5",
        VALUES.reshape(2, 2, 6),
        quantity="Current",
        units="nA",
        position={"Y": ([0.0, 1.0], "m"), "X": ([0.0, 1.0], "m")},
        spectroscopic={"Bias": (np.arange(6.0), "V")},
    )
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["there"] = h5py.ExternalLink("b.h5", made.path)
    found = ul.open(tmp_path / "a.h5", allow_outside=tmp_path)["there"]
    assert isinstance(found, ul.USIDataset)
    assert found.dims == ("Y", "X", "Bias")
    np.testing.assert_array_equal(found.read(Y=1), VALUES.reshape(2, 2, 6)[1])
    assert found.attrs["units"] == "nA"


def test_a_file_that_changes_while_it_is_read(reaching):
    found = ul.open(reaching, allow_outside=True)["/virtual"]

    def meanwhile():
        os.utime(reaching.parent / "other.h5", (1, 1))
        return False

    with pytest.raises(ChangedFileError, match=r"other.h5"):
        found.reader().read({"Dimension 1": slice(0, 4, 2)}, meanwhile)
