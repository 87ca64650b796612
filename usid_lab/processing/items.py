"""Items of a source: what a function is given, cut out of the stored array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DimensionError, LayoutError
from usid_lab.model.dimension import Dimension
from usid_lab.processing.source import Source
from usid_lab.processing.span import Span
from usid_lab.processing.splitting import Entries, Split, split, stored
from usid_lab.reading import Reader
from usid_lab.reading.planning.arranging import blank, gap_dtype
from usid_lab.storage.text import plain

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Box:
    """Places that are read at once: all of `rows` with all of `columns`.

    Attributes
    ----------
    rows, columns : Span
        Unseen places of the positions and of the steps.
    """

    rows: Span
    columns: Span

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """How one source falls into items.

    Attributes
    ----------
    source : Source
        The dataset.
    rows, columns : Split
        Its two axes.
    order : tuple of int
        Axes of an item as the function wants them, among those of both splits.
    """

    source: Source
    rows: Split
    columns: Split
    order: tuple[int, ...]

    @property
    def dims(self) -> tuple[Dimension, ...]:
        """Dimensions of an item, in the order of the function."""
        both = (*self.rows.seen, *self.columns.seen)
        return tuple(both[number] for number in self.order)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of what the function is given."""
        dtype = self.source.brief.dtype.newbyteorder("=")
        gaps = self.rows.has_gaps or self.columns.has_gaps
        return gap_dtype(dtype) if gaps else dtype

    @property
    def item_bytes(self) -> int:
        """Bytes of one item."""
        return self.rows.size * self.columns.size * self.dtype.itemsize

    def read(self, reader: Reader, box: Box) -> Array:
        """Read the items of a box.

        Parameters
        ----------
        reader : Reader
            Of the source.
        box : Box
            Which ones.

        Returns
        -------
        ndarray, shape (items, *shape of an item)
            The places of the steps run faster than those of the positions. NaN in
            gaps.
        """
        rows = self.rows.of(box.rows.start, box.rows.stop)
        columns = self.columns.of(box.columns.start, box.columns.stop)
        wanted, places = zip(*map(_sorted, (rows, columns)), strict=True)
        values = reader.entries(wanted)
        for axis, place in enumerate(places):
            values = _taken(values, place, axis, self.dtype)
        table = values.reshape(*rows.shape, *columns.shape).transpose(0, 2, 1, 3)
        seen = (*self.rows.seen, *self.columns.seen)
        items = table.reshape(len(box), *(d.size for d in seen))
        return np.ascontiguousarray(
            items.transpose(0, *(number + 1 for number in self.order))
        )


def _sorted(entries: Entries) -> tuple[Entries, Entries | None]:
    """Entries as they are read, and where each goes; None where they are in order."""
    flat = entries.ravel()
    if bool((np.diff(flat) > 0).all()) and flat[0] >= 0:
        return flat, None
    wanted, places = np.unique(flat, return_inverse=True)
    if wanted[0] >= 0:
        return wanted, places
    return wanted[1:], places - 1


def _taken(
    values: Array, places: Entries | None, axis: int, dtype: np.dtype[np.generic]
) -> Array:
    values = values.astype(dtype, copy=False)
    if places is None:
        return values
    gaps = places < 0
    if gaps.all():
        shape = (*values.shape[:axis], len(places), *values.shape[axis + 1 :])
        found = np.empty(shape, dtype)
        blank(found, ())
        return found
    found = np.take(values, np.where(gaps, 0, places), axis=axis)
    if gaps.any():
        blank(found, (slice(None),) * axis + (gaps,))
    return found


def items_of(source: Source, sees: tuple[str, ...], *, by_rows: bool) -> Items:
    """Say how a source falls into items.

    Parameters
    ----------
    source : Source
        The dataset.
    sees : tuple of str
        Dimensions that the function sees, in its order.
    by_rows : bool
        Each stored row stands for itself: the function sees no positions.

    Returns
    -------
    Items
    """
    positions, steps = source.layout.axes
    rows = stored(positions) if by_rows else split(positions, sees)
    columns = split(steps, sees)
    names = [d.name for d in (*rows.seen, *columns.seen)]
    return Items(source, rows, columns, tuple(map(names.index, sees)))


def seen_items(source: Source, sees: Sequence[str] | None) -> Items:
    """Say how a source falls into items, by what a function asks for.

    Parameters
    ----------
    source : Source
        The dataset.
    sees : sequence of str or None
        Dimensions that the function sees; None for all spectroscopic ones.

    Returns
    -------
    Items

    Raises
    ------
    DimensionError, LayoutError
        The dataset does not have them, or not as a grid.
    """
    positions, steps = source.layout.axes
    if sees is None:
        names = tuple(d.name for d in steps.dimensions)
        return items_of(source, names, by_rows=True)
    known = source.layout.dims
    for name in sees:
        if name not in known:
            text = f"'{plain(source.path)}' has no dimension '{plain(str(name))}'."
            raise DimensionError(text, f"it has {', '.join(map(plain, known))}")
    across = {d.name for d in positions.dimensions}.intersection(sees)
    if across and positions.along:
        text = "The positions are scattered points: no function can see an image."
        raise LayoutError(text, f"it asks for {', '.join(sorted(across))}")
    return items_of(source, tuple(sees), by_rows=not across)


def check_alike(first: Items, other: Items) -> None:
    """Raise LayoutError unless two sources fall into the same places."""
    one, two = first.source, other.source
    if one.layout.axes[0].key != two.layout.axes[0].key:
        text = f"'{plain(one.path)}' and '{plain(two.path)}' have other positions."
        raise LayoutError(f"{text} Sources of one process share them.")
    unseen = [[(d.name, d.size) for d in i.columns.unseen] for i in (first, other)]
    if unseen[0] != unseen[1] or bool(first.rows.seen) != bool(other.rows.seen):
        text = (
            f"'{plain(one.path)}' and '{plain(two.path)}' differ in what the function"
        )
        raise LayoutError(f"{text} does not see.", f"{unseen[0]} and {unseen[1]}")
