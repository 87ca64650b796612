"""What a file keeps when results enter it, and which way they take."""

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
from crashes import add_results, make_raw, state_of

import usid_lab as ul
from usid_lab.errors import WriteError
from usid_lab.storage import FileWriter
from usid_lab.storage.commit import (
    cloning,
    destination,
    saving,
    space,
    strategy,
)
from usid_lab.storage.commit.appending import Appending
from usid_lab.storage.commit.copying import Copying
from usid_lab.storage.results import results_path

HELPERS = Path(__file__).parents[2] / "helpers"
NOBODY = 65534
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root changes owners"
)


@pytest.fixture
def taken(monkeypatch):
    """Which ways were taken."""
    ways = []
    for way in (Copying, Appending):
        real = way.begin

        def begin(self, real=real):
            ways.append(type(self).__name__)
            return real(self)

        monkeypatch.setattr(way, "begin", begin)
    return ways


def test_small_files_are_copied_and_large_ones_are_not(raw, taken, monkeypatch):
    add_results(raw)
    monkeypatch.setattr(strategy, "CHEAP", 1000)
    monkeypatch.setattr(strategy, "can_clone", lambda _: False)
    with FileWriter(raw, extend=True) as writer:
        writer.array("/more", 1)
    monkeypatch.setattr(strategy, "can_clone", lambda _: True)
    with FileWriter(raw, extend=True) as writer:
        writer.array("/again", 1)
    assert taken == ["Copying", "Appending", "Copying"]


def test_a_file_of_two_names_keeps_both(raw, taken):
    other = raw.parent / "b.h5"
    os.link(raw, other)
    add_results(raw)
    assert taken == ["Appending"]
    assert raw.samefile(other)
    assert state_of(other) == "new"


def test_a_link_stays_a_link(raw, way, tmp_path):
    link = tmp_path / "elsewhere.h5"
    link.symlink_to(raw)
    add_results(link)
    assert link.is_symlink()
    assert state_of(raw) == "new"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [link.name, "raw"]


def test_rights_stay(raw, way):
    raw.chmod(0o640)
    add_results(raw)
    assert raw.stat().st_mode & 0o777 == 0o640


@as_root
def test_the_owner_stays(raw, way):
    os.chown(raw, NOBODY, NOBODY)
    add_results(raw)
    status = raw.stat()
    assert (status.st_uid, status.st_gid) == (NOBODY, NOBODY)


DROP = f"""
import os, sys
sys.path.insert(0, {str(HELPERS)!r})
from pathlib import Path
from tempfile import TemporaryDirectory
from crashes import add_results, make_raw
import usid_lab as ul
from usid_lab.storage.commit.destination import choose
with TemporaryDirectory() as folder:
    # Whatever is imported late is imported now.
    make_raw(Path(folder, "a.h5"))
    add_results(Path(folder, "a.h5"))
    ul.open(folder + "/a.h5").main_datasets[0].write_reduced("mean", "X")
os.environ["USID_LAB_DATA"] = sys.argv[2]
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
path = sys.argv[1]
"""


