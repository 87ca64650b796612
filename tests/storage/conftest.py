"""What tests of the storage share."""

import h5py
import pytest


@pytest.fixture
def file(tmp_path):
    """An HDF5 file, new and open for writing."""
    with h5py.File(tmp_path / "open.h5", "w") as file:
        yield file
