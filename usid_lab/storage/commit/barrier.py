"""What must not be written: values that were stored before."""

from collections.abc import Iterable

import numpy as np

from usid_lab.storage.commit.extents import NONE, Extents


class Barrier:
    """Places of a file that stay as they are.

    Parameters
    ----------
    extents : iterable of ndarray of int, shape (pieces, 2)
        First byte and length of each piece.

    Examples
    --------
    >>> import numpy as np
    >>> barrier = Barrier([np.array([[100, 50], [150, 10]])])
    >>> barrier(0, 100), barrier(160, 999)
    ('', '')
    >>> barrier(159, 160)
    'stored values at byte 150 would be overwritten'
    """

    def __init__(self, extents: Iterable[Extents]) -> None:
        found = np.concatenate([NONE, *extents])
        found = found[found[:, 1] > 0]
        found = found[np.argsort(found[:, 0])]
        self._starts = found[:, 0]
        # Of pieces that overlap, in a damaged file, the one that ends last counts.
        self._stops = np.maximum.accumulate(found[:, 0] + found[:, 1])

    def __call__(self, start: int, stop: int) -> str:
        """Say why the bytes from `start` to `stop` stay; '' if they may be written."""
        before = int(np.searchsorted(self._starts, stop))
        if not before or self._stops[before - 1] <= start or stop <= start:
            return ""
        first = int(self._starts[before - 1])
        return f"stored values at byte {first} would be overwritten"
