"""The conversation with a viewer: whatever comes in, a reply in words goes out."""

import json
import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest

from usid_lab.model.view import ViewState
from usid_lab.widgets.replies import Reply, failure_of
from usid_lab.widgets.subject import Subject

MAIN = "/Measurement_000/Channel_000/Raw_Data"


def statuses(talk):
    return [content["status"] for content, _ in talk.sent if content["kind"] == "reply"]


def test_one_request_gives_the_first_paint(talk, spectra_file, spectra):
    opened = talk(spectra_file).result("open", view=None)
    view = opened["dataset"]["view"]
    np.testing.assert_array_equal(
        opened["map"]["map"], spectra[:, :, 0, view["index"]["Bias"]]
    )
    np.testing.assert_array_equal(opened["curve"]["curve"], spectra[3, 3, 0][None])
    assert opened["map"]["title"] == "at 0.4 V"
    assert opened["file"]["size"] == spectra_file.stat().st_size
    assert opened["file"]["name"] == "data.h5"
    assert opened["dataset"]["yUp"] is True
    assert opened["dataset"]["dims"][3]["values"] == pytest.approx(
        np.linspace(-1, 1.2, 12), rel=1e-6
    )
    assert [page["path"] for page in opened["unfolded"]] == [
        "/Measurement_000",
        "/Measurement_000/Channel_000",
    ]


def test_what_was_prepared_is_used_once(talk, spectra_file, monkeypatch):
    conversation = talk(spectra_file)
    opened = []
    plain = conversation.session.viewer.open
    monkeypatch.setattr(
        conversation.session.viewer,
        "open",
        lambda *rest: opened.append(rest[0]) or plain(*rest),
    )
    conversation.session.prepare()
    first = conversation.result("open", view=None)["dataset"]["view"]
    assert len(opened) == 1
    again = conversation.result("open", view=None)["dataset"]["view"]
    assert again == first


def test_replies_come_from_another_thread(talk, spectra_file):
    conversation = talk(spectra_file)
    conversation.ask("open", view=None)
    conversation.ask("nonsense")
    assert threading.current_thread() not in conversation.threads


def test_frames_follow_marker_and_cursor(talk, spectra_file, spectra):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"] = {"Y": 1, "X": 2, "Cycle": 1, "Bias": 5}
    frame = conversation.result("frame", slot="map", view=view)
    np.testing.assert_array_equal(frame["map"], spectra[:, :, 1, 5])
    frame = conversation.result("frame", slot="curve", view=view)
    np.testing.assert_array_equal(frame["curve"], spectra[1, 2, 1][None])


def test_a_saved_view_is_restored(talk, spectra_file):
    saved = talk(spectra_file).result("open", view=None)["dataset"]["view"]
    saved["index"]["X"] = 0
    saved["band"] = [1, 3]
    view = talk(spectra_file).result("open", view=saved)["dataset"]["view"]
    assert view == saved
    given = ViewState.from_json(saved)
    assert (
        talk(spectra_file, given).result("open", view=None)["dataset"]["view"] == saved
    )


@pytest.mark.parametrize("saved", [{"dataset": 3}, [], "view", {"dataset": "/gone"}])
def test_a_hostile_saved_view_is_forgotten(talk, spectra_file, saved):
    view = talk(spectra_file).result("open", view=saved)["dataset"]["view"]
    assert view["dataset"] == MAIN


def test_another_dataset(talk, channel_file):
    axis = np.arange(6) * 1e-6, "m"
    images = {name: (np.full((6, 6), ord(name)), "m") for name in "AB"}
    conversation = talk(channel_file(images, {"Y": axis, "X": axis}))
    view = conversation.result("open", view=None)["dataset"]["view"]
    path = "/Measurement_000/Channel_001/Raw_Data"
    described = conversation.result("describe", path=path, view=view)
    assert described["quantity"] == "B"
    frame = conversation.result("frame", slot="map", view=described["view"])
    assert (frame["map"] == ord("B")).all()
    grid = conversation.result("frame", slot="grid", view=described["view"])["grid"]
    assert [float(cell["map"][0, 0]) for cell in grid] == [65, 66]


def test_a_stack_comes_with_the_first_paint(talk, channel_file):
    bias = {"Bias": (np.arange(9.0), "V")}
    curves = {name: (np.full(9, ord(name)), "m") for name in "AB"}
    opened = talk(channel_file(curves, None, bias)).result("open", view=None)
    assert (opened["map"], opened["curve"]) == (None, None)
    items = opened["grid"]["grid"]
    assert [item["curve"].tolist() for item in items] == [[[65] * 9], [[66] * 9]]
    assert all("map" not in item for item in items)


