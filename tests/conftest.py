"""What all tests share."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from usid_lab.storage import FileWriter, stamps

# How long an example takes depends on what else the machine does. CI judges a change:
# it takes the same examples each time, while those who work on it look for new ones.
settings.register_profile("usid_lab", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("usid_lab")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Keep nothing in the cache folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USID_LAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("USID_LAB_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def genuine():
    """Folder of files from real instruments."""
    folder = os.environ.get("USID_LAB_TEST_DATA")
    if not folder:
        pytest.skip("USID_LAB_TEST_DATA is not set")
    return Path(folder) / "usid"


@pytest.fixture(scope="session", autouse=True)
def settled():
    """Do not take files for those that may be changed in the same step of the clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stamps, "SETTLED", 0)
        yield


@pytest.fixture
def write(tmp_path):
    """Write one Main dataset to a new file; gives the file's path."""

    def write(data, position=None, spectroscopic=None, name="data.h5", **options):
        path = tmp_path / name
        with FileWriter(path) as writer:
            channel = writer.channel("Measurement_000", "Channel_000")
            options = {"quantity": "Current", "units": "nA", **options}
            writer.main(
                channel,
                "Raw_Data",
                data,
                position=position or {},
                spectroscopic=spectroscopic or {},
                **options,
            )
        return path

    return write


@pytest.fixture
def image(write):
    """A file with a 3 x 4 map of spectra of 5 steps."""
    return write(
        np.arange(60.0).reshape(3, 4, 5),
        {"Y": (np.arange(3) * 1e-6, "m"), "X": (np.arange(4) * 1e-6, "m")},
        {"Bias": (np.linspace(-1, 1, 5), "V")},
    )


@pytest.fixture
def fingerprint():
    """Bytes and time of change of a file, to show that it was only read."""

    def fingerprint(path):
        status = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return digest, status.st_size, status.st_mtime_ns

    return fingerprint
