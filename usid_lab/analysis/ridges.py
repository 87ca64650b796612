"""Ridges of wavelet transforms: a maximum that lasts from wide wavelets to narrow.

The method of P. Du, W. A. Kibbe and S. M. Lin, "Improved peak detection in mass
spectrum by incorporating continuous wavelet transform-based pattern matching",
Bioinformatics 22 (2006) 2059, as :func:`scipy.signal.find_peaks_cwt` does it, for
many spectra at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]

_NOISE_SHARE = 0.1
_FAR = np.iinfo(np.intp).max // 4


@dataclass(slots=True)
class Ridges:
    """Lines of maxima, shape (spectra, lines); those of one spectrum in their order.

    Attributes
    ----------
    column, row : ndarray of int
        Where each ends, at the narrowest wavelet that it reached.
    length : ndarray of int
        Of how many maxima; 0 where there is no such line.
    gap : ndarray of int
        For how many widths it has found none.
    count : ndarray of int, shape (spectra,)
        Lines of each spectrum.
    """

    column: Counts
    row: Counts
    length: Counts
    gap: Counts
    count: Counts

    @classmethod
    def none(cls, spectra: int) -> Ridges:
        """Begin without any."""
        one, two, three, four = np.zeros((4, spectra, 0), dtype=np.intp)
        return cls(one, two, three, four, np.zeros(spectra, dtype=np.intp))

    def extend(self, row: int, maxima: Flags, reach: float, most: float) -> None:
        """Go on to the next narrower wavelet.

        Parameters
        ----------
        row : int
            Which one.
        maxima : ndarray of bool, shape (spectra, points)
            Where its transform has maxima.
        reach : float
            How far a maximum lies at most from the end of its line.
        most : float
            After how large a gap a line has ended.
        """
        self.gap += 1
        spectra, columns = np.nonzero(maxima)
        line, near = self._closest(spectra, columns, most)
        joined = near <= reach
        self._join(row, spectra[joined], line[joined], columns[joined])
        self._begin(row, spectra[~joined], columns[~joined])

    def _closest(
        self, spectra: Counts, columns: Counts, most: float
    ) -> tuple[Counts, Counts]:
        """Find for each maximum the nearest line that goes on, and how far it is."""
        if not self.column.shape[1] or not len(spectra):
            return np.zeros_like(columns), np.full_like(columns, _FAR)
        going = (self.length > 0) & (self.gap <= most + 1)
        ends = np.where(going, self.column, _FAR)
        far = np.abs(columns[:, None] - ends[spectra])
        line = far.argmin(axis=1)
        return line, far[np.arange(len(line)), line]

    def _join(self, row: int, spectra: Counts, line: Counts, columns: Counts) -> None:
        # Of several maxima that join a line the last one stays its end.
        self.column[spectra, line] = columns
        self.row[spectra, line] = row
        self.gap[spectra, line] = 0
        np.add.at(self.length, (spectra, line), 1)

    def _begin(self, row: int, spectra: Counts, columns: Counts) -> None:
        new = np.bincount(spectra, minlength=len(self.count))
        before = np.cumsum(new) - new
        line = self.count[spectra] + np.arange(len(spectra)) - before[spectra]
        self.count += new
        self._grow(int(self.count.max(initial=0)))
        self._join(row, spectra, line, columns)

    def _grow(self, lines: int) -> None:
        more = lines - self.column.shape[1]
        if more > 0:
            wider = ((0, 0), (0, more))
            self.column, self.row, self.length, self.gap = (
                np.pad(part, wider)
                for part in (self.column, self.row, self.length, self.gap)
            )


def find(transformed: Floats, widths: Floats) -> tuple[Counts, Flags]:
    """Find the peaks of spectra.

    Parameters
    ----------
    transformed : ndarray of float64, shape (spectra, widths, points)
        Their wavelet transforms, narrowest wavelet first.
    widths : ndarray of float64, shape (widths,)
        In points, growing.

    Returns
    -------
    points : ndarray of int, shape (spectra, lines)
        Where ridges end.
    found : ndarray of bool, shape (spectra, lines)
        Which of them are peaks: long enough, and above the noise.
    """
    maxima = np.zeros(transformed.shape, dtype=bool)
    inner = transformed[..., 1:-1]
    maxima[..., 1:-1] = (inner > transformed[..., 2:]) & (inner > transformed[..., :-2])
    ridges = Ridges.none(len(transformed))
    most = np.ceil(widths[0])
    for row in reversed(range(len(widths))):
        ridges.extend(row, maxima[:, row], widths[row] / 4, most)
    long = ridges.length >= max(np.ceil(len(widths) / 4), 1)
    spectra, line = np.nonzero(long)
    ends = spectra, ridges.row[spectra, line], ridges.column[spectra, line]
    noise = noise_level(transformed[:, 0])[spectra, ends[2]]
    with np.errstate(all="ignore"):
        long[spectra, line] = ~(np.abs(transformed[ends] / noise) < 1)
    return ridges.column, long


def noise_level(row: Floats) -> Floats:
    """Return the level below which a tenth of the surroundings lies.

    Parameters
    ----------
    row : ndarray of float64, shape (spectra, points)
        The transform with the narrowest wavelet.

    Returns
    -------
    ndarray of float64, shape (spectra, points)
        Of a window of a twentieth of the points around each.
    """
    points = row.shape[1]
    half, odd = divmod(-(-points // 20), 2)
    levels = np.empty_like(row)
    for index in range(points):
        window = row[:, max(index - half, 0) : index + half + odd]
        levels[:, index] = _low(window)
    return levels


def _low(window: Floats) -> Floats:
    """Interpolate between the sorted values."""
    ranked = np.sort(window, axis=1)
    place = _NOISE_SHARE * (ranked.shape[1] - 1)
    below = int(place)
    above = min(below + 1, ranked.shape[1] - 1)
    share = place - below
    return np.asarray(ranked[:, below] * (1 - share) + ranked[:, above] * share)
