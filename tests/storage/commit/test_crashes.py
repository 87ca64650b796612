"""Wherever a save stops, the file is the old one or the new one."""

import random
from collections import Counter

from crashes import crashes, survive

from usid_lab.storage.commit import disk

STATES = 110


def test_every_kind_of_crash_leaves_the_old_or_the_new_file(
    recorded, tmp_path, monkeypatch
):
    recorder, *what = recorded
    states = list(crashes(recorder, seeds=3, cuts=(0.3, 0.8)))
    chosen = random.Random(0).sample(states, min(STATES, len(states)))
    monkeypatch.setattr(disk, "sync", lambda _: None)
    folder = tmp_path / "crash"
    folder.mkdir()
    seen = Counter(survive(crash, folder, *what) for crash in chosen)
    assert seen["old", "old"] > 10
    assert seen["new", "new"] > 0


def test_a_save_that_is_complete_is_recovered_to_the_new_file(recorded, tmp_path):
    recorder, *what = recorded
    last = list(crashes(recorder, seeds=0, cuts=()))[-1]
    folder = tmp_path / "crash"
    folder.mkdir()
    assert survive(last, folder, *what) == ("new", "new")
