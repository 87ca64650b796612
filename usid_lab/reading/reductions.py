"""Sums, means, spreads, extremes and medians of what need not fit into memory."""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DimensionError,
    SelectionError,
)
from usid_lab.model.layout import Layout
from usid_lab.model.selection import Pick, picked_shape
from usid_lab.reading.accumulating import (
    Accumulator,
    Extreme,
    ExtremeIndex,
    Fields,
    Spread,
    Total,
    compound,
)
from usid_lab.reading.arranging import gap_dtype
from usid_lab.reading.grouping import Entries, Groups, Window, entries_of, groups_of
from usid_lab.reading.reader import Reader
from usid_lab.reading.runs import IntArray
from usid_lab.reading.tiles import BLOCK_BYTES, portions, tiles
from usid_lab.storage.text import plain

Array = NDArray[np.generic]
_MAKERS: dict[str, Callable[..., Accumulator]] = {
    "mean": partial(Total, mean=True),
    "sum": Total,
    "std": Spread,
    "min": partial(Extreme, choose=np.fmin),
    "max": partial(Extreme, choose=np.fmax),
    "argmin": partial(ExtremeIndex, choose=np.fmin),
    "argmax": partial(ExtremeIndex, choose=np.fmax),
}
REDUCTIONS = (*_MAKERS, "median")
_MEDIAN = 4  # larger blocks: each one may read the same chunks again
_OF_COMPLEX = ("mean", "sum", "std")


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """A reduction of a selection of a dataset.

    Attributes
    ----------
    how : str
        One of `REDUCTIONS`.
    dims : frozenset of str
        The dimensions that are reduced.
    chosen : tuple of int, range or ndarray
        What is picked of each dimension of the layout.
    """

    how: str
    dims: frozenset[str]
    chosen: tuple[Pick, ...]

    def left(self, layout: Layout) -> list[tuple[str, Pick]]:
        """Dimensions that stay, with what is picked of them."""
        pairs = zip(layout.dims, self.chosen, strict=True)
        return [
            (name, pick)
            for name, pick in pairs
            if name not in self.dims and not isinstance(pick, int)
        ]

    def sizes(self, layout: Layout) -> tuple[int, ...]:
        """Shape of the result."""
        return picked_shape([pick for _, pick in self.left(layout)])

    def widest(
        self, dtype: np.dtype[np.generic], *, gaps: bool
    ) -> np.dtype[np.generic]:
        """Type that holds the result, whatever the values are.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the values that are reduced.
        gaps : bool
            Some places of the grid were never measured.

        Returns
        -------
        numpy.dtype
            Integers where nothing can be missing and no sum can overflow.
        """
        if dtype.fields:
            fields = dtype.fields.items()
            return np.dtype([(n, self.widest(f[0], gaps=gaps)) for n, f in fields])
        native = dtype.newbyteorder("=")
        wide = np.result_type(native, np.float64)
        if self.how in ("min", "max"):
            return gap_dtype(native) if gaps else native
        if self.how == "sum" and native.kind in "biu" and native.itemsize < 8:
            return wide if gaps else np.dtype("u8" if native.kind == "u" else "i8")
        if self.how.startswith("arg") and native.kind in "biu" and not gaps:
            return np.dtype(np.int64)
        return wide


def reduction(
    how: object,
    dims: str | Collection[str] | None,
    chosen: tuple[Pick, ...],
    layout: Layout,
    dtype: np.dtype[np.generic],
) -> Reduction:
    """Check what is asked for.

    Parameters
    ----------
    how : str
        One of `REDUCTIONS`.
    dims : str or collection of str, optional
        Names of dimensions; all of those that are not picked by one index if None.
    chosen : tuple of int, range or ndarray
        What is picked of each dimension.
    layout : Layout
        N-D form of the dataset.
    dtype : numpy.dtype
        Of its values.

    Returns
    -------
    Reduction
        What can be done.
    """
    if how not in REDUCTIONS:
        known = ", ".join(REDUCTIONS)
        raise ArgumentError(f"There is no reduction {how!r}; there are: {known}.")
    assert isinstance(how, str)
    free = [
        name
        for name, pick in zip(layout.dims, chosen, strict=True)
        if not isinstance(pick, int)
    ]
    wanted = _wanted(dims, free, layout)
    _check_type(how, dtype)
    if how.startswith("arg") and len(wanted) != 1:
        raise ArgumentError(
            f"'{how}' gives an index along exactly one dimension; name it in dims.",
            f"got {', '.join(map(plain, wanted)) or 'none'}",
        )
    _check_picks(wanted, chosen, layout)
    return Reduction(how, frozenset(wanted), chosen)


