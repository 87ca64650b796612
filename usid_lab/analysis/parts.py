"""What is fitted of values that are complex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from usid_lab.errors import ArgumentError
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.dataset import USIDataset

Part = Literal["amplitude", "phase", "real", "imaginary"]


def part_units(source: USIDataset, part: Part | None) -> str:
    """Return the units of what is fitted, once it is sure what that is.

    Parameters
    ----------
    source : USIDataset
    part : {"amplitude", "phase", "real", "imaginary"} or None

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        Complex values of which no part was named, or a part of others, or no numbers.
    """
    kind, name = source.dtype.kind, plain(source.name)
    choice = ", ".join(map(repr, get_args(Part)))
    if kind not in "biufc":
        raise ArgumentError(f"'{name}' holds no numbers.", f"dtype {source.dtype}")
    if kind == "c" and part not in get_args(Part):
        raise ArgumentError(f"'{name}' is complex: choose part= one of {choice}.")
    if kind != "c" and part is not None:
        raise ArgumentError(f"'{name}' is real: it has no part '{plain(part)}'.")
    return "rad" if part == "phase" else source.units


def taken(block: npt.NDArray[np.generic], part: Part | None) -> npt.NDArray[np.float64]:
    """Take this part of values.

    Parameters
    ----------
    block : ndarray of numbers
    part : {"amplitude", "phase", "real", "imaginary"} or None
        None of real values.

    Returns
    -------
    ndarray of float64, of the same shape

    Examples
    --------
    >>> taken(np.array([3 + 4j]), "amplitude").tolist()
    [5.0]
    """
    if part is None:
        return block.astype(np.float64)
    values = block.astype(np.complex128)
    if part == "amplitude":
        return np.asarray(np.hypot(values.real, values.imag))
    if part == "phase":
        return np.asarray(np.arctan2(values.imag, values.real))
    return values.real if part == "real" else values.imag
