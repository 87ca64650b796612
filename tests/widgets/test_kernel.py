"""The workbench in a real kernel, spoken to as a browser does."""

import time
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.manager import KernelManager

import usid_lab

pytestmark = pytest.mark.skipif(
    not files("usid_lab").joinpath("static", "workbench.js").is_file(),
    reason="the browser's half is not built",
)

CODE = """
import sys
import usid_lab as ul
from usid_lab.widgets import Workbench
w = Workbench({path!r})
print(w.model_id)
heavy = [n for n in ("xarray", "matplotlib", "scipy", "pandas", "bqplot", "dask")]
print([name for name in heavy if name in sys.modules])
"""


@pytest.fixture(scope="module")
def client():
    manager = KernelManager()
    # The package under test, installed or not.
    manager.start_kernel(cwd=str(Path(usid_lab.__file__).parents[1]))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)


def printed(client, code):
    lines = []

    def collect(message):
        if message["msg_type"] == "stream":
            lines.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=60, output_hook=collect)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(lines).splitlines()


def said(client, comm, kind, **params):
    """Send a request through the comm of the widget; gives reply and buffers."""
    content = {"kind": "request", "id": "1", "type": kind, "params": params}
    data = {"method": "custom", "content": content}
    client.shell_channel.send(
        client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] != "comm_msg":
            continue
        told = message["content"]["data"]
        if told["method"] == "custom" and told["content"]["kind"] == "reply":
            return told["content"], message["buffers"]
    raise AssertionError("no reply")


def test_messages_reach_the_browser_from_the_reading_thread(
    client, spectra_file, spectra
):
    comm, heavy = printed(client, CODE.format(path=str(spectra_file)))
    assert heavy == "[]"
    opened, buffers = said(client, comm, "open", view=None)
    assert opened["status"] == "ok"
    header = opened["result"]["map"]["map"]
    shown = np.frombuffer(buffers[header["$array"]], "<f4").reshape(header["shape"])
    view = opened["result"]["dataset"]["view"]
    np.testing.assert_array_equal(shown, spectra[:, :, 0, view["index"]["Bias"]])

    view["index"] |= {"Cycle": 1, "Bias": 4}
    frame, buffers = said(client, comm, "frame", slot="map", view=view)
    shown = np.frombuffer(buffers[0], "<f4").reshape(frame["result"]["map"]["shape"])
    np.testing.assert_array_equal(shown, spectra[:, :, 1, 4])


def test_hostile_messages_leave_the_kernel_quiet(client, spectra_file):
    comm, _ = printed(client, CODE.format(path=str(spectra_file)))
    reply, _ = said(client, comm, "frame", slot="map", view={"dataset": 7})
    assert reply["status"] == "error"
    for content in (None, 3, {"kind": "request"}, {"kind": "request", "id": []}):
        data = {"method": "custom", "content": content}
        client.shell_channel.send(
            client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        )
    assert printed(client, "print('alive')") == ["alive"]
