"""What the kernel says to the browser, form by form.

``src/model/dataset.ts``, ``messages.ts`` and ``tree.ts`` mirror these classes;
:mod:`usid_lab.widgets.encoding` gives the fields their names over there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from usid_lab.model.view import ViewState

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint16]
Limits = tuple[float, float]
Level = Literal["info", "warning"]


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension: `values` is float64 of shape (size,)."""

    name: str
    units: str
    size: int
    side: str
    values: Floats
    labels: tuple[str, ...] | None = None
    spatial: bool = False
    monotonic: bool = True


@dataclass(frozen=True, slots=True)
class Component:
    """One real-valued face of the data; `sample` is sorted, at most 4,096 values."""

    name: str
    label: str
    units: str
    period: float | None
    categorical: bool
    limits: Limits | None
    sample: Floats


@dataclass(frozen=True, slots=True)
class Channel:
    """A dataset of the channel set."""

    path: str
    label: str
    units: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A remark about the data; nothing was changed because of it."""

    text: str
    detail: str
    level: Level = "info"


@dataclass(frozen=True, slots=True)
class Points:
    """Scattered positions; `x` and `y` are float64 of shape (points,)."""

    dim: str
    x: Floats
    y: Floats
    x_name: str
    y_name: str
    x_units: str
    y_units: str


@dataclass(frozen=True, slots=True)
class Description:
    """All that the viewer knows of a dataset before it sees values."""

    path: str
    name: str
    kind: Literal["main", "array"]
    quantity: str
    units: str
    dtype: str
    layout: str
    dims: tuple[Dim, ...]
    components: tuple[Component, ...]
    channels: tuple[Channel, ...]
    badges: tuple[Badge, ...]
    faults: tuple[str, ...]
    y_up: bool
    aspect: float | None
    points: Points | None
    view: ViewState


@dataclass(frozen=True, slots=True)
class TableRow:
    """A value at the cursor, in words."""

    label: str
    value: str
    units: str


@dataclass(frozen=True, slots=True)
class Reduced:
    """Which part of a map a picture stands for, and how.

    Attributes
    ----------
    window : tuple of 4 int
        First and last column (exclusive), first and last row (exclusive).
    factors : tuple of (int, int)
        Columns and rows of the map for each pixel of the picture; the last ones
        may be cut short.
    preview : bool
        A better picture can be asked for.
    words : str
        "1 of 8 x 8 pixels"; '' where every pixel is one of the map.
    """

    window: tuple[int, int, int, int]
    factors: tuple[int, int]
    preview: bool
    words: str


@dataclass(frozen=True, slots=True)
class GridItem:
    """One channel of a set: its map, or its curves where there is no map.

    Attributes
    ----------
    path : str
        HDF5 path of the channel.
    label, units : str
        Of its values.
    period : float, optional
        Of a cyclic quantity.
    map : ndarray of float32, shape (y, x) or (points,)
    curve : ndarray of float32, shape (curves, n)
    reduced : Reduced, optional
        What the map stands for, where it is not the whole.
    """

    path: str
    label: str
    units: str
    period: float | None
    map: Singles | None = None
    curve: Singles | None = None
    reduced: Reduced | None = None

    def to_json(self) -> dict[str, object]:
        """Return the fields that apply, by their names in the browser."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Packing:
    """What codes of 16 bits mean: ``offset + scale * code``.

    The last three are minus infinity, infinity and NaN.
    """

    offset: float
    scale: float


@dataclass(frozen=True, slots=True)
class DamageNote:
    """How many chunks of a picture cannot be decoded, `of` how many there are."""

    chunks: int
    of: int
    reason: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Values of one panel; what does not apply is absent.

    Attributes
    ----------
    map : ndarray of float32, shape (y, x) or (points,)
    title : str
        Which slice or mean the map is.
    curve : ndarray of float32, shape (curves, n)
    curve_names : tuple of str
        Names of the curves of a family, in order; of every channel's, in a stack.
    table : tuple of TableRow
        In place of a curve axis that is too short to draw.
    grid : tuple of GridItem
        One map for each channel, or one stacked plot.
    valid : int
        How many numbers, over the whole map, stand behind the means.
    reduced : Reduced, optional
        What the map stands for, where it is not the whole.
    damage : DamageNote, optional
        Why some of the values are NaN.
    codes : ndarray of uint16, shape (y, x)
        In the place of `map`, with what they mean in `packing`.
    packing : Packing, optional
    """

    map: Singles | None = None
    title: str | None = None
    curve: Singles | None = None
    curve_names: tuple[str, ...] | None = None
    table: tuple[TableRow, ...] | None = None
    grid: tuple[GridItem, ...] | None = None
    valid: int | None = None
    reduced: Reduced | None = None
    damage: DamageNote | None = None
    codes: Codes | None = None
    packing: Packing | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        cells = [array for item in self.grid or () for array in (item.map, item.curve)]
        arrays = (self.map, self.curve, self.codes, *cells)
        return sum(array.nbytes for array in arrays if array is not None)

    def to_json(self) -> dict[str, object]:
        """Return the fields that apply, by their names in the browser."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        fields["curveNames"] = fields.pop("curve_names")
        codes = fields.pop("codes")
        fields["map"] = fields["map"] if codes is None else codes
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Probed:
    """Exact values at one pixel of a map: `values` is float64 of shape (n,).

    One value; of a whole channel set one for each channel, NaN where it has none.
    """

    values: Floats


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A row of the tree."""

    path: str
    name: str
    kind: str
    summary: str
    reason: str
    expandable: bool
    viewable: bool


@dataclass(frozen=True, slots=True)
class TreePage:
    """Part of the children of `path`, from `start` on."""

    path: str
    start: int
    total: int
    nodes: tuple[TreeNode, ...]


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute; `truncated` if its value is longer than what is shown."""

    name: str
    value: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class AttributeList:
    """Part of the attributes of an object."""

    total: int
    attributes: tuple[AttributeRow, ...]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """The file itself; `size` in bytes, `edition` names the state it is in."""

    name: str
    path: str
    size: int
    edition: str
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything for the first paint."""

    file: FileInfo
    root: TreePage
    dataset: Description | None
    unfolded: tuple[TreePage, ...]
    map: Frame | None
    curve: Frame | None
    grid: Frame | None = None