def as_nobody(code, *paths):
    """Run code as a user without rights, once all is imported."""
    command = [sys.executable, "-c", DROP + textwrap.dedent(code), *map(str, paths)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def public():
    """A folder that everybody may enter, and write; pytest's own are for one user."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        make_raw(folder / "a.h5")
        yield folder


@as_root
def test_where_results_of_other_peoples_files_go(public):
    own, closed = public / "own", public / "closed"
    names = {"protected": 0o644, "theirs": 0o666, "mine": 0o600}
    for name, mode in names.items():
        shutil.copy(public / "a.h5", public / f"{name}.h5")
        (public / f"{name}.h5").chmod(mode)
    os.chown(public / "mine.h5", NOBODY, NOBODY)
    closed.mkdir(mode=0o755)
    shutil.copy(public / "a.h5", closed)
    own.mkdir()
    own.chmod(0o777)
    code = """
        for file in ("protected.h5", "theirs.h5", "mine.h5", "closed/a.h5"):
            found = choose(Path(path).parent / file)
            print(found.path, found.reason, sep="|")
    """
    told = as_nobody(code, public / "a.h5", own).splitlines()
    protected, theirs, mine, last = (line.split("|") for line in told)
    beside = str(public / "protected.results.h5")
    assert protected == [beside, "'protected.h5' is read-only."]
    beside = str(public / "theirs.results.h5")
    assert theirs == [beside, "'theirs.h5' belongs to somebody else."]
    assert mine == [str(public / "mine.h5"), ""]
    assert last[1] == "The folder of 'a.h5' is read-only."
    assert Path(last[0]).parent == own / "results"


@as_root
def test_results_of_a_read_only_folder(public):
    own = public / "own"
    own.mkdir()
    own.chmod(0o777)
    public.chmod(0o755)
    before = (public / "a.h5").read_bytes()
    code = """
        made = ul.open(path).main_datasets[0].write_reduced("mean", "X")
        again = ul.open(path).main_datasets[0].write_reduced("mean", "X")
        assert made.file_path == again.file_path
        print(made.file_path, ul.open(made.file_path).main_datasets[0].read().shape)
    """
    told = as_nobody(code, public / "a.h5", own)
    assert told.startswith(str(own / "results" / "a-"))
    assert told.endswith(".results.h5 (1, 200)")
    assert (public / "a.h5").read_bytes() == before


@as_root
def test_somebody_elses_file_is_added_to_where_it_lies(public):
    path = public / "a.h5"
    path.chmod(0o666)
    node = path.stat().st_ino
    as_nobody("add_results(Path(path))", path, public)
    assert state_of(path) == "new"
    assert (path.stat().st_uid, path.stat().st_ino) == (0, node)


def test_where_results_go_by_room(raw, monkeypatch):
    free = {"bytes": 10 << 30}
    monkeypatch.setattr(space, "free_bytes", lambda _: free["bytes"])
    assert destination.choose(raw, 1 << 20) == destination.Destination(raw)
    free["bytes"] = (64 << 20) + 1000
    chosen = destination.choose(raw, 900)
    assert chosen.path == results_path(raw)
    assert chosen.reason == "The disk of 'a.h5' has too little space."
    free["bytes"] = 1000
    assert destination.choose(raw, 900).path.parent.name == "results"


def test_side_files_are_found(raw):
    assert destination.side_files(raw) == []
    beside = results_path(raw)
    shutil.copy(raw, beside)
    assert destination.side_files(raw) == [beside]
    assert destination.side_files(beside) == []


def test_too_little_room_is_told_before_anything_is_written(raw, way, monkeypatch):
    before = raw.read_bytes()
    monkeypatch.setattr(space, "free_bytes", lambda _: 1_000_000)
    with pytest.raises(WriteError, match=r"disk of 'a\.h5' has too little") as caught:
        add_results(raw)
    assert "1 MB are free" in caught.value.reason
    assert raw.read_bytes() == before
    assert list(raw.parent.iterdir()) == [raw]


def test_results_that_do_not_fit_any_more(raw, appending, monkeypatch):
    before = raw.read_bytes()
    room = [(64 << 20) + 1000]
    monkeypatch.setattr(space, "free_bytes", lambda _: room[0])
    with pytest.raises(WriteError, match="too little space to save safely"):
        add_results(raw)
    assert raw.read_bytes() == before
    assert list(raw.parent.iterdir()) == [raw]


def test_a_system_that_does_not_tell_its_room(raw, monkeypatch):
    def refuse(_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(shutil, "disk_usage", refuse)
    add_results(raw)
    assert state_of(raw) == "new"


@pytest.mark.parametrize("libver", ["earliest", "v108", "latest"])
def test_files_of_every_version(tmp_path, way, libver):
    path = tmp_path / "a.h5"
    values = np.arange(3000.0)
    texts = ["a", "longer text"] * 50
    with h5py.File(path, "w", libver=libver, track_order=True) as file:
        file["values"] = values
        file["packed"] = values
        file.create_dataset("texts", data=texts, dtype=h5py.string_dtype())
        file.create_dataset("grows", data=values, maxshape=(None,), chunks=(77,))
        for number in range(40):
            file["values"].attrs[f"a{number}"] = number
    for number in range(3):
        with FileWriter(path, extend=True) as writer:
            writer.array(f"/new{number}", values + number)
            writer.edit("/values", {"a3": f"changed {number}"}, remove=[f"a{number}"])
    with h5py.File(path) as file:
        for name in ("values", "packed", "grows"):
            np.testing.assert_array_equal(file[name][()], values)
        assert list(file["texts"].asstr()) == texts
        np.testing.assert_array_equal(file["new2"][()], values + 2)
        assert file["values"].attrs["a3"] == "changed 2"
        assert "a2" not in file["values"].attrs
        assert len(file["values"].attrs) == 37


def test_a_file_behind_a_user_block(tmp_path, way):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=2048) as file:
        file["values"] = np.arange(3000.0)
    with path.open("r+b") as stream:
        stream.write(b"mine" * 512)
    with FileWriter(path, extend=True) as writer:
        writer.array("/new", 1)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["values"][()], np.arange(3000.0))
        assert "new" in file
    assert path.read_bytes().startswith(b"mine" * 512)


def test_pages_that_the_file_keeps_for_later_are_used(tmp_path, way):
    path = tmp_path / "a.h5"
    kept = {"fs_strategy": "page", "fs_persist": True, "libver": "latest"}
    with h5py.File(path, "w", **kept) as file:
        file["hole"] = np.arange(20_000.0)
        file["values"] = np.arange(3000.0)
        del file["hole"]
    with FileWriter(path, extend=True) as writer:
        writer.array("/new", np.arange(15_000.0))
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["values"][()], np.arange(3000.0))
        np.testing.assert_array_equal(file["new"][()], np.arange(15_000.0))


def test_all_values_are_compared_when_somebody_asks(raw, monkeypatch):
    """One value changes where no sample is taken: only then is it seen."""
    with h5py.File(raw, "r+") as file:
        file["flat"] = np.zeros(1_000_000)
    with FileWriter(raw, extend=True, whole=True) as writer:
        writer.array("/new", 1)
    monkeypatch.setattr(saving.Save, "_guard", spoiling(saving.Save._guard))
    with FileWriter(raw, extend=True) as writer:
        writer.array("/unseen", 1)
    before = raw.read_bytes()

    def save():
        with FileWriter(raw, extend=True, whole=True) as writer:
            writer.array("/seen", 1)

    with pytest.raises(WriteError, match="/flat is not what it was"):
        save()
    assert raw.read_bytes() == before


def spoiling(real):
    """Change a value once the file has been looked at."""

    def guard(self, file, stream):
        real(self, file, stream)
        stream.check = None
        file["flat"][700_001] = -1.0 if file["flat"][700_001] == 0 else 0.0

    return guard


def test_results_that_cannot_be_read_again_are_not_saved(raw, way, monkeypatch):
    """As if HDF5 left a dataset out when it closed the file."""
    before = raw.read_bytes()
    real = saving.survey
    calls = []

    def survey(file, stream, **options):
        found = real(file, stream, **options)
        calls.append(file.mode)
        return dict(list(found.items())[:-1]) if file.mode == "r" else found

    monkeypatch.setattr(saving, "survey", survey)
    with pytest.raises(WriteError, match="is gone, as a test before saving found"):
        add_results(raw)
    assert calls == ["r+", "r+", "r"]
    assert raw.read_bytes() == before


def test_copies_that_cost_nothing(tmp_path, monkeypatch):
    path, made = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"x" * 10_000)
    works = cloning.clone(path, made)
    assert made.exists() is works
    assert strategy.can_clone(path) is works
    there = {entry.name for entry in tmp_path.iterdir()}
    assert there == ({"a", "b"} if works else {"a"})
    monkeypatch.setattr(cloning.platform, "system", lambda: "Windows")
    assert not cloning.clone(path, tmp_path / "c")
    monkeypatch.setattr(cloning.platform, "system", lambda: "Darwin")
    assert not cloning.clone(path, tmp_path / "c")  # no such function in this library


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_a_disk_within_which_nothing_can_be_copied(raw, monkeypatch, number):
    def refusing(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "sendfile", refusing, raising=False)
    monkeypatch.setattr(strategy, "can_clone", lambda _: False)
    add_results(raw)
    assert state_of(raw) == "new"


def test_a_copy_that_cannot_belong_to_the_owner(raw, monkeypatch, taken):
    assert strategy.keeps_owner(raw.stat())
    monkeypatch.setattr(strategy, "keeps_owner", lambda _: False)
    add_results(raw)
    assert taken == ["Appending"]


def test_a_new_file_beside_one_that_another_writer_makes(tmp_path):
    path = tmp_path / "new.results.h5"
    for number in range(3):
        with FileWriter(path, extend=True) as writer:
            writer.array(f"/n{number}", 1)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_the_user_may_have_the_longest_name(tmp_path, way):
    path = tmp_path / ("ä" * 100 + ".h5")
    make_raw(path)
    add_results(path)
    assert state_of(path) == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_origins_are_named_in_folders_of_any_script(tmp_path):
    folder = tmp_path / "Mößbauer 測定"
    folder.mkdir()
    make_raw(folder / "ä.h5")
    source = ul.open(folder / "ä.h5").main_datasets[0]
    made = source.write_reduced("mean", "X", path=folder / "ß.h5")
    with h5py.File(made.file_path) as file:
        attrs = dict(file[made.path].parent.attrs)
    assert attrs["source_file"] == "ä.h5"

    def fail():
        with FileWriter(made.file_path, extend=True) as writer:
            writer.attributes("/", {"bad": object()})

    with pytest.raises(WriteError, match=r"of 'ß\.h5'"):
        fail()


@pytest.mark.skipif(os.name == "nt", reason="there all names are text, and short")
def test_names_that_are_too_long_or_no_text(tmp_path, monkeypatch):
    own = tmp_path / "own"
    monkeypatch.setattr(destination, "user_data", lambda: own)
    for name in ("a" * 247 + ".h5", "a" * 252 + ".h5"):
        path = tmp_path / name
        make_raw(path)
        found = destination.choose(path)
        assert found.path.is_relative_to(own)
        assert "too long" in found.reason
        with FileWriter(found.path, extend=True) as writer:
            writer.array("/new", 1)
        assert destination.side_files(path) == [found.path]
        assert ul.open(path).main_datasets


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff\xfe.h5")
    make_raw(path)
    add_results(path)
    assert state_of(path) == "new"
    assert list(tmp_path.iterdir()) == [path]
