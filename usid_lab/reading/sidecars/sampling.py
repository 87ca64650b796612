"""Whether a sidecar has the values of its dataset, at some places."""

import math
from collections.abc import Sequence

import numpy as np

from usid_lab.errors import UsidError
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.sources import Source
from usid_lab.reading.sidecars.sidecar import Sidecar

_PLACES = 8
_STEPS = 8


def agree(sidecar: Sidecar, source: Source, dtype: np.dtype[np.generic]) -> bool:
    """Compare a few values beside each other at some places, both ends among them.

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
    *before, size = sidecar.header.shape
    few = (*[1 for _ in before], min(_STEPS, size))
    last = [*[high - 1 for high in before], size - few[-1]]
    draw = np.random.default_rng(math.prod(before) * size)
    places = [[0 for _ in last], last]
    places += [
        [int(draw.integers(most + 1)) for most in last]
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
    at: Sequence[int],
    sizes: Sequence[int],
) -> bool:
    turn, begin = sidecar.turn, (0,) * len(at)
    runs = [Run(first, 1, 1, size) for first, size in zip(at, sizes, strict=True)]
    wanted, found = np.empty(sizes, dtype), np.empty(turn.of(sizes), dtype)
    source.read(Box(tuple(runs), begin), wanted)
    sidecar.read(Box(turn.of(runs), begin), found)
    return wanted.transpose(turn.order).tobytes() == found.tobytes()
