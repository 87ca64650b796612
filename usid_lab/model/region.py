"""Regions: figures drawn in the plane of two dimensions, and what lies inside.

A figure is a value: it can be compared, kept as JSON, and laid over any dataset that
has the two dimensions. What counts is the centre of a pixel: a place belongs to a
region if its centre lies inside, or on the edge. A polygon that crosses itself
follows the even-odd rule: what is enclosed twice is outside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError, UsidError, ViewError

By = Literal["index", "value"]
Dims = tuple[str, str]
Place = tuple[float, float]
Mask = NDArray[np.bool_]
Coordinates = NDArray[np.float64]

_SLACK = 1e-6  # of the size of a figure: an edge is not lost in rounding
_MOST_CORNERS = 10_000
_MOST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle along the two dimensions.

    Attributes
    ----------
    dims : tuple of (str, str)
        Names of two dimensions of one side, the one that is drawn across first.
    first, last : tuple of (float, float)
        Opposite corners, along the first and along the second of `dims`. Both belong
        to it: from (2, 5) to (4, 5) are three pixels.
    by : {"index", "value"}
        What the numbers are: indices, so that pixel 3 reaches from 2.5 to 3.5 with
        its centre at 3, or values of the dimensions in their units.

    Examples
    --------
    >>> Rectangle(("X", "Y"), (2, 5), (4, 5)).bounds
    ((2.0, 4.0), (5.0, 5.0))
    """

    dims: Dims
    first: Place
    last: Place
    by: By = "index"

    def __post_init__(self) -> None:
        _settle(self, first=_place(self.first), last=_place(self.last))

    @property
    def bounds(self) -> tuple[Place, Place]:
        """Lowest and highest coordinate along each of its dimensions."""
        across, along = (
            sorted(pair) for pair in zip(self.first, self.last, strict=True)
        )
        return (across[0], across[1]), (along[0], along[1])

    def contains(self, u: Coordinates, v: Coordinates) -> Mask:
        """Whether places lie inside; shapes as in `model.masking`."""
        (left, right), (low, high) = widened(self.bounds)
        return (u >= left) & (u <= right) & (v >= low) & (v <= high)

    def to_json(self) -> dict[str, object]:
        """Plain JSON-able values."""
        return _as_json(self)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse along the two dimensions; a circle where its radii are equal.

    Attributes
    ----------
    dims : tuple of (str, str)
        As of :class:`Rectangle`.
    center : tuple of (float, float)
        Along the first and along the second of `dims`.
    radii : tuple of (float, float)
        Half of its widths, above 0.
    by : {"index", "value"}
        As of :class:`Rectangle`.
    """

    dims: Dims
    center: Place
    radii: Place
    by: By = "index"

    def __post_init__(self) -> None:
        _settle(self, center=_place(self.center), radii=_place(self.radii))
        if min(self.radii) <= 0:
            text = "The radii of an ellipse are above 0."
            raise ArgumentError(text, f"got {self.radii}")

    @property
    def bounds(self) -> tuple[Place, Place]:
        """Lowest and highest coordinate along each of its dimensions."""
        (x, y), (a, b) = self.center, self.radii
        return (x - a, x + a), (y - b, y + b)

    def contains(self, u: Coordinates, v: Coordinates) -> Mask:
        """Whether places lie inside; shapes as in `model.masking`."""
        (x, y), (a, b) = self.center, self.radii
        apart = ((u - x) / a) ** 2 + ((v - y) / b) ** 2
        mask: Mask = apart <= 1 + _SLACK
        return mask

    def to_json(self) -> dict[str, object]:
        """Plain JSON-able values."""
        return _as_json(self)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon; its last corner is joined to its first.

    Attributes
    ----------
    dims : tuple of (str, str)
        As of :class:`Rectangle`.
    corners : tuple of (float, float)
        Three or more, along the first and along the second of `dims`.
    by : {"index", "value"}
        As of :class:`Rectangle`.
    """

    dims: Dims
    corners: tuple[Place, ...]
    by: By = "index"

    def __post_init__(self) -> None:
        given: object = self.corners
        if not isinstance(given, Sequence | np.ndarray) or not (
            3 <= len(given) <= _MOST_CORNERS
        ):
            text = f"A polygon has 3 to {_MOST_CORNERS} corners."
            raise ArgumentError(text, f"got {_told(given)}")
        _settle(self, corners=tuple(map(_place, given)))

    @property
    def bounds(self) -> tuple[Place, Place]:
        """Lowest and highest coordinate along each of its dimensions."""
        across, along = zip(*self.corners, strict=True)
        return (min(across), max(across)), (min(along), max(along))

    def contains(self, u: Coordinates, v: Coordinates) -> Mask:
        """Whether places lie inside; shapes as in `model.masking`."""
        (left, right), (low, high) = self.bounds
        # In units of its own size, whatever the two dimensions measure.
        wide, tall = right - left or 1.0, high - low or 1.0
        u, v = (u - left) / wide, (v - low) / tall
        odd = np.zeros(np.broadcast_shapes(u.shape, v.shape), np.bool_)
        edge = odd.copy()
        corners = [((x - left) / wide, (y - low) / tall) for x, y in self.corners]
        for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
            _cross(odd, u, v, start, end)
            _touch(edge, u, v, start, end)
        return odd | edge

    def to_json(self) -> dict[str, object]:
        """Plain JSON-able values."""
        return _as_json(self)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line with a width: a rectangle that may lie askew.

    Attributes
    ----------
    dims : tuple of (str, str)
        As of :class:`Rectangle`.
    start, end : tuple of (float, float)
        Its ends, along the first and along the second of `dims`; both belong to it.
    width : float
        From one side of it to the other, in the same numbers: 1 is a line of single
        pixels where it runs along one of the dimensions. Not negative.
    by : {"index", "value"}
        As of :class:`Rectangle`.
    """

    dims: Dims
    start: Place
    end: Place
    width: float = 1.0
    by: By = "index"

    def __post_init__(self) -> None:
        width = _number(self.width)
        _settle(self, start=_place(self.start), end=_place(self.end), width=width)
        if self.start == self.end or width < 0:
            text = "A line has two different ends and a width that is not negative."
            raise ArgumentError(text, f"got {self.start}, {self.end}, {width}")

    @property
    def outline(self) -> Polygon:
        """The line as a polygon."""
        (x, y), (to_x, to_y) = self.start, self.end
        scale = self.width / 2 / math.hypot(to_x - x, to_y - y)
        a, b = (y - to_y) * scale, (to_x - x) * scale
        corners = (x + a, y + b), (to_x + a, to_y + b), (to_x - a, to_y - b)
        return Polygon(self.dims, (*corners, (x - a, y - b)), self.by)

    @property
    def bounds(self) -> tuple[Place, Place]:
        """Lowest and highest coordinate along each of its dimensions."""
        return self.outline.bounds

    def contains(self, u: Coordinates, v: Coordinates) -> Mask:
        """Whether places lie inside; shapes as in `model.masking`."""
        return self.outline.contains(u, v)

    def to_json(self) -> dict[str, object]:
        """Plain JSON-able values."""
        return _as_json(self)


Region = Rectangle | Ellipse | Polygon | Line
_KINDS: dict[str, type[Region]] = {
    "rectangle": Rectangle,
    "ellipse": Ellipse,
    "polygon": Polygon,
    "line": Line,
}


def region_from_json(value: object) -> Region:
    """Return the region in JSON that may come from anywhere.

    Parameters
    ----------
    value : object
        Decoded JSON, as `to_json` gives it. What is not known in it is ignored.

    Returns
    -------
    Rectangle, Ellipse, Polygon or Line

    Raises
    ------
    ViewError
        Something in it is not what it should be; the reason says what.

    Examples
    --------
    >>> region = Ellipse(("X", "Y"), (10, 12), (3, 4.5))
    >>> region_from_json(region.to_json()) == region
    True
    """
    given = value if isinstance(value, Mapping) else {}
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ViewError(_LOST, f"'kind' is not one of {', '.join(_KINDS)}")
    wanted = {field.name for field in fields(_KINDS[kind])}
    try:
        return _KINDS[kind](**{name: given[name] for name in wanted if name in given})
    except (UsidError, TypeError) as error:
        raise ViewError(_LOST, str(error)) from error


_LOST = "This region cannot be restored."


def widened(bounds: tuple[Place, Place]) -> tuple[Place, Place]:
    """Move edges outwards by what rounding may have moved them.

    Examples
    --------
    >>> widened(((0, 1), (2, 2)))
    ((-1e-06, 1.000001), (1.999999, 2.000001))
    """
    (left, right), (low, high) = bounds
    size = max(right - left, high - low)
    beside, above = (_SLACK * (end - start or size) for start, end in bounds)
    return (left - beside, right + beside), (low - above, high + above)


def _cross(
    mask: Mask, u: Coordinates, v: Coordinates, start: Place, end: Place
) -> None:
    """Turn round what lies on one side of an edge of a polygon, at its height."""
    (x, y), (to_x, to_y) = start, end
    rows = np.flatnonzero((v[:, 0] >= y) != (v[:, 0] >= to_y))
    if not len(rows):
        return
    meeting = x + (v[rows] - y) * ((to_x - x) / (to_y - y))
    mask[rows] ^= (u if len(u) == 1 else u[rows]) < meeting


def _touch(
    mask: Mask, u: Coordinates, v: Coordinates, start: Place, end: Place
) -> None:
    """Mark what lies on an edge of a polygon."""
    (x, y), (to_x, to_y) = start, end
    low, high = min(y, to_y) - _SLACK, max(y, to_y) + _SLACK
    rows = np.flatnonzero((v[:, 0] >= low) & (v[:, 0] <= high))
    if not len(rows):
        return
    beside, above = (u if len(u) == 1 else u[rows]) - x, v[rows] - y
    wide, tall = to_x - x, to_y - y
    length = wide * wide + tall * tall
    part = np.clip((beside * wide + above * tall) / (length or 1.0), 0, 1)
    apart = (beside - part * wide) ** 2 + (above - part * tall) ** 2
    mask[rows] |= apart <= _SLACK * _SLACK


def _settle(region: Region, **values: object) -> None:
    """Check what all figures have, and keep tuples of floats."""
    dims: object = region.dims
    if (
        not isinstance(dims, Sequence)
        or isinstance(dims, str)
        or len(dims) != 2
        or not all(isinstance(d, str) and 0 < len(d) <= _MOST_TEXT for d in dims)
        or dims[0] == dims[1]
    ):
        text = "A region lies in two different dimensions, given by name."
        raise ArgumentError(text, f"dims: got {_told(dims)}")
    by: object = region.by
    if by not in ("index", "value"):
        text = "A region is given by 'index' or by 'value'."
        raise ArgumentError(text, f"by: got {_told(by)}")
    for name, value in {**values, "dims": tuple(dims)}.items():
        object.__setattr__(region, name, value)


def _place(value: object) -> Place:
    if not isinstance(value, Sequence | np.ndarray) or len(value) != 2:
        text = "A place of a region is two numbers, one along each of its dimensions."
        raise ArgumentError(text, f"got {_told(value)}")
    return _number(value[0]), _number(value[1])


def _number(value: object) -> float:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    text = "A region is given by numbers that are finite."
    raise ArgumentError(text, f"got {_told(value)}")


def _told(value: object) -> str:
    return f"{value!r:.60}"


def _as_json(region: Region) -> dict[str, object]:
    kinds = {kind: name for name, kind in _KINDS.items()}
    values = {field.name: getattr(region, field.name) for field in fields(region)}
    return {"kind": kinds[type(region)], **{n: _listed(v) for n, v in values.items()}}


def _listed(value: object) -> object:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
