"""Means over blocks of pixels, of maps that come in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.cyclic import TURN

if TYPE_CHECKING:
    from usid_lab.widgets.sights import Span


class BlockMeans:
    """Means over the blocks of a picture, gathered as values come; NaN are left out.

    Parameters
    ----------
    slow, fast : Span
        Of the slower and the faster dim.
    period : float, optional
        Of a cyclic quantity: its means are directions.
    """

    def __init__(self, slow: Span, fast: Span, period: float | None) -> None:
        shape = (slow.count, fast.count)
        self._spans = slow, fast
        self._turn = None if period is None else TURN / period
        self._totals = np.zeros(shape, np.complex128 if period else np.float64)
        self._counts = np.zeros(shape, np.float64)

    def add(self, values: npt.NDArray[np.floating], slow: range, fast: range) -> None:
        """Take the values at some indices into account.

        Parameters
        ----------
        values : ndarray of float, shape (slow, fast)
        slow, fast : range
            Their indices, within the spans.
        """
        rows, across = self._spans[0].cut(slow)
        columns, down = self._spans[1].cut(fast)
        finite = np.isfinite(values)
        if finite.all():
            heights, widths = _lengths(across, slow), _lengths(down, fast)
            self._counts[rows, columns] += np.outer(heights, widths)
        else:
            values = np.where(finite, values, 0)
            self._counts[rows, columns] += _summed(finite, across, down)
        if self._turn is None:
            self._totals[rows, columns] += _summed(values, across, down)
            return
        # The sums alone need more digits.
        angles = (values * self._turn).astype(np.float32, copy=False)
        for face, sums in ((np.cos, self._totals.real), (np.sin, self._totals.imag)):
            sums[rows, columns] += _summed(face(angles) * finite, across, down)

    def so_far(self, stop: int) -> npt.NDArray[np.float64]:
        """Return the means of the blocks that are complete.

        Parameters
        ----------
        stop : int
            Index of the slower dim up to which all values were added.

        Returns
        -------
        ndarray of float64, shape (complete ones of the slower dim, fast)
        """
        return self.result()[: self._spans[0].until(stop).count]

    def result(self) -> npt.NDArray[np.float64]:
        """Return the means of all blocks; NaN where nothing, or no direction, is."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = self._totals / self._counts
        if self._turn is None:
            return means.real
        # Rounding leaves a direction even where the vectors cancel.
        return np.where(np.abs(means) > 1e-6, np.angle(means) / self._turn, np.nan)


def _lengths(begins: npt.NDArray[np.int64], indices: range) -> npt.NDArray[np.int64]:
    return np.diff(begins, append=len(indices))


def _summed(
    values: npt.NDArray[np.generic],
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Return sums over blocks that begin at some rows and columns."""
    across = np.add.reduceat(values, rows, axis=0, dtype=np.float64)
    return np.add.reduceat(across, columns, axis=1)
