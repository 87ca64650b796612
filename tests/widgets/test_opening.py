"""Which datasets are found when a file opens."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading import Stopped
from usid_lab.widgets import opening
from usid_lab.widgets.opening import MOST_NODES, explore


def test_groups_that_hold_themselves_do_not_hide_what_follows(image):
    with h5py.File(image, "r+") as file:
        loop = file.create_group("A_loop")
        loop["self"], loop["root"] = loop, file["/"]
    found = explore(ul.open(image))
    assert [node.path.rsplit("/", 1)[-1] for node in found.mains] == ["Raw_Data"]


def test_many_entries_before_the_first_array_do_not_hide_it(image):
    with h5py.File(image, "r+") as file:
        for number in range(MOST_NODES + 500):
            file.create_group(f"A{number:05d}")
    found = explore(ul.open(image))
    assert [node.path.rsplit("/", 1)[-1] for node in found.mains] == ["Raw_Data"]


@pytest.mark.parametrize(("limit", "names"), [(1, ["a"]), (3, ["a", "b", "c"])])
def test_with_something_to_show_the_walk_is_bounded(
    tmp_path, monkeypatch, limit, names
):
    with h5py.File(tmp_path / "arrays.h5", "w") as file:
        for name in "abcde":
            file[name] = np.zeros(3)
    monkeypatch.setattr(opening, "MOST_NODES", limit)
    found = explore(ul.open(tmp_path / "arrays.h5"))
    assert [node.name for node in found.arrays] == names


def test_a_file_with_nothing_to_show_is_given_up_in_time(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "groups.h5", "w") as file:
        for number in range(50):
            file.create_group(f"g{number}")
        file["z"] = np.zeros(3)
    monkeypatch.setattr(opening, "_PATIENCE", -1.0)
    assert explore(ul.open(tmp_path / "groups.h5")).candidates() == []


def test_a_walk_for_which_nobody_waits_ends(image):
    asked = []

    def stop():
        asked.append(None)
        return len(asked) == 2

    with pytest.raises(Stopped):
        explore(ul.open(image), stop)
    assert len(asked) == 2
