"""Bounds of parameters by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.marquardt import Bounds
from usid_lab.errors import ArgumentError
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usid_lab.analysis.curves import Parameter


def bounds_of(
    parameters: Sequence[Parameter],
    given: Mapping[str, tuple[float | None, float | None]] | None,
) -> Bounds | None:
    """Order bounds as the parameters are.

    Parameters
    ----------
    parameters : sequence of Parameter
    given : mapping of str to (float or None, float or None), or None
        Lowest and highest value; None where there is none.

    Returns
    -------
    Bounds or None

    Raises
    ------
    ArgumentError
        There is no such parameter, or nothing is between the bounds.

    Examples
    --------
    >>> from usid_lab.analysis.curves import Parameter
    >>> named = Parameter("Height"), Parameter("Rate")
    >>> bounds_of(named, {"Rate": (0, None)}).lower.tolist()
    [-inf, 0.0]
    """
    if not given:
        return None
    names = [parameter.name for parameter in parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ArgumentError(
            f"There is no parameter '{plain(unknown[0])}' to keep in bounds.",
            f"parameters are {', '.join(names)}",
        )
    pairs = [given.get(name, (None, None)) for name in names]
    lower = np.array([-np.inf if low is None else low for low, _ in pairs])
    upper = np.array([np.inf if high is None else high for _, high in pairs])
    if not np.all(lower < upper):
        wrong = names[int(np.argmin(lower < upper))]
        raise ArgumentError(f"The lower bound of '{wrong}' must be below the upper.")
    return Bounds(lower.astype(np.float64), upper.astype(np.float64))
