"""The fit of band-excitation spectra with a harmonic oscillator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis import engine as engines
from usid_lab.analysis.axis import axis_of
from usid_lab.analysis.fitting import Method, fit_oscillators
from usid_lab.analysis.marquardt import Tolerances
from usid_lab.analysis.results import R2, fit_outputs, table
from usid_lab.errors import ArgumentError
from usid_lab.processing.definition import Process
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.dataset import USIDataset
    from usid_lab.processing.outputs import Output

_HERTZ = {"": 1.0, "Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9}
_PRECISIONS = ("float32", "float64")
_VOLTS = {"", "v", "volt", "volts"}


class SHOFit(Process):
    """Fit a simple harmonic oscillator to every complex spectrum.

    At the frequency w the oscillator answers with ::

        A w0^2 exp(i phi) / (w^2 - i w w0 / Q - w0^2)

    (S. Jesse et al., Nanotechnology 18 (2007) 435503, in the sign convention of
    pycroscopy). The guess solves a weighted linear least-squares problem, or takes the
    highest point with Q = 10 where that finds no resonance within the band; the fit
    is Levenberg's and Marquardt's, from there.

    Results lie in ``<source>-SHO_Fit_NNN`` as pycroscopy and BGlib wrote them: `Guess`
    and `Fit`, with the fields `Amplitude [V]`, `Frequency [Hz]`, `Quality
    Factor`, `Phase [rad]` and `R2 Criterion`; beside them `Status` (0 converged, 1
    steps used up, 2 spectrum or result not finite: NaN in all fields). Amplitudes of
    other units than volts have these in their brackets.

    Parameters
    ----------
    source : USIDataset
        Complex values, with a dimension of frequencies.
    dim : str, optional
        Its name.
    engine : {"numpy", "numba"}, optional
        What fits; by default numba where it is installed. The two agree within the
        tolerance of the fit, not to the last bit: which one it is belongs to the
        parameters that identify the run.
    steps : int, optional
        After how many steps a fit is given up.
    dtype : {"float32", "float64"}, optional
        Of the fields. Programs that compare the whole type want float32 (pycroscopy)
        or float64 (BGlib 0.0.6); fits are computed in float64 in any case.
    cores, max_mem_mb
        As for :class:`~usid_lab.processing.definition.Process`.

    Raises
    ------
    ArgumentError
        The values are not complex, or the frequencies not positive.
    DimensionError
        There is no such dimension.

    Examples
    --------
    >>> import tempfile
    >>> import usid_lab as ul
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = ul.samples.be_line(folder.name + "/be.h5", "small")
    >>> d = ul.open(folder.name + "/be.h5").main_datasets[0]
    >>> found = SHOFit(d).test(5)["Fit"]
    >>> bool(300e3 < found["Frequency [Hz]"] < 400e3)
    True
    >>> folder.cleanup()
    """

    name = "SHO_Fit"
    version = "1"

    def __init__(
        self,
        source: USIDataset,
        *,
        dim: str = "Frequency",
        engine: str | None = None,
        steps: int = 200,
        dtype: str = "float32",
        cores: int | None = None,
        max_mem_mb: float | None = None,
    ) -> None:
        super().__init__(
            source,
            cores=cores,
            max_mem_mb=max_mem_mb,
            dim=dim,
            engine=engines.choose(engine),
            steps=steps,
            dtype=_precision(dtype),
            SHO_guess_method="usid_lab weighted linear",
            SHO_fit_method="usid_lab Levenberg-Marquardt",
        )
        self.sees = (axis_of(source, dim).name,)
        _check(source, dim)
        self._fields = _fields(source, dim, dtype)

    def outputs(self) -> dict[str, Output]:
        """Guess, fit, and how each fit ended."""
        return fit_outputs("SHO", self._fields)

    def function(self, block: npt.NDArray[np.complexfloating]) -> dict[str, object]:
        """Fit spectra of shape (items, frequencies)."""
        (axis,) = self.seen
        engine, steps = self.parameters["engine"], self.parameters["steps"]
        method = Method(engine, Tolerances(steps=steps))
        frequency = axis.values * _HERTZ.get(axis.units, 1.0)
        guess, fit = fit_oscillators(frequency, block, method)
        return {
            "Guess": table(guess, self._fields),
            "Fit": table(fit, self._fields),
            "Status": fit.status,
        }


def _fields(source: USIDataset, dim: str, dtype: str) -> np.dtype[np.void]:
    """Name the fields as pycroscopy did, unless the units say something else."""
    units = source.units.strip()
    axis = axis_of(source, dim).units
    amplitude = "V" if units.lower() in _VOLTS else units
    frequency = "Hz" if axis in _HERTZ else axis
    named = f"Amplitude [{amplitude}]", f"Frequency [{frequency}]"
    fields = (*named, "Quality Factor", "Phase [rad]", R2)
    return np.dtype([(field, dtype) for field in fields])


def _precision(dtype: str) -> str:
    if dtype not in _PRECISIONS:
        raise ArgumentError(f"The fields are {' or '.join(_PRECISIONS)}.")
    return dtype


def _check(source: USIDataset, dim: str) -> None:
    name = plain(source.name)
    if source.dtype.kind != "c":
        raise ArgumentError(
            f"'{name}' holds no complex spectra: an oscillator has a phase, and "
            "without it there is nothing to fit.",
            f"dtype {source.dtype}",
        )
    values = axis_of(source, dim).values
    if values.min() <= 0:
        raise ArgumentError(
            f"'{plain(dim)}' of '{name}' must be positive frequencies.",
            f"the lowest is {values.min():g}",
        )
