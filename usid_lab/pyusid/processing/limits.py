"""What a computation may use of this machine: cores and memory."""

import math
import os
from numbers import Integral

import h5py

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.io_utils import recommend_cpu_cores
from usid_lab.pyusid.processing.mapping import is_elsewhere
from usid_lab.storage.memory import available_bytes


def cores_to_use(cores: object) -> int:
    """Cores of this machine that a computation may use.

    Parameters
    ----------
    cores : int or None
        What was asked for; None for all but one or two.

    Returns
    -------
    int
        At least 1, at most those that there are; 2 at least where None was asked for
        and the workers sit elsewhere, so that they are asked.
    """
    if cores is None:
        found = recommend_cpu_cores(1, lengthy_computation=True)
        return max(found, 2) if is_elsewhere() else found
    asked = abs(int(of_type(cores, Integral, "cores")))
    return max(1, min(asked, os.cpu_count() or 1))


def megabytes_to_use(limit: object) -> float:
    """Memory that a computation may use, in 10^6 bytes.

    Parameters
    ----------
    limit : int or None
        What was asked for; 1024 if None.

    Returns
    -------
    float
        No more than is free.
    """
    asked = 1024 if limit is None else abs(int(of_type(limit, Integral, "max_mem_mb")))
    return min(available_bytes() / 1e6, asked)


def positions_at_once(main: h5py.Dataset, megabytes: float, copies: float) -> int:
    """Positions of a Main dataset that memory holds.

    Parameters
    ----------
    main : h5py.Dataset
        The source, shape (positions, steps).
    megabytes : float
        Memory for them, in 10^6 bytes.
    copies : float
        Memory for a position and its results, in those of the position alone.

    Returns
    -------
    int
        At least 1.
    """
    if not copies >= 1:
        text = "'mem_multiplier' must be at least 1: the data themselves."
        raise ArgumentError(text, f"got {copies!r}")
    each: float = main.dtype.itemsize * main.shape[1] * float(copies) / 1e6
    return max(1, math.floor(megabytes / max(each, 1e-9)))