def _wanted(
    dims: str | Collection[str] | None, free: list[str], layout: Layout
) -> list[str]:
    if dims is None:
        return free
    given: object = dims
    if not isinstance(given, Iterable):
        text = "The dimensions to reduce are a name or a list of names."
        raise ArgumentTypeError(text, f"got {dims!r}")
    names = list(dict.fromkeys([dims] if isinstance(dims, str) else dims))
    for name in names:
        if name in free:
            continue
        there = ", ".join(map(plain, free)) or "none"
        if name in layout.dims:
            text = f"One index of '{plain(name)}' is picked; nothing is left to reduce."
        elif name in layout.coords:
            text = f"'{plain(str(name))}' lies along points and is no dimension itself."
        else:
            text = f"There is no dimension '{plain(str(name))}'."
        raise DimensionError(f"{text} What can be reduced: {there}.")
    return names


def _check_type(how: str, dtype: np.dtype[np.generic]) -> None:
    if dtype.fields:
        for field in dtype.fields.values():
            _check_type(how, field[0])
    elif dtype.kind == "c" and how not in _OF_COMPLEX:
        raise ArgumentError(
            f"Complex numbers have no order, and no '{how}'.",
            f"dtype {dtype}; possible are {', '.join(_OF_COMPLEX)}",
        )


def _check_picks(
    wanted: Collection[str], chosen: tuple[Pick, ...], layout: Layout
) -> None:
    for name, pick in zip(layout.dims, chosen, strict=True):
        if name not in wanted or isinstance(pick, int):
            continue
        if not len(pick):
            raise SelectionError(f"Nothing of '{plain(name)}' is selected to reduce.")
        if isinstance(pick, np.ndarray) and len(np.unique(pick)) < len(pick):
            text = f"An index of '{plain(name)}' is selected twice; it counts once."
            raise SelectionError(text, "indices of a reduced dimension must differ")


