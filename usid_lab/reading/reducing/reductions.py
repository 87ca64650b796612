"""Sums, means, spreads, extremes and medians of what need not fit into memory."""

import math
from collections.abc import Callable, Collection, Iterable
from functools import partial as bound

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DimensionError,
    SelectionError,
)
from usid_lab.model.layout import Layout
from usid_lab.model.masking import empty, inside
from usid_lab.model.region import Region
from usid_lab.model.selection import Pick
from usid_lab.reading.reducing.accumulating import (
    Accumulator,
    Extreme,
    ExtremeIndex,
    Fields,
    Folded,
    Spread,
    Total,
)
from usid_lab.reading.reducing.finite import FiniteMean
from usid_lab.reading.reducing.medianwork import MedianWork
from usid_lab.reading.reducing.tiles import BLOCK_BYTES
from usid_lab.reading.reducing.walking import Block, Entered, Walk
from usid_lab.reading.reducing.wanted import (
    FINITE,
    Reduction,
    axes_of,
    in_order,
    mask_of,
)
from usid_lab.reading.stopping import Partial, Preview, Progress, Stop
from usid_lab.storage.text import plain

__all__ = ["REDUCTIONS", "Reduction", "place_bytes", "reduced", "reduction"]

Array = NDArray[np.generic]
_MAKERS: dict[str, Callable[..., Accumulator]] = {
    "mean": bound(Total, mean=True),
    "sum": Total,
    "std": Spread,
    "min": bound(Extreme, choose=np.fmin),
    "max": bound(Extreme, choose=np.fmax),
    "argmin": bound(ExtremeIndex, choose=np.fmin),
    "argmax": bound(ExtremeIndex, choose=np.fmax),
}
REDUCTIONS = (*_MAKERS, "median")
_CAREFUL = 2  # blocks in work at a time
_OF_COMPLEX = ("mean", "sum", "std")


def reduction(
    how: object,
    dims: str | Collection[str] | None,
    chosen: tuple[Pick, ...],
    layout: Layout,
    dtype: np.dtype[np.generic],
    region: Region | None = None,
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
    region : Rectangle, Ellipse, Polygon or Line, optional
        What lies outside does not count. Something that was measured lies inside.

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
    asked = Reduction(how, frozenset(wanted), chosen, region)
    if region is not None:
        _check_region(asked, layout, region)
    return asked


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


def _check_region(asked: Reduction, layout: Layout, region: object) -> None:
    if not isinstance(region, Region):
        text = "A region is a Rectangle, an Ellipse, a Polygon or a Line."
        raise ArgumentTypeError(text, f"got {type(region).__name__}")
    axes = axes_of(layout, asked, inside(region, layout))
    if not all(axis.count for axis in axes):
        raise empty(region)


def reduced(
    reader: Entered,
    layout: Layout,
    dtype: np.dtype[np.generic],
    chunks: tuple[int, ...] | None,
    asked: Reduction,
    stop: Stop | None = None,
    progress: Progress | None = None,
    partial: Partial | None = None,
    block: int | None = None,
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
    stop : callable, optional
        Asked about every 20 ms; true ends the work.
    progress : callable, optional
        Told the fraction that is done.
    partial : callable, optional
        Given the result so far, a few times a second at most: an array of the shape
        of the result, NaN where nothing is known yet (integers are float64 then).
        Sums, means, spreads and extremes are those of the values that were read;
        medians of some places are final and those of others not known, or all of
        them lie within bounds that grow closer.
    block : int, optional
        Bytes that are read at a time by each thread, of whole chunks.

    Returns
    -------
    ndarray
        The dimensions that are left, in canonical order. Gaps and NaN are not
        counted; where nothing else is, the result is NaN and integers become
        float64. Sums of integers are int64 or uint64 (float64 where those would
        overflow), means, spreads and medians float64 or complex128, extremes of the
        type of the values, indices int64 and counted in the whole dimension.

    Raises
    ------
    Stopped
        If `stop` returned true.
    """
    native = dtype.newbyteorder("=")
    preview = Preview(partial)
    within = mask_of(layout, asked)
    # One thread that reads has fewer blocks in work: they may be larger.
    usual = 2 * BLOCK_BYTES if reader.is_serial() else BLOCK_BYTES
    nbytes = usual if block is None else min(block, usual)
    most = max(1, nbytes // max(8, native.itemsize))
    walk = Walk(reader, axes_of(layout, asked, within), chunks, most, stop)
    if asked.how == "median":
        work = MedianWork(walk, layout, asked, within, progress, preview)
        return in_order(work.of(native), layout, asked)
    shape = tuple(axis.group_count for axis in walk.axes)
    state = _state(_maker(asked), shape, native)
    if math.prod(shape) >= walk.most // state.steps:
        walk = _for_many_places(walk, chunks, state.steps)

    def folded(block: Block) -> Folded:
        return state.fold(block.values, block.groups, block.indices)

    for found, groups in walk.blocks(folded, progress, state.sweep()):
        state.take(found, groups)
        preview.offer(lambda: in_order(state.result(), layout, asked).copy())
    return in_order(state.result(), layout, asked)


def _for_many_places(walk: Walk, chunks: tuple[int, ...] | None, steps: int) -> Walk:
    """Have less in work where each value of a block may have a place of its own.

    Nothing stops what joins a block to the result. Where chunks are larger than such
    blocks should be, what blocks are folded to takes ten times their memory.
    """
    if chunks is None or math.prod(chunks) <= walk.most // steps:
        return walk.along(walk.axes, steps)
    return walk.with_hands(_CAREFUL)


def place_bytes(asked: Reduction, dtype: np.dtype[np.generic]) -> int:
    """Say how much memory each place of a result takes, itself and on its way.

    Parameters
    ----------
    asked : Reduction
        What is wanted.
    dtype : numpy.dtype
        Of the values that are reduced.

    Returns
    -------
    int
        Bytes.
    """
    result = asked.widest(dtype, gaps=True).itemsize
    if asked.how == "median":
        return 2 * result
    return result + _state(_maker(asked), (), dtype.newbyteorder("=")).nbytes


def _maker(asked: Reduction) -> Callable[..., Accumulator]:
    return FiniteMean if asked.how == FINITE else _MAKERS[asked.how]


def _state(
    make: Callable[..., Accumulator],
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
) -> Accumulator:
    if dtype.fields:
        return Fields(dtype, lambda field: _state(make, shape, field))
    return make(shape, dtype)
