"""Which datasets are found when a file opens."""

import h5py

import usid_lab as ul
from usid_lab.widgets.opening import explore


def test_groups_that_hold_themselves_do_not_hide_what_follows(image):
    with h5py.File(image, "r+") as file:
        loop = file.create_group("A_loop")
        loop["self"], loop["root"] = loop, file["/"]
    found = explore(ul.open(image))
    assert [node.path.rsplit("/", 1)[-1] for node in found.mains] == ["Raw_Data"]