def test_tree_and_attributes_come_in_pages(talk, spectra_file):
    conversation = talk(spectra_file)
    page = conversation.result(
        "children", path="/Measurement_000/Channel_000", start=1, count=2
    )
    assert (page["start"], page["total"], len(page["nodes"])) == (1, 5, 2)
    found = conversation.result("attributes", path=MAIN, start=0, count=100)
    values = {a["name"]: a["value"] for a in found["attributes"]}
    assert values["quantity"] == "Current"
    assert found["total"] == len(found["attributes"])


@pytest.mark.parametrize(
    "message",
    [
        None,
        3,
        "open",
        [],
        {},
        {"kind": "request"},
        {"kind": "request", "id": 3, "type": "open", "params": {}},
        {"kind": "request", "id": "", "type": "open", "params": {}},
        {"kind": "request", "id": "x" * 10_000, "type": "open", "params": {}},
        {"kind": "reply", "id": "1"},
    ],
)
def test_what_is_no_request_is_ignored(talk, spectra_file, message):
    conversation = talk(spectra_file)
    conversation.session.receive(message)
    assert conversation.session.wait(30)
    assert conversation.sent == []


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("nonsense", {}),
        ("__class__", {}),
        (["open"], {}),
        ("frame", {}),
        ("frame", {"slot": "map"}),
        ("frame", {"slot": "map", "view": {"dataset": 1}}),
        ("frame", {"slot": "other", "view": {}}),
        ("frame", {"slot": ["map"], "view": {}}),
        ("frame", {"slot": "map", "view": {"dataset": MAIN, "component": "value"}}),
        ("frame", {"slot": "map", "view": {"dataset": "/no", "component": "value"}}),
        ("describe", {"path": 7}),
        ("describe", {"path": "/nowhere", "view": None}),
        ("describe", {"path": "/Measurement_000", "view": None}),
        ("children", {"path": MAIN, "start": 0, "count": 10}),
        ("children", {"path": "/", "start": -1, "count": 10}),
        ("children", {"path": "/", "start": True, "count": 10}),
        ("children", {"path": "/", "start": 0, "count": "all"}),
        ("children", {"path": "../..", "start": 0, "count": 1}),
        ("attributes", {"path": "", "start": 0, "count": 10}),
        ("cancel", {"slot": "everything"}),
        ("cancel", {"request": 3}),
    ],
)
def test_bad_requests_are_answered_in_words(talk, spectra_file, kind, params):
    content, _ = talk(spectra_file).ask(kind, **params)
    assert content["status"] == "error"
    error = content["error"]
    assert error["message"].endswith(".")
    assert "Traceback" not in error["message"] + error["reason"]
    json.dumps(content, allow_nan=False)


def test_parameters_that_are_no_object(talk, spectra_file):
    conversation = talk(spectra_file)
    message = {"kind": "request", "id": "a", "type": "open", "params": [1]}
    conversation.session.receive(message)
    assert conversation.reply("a")[0]["status"] == "error"


def test_a_failed_open_is_told_and_can_be_tried_again(talk, tmp_path, spectra_file):
    path = tmp_path / "late.h5"
    conversation = talk(path)
    conversation.session.prepare()
    content, _ = conversation.ask("open", view=None)
    assert content["status"] == "error"
    assert content["error"]["message"]
    path.write_bytes(b"this is no HDF5 file")
    assert conversation.ask("retry")[0]["status"] == "error"
    path.write_bytes(spectra_file.read_bytes())
    assert conversation.result("retry")["dataset"]["quantity"] == "Current"


def test_unexpected_failures_are_told_in_general(talk, spectra_file, monkeypatch):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]

    def fail(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Subject, "read", fail)
    view["index"]["Bias"] = 1
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["reason"] == "ZeroDivisionError: a bug"
    assert "unexpected" in content["error"]["message"]
    assert "memory" in failure_of(MemoryError())["message"]


class Gate:
    """Holds a read between two pieces until it is opened."""

    def __init__(self, monkeypatch):
        self.reached = threading.Event()
        self.opened = threading.Event()
        plain = Subject.read

        def read(subject, selection, watch, *rest):
            inner = watch.stop

            def stop():
                self.reached.set()
                while not self.opened.wait(0.001):
                    if inner():
                        return True
                return inner()

            return plain(subject, selection, replace(watch, stop=stop), *rest)

        monkeypatch.setattr(Subject, "read", read)


@pytest.fixture
def held(talk, spectra_file, monkeypatch):
    """A conversation whose map is being read and does not get on."""
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    assert conversation.session.wait(30)
    reader = conversation.session.viewer._shelf.known(MAIN).subject.reader
    reader._resident = None
    gate = Gate(monkeypatch)
    view["index"]["Bias"] = 1
    identity = conversation.say("frame", slot="map", view=view)
    assert gate.reached.wait(30)
    return conversation, view, identity, gate


