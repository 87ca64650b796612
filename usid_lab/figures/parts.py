"""Real numbers to be drawn: amplitude and phase, the fields of a compound type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from usid_lab.errors import ViewError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

Real = Any  # ndarray of real numbers


@dataclass(frozen=True, slots=True)
class Part:
    """One component of values that are not plain numbers.

    Attributes
    ----------
    name : str
        What it is; '' for values that are plain numbers.
    units : str or None
        None for those of the dataset.
    take : callable
        Takes it out of an array of the values.
    is_phase : bool
        Angles between -pi and pi.
    """

    name: str
    units: str | None
    take: Callable[[NDArray[Any]], Real]
    is_phase: bool = False


def parts_of(dtype: DTypeLike) -> tuple[Part, ...]:
    """Return what can be drawn of values of a type.

    Parameters
    ----------
    dtype : data-type
        Real, complex, or compound of such fields.

    Returns
    -------
    tuple of Part
        One for real numbers; amplitude and phase; one or two for each field.

    Raises
    ------
    ViewError
        Nothing of it is a number.

    Examples
    --------
    >>> [part.name for part in parts_of("complex64")]
    ['Amplitude', 'Phase']
    >>> [(part.name, part.units) for part in parts_of([("A [V]", "f4"), ("Q", "f4")])]
    [('A', 'V'), ('Q', '')]
    """
    kind = np.dtype(dtype)
    if kind.names is not None:
        fields = [_field(name, kind[name]) for name in kind.names]
        parts = tuple(part for field in fields for part in field)
    else:
        parts = _simple(kind)
    if not parts:
        raise ViewError("These values are no numbers that can be drawn.", f"{kind}")
    return parts


def _simple(kind: np.dtype[Any]) -> tuple[Part, ...]:
    if kind.kind == "c":
        phase = Part("Phase", "rad", np.angle, is_phase=True)
        return (Part("Amplitude", None, np.abs), phase)
    if kind.kind not in "biuf":
        return ()
    return (Part("", None, lambda values: values),)


def _field(name: str, kind: np.dtype[Any]) -> tuple[Part, ...]:
    if kind.subdtype is not None or kind.names is not None:
        return ()

    # A field has units of its own, if only in brackets in its name.
    title, _, rest = name.partition("[")
    units = rest.rstrip().removesuffix("]")

    def taken(part: Part) -> Part:
        return Part(
            f"{title.strip()} {part.name.lower()}".strip(),
            part.units or units,
            lambda values: part.take(values[name]),
            part.is_phase,
        )

    return tuple(taken(part) for part in _simple(kind))
