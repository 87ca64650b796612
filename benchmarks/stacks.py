"""A plain array of four axes, none of which is said to be a position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np

from benchmarks.data import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

DIMS = ("y", "x", "v", "u")
SHAPE = (256, 256, 64, 64)
STACK = "/stack"


def stack() -> Path:
    """Return the file, 1 GiB in one piece; written if it is not there yet."""
    path = FOLDER / "stack.h5"
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    rng = np.random.default_rng(7)
    with h5py.File(part, "w") as file:
        stored = file.create_dataset(STACK, SHAPE, np.float32)
        for number, name in enumerate(DIMS):
            stored.dims[number].label = name
        for row in range(SHAPE[0]):
            stored[row] = rng.random(SHAPE[1:], dtype=np.float32)
    part.rename(path)
    return path
