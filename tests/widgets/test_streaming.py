"""Slow reads show what has come, and stop as soon as something newer is wanted."""

import threading
import time

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading.planning.pieces import Pacer
from usid_lab.storage import FileWriter
from usid_lab.widgets.forms import Frame
from usid_lab.widgets.replies import Reply
from usid_lab.widgets.streaming import grain_of, so_far
from usid_lab.widgets.subject import Subject, Watch, subject_of

MAIN = "/Measurement_000/Channel_000/Raw_Data"


@pytest.fixture
def slow(monkeypatch):
    """Everything is read in the smallest pieces, and every preview is due."""
    monkeypatch.setattr(Pacer, "_is_long", lambda *_: True)
    monkeypatch.setattr(Pacer, "is_light", lambda *_: False)
    monkeypatch.setattr("usid_lab.reading.stopping._OFTEN", 0)
    monkeypatch.setattr("usid_lab.reading.stopping._SHARE", 0)
    monkeypatch.setattr("usid_lab.reading.reader.MAX_RESIDENT", 0)
    monkeypatch.setattr("usid_lab.widgets.replies._PATIENCE", -1)
    monkeypatch.setattr("usid_lab.widgets.replies._BETWEEN_PREVIEWS", 0)


def partials(conversation, identity):
    return [
        (content["result"], buffers)
        for content, buffers in conversation.sent
        if content["kind"] == "partial" and content["id"] == identity
    ]


def previews(conversation, identity, name):
    """The arrays of all previews of a request, in order."""
    found = []
    for result, buffers in partials(conversation, identity):
        head = result[name]
        flat = np.frombuffer(buffers[head["$array"]], "<" + head["dtype"])
        found.append(flat.reshape(head["shape"]))
    return found


def grows(parts, whole):
    """Assert that previews have the form of the whole, and more of it each time."""
    known = [np.isfinite(part).sum() for part in parts]
    assert known == sorted(known)
    assert 0 < known[0] < whole.size
    for part in parts:
        assert part.shape == whole.shape
        seen = np.isfinite(part)
        np.testing.assert_array_equal(part[seen], whole[seen])


def said(conversation, kind, **params):
    identity = conversation.say(kind, **params)
    content, _ = conversation.reply(identity)
    assert content["status"] == "ok", content
    return identity


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("chunks", [False, (7, 24), (3, 5)])
@pytest.mark.parametrize("dtype", ["f4", "i2", "c8", "f8"])
def test_previews_of_a_map_grow(talk, tmp_path, dtype, chunks):
    data = np.random.default_rng(2).integers(1, 99, (6, 7, 24)).astype(dtype)
    path = tmp_path / "a.h5"
    axis = np.arange(7) * 1e-6
    ul.create(
        path, data, quantity="Current", units="nA", chunks=chunks,
        position={"Y": (axis[:6], "m"), "X": (axis, "m")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 24), "V")},
    )  # fmt: skip
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 3
    identity = said(conversation, "frame", slot="map", view=view)
    whole = data[:, :, 3]
    expected = np.abs(whole) if dtype == "c8" else whole
    grows(previews(conversation, identity, "map"), expected.astype("f4"))
    assert {r["title"][:3] for r, _ in partials(conversation, identity)} == {"at "}


@pytest.mark.usefixtures("slow")
def test_previews_of_a_turned_map_are_upright(talk, spectra_file, spectra):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view |= {"x": "Y", "y": "X"}
    view["index"]["Bias"] = 3
    identity = said(conversation, "frame", slot="map", view=view)
    grows(previews(conversation, identity, "map"), spectra[:, :, 0, 3].T)


@pytest.mark.usefixtures("slow")
def test_previews_of_curves_grow(talk, spectra_file, spectra):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"] |= {"Y": 1, "X": 1}
    identity = said(conversation, "frame", slot="curve", view=view)
    grows(previews(conversation, identity, "curve"), spectra[1, 1, 0][None])
    view["overlay"] = "Cycle"
    identity = said(conversation, "frame", slot="curve", view=view)
    grows(previews(conversation, identity, "curve"), spectra[1, 1])


