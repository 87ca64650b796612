"""Filters that HDF5 does not bring along."""

import subprocess
import sys

import h5py
import hdf5plugin
import numpy as np

READ = """
import sys, numpy as np, usid_lab as ul
assert "hdf5plugin" not in sys.modules
values = ul.open(sys.argv[1]).array("/x").read()
assert np.array_equal(values, np.arange(63.0).reshape(7, 9))
"""


def test_filters_of_an_installed_package_are_found(tmp_path):
    path = tmp_path / "x.h5"
    values = np.arange(63.0).reshape(7, 9)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(3, 4), **hdf5plugin.Blosc2())
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
