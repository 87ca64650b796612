"""The fit of every spectrum with a curve of few parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.analysis import engine as engines
from usid_lab.analysis.axis import axis_of
from usid_lab.analysis.curves import Curve, Parameter
from usid_lab.analysis.fitting import Method, fit_curves
from usid_lab.analysis.functioncurve import FunctionCurve
from usid_lab.analysis.gaussian import Gaussian
from usid_lab.analysis.guessed import Guessed
from usid_lab.analysis.limits import bounds_of
from usid_lab.analysis.lorentzian import Lorentzian
from usid_lab.analysis.marquardt import Tolerances
from usid_lab.analysis.parts import Part, part_units, taken
from usid_lab.analysis.results import R2, fit_outputs, table
from usid_lab.errors import ArgumentError
from usid_lab.processing.codeid import code_of
from usid_lab.processing.definition import Process
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from usid_lab.dataset import USIDataset
    from usid_lab.processing.outputs import Output

    Floats = npt.NDArray[np.float64]
    Guess = Callable[[Floats, Floats], npt.ArrayLike] | Sequence[float]
    Limits = Mapping[str, tuple[float | None, float | None]]

_SHIPPED: dict[str, Callable[[], Curve]] = {
    "gaussian": Gaussian,
    "lorentzian": Lorentzian,
}


class PixelFitter(Process):
    """Fit a curve to the spectrum of every position.

    Curves that ship have the parameters ``Amplitude``, ``Center``, ``Offset`` and

    - "gaussian": ``Sigma`` in ``exp(-(x - Center)^2 / (2 Sigma^2))``;
    - "lorentzian": ``Half Width`` (at half maximum) in
      ``1 / (1 + ((x - Center) / Half Width)^2)``.

    Results lie in ``<source>-Pixel_Fit_NNN``: `Guess` and `Fit`, with a field for each
    parameter, its units in brackets, and `R2 Criterion`; and `Status` (0 converged, 1
    steps used up, 2 spectrum or result not finite: NaN in all fields).

    Parameters
    ----------
    source : USIDataset
    model : {"gaussian", "lorentzian"} or callable
        Which curve. One of your own is a function ``model(x, *parameters)``, given x
        of shape (points,) and every parameter of shape (spectra, 1): numpy's
        arithmetic then returns (spectra, points).
    dim : str, optional
        Along which dimension; by default the only spectroscopic one.
    part : {"amplitude", "phase", "real", "imaginary"}, optional
        What to fit of complex values.
    parameters : mapping of str to str, optional
        Of your own model: name and units of each parameter, in its order.
    guess : callable or sequence of float, optional
        Where to begin: ``guess(x, spectra)`` returns an array for each parameter, of
        shape (spectra,); or a number for each. Your own model needs one.
    jacobian : callable, optional
        Derivatives of your own model by each parameter, called like it; by default
        differences.
    bounds : mapping of str to (float or None, float or None), optional
        Between which values a parameter stays.
    broadcasts : bool, optional
        False if your own model takes plain numbers only: slow.
    engine : {"numpy", "numba"}, optional
        What fits; by default numba where it is installed, for curves that ship. The
        two agree within the tolerance of the fit, not to the last bit: which one it
        is belongs to the parameters that identify the run.
    steps : int, optional
        After how many steps a fit is given up.
    cores, max_mem_mb
        As for :class:`~usid_lab.processing.definition.Process`.

    Raises
    ------
    ArgumentError
        Something is missing, or not one of these.
    DimensionError
        There is no such dimension, or there are several.

    Examples
    --------
    >>> import tempfile
    >>> import usid_lab as ul
    >>> folder = tempfile.TemporaryDirectory()
    >>> x = np.linspace(1.5, 2.5, 60)
    >>> data = 5 / (1 + ((x - [[1.9], [2.1]]) / 0.1) ** 2)
    >>> _ = ul.create(folder.name + "/a.h5", data, quantity="Light", units="counts",
    ...               position={"X": ([0, 1], "m")},
    ...               spectroscopic={"Energy": (x, "eV")})
    >>> d = ul.open(folder.name + "/a.h5").main_datasets[0]
    >>> fit = PixelFitter(d, "lorentzian").test(1)["Fit"]
    >>> fit.dtype.names[:3]
    ('Amplitude [counts]', 'Center [eV]', 'Half Width [eV]')
    >>> round(float(fit["Center [eV]"]), 6)
    2.1
    >>> folder.cleanup()
    """

    name = "Pixel_Fit"
    version = "1"

    def __init__(
        self,
        source: USIDataset,
        model: str | Callable[..., npt.ArrayLike] = "lorentzian",
        *,
        dim: str | None = None,
        part: Part | None = None,
        parameters: Mapping[str, str] | None = None,
        guess: Guess | None = None,
        jacobian: Callable[..., Sequence[npt.ArrayLike]] | None = None,
        bounds: Limits | None = None,
        broadcasts: bool = True,
        engine: str | None = None,
        steps: int = 200,
        cores: int | None = None,
        max_mem_mb: float | None = None,
    ) -> None:
        axis = axis_of(source, dim)
        self.curve = _curve(model, parameters, guess, jacobian, broadcasts)
        super().__init__(
            source,
            cores=cores,
            max_mem_mb=max_mem_mb,
            model=model,
            dim=axis.name,
            part=part,
            parameters=parameters,
            guess=guess,
            jacobian=jacobian,
            bounds=bounds,
            engine=engines.choose(engine, isinstance(model, str)),
            steps=steps,
        )
        self.sees = (axis.name,)
        units = part_units(source, part)
        self._bounds = bounds_of(self.curve.parameters, bounds)
        named = [p.field(axis.units, units) for p in self.curve.parameters]
        self._fields = np.dtype([(field, "<f8") for field in (*named, R2)])

    @property
    def identity(self) -> str:
        """Version, and a digest of the code that was given."""
        given = (self.parameters[name] for name in ("model", "guess", "jacobian"))
        codes = [code_of(one) for one in given if callable(one)]
        return "+".join([self.version, *codes])

    def outputs(self) -> dict[str, Output]:
        """Guess, fit, and how each fit ended."""
        return fit_outputs("Fit parameters", self._fields)

    def function(self, block: npt.NDArray[np.generic]) -> dict[str, object]:
        """Fit spectra of shape (items, points)."""
        (axis,) = self.seen
        tolerances = Tolerances(steps=self.parameters["steps"])
        method = Method(self.parameters["engine"], tolerances, self._bounds)
        values = taken(block, self.parameters["part"])
        guess, fit = fit_curves(self.curve, axis.values, values, method)
        return {
            "Guess": table(guess, self._fields),
            "Fit": table(fit, self._fields),
            "Status": fit.status,
        }


def _curve(
    model: str | Callable[..., npt.ArrayLike],
    parameters: Mapping[str, str] | None,
    guess: Guess | None,
    jacobian: Callable[..., Sequence[npt.ArrayLike]] | None,
    broadcasts: bool,
) -> Curve:
    if isinstance(model, str):
        return _shipped(model, guess)
    if not callable(model):
        raise ArgumentError("The model is a name or a function f(x, *parameters).")
    if not parameters or guess is None:
        raise ArgumentError(
            "A model of your own needs names and units of its parameters, and a guess: "
            "parameters={'Height': 'nA', 'Rate': '1/s'}, guess=(1.0, 0.1)."
        )
    named = [Parameter(name, units=units) for name, units in parameters.items()]
    return FunctionCurve(model, named, guess, jacobian, broadcasts)


def _shipped(model: str, guess: Guess | None) -> Curve:
    if model not in _SHIPPED:
        known = " or ".join(map(repr, _SHIPPED))
        raise ArgumentError(f"There is no model '{plain(model)}': choose {known}.")
    curve = _SHIPPED[model]()
    return curve if guess is None else Guessed(curve, guess)
