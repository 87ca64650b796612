"""The two sizes in which every sample comes."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from usid_lab.errors import ArgumentError

Size = Literal["full", "small"]

Grid = TypeVar("Grid")


def choose(sizes: Mapping[Size, Grid], size: str) -> Grid:
    """Return the entry of that size.

    Parameters
    ----------
    sizes : mapping
        What the sample looks like at each size.
    size : str
        ``"full"`` or ``"small"``.

    Returns
    -------
    object
        The entry.

    Raises
    ------
    ArgumentError
        If there is no such size.

    Examples
    --------
    >>> choose({"full": 128, "small": 32}, "small")
    32
    """
    for name, grid in sizes.items():
        if name == size:
            return grid
    known = " or ".join(repr(name) for name in sizes)
    text = f"There is no sample of the size {size!r}. Choose {known}."
    raise ArgumentError(text)
