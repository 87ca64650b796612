"""What tests of processing share."""

import numpy as np
import pytest

from usid_lab.model.dimension import Dimension
from usid_lab.processing.executors import workers
from usid_lab.testing import MainData, serpentine


@pytest.fixture(scope="session", autouse=True)
def no_workers_left():
    """End the workers that wait for the next run."""
    yield
    workers.dismiss()


@pytest.fixture
def spectra(tmp_path):
    """Make a dataset of 6 x 8 positions, 3 offsets and 5 frequencies."""

    def spectra(name="scan.h5", *, shuffled=False, seed=1, sizes=(6, 8, 3, 5)):
        data = np.random.default_rng(seed).normal(size=sizes).astype("f4")
        main = MainData(
            data,
            (Dimension("Y", "um", sizes[0]), Dimension("X", "um", sizes[1])),
            (
                Dimension("Offset", "V", np.arange(sizes[2]) * 0.5),
                Dimension("Frequency", "Hz", np.arange(sizes[3]) + 100.0),
            ),
            row_order=serpentine(sizes[:2]) if shuffled else None,
        )
        return data, main.write(tmp_path / name)

    return spectra
