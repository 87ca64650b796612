"""Frames that are made ahead: the same as those that are read, and never late."""

import threading

import numpy as np
import pytest

from usid_lab.widgets.ahead import Movement, Prepared, key_of
from usid_lab.widgets.foresight import Foresight
from usid_lab.widgets.forms import Frame, GridItem
from usid_lab.widgets.subject import Subject

MAIN = "/Measurement_000/Channel_000/Raw_Data"


def asked(index, **more):
    return {"slot": "map", "view": {"index": index, "band": None}} | more


def indices(following):
    return [params["view"]["index"] for params in following]


@pytest.mark.parametrize("step", [1, -1, 3])
def test_the_next_two_of_a_step_follow(step):
    movement = Movement()
    assert movement.after(asked({"X": 5, "Bias": 10})) == []
    following = movement.after(asked({"X": 5, "Bias": 10 + step}))
    assert indices(following) == [
        {"X": 5, "Bias": 10 + 2 * step},
        {"X": 5, "Bias": 10 + 3 * step},
    ]


@pytest.mark.parametrize(
    "now",
    [
        asked({"X": 6, "Bias": 11}),  # two at once
        asked({"X": 5, "Bias": 10}),  # none
        asked({"X": 5, "Bias": 11}, screen=[9, 9]),
        asked({"X": 5}),
        {"slot": "map", "view": {"index": {"X": 5, "Bias": 11}, "band": [1, 2]}},
    ],
)
def test_what_is_no_step_leads_nowhere(now):
    movement = Movement()
    movement.after(asked({"X": 5, "Bias": 10}))
    assert movement.after(now) == []


def test_nothing_lies_before_the_first():
    movement = Movement()
    movement.after(asked({"X": 2}))
    assert indices(movement.after(asked({"X": 1}))) == [{"X": 0}]


def test_slots_move_on_their_own_and_a_finer_picture_is_no_step():
    movement = Movement()
    movement.after(asked({"X": 1}))
    assert movement.after(asked({"X": 2}) | {"slot": "curve"}) == []
    following = movement.after(asked({"X": 2}))
    assert indices(following) == [{"X": 3}, {"X": 4}]
    assert movement.after(asked({"X": 2}, fine=True)) == following
    assert movement.after(asked({"X": 2})) == following
    assert indices(movement.after(asked({"X": 3}))) == [{"X": 4}, {"X": 5}]


def frame(values):
    return Frame(map=np.zeros(values, "f4"))


def test_the_oldest_frames_give_way():
    prepared = Prepared(most=1000)
    for name in "abc":
        prepared.keep(name, frame(100))
    assert prepared.nbytes == 800
    assert prepared.find("a") is None
    assert prepared.find("c") is not None
    prepared.keep("large", frame(251))
    assert prepared.find("large") is None
    assert prepared.find("c") is not None
    prepared.clear()
    assert prepared.nbytes == 0


def test_all_arrays_of_a_frame_count():
    cell = GridItem("/a", "a", "V", None, map=np.zeros(3, "f4"))
    whole = Frame(curve=np.zeros((1, 5), "f4"), grid=(cell, cell))
    assert whole.nbytes == 20 + 2 * 12


def test_another_state_of_the_file_is_another_frame():
    params = asked({"X": 1})
    assert key_of("1", params) == key_of("1", dict(reversed(params.items())))
    assert len({key_of("1", params), key_of("2", params), key_of("1", {})}) == 3


@pytest.fixture
def reads(monkeypatch):
    """How often values are read, every read being one that is worth to be spared."""
    monkeypatch.setattr("usid_lab.widgets.foresight._WORTH", -1)
    selections = []
    plain = Subject.read

    def read(subject, selection, *rest):
        selections.append(selection)
        return plain(subject, selection, *rest)

    monkeypatch.setattr(Subject, "read", read)
    return selections


@pytest.fixture
def stepping(talk, spectra_file, reads):
    """A conversation in which the marker was put to 2 and stepped to 3."""
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    for bias in (2, 3):
        view["index"]["Bias"] = bias
        conversation.result("frame", slot="map", view=view)
    assert conversation.session.wait(30)
    reads.clear()
    return conversation, view


def test_stepping_on_finds_the_frame_ready(stepping, reads, spectra):
    conversation, view = stepping
    for bias in (4, 5):
        view["index"]["Bias"] = bias
        frame = conversation.result("frame", slot="map", view=view)
        np.testing.assert_array_equal(frame["map"], spectra[:, :, 0, bias])
        assert frame["title"].startswith("at ")
    # Nobody waited: the frames beyond may be on their way, these two are not read.
    assert {s["Bias"] for s in reads} <= {6, 7}


def test_what_is_beyond_the_end_is_no_error(stepping, spectra):
    conversation, view = stepping
    for bias in (10, 11):
        view["index"]["Bias"] = bias
        frame = conversation.result("frame", slot="map", view=view)
        np.testing.assert_array_equal(frame["map"], spectra[:, :, 0, bias])
        assert conversation.session.wait(30)


def test_a_frame_that_was_made_ahead_of_a_change_is_not_shown(
    stepping, spectra_file, spectra
):
    conversation, view = stepping
    fresh = spectra_file.with_name("fresh.h5")
    fresh.write_bytes(spectra_file.read_bytes())
    fresh.replace(spectra_file)
    view["index"]["Bias"] = 4
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"
    conversation.result("retry", view=view)
    frame = conversation.result("frame", slot="map", view=view)
    np.testing.assert_array_equal(frame["map"], spectra[:, :, 0, 4])


def test_what_is_made_ahead_gives_way(talk, spectra_file, reads, monkeypatch):
    """A wanted frame never waits for one that nobody has asked for."""
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    assert conversation.session.wait(30)
    begun, stopped = threading.Event(), threading.Event()

    def prepare(_, watch):
        begun.set()
        while not watch.stop():
            assert not stopped.wait(0.001)
        stopped.set()

    monkeypatch.setattr(Foresight, "prepare", prepare)
    for bias in (2, 3):
        view["index"]["Bias"] = bias
        conversation.result("frame", slot="map", view=view)
    assert begun.wait(30)
    conversation.result("children", path="/", start=0, count=1)
    assert stopped.wait(30)


def test_quick_frames_are_not_made_ahead(talk, spectra_file, reads, monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.foresight._WORTH", 1e9)
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    for bias in (2, 3):
        view["index"]["Bias"] = bias
        conversation.result("frame", slot="map", view=view)
    assert conversation.session.wait(30)
    asked = {s.get("Bias") for s in reads if isinstance(s.get("Bias"), int)}
    assert {2, 3} <= asked
    assert not asked & {4, 5}
