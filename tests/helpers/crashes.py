"""A disk that writes down what it is asked, and what it may hold after a crash."""

import contextlib
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

import usid_lab as ul
from usid_lab.errors import InterruptedSaveError
from usid_lab.storage import FileWriter
from usid_lab.storage.commit import disk
from usid_lab.storage.commit.recovering import recover
from usid_lab.storage.handles import release

SHAPE = (60, 200)
RESULTS = 40_000  # numbers, 320 kB
TABLE = {"quantity": "Current", "units": "nA"}


def make_raw(path):
    """A file as an instrument writes it, with one Main dataset in chunks."""
    raw = np.random.default_rng(5).random(SHAPE)
    with FileWriter(path) as writer:
        writer.main(
            "/Measurement_000/Channel_000",
            "Raw_Data",
            raw,
            position={"X": (np.arange(60.0), "m")},
            spectroscopic={"Bias": (np.arange(200.0), "V")},
            chunks=(7, 200),
            **TABLE,
        )
    return raw


def add_results(path):
    """Save results and an attribute of the raw data; the same bytes every time."""
    with FileWriter(path, extend=True) as writer:
        group = writer.group("/Measurement_000/Channel_000/Raw_Data-Fit_000")
        writer.array(f"{group}/Peak", np.arange(float(RESULTS)))
        writer.array(f"{group}/Width", np.arange(900.0).reshape(30, 30), chunks=(5, 30))
        writer.edit("/Measurement_000/Channel_000/Raw_Data", {"operator": "Ada"})


def state_of(path):
    """Whether a file is the old one or the new one, by what is in it."""
    with h5py.File(path) as file:
        channel = file["Measurement_000/Channel_000"]
        np.testing.assert_array_equal(
            channel["Raw_Data"][()], np.random.default_rng(5).random(SHAPE)
        )
        edited = "operator" in channel["Raw_Data"].attrs
        if "Raw_Data-Fit_000" not in channel:
            assert not edited
            return "old"
        peak = channel["Raw_Data-Fit_000/Peak"][()]
        np.testing.assert_array_equal(peak, np.arange(float(RESULTS)))
        assert edited
        return "new"


@dataclass
class Call:
    """One thing that the disk was asked."""

    kind: str
    node: int = 0
    data: bytes = b""
    offset: int = 0
    names: tuple[str, ...] = ()


@dataclass
class Recorder:
    """Everything that happens in a folder, from a moment on."""

    folder: Path
    files: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)
    born: dict[int, bytes] = field(default_factory=dict)

    def start(self):
        """Remember what is there, all of it on the disk."""
        for path in self.folder.iterdir():
            self.names[path.name] = path.stat().st_ino
            self.files[path.stat().st_ino] = path.read_bytes()

    @contextlib.contextmanager
    def recording(self):
        """Write down the calls of the module ``disk``."""
        real = {name: getattr(disk, name) for name in _KINDS}
        for name in _KINDS:
            setattr(disk, name, self._wrapped(name, real[name]))
        try:
            yield self
        finally:
            for name, function in real.items():
                setattr(disk, name, function)
            for descriptor in self.held.values():
                os.close(descriptor)

    def _wrapped(self, kind, function):
        def call(*arguments):
            self.calls.append(self._call(kind, *arguments))
            return function(*arguments)

        return call

    def _call(self, kind, *given):
        if kind in ("move", "remove"):
            return Call(kind, names=tuple(path.name for path in given))
        if kind == "sync_folder":
            return Call(kind)
        node = os.fstat(given[0]).st_ino
        name = self._name(node)
        if node not in self.held:
            # No other file gets its number as long as it is open.
            self.held[node] = os.open(self.folder / name, os.O_RDONLY)
            self.born[node] = (self.folder / name).read_bytes()
        if kind == "write_at":
            return Call(kind, node, bytes(given[1]), given[2], (name,))
        if kind == "sync":
            return Call(kind, node, names=(name,))
        return Call(kind, node, offset=given[1], names=(name,))

    def _name(self, node):
        found = [p.name for p in self.folder.iterdir() if p.stat().st_ino == node]
        return found[0]


_KINDS = ("write_at", "sync", "cut", "move", "remove", "sync_folder")


@dataclass
class Crash:
    """What a disk holds when it stopped after so many calls."""

    recorder: Recorder
    count: int
    drop: random.Random | None = None
    torn: float | None = None
    """Which part of the last call came to the disk."""

    def folder(self):
        """Return the files, by name."""
        files = {node: bytearray(data) for node, data in self.recorder.files.items()}
        names = dict(self.recorder.names)
        calls = self.recorder.calls[: self.count]
        for number, call in enumerate(calls):
            if self._is_lost(calls, number):
                continue
            part = 1.0 if number < len(calls) - 1 or self.torn is None else self.torn
            data = call.data[: int(part * len(call.data))]
            self._apply(call, data, files, names)
        return {name: bytes(files[node]) for name, node in names.items()}

    def _is_lost(self, calls, number):
        """Whether the power went before this call was on the disk."""
        call = calls[number]
        if call.kind in ("sync", "sync_folder"):
            return False
        later = calls[number + 1 :]
        if call.kind in ("move", "remove"):
            safe = any(one.kind == "sync_folder" for one in later)
        else:
            safe = any(one.kind == "sync" and one.node == call.node for one in later)
        return bool(self.drop and not safe and self.drop.random() < 0.5)

    def _apply(self, call, data, files, names):
        if call.kind == "move":
            names[call.names[1]] = names.pop(call.names[0])
            return
        if call.kind in ("remove", "sync_folder"):
            names.pop(*call.names, None) if call.names else None
            return
        if call.node not in files:
            names[call.names[0]] = call.node
            files[call.node] = bytearray(self.recorder.born[call.node])
        file = files[call.node]
        if call.kind == "write_at":
            file.extend(bytes(max(0, call.offset + len(data) - len(file))))
            file[call.offset : call.offset + len(data)] = data
        elif call.kind == "cut":
            del file[call.offset :]
            file.extend(bytes(call.offset - len(file)))


def crashes(recorder, seeds, cuts):
    """Every moment at which the disk may stop, and what it may have lost by then."""
    for count in range(len(recorder.calls) + 1):
        yield Crash(recorder, count)
        if count and recorder.calls[count - 1].kind == "write_at":
            yield from (Crash(recorder, count, torn=cut) for cut in cuts)
        for seed in range(seeds):
            drop = random.Random(1000 * count + seed)
            cut = drop.choice((None, *cuts))
            yield Crash(recorder, count, drop, cut)


def survive(crash, folder, name, old, new):
    """Let a file be read, and recovered, after a crash; returns what it is then.

    `folder` is empty. The file must be whole: byte by byte the old or the new one, and
    nothing else be left in the folder. Before that it may be refused, in words.
    """
    for entry, data in crash.folder().items():
        (folder / entry).write_bytes(data)
    path = folder / name
    before = "refused"
    with contextlib.suppress(InterruptedSaveError):
        assert len(ul.open(path).main_datasets) == 1
        release(path)
        before = state_of(path)
    recover(path)
    assert [entry.name for entry in folder.iterdir()] == [name]
    assert path.read_bytes() in (old, new)
    after = state_of(path)
    assert before in ("refused", "old", after)
    path.unlink()
    return before, after
