"""Datasets as lazy arrays of dask."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from usid_lab.reading.planning.arranging import gap_dtype
from usid_lab.reading.reducing.tiles import tile_shape

if TYPE_CHECKING:
    import dask.array as da
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray

_BLOCK = 64 << 20


class LazyArray:
    """A dataset in the form that dask takes: shape, type and slices of it.

    It holds a path and no open file, so that each task, thread or process opens the
    file by itself.

    Parameters
    ----------
    dataset : PlainArray
        What is read.
    """

    def __init__(self, dataset: PlainArray) -> None:
        layout = dataset.layout
        native = dataset.dtype.newbyteorder("=")
        self._dataset = dataset
        self.shape = layout.shape
        self.ndim = len(layout.shape)
        self.dtype = gap_dtype(native) if layout.has_gaps else native

    def __getitem__(self, index: tuple[slice, ...]) -> NDArray[np.generic]:
        return self._dataset.read(dict(zip(self._dataset.dims, index, strict=True)))


def to_dask(dataset: PlainArray, block_bytes: int | None = None) -> da.Array:
    """Make a lazy array of a dataset.

    Parameters
    ----------
    dataset : PlainArray
        What is read, later.
    block_bytes : int, optional
        Size of a block; 64 MB by default.

    Returns
    -------
    dask.array.Array
        Canonical order. Blocks follow each other in the file, as far as its
        dimensions are in raster order.
    """
    try:
        import dask.array as da
        from dask.base import tokenize
    except ImportError as error:
        text = "Lazy arrays need dask: pip install 'usid-lab[dask]'."
        raise MissingExtraError(text, str(error)) from error
    array = LazyArray(dataset)
    most = _checked(block_bytes) // array.dtype.itemsize
    chunks = _block_shape(dataset, array.shape, max(1, most))
    stamp = dataset.stamp
    name = f"usid-{tokenize(str(dataset.file_path), dataset.path, stamp, chunks)}"
    meta = np.empty((0,) * array.ndim, array.dtype)
    made: da.Array = da.from_array(  # type: ignore[no-untyped-call]
        array, chunks, name=name, asarray=False, lock=False, meta=meta
    )
    return made


def _checked(block_bytes: int | None) -> int:
    if block_bytes is None:
        return _BLOCK
    try:
        size = operator.index(block_bytes)
    except TypeError as error:
        text = "The size of a block is a whole number of bytes."
        raise ArgumentTypeError(text, f"got {block_bytes!r}") from error
    if size < 1:
        text = "The size of a block is at least one byte."
        raise ArgumentError(text, f"got {size}")
    return size


def _block_shape(
    dataset: PlainArray, shape: tuple[int, ...], most: int
) -> tuple[int, ...]:
    """Cut along the slowest dimensions, where chunks meet if that is possible."""
    size = list(tile_shape(shape, None, most))
    for axis, (length, whole) in enumerate(zip(size, shape, strict=True)):
        if length < whole:
            aligned = _aligned(dataset, shape, axis)
            size[axis] = max(length // aligned * aligned, min(length, aligned))
            break
    return tuple(size)


def _aligned(dataset: PlainArray, shape: tuple[int, ...], axis: int) -> int:
    """Count the steps of a dimension of the positions that make whole chunks."""
    first = len(dataset.layout.axes[0].sizes)
    if dataset.chunks is None or axis >= first:
        return 1
    inner = math.prod(shape[axis + 1 : first])
    return math.lcm(inner, dataset.chunks[0]) // inner if inner else 1
