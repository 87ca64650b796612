"""Saves that are stopped at every call, and killed by the system."""

import shutil

import pytest
from crashes import add_results, crashes, make_raw, state_of, survive
from faults import KINDS, failing, short
from kills import counted, killed, points

import usid_lab as ul
from usid_lab.errors import InterruptedSaveError, WriteError
from usid_lab.storage import release
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.recovering import recover

KILLS = 40


def test_crashes(recorded, tmp_path, monkeypatch, tally):
    recorder, *what = recorded
    monkeypatch.setattr(disk, "sync", lambda _: None)
    folder = tmp_path / "crash"
    folder.mkdir()
    for crash in crashes(recorder, seeds=8, cuts=(0.0, 0.1, 0.5, 0.9)):
        before, after = survive(crash, folder, *what)
        tally[f"{before} then {after}"] += 1
    assert tally.total() >= 250


@pytest.mark.parametrize("kind", [*KINDS, "short"])
def test_faults(raw, way, kind, tally):
    old = raw.read_bytes()
    for number in range(1, 1000):
        fault = short(number) if kind == "short" else failing(kind, number)
        with fault as count:
            try:
                add_results(raw)
            except WriteError:
                assert raw.read_bytes() == old
                tally["refused"] += count[0] >= number
            else:
                assert state_of(raw) == "new"
                tally["saved"] += count[0] >= number
        if count[0] < number:
            return
        raw.write_bytes(old)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_kills(tmp_path, way, tally):
    folder = tmp_path / "raw"
    folder.mkdir()
    path = folder / "a.h5"
    make_raw(path)
    old = path.read_bytes()
    counts = counted([path, way])
    for point in points(counts, KILLS):
        for left in folder.iterdir():
            left.unlink()
        path.write_bytes(old)
        was_killed = killed(point, [path, way])
        before = "refused"
        try:
            ul.open(path)
            release(path)
            before = state_of(path)
        except InterruptedSaveError:
            pass
        recover(path)
        after = state_of(path)
        # In the new one are times; what it holds has been compared.
        assert after == "new" or path.read_bytes() == old
        assert list(folder.iterdir()) == [path]
        assert before in ("refused", "old", after)
        tally[f"{'killed' if was_killed else 'ended'}, {before} then {after}"] += 1
    assert sum(n for what, n in tally.items() if what.startswith("killed")) >= KILLS / 2
