"""What stands at axes and colour bars: names, and units with one SI prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.units import (
    format_number,
    is_placeholder,
    largest,
    scale_for,
    step_of,
)
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from usid_lab.model.dimension import Dimension

_LONGEST = 60


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """Numbers along an axis as they are drawn.

    Attributes
    ----------
    values : ndarray of float64
        In the units of the label.
    label : str
        Name and units.
    units : str
        Of the label; '' where they say nothing.
    """

    values: NDArray[np.float64]
    label: str
    units: str

    @property
    def step(self) -> float | None:
        """Distance between neighbours if it is the same everywhere, else None."""
        values = self.values
        if len(values) < 2:
            return 1.0
        steps = np.diff(values)
        mean = (values[-1] - values[0]) / (len(values) - 1)
        # Tables of float32 hold a step to about seven digits of the largest value.
        slack = 1e-3 * abs(mean) + 2e-7 * largest(values)
        even = mean != 0 and bool(np.all(np.abs(steps - mean) <= slack))
        return float(mean) if even else None

    def text(self, index: int) -> str:
        """Return the value at an index, rounded to the step of the axis."""
        return format_number(float(self.values[index]), step_of(self.values))


def ticks_of(dimension: Dimension) -> Ticks:
    """Return the values of a dimension as they are drawn.

    Parameters
    ----------
    dimension : Dimension
        Any.

    Returns
    -------
    Ticks

    Examples
    --------
    >>> from usid_lab.model.dimension import Dimension
    >>> ticks_of(Dimension("Frequency", "Hz", [3.1e5, 3.2e5])).label
    'Frequency (kHz)'
    """
    values = np.asarray(dimension.values, dtype=np.float64)
    scale = scale_for(dimension.units, largest(values))
    units = "" if is_placeholder(scale.units) else short(scale.units)
    return Ticks(values * scale.factor, labelled(dimension.name, units), units)


def labelled(name: str, units: str) -> str:
    """Return a name and its units.

    Examples
    --------
    >>> labelled("Bias", "V"), labelled("Cycle", ""), labelled("", "nm")
    ('Bias (V)', 'Cycle', 'nm')
    """
    name, units = short(name), short(units)
    if not units:
        return name
    return f"{name} ({units})" if name else units


def short(text: str) -> str:
    """Return text of a file in one line, not too long for a figure."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def place_text(dimension: Dimension, index: int) -> str:
    """Return where on a dimension something is, in the units of its axis.

    Examples
    --------
    >>> from usid_lab.model.dimension import Dimension
    >>> place_text(Dimension("Bias", "V", [0, 2.5]), 1)
    'Bias 2.5 V'
    """
    ticks = ticks_of(dimension)
    return f"{short(dimension.name)} {ticks.text(index)} {ticks.units}".rstrip()
