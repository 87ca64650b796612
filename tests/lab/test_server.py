"""The server extension, in a server of its own with a real kernel."""

import json
import socket

import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from usid_lab.lab import server

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"usid_lab.lab.server": True}}}


@pytest.fixture
def opened(monkeypatch):
    """The handlers of websockets that were opened, in order."""
    handlers = []
    plain_open = KernelWebsocketHandler.open

    async def open_and_note(self, kernel_id):
        handlers.append(self)
        await plain_open(self, kernel_id)

    monkeypatch.setattr(KernelWebsocketHandler, "open", open_and_note)
    return handlers


def nodelay(handler):
    connection = handler.ws_connection.stream.socket
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_websockets_of_kernels_send_at_once(opened, jp_fetch, jp_ws_fetch):
    answer = await jp_fetch("api", "kernels", method="POST", body="{}")
    kernel = json.loads(answer.body)["id"]
    websocket = await jp_ws_fetch("api", "kernels", kernel, "channels")
    assert [nodelay(handler) != 0 for handler in opened] == [True]
    websocket.close()
    await jp_fetch("api", "kernels", kernel, method="DELETE")


def test_loading_twice_wraps_once(monkeypatch):
    monkeypatch.setattr(KernelWebsocketHandler, "open", KernelWebsocketHandler.open)
    server._load_jupyter_server_extension(None)
    wrapped = KernelWebsocketHandler.open
    server._load_jupyter_server_extension(None)
    assert KernelWebsocketHandler.open is wrapped


def test_extension_names_its_module():
    points = server._jupyter_server_extension_points()
    assert points == [{"module": "usid_lab.lab.server"}]
