"""Whether a sidecar has the values of its dataset, at some places."""

import numpy as np

from usid_lab.errors import UsidError
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.sources import Source
from usid_lab.reading.sidecars.sidecar import Sidecar

_PLACES = 8
_STEPS = 8


def agree(sidecar: Sidecar, source: Source, dtype: np.dtype[np.generic]) -> bool:
    """Compare a few steps of a few spectra, the first and the last among them.

    Parameters
    ----------
    sidecar : Sidecar
        Of the shape of the dataset.
    source : Source
        The dataset.
    dtype : numpy.dtype
        Native type of its values.

    Returns
    -------
    bool
        Whether all bytes are the same.
    """
    positions, steps = sidecar.header.shape
    few = min(_STEPS, steps)
    draw = np.random.default_rng(positions * steps)
    places = [(0, 0), (positions - 1, steps - few)]
    places += [
        (int(draw.integers(positions)), int(draw.integers(steps - few + 1)))
        for _ in range(_PLACES - len(places))
    ]
    try:
        return all(_agree(sidecar, source, dtype, at, few) for at in places)
    except (UsidError, OSError):
        return False


def _agree(
    sidecar: Sidecar,
    source: Source,
    dtype: np.dtype[np.generic],
    at: tuple[int, int],
    few: int,
) -> bool:
    position, step = Run(at[0]), Run(at[1], 1, 1, few)
    wanted, found = np.empty((1, few), dtype), np.empty((few, 1), dtype)
    source.read(Box((position, step), (0, 0)), wanted)
    sidecar.read(Box((step, position), (0, 0)), found)
    return wanted.tobytes() == found.tobytes()
