"""Files and conversations for the viewer's tests."""

import threading
from copy import deepcopy

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.storage import FileWriter
from usid_lab.widgets.session import Session
from usid_lab.widgets.viewer import Viewer

UM = np.arange(16) * 1e-6


def line(size, units="m", step=1e-6):
    return np.arange(size) * step, units


@pytest.fixture
def spectra():
    """Random numbers, Y x X x Cycle x Bias; they vary most at Cycle 0, Bias 7."""
    values = np.random.default_rng(5).normal(size=(6, 7, 2, 12)).astype("f4")
    values[:, :, 0, 7] *= 50
    return values


@pytest.fixture
def spectra_file(write, spectra):
    return write(
        spectra,
        {"Y": line(6), "X": line(7)},
        {"Cycle": (np.arange(2.0), ""), "Bias": (np.linspace(-1, 1.2, 12), "V")},
    )


@pytest.fixture
def channel_file(tmp_path):
    """A function that writes channels which share their tables."""

    def channel_file(channels, position, spectroscopic=None, name="channels.h5"):
        path = tmp_path / name
        with FileWriter(path) as writer:
            first = None
            for number, (quantity, (data, units)) in enumerate(channels.items()):
                group = writer.channel("Measurement_000", f"Channel_{number:03d}")
                sides = {"share": first}
                if first is None:
                    sides = {
                        "position": position,
                        "spectroscopic": spectroscopic or {},
                    }
                main = writer.main(
                    group, "Raw_Data", data, quantity=quantity, units=units, **sides
                )
                first = first or main
        return path

    return channel_file


@pytest.fixture
def viewer():
    """A function that makes the viewer of a file."""
    return lambda path, start=None: Viewer(lambda: ul.open(path), start)


@pytest.fixture
def plain_file(tmp_path):
    """A function that writes a file of plain arrays."""

    def plain_file(arrays, name="plain.h5"):
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for where, array in arrays.items():
                file[where] = array
        return path

    return plain_file


class Talk:
    """A conversation with a session, as the browser would hold it."""

    def __init__(self, viewer, saved=None):
        self.sent = []
        self.threads = set()
        self._told = threading.Condition()
        self.session = Session(viewer, self._take, saved)
        self.edition = None
        self._number = 0

    def _take(self, content, buffers):
        with self._told:
            self.threads.add(threading.current_thread())
            self.sent.append((content, buffers))
            self._told.notify_all()

    def say(self, kind, **params):
        """Send a request; gives its id."""
        self._number += 1
        identity = f"r{self._number}"
        message = {"kind": "request", "id": identity, "type": kind, "params": params}
        if self.edition is not None:
            message["edition"] = self.edition
        self.session.receive(deepcopy(message))  # what travels is nobody's any more
        return identity

    def reply(self, identity):
        """Wait for the reply to a request."""
        with self._told:
            assert self._told.wait_for(lambda: self._found(identity), timeout=60)
            return self._found(identity)

    def ask(self, kind, **params):
        """Send a request and wait for its reply."""
        return self.reply(self.say(kind, **params))

    def result(self, kind, **params):
        """Send a request that succeeds; gives its result with arrays in place."""
        content, buffers = self.ask(kind, **params)
        assert content["status"] == "ok", content
        if kind in ("open", "retry"):
            self.edition = content["result"]["file"]["edition"]
        return decoded(content["result"], buffers)

    def _found(self, identity):
        for content, buffers in self.sent:
            if content["kind"] == "reply" and content["id"] == identity:
                return content, buffers
        return None


def decoded(value, buffers):
    """What the browser sees: arrays in the place of their headers."""
    if isinstance(value, dict) and "$array" in value:
        flat = np.frombuffer(buffers[value["$array"]], "<" + value["dtype"])
        return flat.reshape(value["shape"])
    if isinstance(value, dict):
        return {name: decoded(item, buffers) for name, item in value.items()}
    if isinstance(value, list):
        return [decoded(item, buffers) for item in value]
    return value


@pytest.fixture
def talk(viewer):
    """A function that opens a conversation about a file."""
    talks = []

    def talk(path, saved=None):
        talks.append(Talk(viewer(path), saved))
        return talks[-1]

    yield talk
    for one in talks:
        one.session.close()
        assert one.session.wait(30)
