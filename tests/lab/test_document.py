"""What a double click runs, in a real kernel."""

import hashlib

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from usid_lab.storage import FileWriter

CODE = "from usid_lab.lab import document; document.show()"
VIEW = "application/vnd.jupyter.widget-view+json"
FAILURE = "application/vnd.usid-lab.failure+json"


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "scan.h5"
    with FileWriter(path) as writer:
        writer.main(
            writer.channel("Measurement_000", "Channel_000"), "Raw_Data",
            np.arange(24.0).reshape(2, 3, 4), quantity="Current", units="nA",
            position={"Y": (np.arange(2.0), "m"), "X": (np.arange(3.0), "m")},
            spectroscopic={"Bias": (np.arange(4.0), "V")},
        )  # fmt: skip
    return path


def run(client, code, metadata=None):
    """Return the messages that answer a piece of code, and its reply."""
    message = client.session.msg(
        "execute_request",
        {"code": code, "silent": False, "store_history": False,
         "user_expressions": {}, "allow_stdin": False},
        metadata=metadata,
    )  # fmt: skip
    client.shell_channel.send(message)
    reply = client._recv_reply(message["header"]["msg_id"], timeout=60)
    seen = []
    while True:
        each = client.get_iopub_msg(timeout=60)
        if each["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            seen.append(each)
            if each["content"].get("execution_state") == "idle":
                return seen, reply["content"]


def show(client, **request):
    """Return the one thing that the kernel displays."""
    messages, reply = run(client, CODE, {"usid_lab": request})
    assert reply["status"] == "ok", reply
    (shown,) = [each for each in messages if each["msg_type"] == "display_data"]
    return shown["content"]["data"]


def ask(client, expression):
    """Return the text of an expression in the kernel."""
    messages, _ = run(client, f"print({expression})")
    return "".join(
        each["content"]["text"] for each in messages if each["msg_type"] == "stream"
    ).strip()


def test_viewer_is_shown(kernel, scan):
    data = show(kernel, path=scan.name, root=str(scan.parent), view=None)
    assert data[VIEW]["model_id"]


def test_same_file_has_one_viewer(kernel, scan):
    request = {"path": scan.name, "root": str(scan.parent), "view": None}
    first, second = show(kernel, **request), show(kernel, **request)
    assert first[VIEW]["model_id"] == second[VIEW]["model_id"]


def test_another_file_takes_its_place(kernel, scan):
    root = str(scan.parent)
    first = show(kernel, path=scan.name, root=root, view=None)
    copy = scan.with_name("copy.h5")
    copy.write_bytes(scan.read_bytes())
    second = show(kernel, path=copy.name, root=root, view=None)
    assert first[VIEW]["model_id"] != second[VIEW]["model_id"]
    again = show(kernel, path=scan.name, root=root, view=None)
    assert again[VIEW]["model_id"] != first[VIEW]["model_id"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "did not say which file"),
        ({"path": "../x.h5", "root": "/tmp"}, "outside the folder"),
        ({"path": "x.h5", "root": ""}, "does not say in which folder"),
    ],
)
def test_failures_are_shown_in_words(kernel, request_, words):
    data = show(kernel, **request_)
    assert words in data[FAILURE]["message"]
    assert data[FAILURE]["reason"]
    assert VIEW not in data


def test_path_is_never_code(kernel, scan, tmp_path):
    canary = tmp_path / "canary"
    name = f'x";open({str(canary)!r},"w")#.h5'
    show(kernel, path=name, root=str(scan.parent), view=None)
    assert not canary.exists()


def test_showing_changes_no_byte(kernel, scan):
    before = hashlib.sha256(scan.read_bytes()).digest(), scan.stat().st_mtime_ns
    show(kernel, path=scan.name, root=str(scan.parent), view=None)
    assert (hashlib.sha256(scan.read_bytes()).digest(), scan.stat().st_mtime_ns) == (
        before
    )


def test_opening_loads_neither_bqplot_nor_xarray(kernel, scan):
    show(kernel, path=scan.name, root=str(scan.parent), view=None)
    heavy = "{'bqplot', 'xarray', 'matplotlib', 'pandas', 'scipy'}"
    assert ask(kernel, f"sorted({heavy} & set(__import__('sys').modules))") == "[]"
