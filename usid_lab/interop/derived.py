"""A slice or a reduction of a dataset as a new Main dataset, with its origin."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.model.dimension import Dimension, Mode
from usid_lab.reading.arranging import gap_dtype
from usid_lab.reading.tiles import BLOCK_BYTES, portions
from usid_lab.storage.results import ForeignSource, is_results, results_path
from usid_lab.storage.writer import FileWriter

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from usid_lab.dataset import USIDataset
    from usid_lab.model.axis import Axis, Grid
    from usid_lab.model.selection import Pick
    from usid_lab.reading.reductions import Reduction

    Array = NDArray[np.generic]

_LONG = 1000  # indices that an attribute still holds
_CELL = 64  # bytes of a place of a reduction while it is worked on


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What is to be written.

    Attributes
    ----------
    tool : str
        Name of the tool, for the group of results.
    name : str
        Name of the dataset.
    quantity, units : str
        What its values are.
    dtype : numpy.dtype
        Their type.
    chosen : tuple of int, range or ndarray
        What is picked of each dimension of the source.
    dropped : frozenset of str
        Dimensions that are reduced.
    most : int
        Values that are worked on at a time.
    block : callable
        Makes the values of a part, given what is picked of each dimension then.
    parameters : dict
        Attributes of the group of results.
    """

    tool: str
    name: str
    quantity: str
    units: str
    dtype: np.dtype[np.generic]
    chosen: tuple[Pick, ...]
    dropped: frozenset[str]
    most: int
    block: Callable[[tuple[Pick, ...]], Array]
    parameters: dict[str, object]


