"""Real JupyterLab servers: ours, and one in an environment with jupyterlab-h5web.

They need environments of their own, for jupyterlab-h5web takes over every double
click on an HDF5 file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
OURS = Path(sys.prefix)
PEER = ROOT / ".venv-h5web"
PINNED = ("jupyterlab==4.6.6", "jupyterlab-h5web==12.9.0", "h5grove==4.0.0")


def _scripts(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin")


def peer() -> Path:
    """Environment with jupyterlab-h5web, made at the first call."""
    if not (_scripts(PEER) / "jupyter-lab").exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
        pip = [str(_scripts(PEER) / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PINNED], check=True)
    return PEER


@contextmanager
def serve(environment: Path, root: Path, *, spare: bool = True) -> Iterator[str]:
    """Run JupyterLab on 127.0.0.1 and yield its address, token included."""
    with tempfile.TemporaryDirectory() as scratch:
        _settings(Path(scratch), spare=spare)
        process = _start(environment, root, Path(scratch))
        try:
            yield _address(process, Path(scratch))
        finally:
            process.terminate()
            process.wait(30)


def _settings(scratch: Path, *, spare: bool) -> None:
    folder = scratch / "app-settings"
    folder.mkdir()
    overrides = {"usid-lab:document": {"spareKernel": spare}}
    (folder / "overrides.json").write_text(json.dumps(overrides))


def _start(environment: Path, root: Path, scratch: Path) -> subprocess.Popen[bytes]:
    variables = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"),
        "PATH": f"{_scripts(environment)}{os.pathsep}{os.environ['PATH']}",
    }
    command = [
        str(_scripts(environment) / "jupyter-lab"),
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--allow-root",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.app_settings_dir={scratch / 'app-settings'}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    return subprocess.Popen(
        command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _address(process: subprocess.Popen[bytes], scratch: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for path in (scratch / "runtime").glob("jpserver-*.json"):
            info = json.loads(path.read_text() or "{}")
            if info and _answers(info):
                return f"{info['url']}lab?token={info['token']}&reset"
        time.sleep(0.2)
    msg = "JupyterLab did not start within a minute"
    raise RuntimeError(msg)


def _answers(info: dict[str, str]) -> bool:
    try:
        urllib.request.urlopen(f"{info['url']}api?token={info['token']}", timeout=5)
    except OSError:
        return False
    return True
