"""What h5py and numpy need for the same: the floors under our figures.

Each reads all that ours has to read, with the fewest calls, and keeps nothing.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import h5py
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Vectors = Sequence[NDArray[np.float64]]

TABLES = tuple(
    f"{side}_{what}"
    for side, what in product(("Position", "Spectroscopic"), ("Indices", "Values"))
)


def opened(path: Path, name: str) -> tuple[int, ...]:
    """Open a file, follow the four references, read the tables, order the dims."""
    with h5py.File(path, "r") as file:
        main = file[name]
        tables = [file[main.attrs[role]] for role in TABLES]
        texts = [main.attrs["quantity"], main.attrs["units"]]
        texts += [table.attrs[what] for table in tables for what in ("labels", "units")]
        arrays = [table[()] for table in tables]
    return (*_sizes(arrays[0].T), *_sizes(arrays[2]))


def _sizes(indices: NDArray[np.integer]) -> tuple[int, ...]:
    """Sizes of the dims, slowest first."""
    changes = np.count_nonzero(np.diff(indices, axis=1), axis=1)
    sizes = [len(np.unique(row)) for row in indices]
    return tuple(sizes[column] for column in np.argsort(changes, kind="stable"))


def main_datasets(path: Path) -> list[str]:
    """Visit everything; a Main has four references to tables of fitting shapes."""
    found: list[str] = []
    with h5py.File(path, "r") as file:

        def visit(_: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset) and _is_main(file, item):
                found.append(item.name)

        file.visititems(visit)
    return found


def _is_main(file: h5py.File, item: h5py.Dataset) -> bool:
    if item.ndim != 2 or not {"quantity", "units", *TABLES} <= set(item.attrs):
        return False
    shapes = [file[item.attrs[role]].shape for role in TABLES]
    rows, columns = item.shape
    fits = shapes[0] == shapes[1] and shapes[2] == shapes[3]
    return bool(fits and shapes[0][0] == rows and shapes[2][1] == columns)


def tables(path: Path, names: tuple[str, str]) -> int:
    """Read an index and a value table once."""
    with h5py.File(path, "r") as file:
        return min(len(file[name][()]) for name in names)


def ancillaries(path: Path, sizes: tuple[int, int], values: Vectors) -> None:
    """Build the tables of a grid by broadcasting, and write them."""
    shape = (*sizes, 2)
    index, value = np.empty(shape, np.uint32), np.empty(shape, np.float32)
    for table, vectors in (
        (index, [np.arange(size) for size in sizes]),
        (value, values),
    ):
        table[..., 0] = vectors[1]
        table[..., 1] = vectors[0][:, None]
    with h5py.File(path, "w") as file:
        for name, table in (("Indices", index), ("Values", value)):
            made = file.create_dataset(name, data=table.reshape(-1, 2))
            made.attrs["labels"] = np.array([b"X", b"Y"])
            made.attrs["units"] = np.array([b"m", b"m"])


def whole(path: Path, name: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    """Read everything into one array."""
    with h5py.File(path, "r") as file:
        values: NDArray[np.generic] = file[name][()]
    return values.reshape(shape)
