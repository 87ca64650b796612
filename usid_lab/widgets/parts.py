"""Real-valued parts of data: of a complex number, or of a compound of fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.cyclic import DEGREES, TURN, period_of

if TYPE_CHECKING:
    from usid_lab.widgets.forms import Floats

Values = npt.NDArray[np.generic]
Kind = Literal["value", "amplitude", "phase", "real", "imaginary", "field", "loop"]

_MOST_FIELDS = 256
_BRACKETS = re.compile(r"^(.*?)\s*[\[(]([^\[\]()]*)[\])]\s*$")
_LABELS = re.compile(r"label|cluster", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """How one component comes out of the values in the file.

    Attributes
    ----------
    name, label, units : str
        `name` is unique in the dataset.
    kind : str
        What is done to a value.
    fields : tuple of str
        The fields of a compound that it needs.
    period : float, optional
        Of a cyclic quantity.
    categorical : bool
        Integer labels, never averaged.
    turn : float
        What a full turn is in the phase that `kind` "loop" needs.
    """

    name: str
    label: str
    units: str
    kind: Kind
    fields: tuple[str, ...] = ()
    period: float | None = None
    categorical: bool = False
    turn: float = TURN

    @property
    def mean_word(self) -> str:
        """What a mean of it is called, e.g. "mean |z|"."""
        if self.period is not None:
            return "circular mean"
        faces = {"amplitude": "|z|", "real": "Re z", "imaginary": "Im z"}
        return f"mean {faces[self.kind]}" if self.kind in faces else "mean"

    def of(self, values: Values) -> npt.NDArray[np.floating]:
        """Return this part of some values.

        Parameters
        ----------
        values : ndarray
            Of the dataset's dtype.

        Returns
        -------
        ndarray of float32 or float64
            Of the same shape.
        """
        if self.kind == "loop":
            amplitude, phase = (_real(_field_of(values, f)) for f in self.fields)
            return _real(amplitude * np.cos(phase * (TURN / self.turn)))
        if self.kind == "field":
            return _real(_field_of(values, self.fields[0]))
        return _complex_part(values, self.kind)


def parts_of(
    dtype: np.dtype[np.generic], quantity: str, units: str
) -> tuple[Part, ...]:
    """Return the components of a dataset, the one that opens first.

    Parameters
    ----------
    dtype : dtype
        Of the dataset.
    quantity, units : str
        Of the dataset.

    Returns
    -------
    tuple of Part
        Empty if nothing in it is a number.
    """
    if dtype.names is not None:
        return _fields(dtype)
    if dtype.kind == "c":
        return _complex(quantity, units)
    if dtype.kind not in "biuf":
        return ()
    labels = dtype.kind in "biu" and _LABELS.search(quantity) is not None
    name = quantity or "value"
    return (Part("value", name, units, "value", categorical=labels),)


def with_period(part: Part, sample: Floats) -> Part:
    """Return the part with its period, where values and name say that it is a phase.

    Parameters
    ----------
    part : Part
    sample : ndarray of float64, shape (n,)
        Sorted finite values of the part.

    Returns
    -------
    Part
    """
    if part.kind not in ("value", "field") or part.categorical:
        return part
    return replace(part, period=period_of(part.label, part.units, sample))


def _complex(quantity: str, units: str) -> tuple[Part, ...]:
    label = f"{quantity} " if quantity else ""
    return (
        Part("amplitude", f"{label}amplitude", units, "amplitude"),
        Part("phase", f"{label}phase", "rad", "phase", period=TURN),
        Part("real", f"{label}real part", units, "real"),
        Part("imaginary", f"{label}imaginary part", units, "imaginary"),
    )


def _fields(dtype: np.dtype[np.generic]) -> tuple[Part, ...]:
    names = (dtype.names or ())[:_MOST_FIELDS]
    numeric = [name for name in names if _is_number(dtype, name)]
    fields = tuple(_field(name) for name in numeric)
    loop = _loop(fields)
    return fields if loop is None else (loop, *fields)


def _field(name: str) -> Part:
    match = _BRACKETS.match(name)
    label, units = (match[1], match[2].strip()) if match else (name, "")
    return Part(name, label or name, units, "field", (name,))


def _loop(fields: tuple[Part, ...]) -> Part | None:
    """Without the sign in the phase, hysteresis loops look like butterflies."""
    by_label = {part.label.lower(): part for part in fields}
    amplitude, phase = by_label.get("amplitude"), by_label.get("phase")
    if amplitude is None or phase is None:
        return None
    name = "Amplitude·cos(Phase)"
    turn = DEGREES if phase.units.lower().startswith(("deg", "°")) else TURN
    needed = (amplitude.name, phase.name)
    return Part(name, name, amplitude.units, "loop", needed, turn=turn)


def _is_number(dtype: np.dtype[np.generic], field: str) -> bool:
    # numpy's annotations know fields of dtype[void] alone.
    fields = dtype.fields
    kind = None if fields is None else fields[field][0]
    return kind is not None and kind.kind in "biufc" and not kind.shape


def _field_of(values: Values, field: str) -> Values:
    compound: npt.NDArray[np.void] = values  # type: ignore[assignment]
    return compound[field]


def _complex_part(values: Values, kind: Kind) -> npt.NDArray[np.floating]:
    if kind == "phase":
        return _real(np.arctan2(values.imag, values.real))
    if kind == "real":
        return _real(values.real)
    if kind == "imaginary":
        return _real(values.imag)
    return _real(values)


def _real(values: Values) -> npt.NDArray[np.floating]:
    if values.dtype.kind == "c":
        values = np.abs(values)
    if values.dtype in (np.float32, np.float64):
        return values  # type: ignore[return-value]
    return values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