@pytest.mark.usefixtures("slow")
def test_previews_of_a_mean_grow(talk, spectra_file, spectra, monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.maps._BLOCK_BYTES", 512)
    monkeypatch.setattr("usid_lab.widgets.maps._MOST_BLOCK_BYTES", 512)
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["band"] = [2, 9]
    identity = said(conversation, "frame", slot="map", view=view)
    mean = spectra[:, :, 0, 2:10].mean(axis=-1, dtype="f8").astype("f4")
    parts = previews(conversation, identity, "map")
    grows(parts[:-1], mean)  # after the last block all is known
    results = [result for result, _ in partials(conversation, identity)]
    assert [r["valid"] for r in results] == sorted({r["valid"] for r in results})


@pytest.mark.usefixtures("slow")
def test_maps_of_a_channel_set_come_one_after_the_other(talk, channel_file):
    axis = np.arange(6) * 1e-6, "m"
    images = {name: (np.full((6, 6), ord(name)), "m") for name in "ABC"}
    conversation = talk(channel_file(images, {"Y": axis, "X": axis}))
    view = conversation.result("open", view=None)["dataset"]["view"]
    said(conversation, "frame", slot="grid", view=view)  # to look at them took a read
    identity = said(conversation, "frame", slot="grid", view=view)
    counts = []
    for result, buffers in partials(conversation, identity):
        assert [item["label"] for item in result["grid"]] == ["A", "B", "C"]
        maps = [item.get("map") for item in result["grid"]]
        flat = [np.frombuffer(buffers[m["$array"]], "<f4") for m in maps if m]
        assert not any(maps[len(flat) :])
        for name, values in zip("ABC", flat, strict=False):
            assert set(values[np.isfinite(values)]) <= {ord(name)}
        counts.append(sum(int(np.isfinite(values).sum()) for values in flat))
    assert counts == sorted(counts)
    assert counts[0] == 0  # all have their places
    assert any(0 < count < 36 for count in counts)
    assert 72 <= counts[-1] <= 108


def stacked(talk, channel_file):
    """A stack of two curves over an axis that was recorded as the first channel."""
    bias = np.linspace(-1, 1, 12)
    curves = {
        "Z": (bias[None] * 1.001, "V"),
        "A": (np.arange(12.0)[None], "m"),
        "B": (np.arange(12.0)[None] ** 2, "m"),
    }
    path = channel_file(curves, {"X": ([0.0], "m")}, {"Bias": (bias, "V")})
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["channels"] = "all"
    return conversation, view, {name: curves[name][0].astype("f4") for name in curves}


@pytest.mark.usefixtures("slow")
def test_curves_of_a_stack_come_one_after_the_other_in_their_places(talk, channel_file):
    conversation, view, curves = stacked(talk, channel_file)
    identity = said(conversation, "frame", slot="grid", view=view)
    counts = []
    for result, buffers in partials(conversation, identity):
        # The recorded axis has the last place from the beginning.
        assert [item["label"] for item in result["grid"]] == ["A", "B", "Z"]
        found = [item.get("curve") for item in result["grid"]]
        rows = [np.frombuffer(buffers[c["$array"]], "<f4") for c in found if c]
        assert not any(found[len(rows) :])
        for name, row in zip("ABZ", rows, strict=False):
            seen = np.isfinite(row)
            np.testing.assert_array_equal(row[seen], curves[name][0][seen])
        counts.append(sum(int(np.isfinite(row).sum()) for row in rows))
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert {12, 24} <= set(counts)


@pytest.mark.usefixtures("slow")
def test_a_stack_tells_how_far_it_is(talk, channel_file, monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.replies._BETWEEN", 0)
    conversation, view, _ = stacked(talk, channel_file)
    identity = said(conversation, "frame", slot="grid", view=view)
    told = [
        content["fraction"]
        for content, _ in conversation.sent
        if content["kind"] == "progress" and content["id"] == identity
    ]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


@pytest.mark.usefixtures("slow")
def test_previews_of_both_directions_of_a_sweep_grow(talk, channel_file):
    bias = np.linspace(-1, 1, 12), "V"
    rng = np.random.default_rng(3)
    both = {name: rng.normal(size=(1, 12)) for name in ("I forward", "I backward")}
    path = channel_file(
        {name: (values, "A") for name, values in both.items()},
        {"X": ([0.0], "m")},
        {"Bias": bias},
    )
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    identity = said(conversation, "frame", slot="curve", view=view)
    whole = np.concatenate(list(both.values())).astype("f4")
    grows(previews(conversation, identity, "curve"), whole)
    names = [result["curveNames"] for result, _ in partials(conversation, identity)]
    assert all(name == list(both) for name in names)


@pytest.mark.usefixtures("slow")
def test_previews_of_a_compound_with_integers_grow(talk, tmp_path):
    kind = np.dtype([("height", "f4"), ("count", "i4")])
    data = np.zeros((6, 7, 24), kind)
    data["height"] = data["count"] = np.arange(1008).reshape(6, 7, 24)
    axis = np.arange(7) * 1e-6
    path = tmp_path / "a.h5"
    ul.create(
        path, data, quantity="Current", units="nA",
        position={"Y": (axis[:6], "m"), "X": (axis, "m")},
        spectroscopic={"Bias": (np.linspace(-1, 1, 24), "V")},
    )  # fmt: skip
    conversation = talk(path)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 3
    for component in ("height", "count"):
        view["component"] = component
        identity = said(conversation, "frame", slot="map", view=view)
        expected = data[component][:, :, 3].astype("f4")
        grows(previews(conversation, identity, "map"), expected)


def test_quick_reads_show_none(talk, spectra_file):
    conversation = talk(spectra_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    view["index"]["Bias"] = 2
    identity = said(conversation, "frame", slot="map", view=view)
    assert not partials(conversation, identity)


def test_previews_keep_their_distance(monkeypatch):
    monkeypatch.setattr("usid_lab.widgets.replies._PATIENCE", 5.0)
    clock, sent, made = [100.0], [], []
    monkeypatch.setattr("usid_lab.widgets.replies.time.monotonic", lambda: clock[0])

    def answer(watch):
        for second in (1, 4.9, 5, 5.1, 5.3, 9):
            clock[0] = 100.0 + second
            watch.preview(lambda s=second: made.append(s) or Frame(title=str(s)))
        return

    Reply("a", answer, lambda content, _: sent.append(content), "map").run(bool)
    assert made == [5, 5.3, 9]
    assert [c["kind"] for c in sent] == ["partial"] * 3 + ["reply"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(4, dtype="i4").reshape(2, 2), "f8"),
        (np.ones((2, 2), "c8"), "c8"),
        (np.ones((2,), [("a", "f4"), ("b", "f8")]), [("a", "f4"), ("b", "f8")]),
    ],
)
def test_what_has_not_come_is_nan(values, expected):
    found = so_far([values[:1], values[1:]], 5)
    assert found.dtype == np.dtype(expected)
    np.testing.assert_array_equal(found[:2], values.astype(expected))
    rest = found[2:]
    faces = [rest] if rest.dtype.names is None else [rest[n] for n in rest.dtype.names]
    assert all(np.isnan(face).all() for face in faces)


STORAGES = {
    "in one piece": {"chunks": False, "compression": None},
    "chunks": {"chunks": (64, 64), "compression": None},
    "gzip": {"chunks": (256, 64), "compression": "gzip"},
}


@pytest.fixture(params=STORAGES.values(), ids=STORAGES)
def big_file(request, tmp_path):
    """A scan of 128 MiB: too large to be kept in memory."""
    path, side, points = tmp_path / "big.h5", 256, 512
    axis = (np.arange(side) * 1e-7, "m")
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        name = writer.main(
            channel, "Raw_Data", None, dtype="f4", quantity="Current", units="nA",
            position={"Y": axis, "X": axis},
            spectroscopic={"Bias": (np.linspace(-1, 1, points), "V")},
            **request.param,
        )  # fmt: skip
    noise = np.random.default_rng(3).integers(0, 9, (4096, points)).astype("f4")
    with h5py.File(path, "r+") as file:
        for row in range(0, side * side, 4096):
            file[name][row : row + 4096] = noise + row
    return path


def test_an_overtaken_read_of_a_big_file_stops_within_50_ms(talk, big_file):
    conversation = talk(big_file)
    view = conversation.result("open", view=None)["dataset"]["view"]
    lags = []
    for turn in range(7):
        wide = view | {"band": [turn, 500]}
        reading = threading.Event()
        _on_progress(conversation, reading)
        old = conversation.say("frame", slot="map", view=wide)
        assert reading.wait(30)
        begin = time.monotonic()
        view["index"]["Bias"] = 100 + turn
        new = conversation.say("frame", slot="map", view=view)
        assert conversation.reply(old)[0]["status"] == "stale"
        lags.append(time.monotonic() - begin)
        content, _ = conversation.reply(new)
        assert content["status"] == "ok"
    # The machine may be busy with something else now and then.
    assert sorted(lags)[1] < 0.05


def _on_progress(conversation, reading):
    """Let `reading` know when some of the next read is done."""
    reader = conversation.session.viewer._shelf.known(MAIN).subject.reader
    plain = type(reader).reduce

    def reduce(asked, stop, progress, partial):
        def told(fraction):
            reading.set()
            progress(fraction)

        return plain(reader, asked, stop, told, partial)

    reader.reduce = reduce


@pytest.mark.parametrize(
    ("chunks", "rows"), [(False, 1), ((7, 24), 1), ((14, 5), 2), ((10, 24), 10)]
)
def test_parts_end_where_chunks_end(tmp_path, chunks, rows):
    path = tmp_path / "a.h5"
    axis = np.arange(40) * 1e-6
    ul.create(
        path, np.zeros((40, 7, 24), "f4"), quantity="Current", units="nA",
        position={"Y": (axis, "m"), "X": (axis[:7], "m")}, chunks=chunks,
        spectroscopic={"Bias": (np.linspace(-1, 1, 24), "V")}, compression=None,
    )  # fmt: skip
    subject = subject_of(ul.open(path).main_datasets[0])
    assert grain_of(subject, subject.dim("Y")) == rows


@pytest.mark.usefixtures("slow")
def test_what_comes_has_the_form_of_the_whole(spectra_file):
    subject: Subject = subject_of(ul.open(spectra_file).main_datasets[0])
    told, made = [], []
    watch = Watch(progress=told.append, partial=lambda make: made.append(make()))
    whole = subject.read({"Cycle": 0, "Bias": 1}, watch, lambda raw: raw.copy())
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert made
    assert all(part.shape == whole.shape for part in made)
