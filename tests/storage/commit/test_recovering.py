"""What a killed program left is told, and put in order when somebody says so."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest
from crashes import Recorder, add_results, crashes, state_of

import usid_lab as ul
from usid_lab.cli import main
from usid_lab.errors import InterruptedSaveError, LockedFileError
from usid_lab.storage import FileWriter
from usid_lab.storage.commit import journal, writerlock
from usid_lab.storage.commit.journal import Journal
from usid_lab.storage.commit.pending import pending
from usid_lab.storage.commit.recovering import findings, recover
from usid_lab.storage.commit.replaying import State
from usid_lab.storage.commit.superblock import Superblock, is_marked, lookup3

HELPERS = Path(__file__).parents[2] / "helpers"


@pytest.fixture
def stopped(raw, appending, monkeypatch):
    """Stop a save after so many of the calls that come after the first journal."""
    gone = writerlock.Owner(writerlock.Owner.myself().host, 999_999_999)
    monkeypatch.setattr(writerlock.Owner, "myself", lambda: gone)
    recorder = Recorder(raw.parent)
    recorder.start()
    old = raw.read_bytes()
    with recorder.recording():
        add_results(raw)
    kinds = [call.kind for call in recorder.calls]
    moves = [n for n, kind in enumerate(kinds) if kind == "move"]
    points = {
        State.BEGUN: moves[0] + 3,
        State.READY: moves[1] + 2,
        State.TORN: moves[1] + 3,
        State.DONE: len(kinds) - 2,
    }
    states = [crash for crash in crashes(recorder, 0, ()) if crash.torn is None]

    def stop(state):
        for left in raw.parent.iterdir():
            left.unlink()
        for name, data in states[points[state]].folder().items():
            (raw.parent / name).write_bytes(data)
        return raw

    stop.old = old
    return stop


MEANINGS = {
    State.BEGUN: "the file is what it was before",
    State.READY: "the save can be completed",
    State.TORN: "cannot be read before the save is completed or discarded",
    State.DONE: "all of it is in the file",
}


@pytest.mark.parametrize("state", MEANINGS)
def test_an_interrupted_save_is_told_and_completed(stopped, state):
    path = stopped(state)
    assert pending(path).state is state
    assert MEANINGS[state] in pending(path).text
    assert pending(path).text.endswith("usid-lab recover a.h5")
    if state is State.TORN:
        with pytest.raises(InterruptedSaveError, match="usid-lab recover"):
            ul.open(path)
    else:
        file = ul.open(path)
        assert file.pending == pending(path).text
        assert [f.text for f in file.check() if f.rule == "interrupted save"] == [
            file.pending
        ]
        assert "interrupted" in repr(file)
        file.close()
    before = path.read_bytes()
    findings(path)
    assert path.read_bytes() == before
    told = recover(path)
    assert len(told) == len({*told}) >= 1
    assert state_of(path) == ("old" if state is State.BEGUN else "new")
    assert list(path.parent.iterdir()) == [path]
    assert pending(path) is None
    assert ul.open(path).pending == ""
    assert recover(path) == []


@pytest.mark.parametrize("state", MEANINGS)
def test_an_interrupted_save_is_discarded(stopped, state):
    path = stopped(state)
    recover(path, discard=True)
    assert path.read_bytes() == stopped.old
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("state", MEANINGS)
def test_the_next_save_puts_it_in_order_first(stopped, state):
    path = stopped(state)
    with FileWriter(path, extend=True) as writer:
        writer.array("/more", 1)
    assert state_of(path) == ("old" if state is State.BEGUN else "new")
    with h5py.File(path) as file:
        assert "more" in file
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("state", [State.BEGUN, State.READY, State.DONE])
def test_what_another_program_did_since_is_not_undone(stopped, state):
    path = stopped(state)
    with h5py.File(path, "r+") as file:
        file["theirs"] = np.arange(1000.0)
    assert pending(path).state is State.FOREIGN
    assert "another program has changed the file" in ul.open(path).pending
    kept = path.read_bytes()
    for discard in (False, True):
        told = recover(path, discard=discard)
        assert path.read_bytes() == kept
    assert told == []
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["theirs"][()], np.arange(1000.0))


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-9], lambda data: data[:99] + b"x" + data[100:], lambda _: b""],
)
def test_a_journal_that_is_damaged_is_not_believed(stopped, spoil):
    path = stopped(State.READY)
    place = journal.place_of(path)
    place.write_bytes(spoil(place.read_bytes()))
    assert pending(path).state is State.FOREIGN
    before = path.read_bytes()
    recover(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert state_of(path) == "old"


def test_a_journal_is_what_was_written():
    changes = ((0, b"old page", b"new page"), (4096, b"a", b"b"))
    made = Journal(5000, 9000, changes, ready=True)
    assert Journal.decoded(made.encoded()) == made
    assert Journal.decoded(Journal(5, 9).encoded()) == Journal(5, 9)
    for length in range(len(made.encoded())):
        assert Journal.decoded(made.encoded()[:length]) is None


def test_while_a_program_saves_nothing_is_said_to_be_interrupted(stopped, monkeypatch):
    path = stopped(State.READY)
    owner = writerlock.Owner(writerlock.Owner.myself().host, os.getpid())
    told = f'{{"host": "{owner.host}", "pid": {owner.pid}}}'
    writerlock.place_of(path).write_text(told)
    assert pending(path) is None


def test_a_kill_in_earnest(raw):
    code = f"""
        import os, signal, sys
        sys.path.insert(0, {str(HELPERS)!r})
        from pathlib import Path
        from crashes import add_results
        from usid_lab.storage.commit import disk, strategy
        strategy.CHEAP, strategy.can_clone = 0, lambda _: False
        real, count = disk.sync, []
        def sync(descriptor):
            real(descriptor)
            count.append(1)
            if len(count) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        disk.sync = sync
        add_results(Path({str(raw)!r}))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = {entry.name for entry in raw.parent.iterdir()}
    assert left > {"a.h5", "a.h5.lock", "a.h5.journal"}
    old = raw.read_bytes()
    recover(raw)
    assert list(raw.parent.iterdir()) == [raw]
    assert state_of(raw) == "old"
    assert old.startswith(raw.read_bytes())