def reduced(
    reader: Reader,
    layout: Layout,
    dtype: np.dtype[np.generic],
    chunks: tuple[int, ...] | None,
    asked: Reduction,
) -> Array:
    """Reduce what is stored, block by block, in the order of the file.

    Parameters
    ----------
    reader : Reader
        Reads the dataset.
    layout : Layout
        Its N-D form.
    dtype : numpy.dtype
        Of its values.
    chunks : tuple of int, optional
        Shape of its chunks, each of which is read once (a median reads them as often
        as it needs to); None where it is contiguous.
    asked : Reduction
        What is wanted.

    Returns
    -------
    ndarray
        The dimensions that are left, in canonical order. Gaps and NaN are not
        counted; where nothing else is, the result is NaN and integers become
        float64. Sums of integers are int64 or uint64 (float64 where those would
        overflow), means, spreads and medians float64 or complex128, extremes of the
        type of the values, indices int64 and counted in the whole dimension.
    """
    native = dtype.newbyteorder("=")
    if asked.how == "median":
        return _median(reader, layout, native, asked)
    axes = _axes(layout, asked)
    state = _state(_MAKERS[asked.how], tuple(a.group_count for a in axes), native)
    # Along most axes, a block meets the same entries as the one before.
    part = lru_cache(maxsize=len(axes))(_part)
    for spans in tiles(axes, chunks, max(1, BLOCK_BYTES // _width(native))):
        parts = list(map(part, axes, spans))
        values = reader.entries([window.entries for window, _ in parts])
        groups = [groups for _, groups in parts]
        state.add(values, groups, [window.indices for window, _ in parts])
    return _in_order(state.result(), layout, asked)


def _part(axis: Entries, span: tuple[int, int]) -> tuple[Window, Groups]:
    window = axis.window(*span)
    return window, groups_of(window.groups)


def _width(dtype: np.dtype[np.generic]) -> int:
    """Bytes of a value while it is worked on."""
    return max(8, dtype.itemsize)


def _state(
    make: Callable[..., Accumulator],
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
) -> Accumulator:
    if dtype.fields:
        return Fields(dtype, lambda field: _state(make, shape, field))
    return make(shape, dtype)


def _sorted(pick: Pick) -> IntArray:
    return np.unique(np.asarray(pick, dtype=np.int64))


def _axes(layout: Layout, asked: Reduction) -> list[Entries]:
    axes = []
    rest = list(asked.chosen)
    for axis in layout.axes:
        mine, rest = rest[: len(axis.sizes)], rest[len(axis.sizes) :]
        names = [dimension.name for dimension in axis.dimensions]
        kept = [
            name not in asked.dims and not isinstance(pick, int)
            for name, pick in zip(names, mine, strict=True)
        ]
        searched = next((i for i, name in enumerate(names) if name in asked.dims), None)
        axes.append(entries_of(axis, list(map(_sorted, mine)), kept, searched))
    return axes


def _in_order(values: Array, layout: Layout, asked: Reduction) -> Array:
    """Unfold a result and give its entries the order of the selection."""
    left = [pick for _, pick in asked.left(layout)]
    result = values.reshape([len(_sorted(pick)) for pick in left])
    for axis, pick in enumerate(left):
        whole = np.asarray(pick, dtype=np.int64)
        if len(whole) and (np.diff(whole) <= 0).any():
            result = np.take(result, np.searchsorted(_sorted(pick), whole), axis=axis)
    return result


def _median(
    reader: Reader, layout: Layout, dtype: np.dtype[np.generic], asked: Reduction
) -> Array:
    """Read, for some places of the result at a time, all values that belong there."""
    picked = dict(zip(layout.dims, asked.chosen, strict=True))
    left = asked.left(layout)
    sizes = asked.sizes(layout)
    count = math.prod(picked_shape([picked[name] for name in asked.dims]))
    result = np.empty(sizes, _median_type(dtype))
    order = [name for name, pick in picked.items() if not isinstance(pick, int)]
    axes = tuple(axis for axis, name in enumerate(order) if name in asked.dims)
    most = _MEDIAN * BLOCK_BYTES // (max(1, count) * _width(dtype))
    for slab in portions(sizes, max(1, most)):
        part = {n: np.asarray(p)[s] for (n, p), s in zip(left, slab, strict=True)}
        values = reader.read({**_indexers(picked), **part})
        result[slab] = _medians(values, axes)
    return result


def _indexers(picked: dict[str, Pick]) -> dict[str, int | IntArray]:
    return {n: p if isinstance(p, int) else np.asarray(p) for n, p in picked.items()}


def _median_type(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    if dtype.fields:
        fields = dtype.fields.items()
        return np.dtype([(name, _median_type(field[0])) for name, field in fields])
    return np.result_type(dtype, np.float64)


def _medians(values: Array, axes: tuple[int, ...]) -> Array:
    if values.dtype.names:
        parts = {name: _medians(values[name], axes) for name in values.dtype.names}  # type: ignore[call-overload]
        return compound(parts)
    kept = values.ndim - len(axes)
    moved = np.moveaxis(values, axes, range(kept, values.ndim))
    # What was read belongs to nobody else: it is sorted in place, NaN to the end.
    table = moved.reshape(*moved.shape[:kept], -1)
    table.sort(axis=-1)
    known = np.full((*table.shape[:-1], 1), table.shape[-1])
    if table.dtype.kind == "f":
        known = (~np.isnan(table)).sum(axis=-1, keepdims=True)
    low, high = (
        np.take_along_axis(table, np.maximum(place, 0), axis=-1)[..., 0]
        for place in ((known - 1) // 2, known // 2)
    )
    wide = np.result_type(table.dtype, np.float64)
    return np.add(np.divide(low, 2, dtype=wide), np.divide(high, 2, dtype=wide))
