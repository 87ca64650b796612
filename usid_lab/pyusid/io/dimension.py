"""The documented description of a dimension: name, units, values."""

from enum import IntEnum
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import ArgumentError
from usid_lab.model import dimension as model
from usid_lab.pyusid.arguments import of_type, text_of

__all__ = ["DimType", "Dimension"]


class DimType(IntEnum):
    """How the values of a dimension relate to those of the others.

    Not in 0.0.4; later versions write it into the attribute ``type`` of tables.
    """

    DEFAULT = 0
    """A regular grid."""
    INCOMPLETE = 1
    """Scattered points: one value for each point."""
    DEPENDENT = 2
    """Values that differ with the indices of other dimensions."""


class Dimension:
    """A dimension: name, units, and the values over which it was varied.

    Parameters
    ----------
    name : str
        Not empty.
    units : str
        Physical units; '' where there are none, which 0.0.4 allowed too.
    values : int or array_like, shape (size,)
        The values, or how many there are: they count from 0 then. Of a dependent
        dimension: an axis for each dimension of its side, slowest first.
    quantity : str, optional
        What was varied. Not in 0.0.4.
    dimension_type : str, optional
        Kind of the dimension, such as ``"spatial"``. Not in 0.0.4.
    mode : DimType, optional
        How its values relate to those of other dimensions. Not in 0.0.4.

    Attributes
    ----------
    name, units, quantity, dimension_type : str
        As given, without blanks around them.
    values : ndarray, shape (size,)
        As given.
    mode : DimType
        As given.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    ArgumentError
        If there is no name, or no value (a ValueError).

    Examples
    --------
    >>> Dimension("Cycle", "", 3)
    Cycle () : [0 1 2]
    """

    def __init__(
        self,
        name: str,
        units: str,
        values: ArrayLike,
        quantity: str = "generic",
        dimension_type: str = "unknown",
        mode: DimType = DimType.DEFAULT,
    ) -> None:
        self.name = text_of(name, "name")
        self.units = text_of(units, "units", empty=True)
        self.quantity = text_of(quantity, "quantity", empty=True)
        self.dimension_type = of_type(dimension_type, str, "dimension_type")
        self.mode: DimType = of_type(mode, DimType, "mode")
        self.values = _values(values)
        as_modelled(self)

    def __repr__(self) -> str:
        return f"{self.name} ({self.units}) : {self.values}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dimension):
            return NotImplemented
        return _facts(self) == _facts(other) and np.array_equal(
            self.values, other.values
        )

    def __hash__(self) -> int:
        return hash(_facts(self))


def as_modelled(dimension: Dimension) -> model.Dimension:
    """Give the dimension as the rest of usid_lab knows it.

    Parameters
    ----------
    dimension : Dimension
        The documented one.

    Returns
    -------
    usid_lab.model.dimension.Dimension
        Of the same name, units, values and mode.
    """
    mode = model.Mode[dimension.mode.name]
    return model.Dimension(dimension.name, dimension.units, dimension.values, mode)


def _values(values: Any) -> NDArray[Any]:
    if isinstance(values, np.ndarray) and not values.ndim:
        values = values[()]
    if type(values) is bool or not isinstance(values, Integral):
        return np.asarray(of_type(values, (list, tuple, np.ndarray, range), "values"))
    if int(values) < 1:
        text = "A dimension has at least one value."
        raise ArgumentError(text, f"got {values}")
    return np.arange(int(values))


def _facts(dimension: Dimension) -> tuple[object, ...]:
    return (
        dimension.name,
        dimension.quantity,
        dimension.units,
        dimension.mode,
        dimension.values.shape,
    )
