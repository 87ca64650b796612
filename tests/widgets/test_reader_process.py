"""Viewers that read through a process of their own show the same."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.lab import document
from usid_lab.reading.process import near
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.widgets import Workbench, shelf
from usid_lab.widgets.viewer import Viewer


@pytest.fixture
def process():
    made = ReaderProcess()
    yield made
    made.close()


@pytest.fixture(params=["near", "far"])
def way(request, monkeypatch):
    """Whether the kernel reads itself what it has sooner."""
    if request.param == "far":
        monkeypatch.setattr(near, "is_near", lambda *_: False)
    return request.param


def moved(view, **index):
    return replace(view, index=dict(view.index) | index)


def test_frames_are_those_that_the_kernel_reads(spectra_file, process, way):
    here = Viewer(lambda: ul.open(spectra_file))
    there = Viewer(lambda: ul.open(spectra_file), process=process)
    view = here.open(None).dataset.view
    assert there.open(None).dataset.view == view
    assert process.pid is None  # the first picture waits for nothing
    there.keep_near(view.dataset)
    assert process.comes_up()
    for index in (0, 5, 11):
        now = moved(view, Bias=index)
        for slot, kept in (("map", "map"), ("curve", "curve")):
            theirs, ours = (viewer.frame(slot, now) for viewer in (there, here))
            np.testing.assert_array_equal(getattr(theirs, kept), getattr(ours, kept))


def test_what_is_looked_at_rests_in_the_process(spectra_file, process):
    viewer = Viewer(lambda: ul.open(spectra_file), process=process)
    path = viewer.open(None).dataset.path
    viewer.keep_near(path)
    reader = viewer._shelf.known(path).subject.reader
    assert process.pid is not None
    assert reader.is_resident
    viewer.forget()
    del reader
    viewer.open(None)
    assert not viewer._shelf.known(path).subject.reader.is_resident


def test_frames_come_after_the_process_was_killed(spectra_file, process, way):
    viewer = Viewer(lambda: ul.open(spectra_file), process=process)
    view = viewer.open(None).dataset.view
    viewer.keep_near(view.dataset)
    first = viewer.frame("map", moved(view, Bias=4)).map
    killed = process.pid
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: process.pid is None)
    np.testing.assert_array_equal(viewer.frame("map", moved(view, Bias=4)).map, first)
    assert way == "near" or process.pid not in (None, killed)
    viewer.keep_near(view.dataset)
    assert process.pid not in (None, killed)


def test_a_closed_workbench_leaves_no_process(spectra_file):
    shown = Workbench(spectra_file)
    shown.get_ready()
    pid = shown._process.pid
    assert pid is not None
    shown.close()
    with pytest.raises(ProcessLookupError):
        wait_for(lambda: os.kill(pid, 0))


def test_the_spare_kernel_has_a_process_already():
    document.prepare()
    prepared = document._document.prepare()
    assert prepared._process.pid is not None
    prepared.close()


def test_a_large_dataset_is_made_ready(spectra_file, process, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_BYTES", 0)
    viewer = Viewer(lambda: ul.open(spectra_file), process=process)
    path = viewer.open(None).dataset.path
    viewer.keep_near(path)
    link = process._link
    assert link.is_greeted
    assert link._opened
    assert not viewer._shelf.known(path).subject.reader.is_resident