def test_an_overtaken_frame_is_stale(held, spectra):
    conversation, view, old, gate = held
    view["index"]["Bias"] = 2
    new = conversation.say("frame", slot="map", view=view)
    assert conversation.reply(old)[0]["status"] == "stale"
    gate.opened.set()
    assert conversation.reply(new)[0]["status"] == "ok"


def test_cancel_ends_a_read(held):
    conversation, _, old, _ = held
    assert conversation.ask("cancel", slot="map")[0]["result"] is None
    assert conversation.reply(old)[0]["status"] == "stale"


def test_the_tree_answers_while_a_map_is_read(held):
    conversation, _, old, gate = held
    page = conversation.result("children", path="/", start=0, count=10)
    assert page["total"] == 1
    assert conversation._found(old) is None
    gate.opened.set()
    assert conversation.reply(old)[0]["status"] == "ok"


def test_another_dataset_ends_what_is_read_of_the_old_one(held):
    conversation, _, old, gate = held
    identity = conversation.say("describe", path=MAIN, view=None)
    assert conversation.reply(old)[0]["status"] == "stale"
    gate.opened.set()
    assert conversation.reply(identity)[0]["status"] == "ok"


def opening(conversation, gate):
    """A conversation that opens a file whose reading does not get on."""
    identity = conversation.say("open", view=None)
    assert gate.reached.wait(30)
    return identity


@pytest.mark.parametrize("prepared", [False, True])
def test_an_opening_that_is_cancelled_ends(talk, spectra_file, monkeypatch, prepared):
    conversation, gate = talk(spectra_file), Gate(monkeypatch)
    if prepared:
        conversation.session.prepare()
        assert gate.reached.wait(30)
    identity = opening(conversation, gate)
    assert conversation.ask("cancel", request=identity)[0]["status"] == "ok"
    assert conversation.reply(identity)[0]["status"] == "stale"
    gate.opened.set()
    assert conversation.result("retry", view=None)["dataset"]["path"] == MAIN


def test_another_request_that_is_cancelled_leaves_an_opening_alone(
    talk, spectra_file, monkeypatch
):
    conversation, gate = talk(spectra_file), Gate(monkeypatch)
    identity = opening(conversation, gate)
    conversation.ask("cancel", request="nobody's")
    gate.opened.set()
    assert conversation.reply(identity)[0]["status"] == "ok"


def test_long_reads_tell_their_progress(monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.replies._PATIENCE", -1)
    monkeypatch.setattr("usid_lab.widgets.replies._BETWEEN", -1)
    sent = []

    def answer(watch):
        watch.progress(0.25)
        watch.progress(1.5)
        return "done"

    Reply("a", answer, lambda content, _: sent.append(content)).run(lambda: False)
    assert sent == [
        {"kind": "progress", "id": "a", "fraction": 0.25},
        {"kind": "progress", "id": "a", "fraction": 1.0},
        {"kind": "reply", "id": "a", "status": "ok", "result": "done"},
    ]


def test_short_reads_tell_none(talk, spectra_file):
    conversation = talk(spectra_file)
    conversation.ask("open", view=None)
    assert {content["kind"] for content, _ in conversation.sent} == {"reply"}


def test_nan_travels_in_buffers_and_never_in_json(talk, write):
    data = np.full((4, 5), np.nan)
    axis = np.arange(5.0)
    path = write(data, {"Y": (axis[:4], "m"), "X": (axis, "m")})
    conversation = talk(path)
    opened = conversation.result("open", view=None)
    assert np.isnan(opened["map"]["map"]).all()
    for content, _ in conversation.sent:
        json.dumps(content, allow_nan=False)


def test_small_datasets_come_into_memory(talk, spectra_file):
    conversation = talk(spectra_file)
    conversation.result("open", view=None)
    assert conversation.session.wait(30)
    assert conversation.session.viewer._shelf.known(MAIN).subject.reader.is_resident


def test_reading_leaves_the_file_as_it_was(talk, spectra_file, fingerprint):
    before = fingerprint(spectra_file)
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    conversation.result("frame", slot="map", view=view)
    conversation.result("attributes", path=MAIN, start=0, count=10)
    assert fingerprint(spectra_file) == before


def test_hostile_names_travel_as_they_are(talk, tmp_path):
    path = tmp_path / "hostile.h5"
    name = "<img src=x onerror=alert(1)>"
    with h5py.File(path, "w") as file:
        file[name] = np.ones((3, 4))
        file[name].attrs["<b>"] = "<script>"
    conversation = talk(path)
    opened = conversation.result("open", view=None)
    assert opened["root"]["nodes"][0]["name"] == name
    assert opened["dataset"]["name"] == name
