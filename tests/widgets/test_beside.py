"""Results that come to lie beside a file that is open join its tree."""

import numpy as np
import pytest
from rewriting import rewriting

import usid_lab as ul
from usid_lab.storage.results import results_path

RAW = "/Measurement_000/Channel_000/Raw_Data"
CHANNEL = RAW.rpartition("/")[0]


def added(path):
    """Put a slice into the file of results beside a file, as another program does."""
    beside = results_path(path)
    ul.open(path).dataset(RAW).write_slice(path=beside, Bias=3)
    return beside


def names(one):
    page = one.result("children", path=CHANNEL, start=0, count=50)
    return {node["name"] for node in page["nodes"]}


def renewed(one):
    """Do what the browser does when it hears that there are other results."""
    info = one.result("renew")
    one.edition = info["edition"]
    return info


@pytest.fixture
def shown(talk, spectra_file):
    one = talk(spectra_file)
    return one, one.result("open", view=None)["dataset"]["view"]


def result_of(one):
    """HDF5 path of the one result."""
    [group] = [name for name in names(one) if "-" in name]
    page = one.result("children", path=f"{CHANNEL}/{group}", start=0, count=50)
    return next(node["path"] for node in page["nodes"] if node["kind"] == "main")


def test_new_results_are_told_of_and_join_the_tree(shown, spectra_file, spectra):
    one, view = shown
    before, old = one.edition, names(one)
    watching = one.say("watch", state="same")
    added(spectra_file)
    content, _ = one.reply(watching)
    assert content["result"] == {"state": "grown"}
    # Nothing is amiss meanwhile: the file is what it was.
    frame = one.result("frame", slot="map", view=view | {"band": [2, 5]})
    mean = spectra[:, :, 0, 2:6].mean(axis=-1, dtype="f8")
    np.testing.assert_allclose(frame["map"], mean, rtol=1e-6)
    assert renewed(one)["edition"] != before
    assert len(names(one) - old) == 1
    opened = one.result("describe", path=result_of(one), view=None)
    frame = one.result("frame", slot="map", view=opened["view"])
    np.testing.assert_array_equal(frame["map"], spectra[:, :, 0, 3])


def test_what_was_shown_before_holds_on(shown, spectra_file):
    one, view = shown
    before = one.edition
    added(spectra_file)
    renewed(one)
    one.edition = before
    one.result("frame", slot="curve", view=view)
    watching = one.say("watch", state="same")
    assert one._found(watching) is None


def test_more_results_in_the_same_file(shown, spectra_file):
    """Nothing of it is shown, so nothing that is shown may have changed."""
    one, _ = shown
    added(spectra_file)
    renewed(one)
    first = names(one)
    watching = one.say("watch", state="same")
    added(spectra_file)
    assert one.reply(watching)[0]["result"] == {"state": "grown"}
    renewed(one)
    assert len(names(one) - first) == 1


def test_results_that_are_shown_and_change_are_a_change(shown, spectra_file):
    one, _ = shown
    beside = added(spectra_file)
    renewed(one)
    result = result_of(one)
    view = one.result("describe", path=result, view=None)["view"]
    with rewriting(beside) as file:
        file[result][...] = 0
    content, _ = one.ask("frame", slot="map", view=view)
    assert content["error"]["file"] == "changed"
    content, _ = one.ask("renew")
    assert content["error"]["file"] == "changed"


def test_results_that_go_leave_the_tree(shown, spectra_file):
    one, view = shown
    old = names(one)
    beside = added(spectra_file)
    renewed(one)
    watching = one.say("watch", state="same")
    beside.unlink()
    assert one.reply(watching)[0]["result"] == {"state": "grown"}
    renewed(one)
    assert names(one) == old
    one.result("frame", slot="map", view=view)


def test_a_change_of_the_file_itself_counts_more(shown, spectra_file):
    one, _ = shown
    added(spectra_file)
    with spectra_file.open("ab") as file:
        file.write(bytes(1))
    watching = one.say("watch", state="same")
    assert one.reply(watching)[0]["result"] == {"state": "changed"}
    content, _ = one.ask("renew")
    assert content["error"]["file"] == "changed"


def test_results_that_cannot_be_read_are_a_remark(shown, spectra_file):
    one, view = shown
    results_path(spectra_file).write_bytes(b"no HDF5 at all")
    info = renewed(one)
    assert [badge["text"] for badge in info["badges"]] == ["results cannot be shown"]
    one.result("frame", slot="map", view=view)
