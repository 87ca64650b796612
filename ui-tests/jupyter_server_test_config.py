"""A JupyterLab server of the browser tests' own."""

import json
import os
import sys
import tempfile
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

#: A kernel in which usid_lab cannot be imported.
WITHOUT_USID_LAB = (
    "import sys; sys.modules['usid_lab'] = None; "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)


def write_kernel(name: str, display_name: str, argv: list[str]) -> Path:
    """Write a kernel specification into a new folder, and return the folder."""
    folder = Path(tempfile.mkdtemp(prefix="usid-lab-jupyter-"))
    kernel = folder / "kernels" / name
    kernel.mkdir(parents=True)
    specification = {"argv": argv, "display_name": display_name, "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(specification))
    return folder


configure_jupyter_server(c)  # noqa: F821

c.ServerApp.port = int(os.environ["USID_LAB_UI_PORT"])  # noqa: F821
c.ServerApp.ip = "127.0.0.1"  # noqa: F821
c.ServerApp.allow_root = True  # noqa: F821
c.ServerApp.root_dir = os.environ["USID_LAB_UI_ROOT"]  # noqa: F821
c.FileContentsManager.delete_to_trash = False  # noqa: F821

_argv = [sys.executable, "-c", WITHOUT_USID_LAB, "-f", "{connection_file}"]
_folders = [
    write_kernel("without-usid-lab", "Without usid_lab", _argv),
    write_kernel("broken", "Broken", [sys.executable, "-c", "raise SystemExit(1)"]),
]
os.environ["JUPYTER_PATH"] = os.pathsep.join(
    [*map(str, _folders), *filter(None, [os.environ.get("JUPYTER_PATH")])]
)
