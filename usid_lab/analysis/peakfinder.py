"""The peak of every spectrum, found by wavelets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis.axis import axis_of
from usid_lab.analysis.ridges import find
from usid_lab.analysis.wavelets import transform
from usid_lab.errors import ArgumentError
from usid_lab.processing.definition import Process
from usid_lab.processing.outputs import Output
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.dataset import USIDataset

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.intp]

_ROWS = 128


class PeakFinder(Process):
    """Find the peak of every spectrum, and the amplitude there.

    What the tutorials of pyUSID compute: peaks are ridges of the wavelet transform of
    the modulus, as :func:`scipy.signal.find_peaks_cwt` finds them (the same points);
    of several the one nearest to the middle counts, and the middle where there is
    none.

    Results lie in ``<source>-Peak_Finding_NNN``: `Peak_Response`, the modulus at the
    peak; `Peak_Position`, where on the axis it is; and `Peak_Count`, how many were
    found. NaN and 0 for a spectrum that is not finite.

    Parameters
    ----------
    source : USIDataset
        Real or complex values.
    dim : str, optional
        Along which dimension; by default the only spectroscopic one.
    width_bounds : (float, float), optional
        Widths of the peaks that are looked for, in points.
    num_steps : int, optional
        How many widths between them are tried.
    cores, max_mem_mb
        As for :class:`~usid_lab.processing.definition.Process`.

    Raises
    ------
    ArgumentError
        The values are no numbers, or widths that cannot be.
    DimensionError
        There is no such dimension, or there are several.

    Examples
    --------
    >>> import tempfile
    >>> import usid_lab as ul
    >>> folder = tempfile.TemporaryDirectory()
    >>> x = np.linspace(1.5, 2.5, 60)
    >>> data = 5 * np.exp(-(((x - [[1.9], [2.1]]) / 0.1) ** 2))
    >>> _ = ul.create(folder.name + "/a.h5", data, quantity="Light", units="counts",
    ...               position={"X": ([0, 1], "m")},
    ...               spectroscopic={"Energy": (x, "eV")})
    >>> d = ul.open(folder.name + "/a.h5").main_datasets[0]
    >>> found = PeakFinder(d, width_bounds=(3, 12)).test(1)
    >>> float(found["Peak_Position"].round(2)), int(found["Peak_Count"])
    (2.11, 1)
    >>> folder.cleanup()
    """

    name = "Peak_Finding"
    version = "1"

    def __init__(
        self,
        source: USIDataset,
        *,
        dim: str | None = None,
        width_bounds: tuple[float, float] = (20, 60),
        num_steps: int = 30,
        cores: int | None = None,
        max_mem_mb: float | None = None,
    ) -> None:
        axis = axis_of(source, dim)
        _check(source, width_bounds, num_steps)
        super().__init__(
            source,
            cores=cores,
            max_mem_mb=max_mem_mb,
            dim=axis.name,
            width_bounds=list(width_bounds),
            num_steps=num_steps,
        )
        self.sees = (axis.name,)

    def outputs(self) -> dict[str, Output]:
        """Amplitude at the peak, where it is, and how many there were."""
        (source,) = self.sources
        axis = axis_of(source, self.parameters["dim"])
        return {
            "Peak_Response": Output("Amplitude", source.units),
            "Peak_Position": Output(axis.name, axis.units, np.float64),
            "Peak_Count": Output("Number of peaks", "", np.uint16),
        }

    def function(self, block: npt.NDArray[np.generic]) -> dict[str, object]:
        """Find the peaks of spectra of shape (items, points)."""
        (axis,) = self.seen
        values = np.abs(block).astype(np.float64)
        good = np.isfinite(values).all(axis=1)
        points, counts = self._peaks(np.where(good[:, None], values, 0.0))
        rows = np.arange(len(values))
        return {
            "Peak_Response": np.where(good, values[rows, points], np.nan),
            "Peak_Position": np.where(good, axis.values[points], np.nan),
            "Peak_Count": np.where(good, counts, 0).astype(np.uint16),
        }

    def _peaks(self, spectra: Floats) -> tuple[Counts, Counts]:
        """Find the point of the peak that counts, and the number of all."""
        low, high = self.parameters["width_bounds"]
        widths = np.linspace(low, high, self.parameters["num_steps"])
        pairs = [
            nearest(*find(transform(part, widths), widths), spectra.shape[1] // 2)
            for part in np.split(spectra, range(_ROWS, len(spectra), _ROWS))
        ]
        points, counts = zip(*pairs, strict=True)
        return np.concatenate(points), np.concatenate(counts)


def nearest(
    points: Counts, found: npt.NDArray[np.bool_], middle: int
) -> tuple[Counts, Counts]:
    """Choose among the peaks of each spectrum the one nearest to the middle.

    Parameters
    ----------
    points : ndarray of int, shape (spectra, lines)
    found : ndarray of bool, shape (spectra, lines)
        Which of them are peaks.
    middle : int
        A point; it is chosen where there is no peak. Of two peaks that are as near
        the lower one is.

    Returns
    -------
    points, counts : ndarray of int, shape (spectra,)

    Examples
    --------
    >>> some = np.array([[2, 8, 4], [2, 8, 4]])
    >>> nearest(some, np.array([[True, True, False], [False, False, False]]), 6)
    (array([8, 6]), array([2, 0]))
    """
    counts = np.count_nonzero(found, axis=1)
    if not points.shape[1]:
        return np.full(len(points), middle), counts
    far = 2 * np.abs(points - middle) + (points > middle)
    best = np.where(found, far, np.iinfo(np.intp).max).argmin(axis=1)
    chosen = points[np.arange(len(points)), best]
    return np.where(counts > 0, chosen, middle), counts


def _check(source: USIDataset, bounds: tuple[float, float], steps: int) -> None:
    if source.dtype.kind not in "biufc":
        name = plain(source.name)
        raise ArgumentError(f"'{name}' holds no numbers.", f"dtype {source.dtype}")
    low, high = bounds
    if not 0 < low <= high or steps < 1:
        raise ArgumentError(
            "The widths of peaks are positive, growing, and at least one of them.",
            f"width_bounds {low:g} to {high:g}, num_steps {steps}",
        )
