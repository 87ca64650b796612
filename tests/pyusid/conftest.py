"""Files of the structure that the documentation downloads."""

import h5py
import numpy as np
import pytest
from stand_ins import beps_small, write_tables


@pytest.fixture
def make_main(tmp_path):
    """Make a Main dataset with plain h5py; gives it in an open file.

    `rows` and `columns` are index tables, shape (entries, dimensions), in the order
    in which they are stored. The file stays open until the test ends.
    """
    files = []

    def make(values, rows, columns, labels=("X", "Y"), steps=("V",), **more):
        file = h5py.File(tmp_path / f"made_{len(files)}.h5", "w")
        files.append(file)
        group = file.create_group("Measurement_000/Channel_000")
        main = group.create_dataset("Raw_Data", data=values)
        main.attrs["quantity"], main.attrs["units"] = "Current", "nA"
        for side, table, names in (
            ("Position", np.asarray(rows), labels),
            ("Spectroscopic", np.asarray(columns).T, steps),
        ):
            stored = more.get(f"{side}_Values", table * 0.5)
            made = write_tables(
                group, side, table, stored, " ".join(names), ["u"] * len(names)
            )
            main.attrs.update(made)
        return main

    yield make
    for file in files:
        file.close()


@pytest.fixture(scope="session")
def write_beps_small():
    """Write a file with all that the documentation prints of BEPS_small.h5."""
    return beps_small
