import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).parents[1]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_stored_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_run_and_leave_nothing_behind(path, tmp_path):
    before = {found.name for found in path.parent.iterdir()}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=120"),
            *("-p", "no:cacheprovider", "-q", f"--basetemp={tmp_path / 'run'}"),
            str(path),
        ],
        cwd=REPOSITORY,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout
    assert {found.name for found in path.parent.iterdir()} == before
