"""The server extension: small messages of kernels go out at once.

Jupyter's server leaves Nagle's algorithm on. The status that a kernel sends
before each small reply then holds the reply back for some 40 ms.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "usid_lab.lab.server"}]


def _load_jupyter_server_extension(_server: ServerApp) -> None:
    """Set TCP_NODELAY on the websockets of kernels; do nothing else."""
    plain_open = KernelWebsocketHandler.open
    if hasattr(plain_open, "__wrapped__"):
        return

    @wraps(plain_open)
    async def open_at_once(self: KernelWebsocketHandler, kernel_id: str) -> None:
        self.set_nodelay(True)
        await plain_open(self, kernel_id)  # type: ignore[no-untyped-call]

    KernelWebsocketHandler.open = open_at_once  # type: ignore[method-assign]
