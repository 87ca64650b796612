"""A file that changes while it is open: nothing old is ever shown as new."""

import os
import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest
from rewriting import rewriting

import usid_lab as ul
from usid_lab.errors import ChangedFileError, MissingFileError
from usid_lab.widgets.edition import Edition
from usid_lab.widgets.subject import Subject
from usid_lab.widgets.viewer import Viewer
from usid_lab.widgets.vigil import Vigil

MAIN = "/Measurement_000/Channel_000/Raw_Data"
SHAPE = (6, 7, 12)
OLD = np.random.default_rng(1).normal(size=SHAPE)
NEW = OLD + 1000

STORAGES = {
    "in one piece": {"chunks": False, "compression": None},
    "chunks": {"chunks": (7, 12), "compression": None},
    "gzip": {"chunks": (7, 4), "compression": "gzip"},
}


def made(path, data, **storage):
    """Write a scan, Y x X x Bias, the size of whose axes is that of `data`."""
    y, x, bias = data.shape
    ul.create(
        path, data, quantity="Current", units="nA",
        position={"Y": (np.arange(y) * 1e-6, "m"), "X": (np.arange(x) * 1e-6, "m")},
        spectroscopic={"Bias": (np.linspace(-1, 1, bias), "V")},
        **storage,
    )  # fmt: skip
    return path


def rewritten(path, fresh):
    """Other values in the same places."""
    with rewriting(path) as file, h5py.File(fresh) as source:
        file[MAIN][...] = source[MAIN][...]
    return NEW


def appended(path, fresh):
    """Another dataset; the old one stays as it was."""
    del fresh
    with rewriting(path) as file:
        file["more"] = np.arange(1000.0)
    return OLD


def replaced(path, fresh):
    fresh.replace(path)
    return NEW


def replaced_by_another_form(path, fresh):
    fresh.unlink()
    made(fresh, NEW[:4, :5, :9]).replace(path)
    return NEW[:4, :5, :9]


def truncated(path, fresh):
    del fresh
    os.truncate(path, path.stat().st_size - 3000)


def deleted(path, fresh):
    del fresh
    path.unlink()


TROUBLES = [
    rewritten, appended, replaced, replaced_by_another_form, truncated, deleted,
]  # fmt: skip


@pytest.fixture(params=STORAGES.values(), ids=STORAGES)
def storage(request):
    return request.param


@pytest.fixture
def files(tmp_path, storage):
    """The file that is open, and one like it with other values."""
    return (
        made(tmp_path / "scan.h5", OLD, **storage),
        made(tmp_path / "fresh.h5", NEW, **storage),
    )


def requests_about(view):
    """Everything that a browser asks of the dataset that it shows."""
    other = view | {"index": view["index"] | {"Bias": 2, "Y": 0, "X": 1}}
    banded = view | {"band": [1, 5]}
    return [
        ("frame", {"slot": "map", "view": view}),
        ("frame", {"slot": "map", "view": other}),
        ("frame", {"slot": "map", "view": banded}),
        ("frame", {"slot": "curve", "view": view}),
        ("frame", {"slot": "curve", "view": other}),
        ("describe", {"path": MAIN, "view": view}),
        ("children", {"path": "/", "start": 0, "count": 10}),
        ("attributes", {"path": MAIN, "start": 0, "count": 10}),
    ]


def shows(conversation, opened, values):
    """Assert that everything that is shown, and what is asked next, is of `values`."""
    described = opened["dataset"]
    sizes = [dim["size"] for dim in described["dims"]]
    assert sizes == list(values.shape)
    view = described["view"]
    at = view["index"]
    pixels = values[:, :, at["Bias"]].astype("f4")
    np.testing.assert_array_equal(opened["map"]["map"], pixels)
    spectrum = values[at["Y"], at["X"]].astype("f4")
    np.testing.assert_array_equal(opened["curve"]["curve"], spectrum[None])
    low, high = described["components"][0]["limits"]
    assert values.min() <= low < high <= values.max()
    view["index"] = at | {"Bias": 3}
    frame = conversation.result("frame", slot="map", view=view)
    np.testing.assert_array_equal(frame["map"], values[:, :, 3].astype("f4"))


