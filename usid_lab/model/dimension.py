"""A dimension: a name, a unit and the value at each index."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Side(StrEnum):
    """Where a dimension lies: rows (positions) or columns (spectra) of a Main."""

    POSITION = "position"
    SPECTROSCOPIC = "spectroscopic"
    ARRAY = "array"


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """One dimension of a dataset.

    Attributes
    ----------
    name : str
        Unique in the dataset.
    label : str
        As the file has it; may be empty or shared with another dimension.
    units : str
        Cleaned text; '' where the file gives none.
    values : ndarray of float64, shape (size,)
        The value at each index, in `units`.
    side : Side
        Whether it belongs to the positions, the spectra or a plain array.
    """

    name: str
    label: str
    units: str
    values: NDArray[np.float64]
    side: Side

    @property
    def size(self) -> int:
        """Number of indices."""
        return len(self.values)


def unique_names(labels: Sequence[tuple[str, Side]]) -> tuple[str, ...]:
    """Names that tell dimensions of equal label apart.

    Parameters
    ----------
    labels : sequence of (str, Side)
        Label and side of each dimension.

    Returns
    -------
    tuple of str
        A label on both sides gets its side added; then duplicates are counted.

    Examples
    --------
    >>> unique_names([("X", Side.POSITION), ("X", Side.SPECTROSCOPIC)])
    ('X (position)', 'X (spectroscopic)')
    >>> unique_names([("X", Side.POSITION), ("X", Side.POSITION)])
    ('X', 'X 2')
    """
    sides = Counter(label for label, _ in set(labels))
    names = [
        f"{label} ({side})" if sides[label] > 1 else label for label, side in labels
    ]
    return _counted(names)


def _counted(names: Iterable[str]) -> tuple[str, ...]:
    wanted = list(names)
    taken = set(wanted)
    seen: set[str] = set()
    result = []
    for name in wanted:
        if name in seen:
            number = 2
            while (unused := f"{name} {number}") in taken:
                number += 1
            name = unused
        taken.add(name)
        seen.add(name)
        result.append(name)
    return tuple(result)
