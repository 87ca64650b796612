"""A slice or a reduction of a dataset as a new Main dataset, with its origin."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.dataset import PlainArray, USIDataset
from usid_lab.errors import ArgumentError, SelectionError
from usid_lab.interop.derivedsides import Side, side_of, sides_of_array
from usid_lab.reading.reducing.tiles import BLOCK_BYTES, portions
from usid_lab.storage.commit.destination import choose
from usid_lab.storage.paths import resolved
from usid_lab.storage.results import ForeignSource, is_results
from usid_lab.storage.text import plain
from usid_lab.storage.writer import FileWriter

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from usid_lab.model.region import Region
    from usid_lab.model.selection import Pick
    from usid_lab.reading.reducing.reductions import Reduction

    Array = NDArray[np.generic]
    Block = tuple[tuple[slice, ...], Array]

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
    blocks : callable
        Makes the values block by block, given the two sides: for each block its
        rows, its columns and the values there.
    parameters : dict
        Attributes of the group of results.
    across : frozenset of str
        Dimensions of a plain array that become spectroscopic.
    """

    tool: str
    name: str
    quantity: str
    units: str
    dtype: np.dtype[np.generic]
    chosen: tuple[Pick, ...]
    dropped: frozenset[str]
    blocks: Callable[[Sequence[Side]], Iterator[Block]]
    parameters: dict[str, object]
    across: frozenset[str] = frozenset()


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
    wanted = Derived(
        tool="Slice",
        name=dataset.name.replace("-", "_") if name is None else name,
        quantity=dataset.quantity,
        units=dataset.units,
        dtype=dataset.dtype.newbyteorder("="),
        chosen=chosen,
        dropped=frozenset(),
        blocks=partial(_stored_blocks, dataset),
        parameters=dict(attrs or {}),
    )
    return write_derived(dataset, wanted, path)


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
        blocks=partial(_reduced_blocks, dataset, asked, block),
        parameters=_joined(_told(over, asked.region), attrs or {}),
    )
    return write_derived(dataset, wanted, path)


def _told(over: list[str], region: Region | None) -> dict[str, object]:
    told: dict[str, object] = {"reduced_dimensions": over}
    if region is not None:
        told["region"] = json.dumps(region.to_json())
    return told


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
    outside = asked.region is not None and not asked.dims.issuperset(asked.region.dims)
    gaps = dataset.layout.has_gaps or outside
    dtype = asked.widest(dataset.dtype, gaps=gaps)
    return dtype, lambda picks: dataset.reduced(replace(asked, chosen=picks))


def write_derived(
    dataset: USIDataset, wanted: Derived, path: str | os.PathLike[str] | None = None
) -> tuple[Path, str]:
    """Write a new Main dataset into a group of results of its source.

    Parameters
    ----------
    dataset : USIDataset
        The source.
    wanted : Derived
        What is to be written.
    path : str or path-like, optional
        The file that takes it; by default where results of the source go.

    Returns
    -------
    file, path
        Where it is.
    """
    sides = _sides(dataset, wanted)
    target = _target(dataset, wanted, sides) if path is None else resolved(path)
    extend = path is None or target == dataset.file_path or is_results(target)
    with FileWriter(target, extend=extend) as writer:
        written = add_derived(writer, dataset, wanted, sides)
    return writer.path, written


def add_derived(
    writer: FileWriter,
    dataset: PlainArray,
    wanted: Derived,
    sides: Sequence[Side] | None = None,
) -> str:
    """Write a new Main dataset into a file that is being written.

    Parameters
    ----------
    writer : FileWriter
        Of the source's file, or of another.
    dataset : PlainArray
        The source; Main datasets are such.
    wanted : Derived
        What is to be written.
    sides : sequence of Side, optional
        What is left of the sides of the source, where it is known already.

    Returns
    -------
    str
        HDF5 path of the dataset.
    """
    down, across = _sides(dataset, wanted) if sides is None else sides
    group = _group(writer, dataset, wanted)
    written = writer.main(
        group,
        wanted.name,
        None,
        dtype=wanted.dtype,
        quantity=wanted.quantity,
        units=wanted.units,
        position=down.recipe,
        spectroscopic=across.recipe,
    )
    for place, values in wanted.blocks((down, across)):
        writer.fill(written, place, values.astype(wanted.dtype, copy=False))
    return written


