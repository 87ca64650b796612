"""Datasets as tables of text."""

from __future__ import annotations

import csv
import os
import secrets
from typing import TYPE_CHECKING, TextIO

import numpy as np

from usid_lab.errors import ExistsError, MissingFileError, WriteError
from usid_lab.model.axis import LayoutKind
from usid_lab.reading.reducing.tiles import BLOCK_BYTES, portions
from usid_lab.storage.paths import named, resolved
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray
    from usid_lab.model.axis import Axis
    from usid_lab.model.dimension import Dimension

    Array = NDArray[np.generic]
    Part = tuple[str, "NDArray[np.generic]"]

_PER_CELL = 64  # bytes of a number while it becomes text
# A spreadsheet takes text that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(
    dataset: PlainArray, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    r"""Write a dataset as a table of text, in blocks.

    Above the table stands a row for each dimension of the spectra: its name and unit
    in the last column of the positions, then its value in each column. A row of names
    follows, then a row for each measured position: its coordinates, then its values.
    Names that a spreadsheet would take for formulas get an apostrophe in front.

    Parameters
    ----------
    dataset : PlainArray
        What is written.
    path : str or path-like
        The file to make.
    overwrite : bool, optional
        Replace a file that exists.

    Returns
    -------
    Path
        The file: UTF-8, comma separated, lines ending in ``\r\n`` (RFC 4180).
    """
    target = named(path).absolute()
    if resolved(target) == dataset.file_path:
        text = f"'{plain(target.name)}' is the file of the dataset itself."
        raise ExistsError(text, "it is never overwritten")
    _check_place(target, overwrite=overwrite)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as stream:
            _write(dataset, stream)
        _move(part, target, overwrite=overwrite)
    except OSError as error:
        if isinstance(error, ExistsError):
            raise
        text = f"'{plain(target.name)}' could not be written."
        raise WriteError(text, str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _check_place(target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        text = f"The folder for '{plain(target.name)}' does not exist."
        raise MissingFileError(text, str(target.parent))
    if os.path.lexists(target) and not overwrite:
        raise _taken(target)


def _taken(target: Path) -> ExistsError:
    text = f"'{plain(target.name)}' exists already; choose another name."
    return ExistsError(text, "overwrite=True replaces it")


def _move(part: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError:
        # A filesystem without hard links.
        _check_place(target, overwrite=False)
        part.rename(target)


def _write(dataset: PlainArray, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\r\n")
    axes = dataset.layout.axes
    rows, columns = (axes[0] if axes else None), axes[1:]
    coordinates = _coordinates(rows) if rows else []
    parts = list(_parts(np.empty(0, dataset.dtype.newbyteorder("="))))
    writer.writerows(_header(dataset, coordinates, columns, [n for n, _ in parts]))
    for places, values in _blocks(dataset, rows):
        fronts = [_texts(table[places]) for _, table in coordinates]
        cells = [_texts(part) for _, part in _parts(values)]
        table = np.stack(cells, axis=-1).reshape(len(values), -1)
        writer.writerows(np.column_stack([*fronts, table]).tolist())


def _header(
    dataset: PlainArray,
    coordinates: Sequence[tuple[Dimension, Array]],
    columns: Sequence[Axis],
    parts: Sequence[str],
) -> Iterator[list[str]]:
    """Rows above the table."""
    before = [""] * max(0, len(coordinates) - 1)
    count = 1
    for axis in columns:
        count *= int(np.prod(axis.sizes))
    for dimension, values in _column_values(columns):
        spread = np.repeat(_texts(values), len(parts)).tolist()
        yield [*before, _title(dimension.name, dimension.units), *spread]
    what = _title(dataset.quantity or dataset.name, dataset.units)
    names = [_safe(f"{what} {part}".strip()) for part in parts]
    fronts = [_title(dimension.name, dimension.units) for dimension, _ in coordinates]
    yield [*fronts, *(names * count)]


def _column_values(columns: Sequence[Axis]) -> Iterator[tuple[Dimension, Array]]:
    """Dimensions of the columns, with the value in each column."""
    sizes = [int(np.prod(axis.sizes)) for axis in columns]
    for number, axis in enumerate(columns):
        before, after = np.prod(sizes[:number]), np.prod(sizes[number + 1 :])
        for dimension, values in _coordinates(axis):
            yield dimension, np.tile(np.repeat(values, int(after)), int(before))


def _coordinates(axis: Axis) -> list[tuple[Dimension, Array]]:
    """Values of each dimension at each place of an axis, in raster order."""
    if axis.along:
        return [(dimension, dimension.values) for dimension in axis.along]
    grids = axis.grids or (None,) * len(axis.dimensions)
    return [
        (dimension, _over_grid(axis, number) if grid is None else grid.ravel())
        for number, (dimension, grid) in enumerate(
            zip(axis.dimensions, grids, strict=True)
        )
    ]


def _over_grid(axis: Axis, number: int) -> Array:
    shape = [1] * len(axis.sizes)
    shape[number] = -1
    values = axis.dimensions[number].values.reshape(shape)
    return np.broadcast_to(values, axis.sizes).ravel()


def _blocks(dataset: PlainArray, rows: Axis | None) -> Iterator[tuple[Array, Array]]:
    """Measured places in raster order, and their values."""
    layout = dataset.layout
    if rows is None:
        yield np.zeros(1, np.int64), dataset.read().reshape(1)
        return
    wide = max(1, int(np.prod(layout.shape[len(rows.sizes) :])))
    places = np.arange(int(np.prod(rows.sizes))).reshape(rows.sizes)
    for slab in portions(rows.sizes, max(1, BLOCK_BYTES // (_PER_CELL * wide))):
        names = (dimension.name for dimension in rows.dimensions)
        values = dataset.read(dict(zip(names, slab, strict=True)))
        here = places[slab].ravel()
        flat = values.reshape(len(here), -1)
        if rows.kind is LayoutKind.INCOMPLETE and rows.entries is not None:
            measured = rows.entries[here] >= 0
            here, flat = here[measured], flat[measured]
        yield here, flat


def _parts(values: Array) -> Iterator[Part]:
    """Real numbers of which values are made, each with its name."""
    if values.dtype.names:
        for field in values.dtype.names:
            for name, part in _parts(values[field]):  # type: ignore[call-overload]
                yield f"{field} {name}".strip(), part
    elif values.dtype.kind == "c":
        yield "real", values.real
        yield "imaginary", values.imag
    else:
        yield "", values


def _texts(values: Array) -> Array:
    """Shortest text of each number that is read back as the same number."""
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    return values.astype(str)


def _title(name: str, units: str) -> str:
    return _safe(f"{name} ({units})" if units else name)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
