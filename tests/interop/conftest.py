"""An aborted scan, as files have them."""

import h5py
import numpy as np
import pytest

import usid_lab as ul


@pytest.fixture
def aborted(tmp_path):
    """Measure 4 of the 6 positions of a grid of 2 x 3 (Y, X), two steps each."""
    path = tmp_path / "aborted.h5"
    spots = np.array([[0, 0], [1, 0], [2, 0], [0, 1]])
    tables = {
        "Position_Indices": (spots.astype("u4"), ["X", "Y"]),
        "Position_Values": (spots * 0.5, ["X", "Y"]),
        "Spectroscopic_Indices": (np.array([[0, 1]], "u4"), ["V"]),
        "Spectroscopic_Values": (np.array([[3.0, 4.0]]), ["V"]),
    }
    with h5py.File(path, "w") as file:
        main = file.create_dataset("Main", data=np.arange(8).reshape(4, 2))
        main.attrs.update(quantity="q", units="u")
        for role, (table, labels) in tables.items():
            file[role] = table
            file[role].attrs.update(labels=np.bytes_(labels), units=np.bytes_(labels))
            main.attrs[role] = file[role].ref
    dataset = ul.open(path).dataset("/Main")
    assert dataset.layout.kind == "incomplete"
    whole = np.full((2, 3, 2), np.nan)
    whole[spots[:, 1], spots[:, 0]] = np.arange(8).reshape(4, 2)
    return dataset, whole