def _group(writer: FileWriter, dataset: PlainArray, wanted: Derived) -> str:
    """Make the group of results, which says what was selected."""
    here = writer.path == dataset.file_path
    foreign = ForeignSource(dataset.file_path, dataset.path)
    selection, long = _selection(dataset, wanted.chosen)
    attrs = _joined({"selection": selection}, wanted.parameters)
    source = dataset.path if here else foreign
    group = writer.results(source, wanted.tool, attrs)
    for name, indices in long.items():
        writer.array(f"{group}/{name}", indices)
    return group


def _target(dataset: USIDataset, wanted: Derived, sides: Sequence[Side]) -> Path:
    size = math.prod(side.recipe.fold.length for side in sides) * wanted.dtype.itemsize
    return choose(dataset.file_path, size).path


def _joined(own: dict[str, object], given: Mapping[str, object]) -> dict[str, object]:
    if twice := sorted(own.keys() & given.keys()):
        text = f"The attribute '{twice[0]}' of results is written by itself."
        raise ArgumentError(text, f"attrs has {given[twice[0]]!r}")
    return {**own, **given}


def _sides(dataset: PlainArray, wanted: Derived) -> list[Side]:
    for name, pick in zip(dataset.dims, wanted.chosen, strict=True):
        if not isinstance(pick, int) and not len(pick):
            raise SelectionError(f"Nothing of '{plain(name)}' is selected.")
    if not isinstance(dataset, USIDataset):
        given = wanted.chosen, wanted.dropped, wanted.across
        return sides_of_array(dataset.dimensions, *given)
    picks = iter(wanted.chosen)
    return [
        side_of(axis, [next(picks) for _ in axis.dimensions], wanted.dropped)
        for axis in dataset.layout.axes
    ]


def _selection(
    dataset: PlainArray, chosen: tuple[Pick, ...]
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


def _stored_blocks(dataset: USIDataset, sides: Sequence[Side]) -> Iterator[Block]:
    """Read what is stored, as it is stored: rows and columns that are picked."""
    place = dataset.file_path, dataset.path
    stored = PlainArray(*place, permission=dataset.permission)
    shape = [len(side.entries) for side in sides]
    most = max(1, BLOCK_BYTES // dataset.dtype.itemsize)
    for block in portions(shape, most):
        picked = (
            side.entries[part].astype(np.int64)
            for side, part in zip(sides, block, strict=True)
        )
        yield block, stored.read(dict(zip(stored.dims, picked, strict=True)))


def _reduced_blocks(
    dataset: USIDataset,
    asked: Reduction,
    reduce: Callable[[tuple[Pick, ...]], Array],
    sides: Sequence[Side],
) -> Iterator[Block]:
    """Reduce block by block, each of which is a run of rows and a run of columns."""
    names = dataset.dims
    first = set(names[: len(dataset.layout.axes[0].sizes)])
    left = asked.left(dataset.layout)
    sizes = asked.sizes(dataset.layout)
    rows = sum(name in first for name, _ in left)
    for slab in portions(sizes, _most()):
        picks = dict(zip(names, asked.chosen, strict=True))
        for (name, pick), part in zip(left, slab, strict=True):
            picks[name] = np.asarray(pick, dtype=np.int64)[part]
        yield placed(reduce(tuple(picks.values())), slab, sizes, rows, sides)


def placed(
    values: Array,
    slab: Sequence[slice],
    sizes: Sequence[int],
    rows: int,
    sides: Sequence[Side],
) -> Block:
    """Say where values of the N-D form stand in the new dataset.

    Parameters
    ----------
    values : ndarray, shape of the slab
        Axes in canonical order.
    slab : sequence of slice
        Their places, one slice for each dimension that is left; a run of rows and a
        run of columns.
    sizes : sequence of int
        Sizes of these dimensions.
    rows : int
        How many of them belong to positions.
    sides : sequence of Side
        The sides of the new dataset.

    Returns
    -------
    (rows, columns), values
        What :attr:`Derived.blocks` yields; gaps are left out.
    """
    runs = (_run(slab[:rows], sizes[:rows]), _run(slab[rows:], sizes[rows:]))
    table = values.reshape([run.stop - run.start for run in runs])
    (down, those), (across, these) = map(Side.within, sides, runs)
    return (down, across), table[those][:, these]


def _run(slab: Sequence[slice], sizes: Sequence[int]) -> slice:
    """Entries of one side that a slab takes: they follow each other."""
    start = 0
    for span, size in zip(slab, sizes, strict=True):
        start = start * size + span.start
    return slice(start, start + math.prod(span.stop - span.start for span in slab))