def write_slice(
    dataset: USIDataset,
    chosen: tuple[Pick, ...],
    path: str | os.PathLike[str] | None,
    name: str | None,
    attrs: Mapping[str, object] | None,
) -> tuple[Path, str]:
    """Write a selection as a new Main dataset.

    Parameters
    ----------
    dataset : USIDataset
        The source.
    chosen : tuple of int, range or ndarray
        What is picked of each dimension.
    path : str or path-like, optional
        The file that takes it.
    name : str, optional
        Name of the new dataset.
    attrs : mapping of str to value, optional
        More attributes of its group.

    Returns
    -------
    file, path
        Where it is.
    """
    native = dataset.dtype.newbyteorder("=")

    def block(picks: tuple[Pick, ...]) -> Array:
        return dataset.read(dict(zip(dataset.dims, map(_indexer, picks), strict=True)))

    wanted = Derived(
        tool="Slice",
        name=dataset.name.replace("-", "_") if name is None else name,
        quantity=dataset.quantity,
        units=dataset.units,
        dtype=gap_dtype(native) if dataset.layout.has_gaps else native,
        chosen=chosen,
        dropped=frozenset(),
        most=max(1, BLOCK_BYTES // native.itemsize),
        block=block,
        parameters=dict(attrs or {}),
    )
    return _write(dataset, wanted, path)


def write_reduced(
    dataset: USIDataset,
    asked: Reduction,
    path: str | os.PathLike[str] | None,
    name: str | None,
    attrs: Mapping[str, object] | None,
) -> tuple[Path, str]:
    """Write a reduction as a new Main dataset.

    Parameters
    ----------
    dataset : USIDataset
        The source.
    asked : Reduction
        What is wanted.
    path : str or path-like, optional
        The file that takes it.
    name : str, optional
        Name of the new dataset.
    attrs : mapping of str to value, optional
        More attributes of its group.

    Returns
    -------
    file, path
        Where it is.
    """
    over = [dim for dim in dataset.dims if dim in asked.dims]
    index = asked.how.startswith("arg")
    dtype, block = _reduced(dataset, asked)
    wanted = Derived(
        tool=asked.how.capitalize(),
        name=asked.how.capitalize() if name is None else name,
        quantity="Index" if index else dataset.quantity,
        units="" if index else dataset.units,
        dtype=dtype,
        chosen=asked.chosen,
        dropped=asked.dims,
        most=_most(),
        block=block,
        parameters={"reduced_dimensions": over, **(attrs or {})},
    )
    return _write(dataset, wanted, path)


def _most() -> int:
    """Places of a reduction that are worked on at a time."""
    return max(1, BLOCK_BYTES // _CELL)


def _reduced(
    dataset: USIDataset, asked: Reduction
) -> tuple[np.dtype[np.generic], Callable[[tuple[Pick, ...]], Array]]:
    """Type of a reduction, and what makes a block of it."""
    if math.prod(asked.sizes(dataset.layout)) <= _most():
        whole = dataset.reduced(asked)
        return whole.dtype, lambda _: whole
    dtype = asked.widest(dataset.dtype, gaps=dataset.layout.has_gaps)
    return dtype, lambda picks: dataset.reduced(replace(asked, chosen=picks))


def _write(
    dataset: USIDataset, wanted: Derived, path: str | os.PathLike[str] | None
) -> tuple[Path, str]:
    target = results_path(dataset.file_path) if path is None else path
    with FileWriter(target, extend=is_results(target)) as writer:
        here = writer.path == dataset.file_path
        foreign = ForeignSource(dataset.file_path, dataset.path)
        source = dataset.path if here else foreign
        selection, long = _selection(dataset, wanted.chosen)
        attrs = {"selection": selection, **wanted.parameters}
        group = writer.results(source, wanted.tool, attrs)
        for name, indices in long.items():
            writer.array(f"{group}/{name}", indices)
        sides = [_side(axis, dataset, wanted) for axis in dataset.layout.axes]
        written = writer.main(
            group,
            wanted.name,
            None,
            dtype=wanted.dtype,
            quantity=wanted.quantity,
            units=wanted.units,
            position=sides[0],
            spectroscopic=sides[1],
        )
        _fill(writer, written, dataset, wanted)
    return writer.path, written


def _selection(
    dataset: USIDataset, chosen: tuple[Pick, ...]
) -> tuple[str, dict[str, NDArray[np.int64]]]:
    """Say what was selected, as JSON; lists that are too long for it, apart."""
    told: dict[str, object] = {}
    long: dict[str, NDArray[np.int64]] = {}
    for (name, size), pick in zip(dataset.sizes.items(), chosen, strict=True):
        if isinstance(pick, int):
            told[name] = pick
        elif isinstance(pick, range):
            if pick != range(size):
                told[name] = {"start": pick.start, "stop": pick.stop, "step": pick.step}
        elif len(pick) <= _LONG:
            told[name] = pick.tolist()
        else:
            apart = f"Selected_{len(long):03d}"
            told[name] = {"dataset": apart}
            long[apart] = pick
    return json.dumps(told), long


def _side(axis: Axis, dataset: USIDataset, wanted: Derived) -> list[Dimension]:
    """Dimensions that are left of one side, with the values that are left."""
    picked = dict(zip(dataset.dims, wanted.chosen, strict=True))
    names = [dimension.name for dimension in axis.dimensions]
    picks = [picked[name] for name in names]
    kept = [
        name not in wanted.dropped and not isinstance(pick, int)
        for name, pick in zip(names, picks, strict=True)
    ]
    if axis.along:
        return [_taken(d, d.values[_indexer(picks[0])]) for d in axis.along if kept[0]]
    return [
        _left(dimension, number, axis, picks, kept)
        for number, dimension in enumerate(axis.dimensions)
        if kept[number]
    ]


def _left(
    dimension: Dimension,
    number: int,
    axis: Axis,
    picks: Sequence[Pick],
    kept: Sequence[bool],
) -> Dimension:
    grid = axis.grids[number] if axis.grids else None
    if grid is None:
        return _taken(dimension, dimension.values[_indexer(picks[number])])
    for place, (pick, keep) in reversed(list(enumerate(zip(picks, kept, strict=True)))):
        grid = np.take(grid, _indexer(pick), axis=place)
        if not keep and not isinstance(pick, int):
            if not _alike(grid, place):
                # They differ along what is reduced: no value stands for all.
                count = len(np.atleast_1d(_indexer(picks[number])))
                return Dimension(dimension.label or dimension.name, "", count)
            grid = np.take(grid, 0, axis=place)
    return _taken(dimension, grid)


def _alike(grid: Grid, axis: int) -> bool:
    first = np.take(grid, [0], axis=axis)
    return bool(((grid == first) | np.isnan(grid)).all())


def _taken(dimension: Dimension, values: Grid) -> Dimension:
    mode = dimension.mode
    if mode is Mode.DEPENDENT and values.ndim == 1:
        mode = Mode.DEFAULT
    label = dimension.label or dimension.name
    return Dimension(label, dimension.units, values, mode, side=dimension.side)


def _indexer(pick: Pick) -> int | NDArray[np.int64]:
    return pick if isinstance(pick, int) else np.asarray(pick, dtype=np.int64)


def _fill(
    writer: FileWriter, written: str, dataset: USIDataset, wanted: Derived
) -> None:
    """Write block by block, each of which is a run of rows and a run of columns."""
    names = dataset.dims
    first = set(names[: len(dataset.layout.axes[0].sizes)])
    left = [
        (number, name, pick)
        for number, (name, pick) in enumerate(zip(names, wanted.chosen, strict=True))
        if name not in wanted.dropped and not isinstance(pick, int)
    ]
    sizes = [len(pick) for _, _, pick in left]
    rows = sum(name in first for _, name, _ in left)
    for slab in portions(sizes, wanted.most):
        picks = list(wanted.chosen)
        for (number, _, pick), part in zip(left, slab, strict=True):
            picks[number] = np.asarray(pick, dtype=np.int64)[part]
        place = (_run(slab[:rows], sizes[:rows]), _run(slab[rows:], sizes[rows:]))
        shape = tuple(span.stop - span.start for span in place)
        values = wanted.block(tuple(picks)).reshape(shape)
        writer.fill(written, place, values.astype(wanted.dtype, copy=False))


def _run(slab: Sequence[slice], sizes: Sequence[int]) -> slice:
    """Entries of one side that a slab takes: they follow each other."""
    start = 0
    for span, size in zip(slab, sizes, strict=True):
        start = start * size + span.start
    return slice(start, start + math.prod(span.stop - span.start for span in slab))