@pytest.fixture
def marked(tmp_path):
    """A file whose program was killed while it wrote it."""
    path = tmp_path / "v3.h5"
    code = f"""
        import os, h5py
        file = h5py.File({str(path)!r}, "w", libver="latest")
        file["a"] = [1, 2, 3]
        file.flush()
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    return path


def test_a_mark_that_a_killed_program_left_is_cleared(marked):
    with pytest.raises(LockedFileError, match=r"cleared by: usid-lab recover v3\.h5"):
        ul.open(marked)
    assert is_marked(marked)
    assert [found.trouble for found in findings(marked)] == ["mark"]
    assert recover(marked) == ["'v3.h5' is not marked as open any more."]
    with h5py.File(marked, "r+") as file:
        np.testing.assert_array_equal(file["a"][()], [1, 2, 3])
    assert not is_marked(marked)
    assert findings(marked) == recover(marked) == []


def test_a_file_that_is_being_written_is_not_touched(tmp_path, monkeypatch):
    path = tmp_path / "v3.h5"
    monkeypatch.setattr("usid_lab.storage.commit.datalock.WAIT_SECONDS", 0.1)
    with h5py.File(path, "w", libver="latest") as file:
        file.flush()
        before = path.read_bytes()
        with pytest.raises(LockedFileError, match="in use by a program that writes it"):
            recover(path)
        assert path.read_bytes() == before


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "latest"])
@pytest.mark.parametrize("block", [0, 1024])
def test_superblocks_of_every_version(tmp_path, libver, block):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=libver, userblock_size=block):
        pass
    with path.open("rb") as stream:
        found = Superblock.read(stream.fileno())
    assert found.start == block
    assert found.version == {"earliest": 0, "v108": 2}.get(libver, 3)
    assert not found.is_marked
    if found.version > 1:
        assert found.cleared() == found.data
    (tmp_path / "no.h5").write_bytes(b"nothing" * 100)
    assert not is_marked(tmp_path / "no.h5")


def test_the_checksum_is_that_of_its_author():
    """The values in the comments of lookup3.c."""
    assert lookup3(b"Four score and seven years ago") == 0x17770551


def test_the_command_asks_first(stopped, monkeypatch, capsys):
    path = stopped(State.TORN)
    before = path.read_bytes()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["recover", str(path)]) == 1
    assert path.read_bytes() == before
    told = capsys.readouterr().out
    assert "cannot be read before the save is completed" in told
    assert told.endswith("Nothing was changed.\n")
    monkeypatch.setattr("builtins.input", lambda _: "Y ")
    assert main(["recover", str(path)]) == 0
    assert "is complete" in capsys.readouterr().out
    assert state_of(path) == "new"
    assert main(["recover", str(path)]) == 0
    assert capsys.readouterr().out == "a.h5 is in order.\n"


def test_the_command_without_a_question(stopped, monkeypatch, capsys):
    path = stopped(State.READY)

    def ask(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", ask)
    assert main(["recover", str(path)]) == 1
    assert main(["recover", "--yes", "--discard", str(path)]) == 0
    assert path.read_bytes() == stopped.old
    assert main(["recover", str(path.with_name("none.h5"))]) == 1
    assert "no file" in capsys.readouterr().err


def test_parts_of_other_files_stay(raw):
    mine = raw.with_name(f".a.h5.{'0' * 16}.part")
    others = [raw.with_name(name) for name in (".a.h5.x.part", "b.part", ".a.h5.part")]
    for left in (mine, *others):
        left.write_bytes(b"x")
    assert [found.trouble for found in findings(raw)] == ["parts"]
    recover(raw)
    assert not mine.exists()
    assert all(left.exists() for left in others)


def test_nothing_is_appended_where_nothing_is_new(raw, appending):
    before = raw.read_bytes()
    with FileWriter(raw, extend=True):
        pass
    assert raw.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"some text\n"])
def test_another_kind_of_file_is_not_in_order(tmp_path, capsys, content):
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    assert main(["recover", "--yes", str(path)]) == 1
    assert "in order" not in capsys.readouterr().out
    assert path.read_bytes() == content