@pytest.mark.parametrize("resident", [True, False], ids=["in memory", "in the file"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_is_answered_from_two_states(talk, files, trouble, resident):
    path, fresh = files
    conversation = talk(path)
    opened = conversation.result("open", view=None)
    shows(conversation, opened, OLD)
    assert conversation.session.wait(30)
    reader = conversation.session.viewer._shelf.known(MAIN).subject.reader
    assert reader.is_resident
    if not resident:
        reader._resident = None
    truth = trouble(path, fresh)
    expected = "missing" if trouble is deleted else "changed"
    for kind, params in requests_about(opened["dataset"]["view"]):
        content, buffers = conversation.ask(kind, **params)
        assert content["status"] == "error", (kind, params)
        assert content["error"]["file"] == expected
        assert "scan.h5" in content["error"]["message"]
        assert not buffers
    if truth is None:
        content, _ = conversation.ask("retry", view=None)
        assert content["status"] == "error"
        assert content["error"]["message"].endswith(".")
    else:
        view = opened["dataset"]["view"]
        shows(conversation, conversation.result("retry", view=view), truth)


def test_a_file_that_comes_back_is_shown_again_when_it_is_loaded(talk, files):
    path, _ = files
    conversation = talk(path)
    opened = conversation.result("open", view=None)
    aside = path.with_name("aside.h5")
    path.rename(aside)
    view = opened["dataset"]["view"]
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "missing"
    aside.rename(path)
    # It was away: nobody can say that it is what it was until it is looked at.
    shows(conversation, conversation.result("retry", view=view), OLD)


def test_a_file_that_changes_during_a_read_gives_no_frame(talk, files, monkeypatch):
    path, fresh = files
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 2  # no map that was read to open the file
    assert conversation.session.wait(30)
    plain = Subject.read

    def read(subject, selection, watch, *rest):
        values = plain(subject, selection, watch, *rest)
        rewritten(path, fresh)
        return values

    monkeypatch.setattr(Subject, "read", read)
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"


def test_what_goes_wrong_with_a_changed_file_is_that_it_changed(
    talk, files, monkeypatch
):
    path, fresh = files
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 2  # no map that was read to open the file
    assert conversation.session.wait(30)

    def fail(*_):
        replaced(path, fresh)
        raise OSError("bad object header")

    monkeypatch.setattr(Subject, "read", fail)
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"
    assert "bad object header" in content["error"]["reason"]


def test_what_was_prepared_of_an_older_file_is_not_shown(talk, files):
    path, fresh = files
    conversation = talk(path)
    conversation.session.prepare()
    assert conversation.session.wait(30)
    replaced(path, fresh)
    shows(conversation, conversation.result("open", view=None), NEW)


def test_a_reloaded_page_shows_the_file_as_it_is(talk, files):
    path, fresh = files
    conversation = talk(path)
    shows(conversation, conversation.result("open", view=None), OLD)
    assert conversation.session.wait(30)
    rewritten(path, fresh)
    shows(conversation, conversation.result("open", view=None), NEW)


def test_a_file_that_changes_while_it_is_opened_is_opened_again(files, monkeypatch):
    path, fresh = files
    viewer = Viewer(lambda: ul.open(path))
    plain, calls = viewer.children, []

    def children(*given):
        calls.append(given)
        if len(calls) == 1:
            viewer.describe(MAIN)
            rewritten(path, fresh)
        return plain(*given)

    monkeypatch.setattr(viewer, "children", children)
    opened = viewer.open(None)
    at = opened.dataset.view.index["Bias"]
    np.testing.assert_array_equal(opened.map.map, NEW[:, :, at].astype("f4"))
    assert opened.map.map.min() > 900
    assert opened.dataset.components[0].limits[0] > 900


def test_a_file_that_never_rests_is_an_error_in_words(files, monkeypatch):
    path, fresh = files
    viewer = Viewer(lambda: ul.open(path))
    plain = viewer.children

    def children(*given):
        rewritten(path, fresh)
        return plain(*given)

    monkeypatch.setattr(viewer, "children", children)
    with pytest.raises(ChangedFileError, match="changed on disk"):
        viewer.open(None)


def test_two_views_of_which_one_has_loaded_the_file_again(talk, files):
    path, fresh = files
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    old = conversation.edition
    replaced(path, fresh)
    conversation.result("retry", view=view)
    new, conversation.edition = conversation.edition, old
    content, _ = conversation.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"
    conversation.edition = new
    frame = conversation.result("frame", slot="map", view=view)
    assert (frame["map"] > 900).all()


def test_an_edition_that_is_no_text_is_refused(talk, files):
    conversation = talk(files[0])
    conversation.edition = {"a": 1}
    content, _ = conversation.ask("children", path="/", start=0, count=10)
    assert content["status"] == "error"
    conversation.edition = "another"
    content, _ = conversation.ask("children", path="/", start=0, count=10)
    assert content["error"]["file"] == "changed"


@pytest.fixture
def quick(monkeypatch):
    """Somebody looks at the file all the time."""
    monkeypatch.setattr("usid_lab.widgets.session.Vigil", lambda: Vigil(0.001))


@pytest.mark.usefixtures("quick")
def test_the_browser_is_told_when_the_file_changes(talk, files):
    path, fresh = files
    conversation = talk(path)
    conversation.result("open", view=None)
    assert conversation.result("watch", state="changed") == {"state": "same"}
    asked = conversation.say("watch", state="same")
    replaced(path, fresh)
    assert conversation.reply(asked)[0]["result"] == {"state": "changed"}
    asked = conversation.say("watch", state="changed")
    path.unlink()
    assert conversation.reply(asked)[0]["result"] == {"state": "missing"}


@pytest.mark.usefixtures("quick")
def test_who_sees_an_older_state_is_told(talk, files):
    path, fresh = files
    conversation = talk(path)
    conversation.result("open", view=None)
    old = conversation.edition
    replaced(path, fresh)
    conversation.result("retry", view=None)
    assert conversation.result("watch", state="changed") == {"state": "same"}
    conversation.edition = old
    assert conversation.result("watch", state="same") == {"state": "changed"}


@pytest.mark.parametrize("state", [None, 3, "burnt", ["same"]])
def test_a_state_that_no_file_has_is_refused(talk, files, state):
    conversation = talk(files[0])
    conversation.result("open", view=None)
    assert conversation.ask("watch", state=state)[0]["status"] == "error"


def test_who_is_told_nothing_does_not_keep_a_thread():
    vigil, told = Vigil(0.001), threading.Event()
    vigil.ask("same", lambda: "changed", lambda _: told.set())
    assert told.wait(30)
    thread = vigil._thread
    assert thread is None or thread.join(30) is None
    assert vigil._thread is None
    vigil.close()
    vigil.ask("same", lambda: "changed", lambda _: pytest.fail("it was closed"))
    assert vigil._thread is None


def test_editions_differ_by_stamp(files):
    path, fresh = files
    edition = Edition.of(path)
    assert edition.state() == "same"
    edition.require()
    assert edition.token == Edition.of(path).token != Edition.of(fresh).token
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert edition.state() == "changed"
    with pytest.raises(ChangedFileError):
        edition.require()
    gone = replace(edition, path=path.with_name("gone.h5"))
    with pytest.raises(MissingFileError, match="gone"):
        gone.require(ValueError("a cause"))
