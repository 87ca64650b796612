"""One axis of a stored array and the dimensions folded into it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.dimension import Dimension, Mode, Side
from usid_lab.model.placing import Placing, place
from usid_lab.model.reference import Reference, reference_values
from usid_lab.model.table import Table, blocks

Grid = NDArray[np.floating]


class LayoutKind(StrEnum):
    """How stored entries relate to the grid of the dimensions."""

    ARRAY = "array"
    RASTER = "raster"
    SHUFFLED = "shuffled"
    INCOMPLETE = "incomplete"
    SPARSE = "sparse"
    DEPENDENT = "dependent"


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One axis of a stored array.

    Attributes
    ----------
    length : int
        Number of stored entries.
    kind : LayoutKind
        Raster order, placed by index, or without a grid.
    dimensions : tuple of Dimension
        Slowest first; a single one that counts points where there is no grid.
    entries : ndarray of int, shape (prod(sizes),), optional
        Stored entry at each place of the grid, -1 where there is none; None where
        the entries are in raster order.
    along : tuple of Dimension
        Where there is no grid: the dimensions of the file, values along the points.
    dependent : tuple of str
        Labels of dimensions whose values depend on other dimensions too.
    grids : tuple of (ndarray of float, shape sizes, or None)
        For each dimension that depends on others, its value at every place of the
        grid, NaN where nothing was measured; its own values are those that come
        first. None for the others.
    key : str
        Equal for axes of equal dimensions, values and order.
    """

    length: int
    kind: LayoutKind
    dimensions: tuple[Dimension, ...]
    entries: NDArray[np.signedinteger] | None = None
    along: tuple[Dimension, ...] = ()
    dependent: tuple[str, ...] = ()
    grids: tuple[Grid | None, ...] = ()
    key: str = ""
    sizes: tuple[int, ...] = field(init=False)
    """Sizes of the dimensions, slowest first."""

    def __post_init__(self) -> None:
        sizes = tuple(dimension.size for dimension in self.dimensions)
        object.__setattr__(self, "sizes", sizes)  # asked for at every read

    @property
    def has_gaps(self) -> bool:
        """Some places of the grid were never measured."""
        return self.kind is LayoutKind.INCOMPLETE

    @property
    def nbytes(self) -> int:
        """Memory that this description takes, in bytes."""
        entries = 0 if self.entries is None else self.entries.nbytes
        grids = sum(grid.nbytes for grid in self.grids if grid is not None)
        own = sum(d.values.nbytes for d in self.dimensions + self.along)
        return entries + grids + own


def derive_axis(
    indices: Table,
    values: Table,
    labels: Sequence[str],
    units: Sequence[str],
    side: Side,
) -> Axis:
    """Derive an axis from its index and value tables.

    Parameters
    ----------
    indices, values : Table
        Tables of equal length and width; all of them is checked, in blocks.
    labels, units : sequence of str
        One for each row of the tables.
    side : Side
        Positions or spectra.

    Returns
    -------
    Axis
        Its dimensions in canonical order, slowest first.
    """
    placing = place(indices)
    if placing is None:
        return _points(values, labels, units, side)
    references = reference_values(values, placing)
    dimensions = tuple(
        Dimension.found(
            labels[column], units[column], found.values, side, _mode_of(found)
        )
        for column, found in zip(placing.order, references, strict=True)
    )
    loose = tuple(d.label for d in dimensions if d.mode is Mode.DEPENDENT)
    kind = _grid_kind(placing, references)
    return Axis(
        values.length,
        kind,
        dimensions,
        placing.entries,
        dependent=loose,
        grids=_grids(values, placing, references) if loose else (),
        key=_key(kind, dimensions, placing.entries, values if loose else None),
    )


def plain_axis(dimension: Dimension) -> Axis:
    """Return the axis of an ordinary array: one dimension, in its own order."""
    key = _key(LayoutKind.ARRAY, (dimension,), None, None)
    return Axis(dimension.size, LayoutKind.ARRAY, (dimension,), key=key)


def _grid_kind(placing: Placing, references: Sequence[Reference]) -> LayoutKind:
    if not all(found.separable for found in references) and placing.complete:
        return LayoutKind.DEPENDENT
    if placing.entries is None:
        return LayoutKind.RASTER
    return LayoutKind.SHUFFLED if placing.complete else LayoutKind.INCOMPLETE


def _mode_of(found: Reference) -> Mode:
    return Mode.DEFAULT if found.separable else Mode.DEPENDENT


def _grids(
    values: Table, placing: Placing, references: Sequence[Reference]
) -> tuple[Grid | None, ...]:
    return tuple(
        None if found.separable else _grid(values, column, placing)
        for column, found in zip(placing.order, references, strict=True)
    )


def _grid(values: Table, column: int, placing: Placing) -> Grid:
    stored = np.concatenate([_real(block[column]) for _, block in blocks(values)])
    if placing.entries is not None:
        gaps = placing.entries < 0
        stored = stored[placing.entries]
        stored[gaps] = np.nan
    grid: Grid = stored.reshape(placing.sizes)
    grid.flags.writeable = False
    return grid


def _real(row: NDArray[np.number]) -> Grid:
    single = row.dtype.kind == "f" and row.dtype.itemsize <= 4
    return row.astype(np.float32 if single else np.float64)


def _points(
    values: Table, labels: Sequence[str], units: Sequence[str], side: Side
) -> Axis:
    sparse = side is Side.POSITION
    name = "Point" if sparse else "Step"
    kind = LayoutKind.SPARSE if sparse else LayoutKind.DEPENDENT
    table = np.empty((values.width, values.length))
    for start, block in blocks(values):
        table[:, start : start + block.shape[1]] = block
    # Slowest first, by the order of columns of the specification.
    along = tuple(
        Dimension.found(label, unit, row, side, Mode.INCOMPLETE)
        for label, unit, row in zip(labels, units, table, strict=True)
    )[::-1]
    count = np.arange(values.length, dtype=np.float64)
    counting = Dimension.found(name, "", count, side, label="")
    key = _key(kind, (counting, *along), None, None)
    return Axis(values.length, kind, (counting,), along=along, key=key)


def _key(
    kind: LayoutKind,
    dimensions: Sequence[Dimension],
    entries: NDArray[np.signedinteger] | None,
    values: Table | None,
) -> str:
    digest = hashlib.blake2b(kind.encode(), digest_size=16)
    for dimension in dimensions:
        text = f"{dimension.label}\0{dimension.units}\0{dimension.size}\0"
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(dimension.values.tobytes())
    if entries is not None:
        digest.update(np.ascontiguousarray(entries).data)
    if values is not None:
        for _, block in blocks(values):
            digest.update(np.ascontiguousarray(block).tobytes())
    return digest.hexdigest()
