"""Whole runs where the folder is read-only, or another program is at work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import killed_peaks
import pytest
from run_kills import raw_digest

import usid_lab as ul
from usid_lab.processing.ledger.folder import Ledger

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


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
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


def test_of_two_programs_one_gets_a_sentence(tmp_path):
    scan = tmp_path / "scan.h5"
    killed_peaks.make_scan(scan)
    dataset = ul.USIDataset(scan, killed_peaks.RAW)
    process = killed_peaks.Peaks(dataset, scale=2.0)
    command = [sys.executable, killed_peaks.__file__, str(scan), "copying"]
    with Ledger.begin(process.record()):
        assert subprocess.run(command, check=False).returncode == killed_peaks.SAID
    subprocess.run(command, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["scan.h5"]
