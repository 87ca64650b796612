"""What lies in other files is shown where that was permitted, and not by default."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import ChangedFileError, RefusedError
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.widgets.viewer import Viewer

VALUES = np.arange(20 * 30.0).reshape(20, 30)


@pytest.fixture
def virtual_file(tmp_path):
    with h5py.File(tmp_path / "values.h5", "w") as file:
        file["x"] = VALUES
    layout = h5py.VirtualLayout(VALUES.shape, "f8")
    layout[:] = h5py.VirtualSource("values.h5", "x", VALUES.shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("virtual", layout)
        file["linked"] = h5py.ExternalLink("values.h5", "x")
    return tmp_path / "a.h5"


def kinds(page):
    return {node.name: node.kind for node in page.nodes}


def test_nothing_is_shown_by_default(virtual_file):
    viewer = Viewer(lambda: ul.open(virtual_file))
    opened = viewer.open(None)
    assert opened.dataset is None
    assert set(kinds(opened.root).values()) == {"refused"}
    assert all("allow_outside=True" in node.reason for node in opened.root.nodes)
    with pytest.raises(RefusedError):
        viewer.describe("/virtual")


@pytest.mark.parametrize("path", ["/virtual", "/linked"])
def test_permitted_values_are_shown(virtual_file, path):
    process = ReaderProcess()
    file = ul.open(virtual_file, allow_outside=True)
    viewer = Viewer(lambda: file, process=process)
    assert kinds(viewer.open(None).root) == {"virtual": "dataset", "linked": "link"}
    assert process.comes_up()
    view = viewer.describe(path).view
    np.testing.assert_array_equal(viewer.frame("map", view).map, VALUES)
    assert process.pid is not None
    process.close()


def test_what_was_reached_belongs_to_the_edition(virtual_file):
    file = ul.open(virtual_file, allow_outside=True)
    viewer = Viewer(lambda: file)
    view = viewer.open(None).dataset.view
    edition = viewer.shown.edition.token
    viewer.shown.faithfully(edition, lambda: viewer.frame("map", view))
    file.close()
    with h5py.File(virtual_file.parent / "values.h5", "r+") as other:
        other["x"][...] = -VALUES
    assert viewer.shown.state(edition) == "changed"
    with pytest.raises(ChangedFileError):
        viewer.shown.faithfully(edition, lambda: viewer.frame("map", view))
    viewer.forget()
    again = viewer.open(None).dataset.view
    assert viewer.shown.edition.token != edition
    np.testing.assert_array_equal(viewer.frame("map", again).map, -VALUES)
    assert viewer.shown.state(viewer.shown.edition.token) == "same"
