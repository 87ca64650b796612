"""Whole runs where the folder is read-only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import killed_peaks
import pytest
from run_kills import raw_digest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
PROGRAM = """
import sys, killed_peaks
run = killed_peaks.compute(sys.argv[1])
print(run.results[0].file_path, run.progress.message, sep="\\n")
"""


def as_ordinary_user():
    """Begin a command so that modes count for root too."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere")
    return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


def run_as_ordinary_user(scan, own):
    helpers = Path(killed_peaks.__file__).parent
    told = {"USID_LAB_DATA": str(own), "PYTHONPATH": str(helpers)}
    command = [*as_ordinary_user(), sys.executable, "-c", PROGRAM, str(scan)]
    done = subprocess.run(
        command, env={**os.environ, **told}, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


@pytest.fixture
def shut(tmp_path_factory):
    """A scan in a folder that cannot be written, and a folder of the user's own."""
    home = tmp_path_factory.mktemp("shared")
    own = tmp_path_factory.mktemp("own")
    scan = home / "scan.h5"
    killed_peaks.make_scan(scan)
    home.chmod(0o555)
    yield scan, own
    home.chmod(0o755)


def test_a_read_only_folder_is_left_alone(shut):
    scan, own = shut
    before = raw_digest(scan), scan.read_bytes()
    file, message = run_as_ordinary_user(scan, own)
    assert file.startswith(str(own))
    assert "results are in" in message
    again, message = run_as_ordinary_user(scan, own)
    assert again == file
    assert "identical" in message
    assert (raw_digest(scan), scan.read_bytes()) == before
    assert [path.name for path in scan.parent.iterdir()] == ["scan.h5"]
    assert not list(own.rglob("*.shard"))
