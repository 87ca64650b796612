"""A wheel, once built, installs and works where there is no Node."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "usid_lab" / "labextension" / "package.json"

pytestmark = pytest.mark.skipif(
    not BUILT.exists(), reason="the front end has not been built"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("build", reason="build is not installed")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Prefix into which the wheel was installed, with no Node to be found."""
    prefix = tmp_path_factory.mktemp("prefix")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
    ]
    variables = os.environ | {"PATH": str(Path(sys.executable).parent)}
    subprocess.run(
        [*command, "--prefix", str(prefix), str(wheel)],
        check=True,
        capture_output=True,
        env=variables,
    )
    return prefix


def packages(prefix):
    scheme = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    return Path(scheme)


def test_wheel_holds_both_halves(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "usid_lab/static/workbench.js" in names
    assert "usid_lab/static/job.js" in names
    assert any(n.endswith("labextensions/usid-lab/package.json") for n in names)
    assert any(n.endswith("jupyter_server_config.d/usid_lab.json") for n in names)
    assert not any("node_modules" in n or n.startswith("tests/") for n in names)


def test_viewer_can_be_made_from_it(installed):
    code = "import usid_lab.widgets as w; print(w.__file__, len(w.Workbench()._esm))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": str(packages(installed))},
        check=True,
        capture_output=True,
        text=True,
    )
    place, size = done.stdout.rsplit(maxsplit=1)
    assert Path(place).is_relative_to(installed)
    assert int(size) > 10_000


def test_jupyterlab_finds_the_extension(installed):
    folder = installed / "share" / "jupyter" / "labextensions" / "usid-lab"
    data = json.loads((folder / "package.json").read_text())
    entry = data["jupyterlab"]["_build"]["load"]
    assert (folder / entry).exists()
    assert {p.stem for p in (folder / "schemas" / "usid-lab").glob("*.json")} >= {
        "document"
    }
