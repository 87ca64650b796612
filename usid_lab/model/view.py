"""The view state: the one truth of a viewer.

Display, restored tab, copied code and exported figure are made from it, so they
cannot disagree. ``src/model/view.ts`` mirrors it, field by field. What comes in
from outside (a browser, a saved tab) passes :meth:`ViewState.from_json`, which
believes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from usid_lab.errors import ViewError

ContrastMode = Literal["percentile", "minmax", "manual"]
ChannelMode = Literal["one", "all"]

_VERSION = 1
_MAX_DIMS = 64
_MAX_TEXT = 4096
_MAX_INDEX = 2**53


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the values of a map are turned into colours.

    Attributes
    ----------
    mode : {"percentile", "minmax", "manual"}
        Where `limits` came from; they are held until the user asks again.
    low, high : float
        Percentiles, 0-100; used by the mode ``"percentile"``.
    limits : tuple of (float, float), optional
        The limits in force, in units of the data; None before the first map.
    """

    mode: ContrastMode = "percentile"
    low: float = 1.0
    high: float = 99.0
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """Which axes of the map are drawn the other way round."""

    x: bool = False
    y: bool = False


@dataclass(frozen=True, slots=True)
class Zoom:
    """Visible part of the panels, in fractional indices; None shows everything.

    Attributes
    ----------
    map : tuple of 4 float, optional
        x0, x1, y0, y1 in pixels of the drawn dims.
    curve : tuple of 2 float, optional
        First and last index of the curve dim.
    """

    map: tuple[float, float, float, float] | None = None
    curve: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ViewState:
    """What is shown of a dataset, and how.

    Attributes
    ----------
    dataset : str
        HDF5 path of the dataset.
    x, y, curve : str, optional
        Names of the dims that are drawn; every other dim has a slider. `x` is
        `curve` in a position x curve image, else all are different.
    overlay : str, optional
        Dim drawn as a family of curves.
    index : mapping of str to int
        Index of every dim: cursor (x, y), marker (curve), sliders (the rest).
    band : tuple of (int, int), optional
        First and last index of the band on the curve axis, inclusive.
    component : str
        Name of the component that is shown, e.g. ``"amplitude"``.
    contrast : Contrast
        How values become colours.
    colormap : str, optional
        None follows the component: cyclic for phases, else the default map.
    flip : Flip
        Axes of the map that are turned round.
    zoom : Zoom
        Visible part of the panels.
    channels : {"one", "all"}
        One channel, or the whole channel set: its maps as a grid, or its curves
        stacked where there is no map.

    Examples
    --------
    >>> view = ViewState("/Raw_Data", x="X", y="Y", index={"Y": 3, "X": 4})
    >>> ViewState.from_json(view.to_json()) == view
    True
    """

    dataset: str
    x: str | None = None
    y: str | None = None
    curve: str | None = None
    overlay: str | None = None
    index: Mapping[str, int] = field(default_factory=dict)
    band: tuple[int, int] | None = None
    component: str = "value"
    contrast: Contrast = field(default_factory=Contrast)
    colormap: str | None = None
    flip: Flip = field(default_factory=Flip)
    zoom: Zoom = field(default_factory=Zoom)
    channels: ChannelMode = "one"

    def __post_init__(self) -> None:
        # A frozen state must not change through a dict that somebody kept.
        object.__setattr__(self, "index", MappingProxyType(dict(self.index)))

    def __hash__(self) -> int:
        return hash((self.dataset, self.component, frozenset(self.index.items())))

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether this view can be shown of a dataset with these dims.

        Parameters
        ----------
        sizes : mapping of str to int
            Size of every dim of the dataset.

        Returns
        -------
        bool
            The dims are the same and every index lies inside them.

        Examples
        --------
        >>> ViewState("/Raw_Data", curve="Bias", index={"Bias": 7}).fits({"Bias": 5})
        False
        """
        drawn = {d for d in (self.x, self.y, self.curve, self.overlay) if d is not None}
        if self.index.keys() != sizes.keys() or not drawn <= sizes.keys():
            return False
        inside = all(i < sizes[dim] for dim, i in self.index.items())
        return inside and self._band_fits(sizes)

    def _band_fits(self, sizes: Mapping[str, int]) -> bool:
        if self.band is None:
            return True
        return self.curve is not None and self.band[1] < sizes[self.curve]

    def to_json(self) -> dict[str, object]:
        """Plain JSON-able values, as the browser keeps them.

        Returns
        -------
        dict
            Fields by name, with ``version``; tuples as lists.
        """
        return {
            "version": _VERSION,
            "dataset": self.dataset,
            "x": self.x,
            "y": self.y,
            "curve": self.curve,
            "overlay": self.overlay,
            "index": dict(self.index),
            "band": _listed(self.band),
            "component": self.component,
            "contrast": {
                "mode": self.contrast.mode,
                "low": self.contrast.low,
                "high": self.contrast.high,
                "limits": _listed(self.contrast.limits),
            },
            "colormap": self.colormap,
            "flip": {"x": self.flip.x, "y": self.flip.y},
            "zoom": {"map": _listed(self.zoom.map), "curve": _listed(self.zoom.curve)},
            "channels": self.channels,
        }

    @classmethod
    def from_json(cls, value: object) -> ViewState:
        """Return the view in JSON that may come from anywhere.

        Parameters
        ----------
        value : object
            Decoded JSON. Fields without a value take their defaults; fields that
            are not known are ignored.

        Returns
        -------
        ViewState

        Raises
        ------
        ViewError
            Something in it is not what it should be; the reason says what.
        """
        fields = _mapping(value, "view")
        if fields.get("version", _VERSION) != _VERSION:
            raise _wrong("version", f"{_VERSION}")
        view = cls(
            dataset=_text(fields.get("dataset"), "dataset"),
            x=_optional_text(fields.get("x"), "x"),
            y=_optional_text(fields.get("y"), "y"),
            curve=_optional_text(fields.get("curve"), "curve"),
            overlay=_optional_text(fields.get("overlay"), "overlay"),
            index=_indices(fields.get("index", {})),
            band=_band(fields.get("band")),
            component=_text(fields.get("component"), "component"),
            contrast=_contrast(fields.get("contrast") or {}),
            colormap=_optional_text(fields.get("colormap"), "colormap"),
            flip=_flip(fields.get("flip") or {}),
            zoom=_zoom(fields.get("zoom") or {}),
            channels=cast(
                "ChannelMode", _choice(fields, "channels", ("one", "all"), "one")
            ),
        )
        _check_roles(view)
        return view


def _listed(numbers: tuple[float, ...] | None) -> list[float] | None:
    return None if numbers is None else list(numbers)


def _wrong(name: str, wanted: str) -> ViewError:
    return ViewError(
        "This view cannot be restored.", f"'{name}' of the view is not {wanted}."
    )


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _wrong(name, "an object")
    return cast("Mapping[str, object]", value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value or len(value) > _MAX_TEXT:
        raise _wrong(name, "a text of reasonable length")
    return value


def _optional_text(value: object, name: str) -> str | None:
    return None if value is None else _text(value, name)


def _index(value: object, name: str) -> int:
    # In Python, True is an int; in JSON it is not.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, "a whole number")
    if not 0 <= value < _MAX_INDEX:
        raise _wrong(name, "an index")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _wrong(name, "a finite number")
    return number


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def _choice(
    fields: Mapping[str, object], name: str, allowed: tuple[str, ...], default: str
) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise _wrong(name, " or ".join(allowed))
    return value


def _numbers(value: object, name: str, count: int) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != count:
        raise _wrong(name, f"a list of {count} numbers")
    return tuple(_number(item, name) for item in value)


def _indices(value: object) -> dict[str, int]:
    fields = _mapping(value, "index")
    if len(fields) > _MAX_DIMS:
        raise _wrong("index", f"of at most {_MAX_DIMS} dimensions")
    return {_text(dim, "index"): _index(i, "index") for dim, i in fields.items()}


def _band(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _wrong("band", "a list of 2 indices")
    first, last = (_index(item, "band") for item in value)
    if first > last:
        raise _wrong("band", "in ascending order")
    return first, last


def _contrast(value: object) -> Contrast:
    fields = _mapping(value, "contrast")
    modes = ("percentile", "minmax", "manual")
    limits = _numbers(fields.get("limits"), "limits", 2)
    return Contrast(
        mode=cast("ContrastMode", _choice(fields, "mode", modes, "percentile")),
        low=_number(fields.get("low", 1.0), "low"),
        high=_number(fields.get("high", 99.0), "high"),
        limits=cast("tuple[float, float] | None", limits),
    )


def _flip(value: object) -> Flip:
    fields = _mapping(value, "flip")
    return Flip(
        x=_flag(fields.get("x", False), "flip.x"),
        y=_flag(fields.get("y", False), "flip.y"),
    )


def _zoom(value: object) -> Zoom:
    fields = _mapping(value, "zoom")
    area = _numbers(fields.get("map"), "zoom.map", 4)
    return Zoom(
        map=cast("tuple[float, float, float, float] | None", area),
        curve=cast(
            "tuple[float, float] | None",
            _numbers(fields.get("curve"), "zoom.curve", 2),
        ),
    )


def _check_roles(view: ViewState) -> None:
    """Refuse two roles for a dim; only x may be the curve too."""
    drawn = [view.x, view.y, view.overlay]
    if view.curve != view.x:
        drawn.append(view.curve)
    named = [dim for dim in drawn if dim is not None]
    if len(set(named)) != len(named):
        raise _wrong("x, y, curve, overlay", "different dimensions")
