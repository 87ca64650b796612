"""How the values of a dataset lie in the file: chunks and compression.

Datasets of 1 MB or more are cut into chunks of whole positions, as the specification
recommends, and compressed (gzip, lightly, bytes shuffled) only where a sample shrinks
to half. Measured on 65,536 spectra of 256 points, in the page cache: chunks alone cost
nothing to write and 6-17 ms for a map (in one piece: 8-23 ms). Compressed, a map takes
100-430 ms and writing 10-25 times as long; noisy floats shrink by 14-20 % for that,
counts of a detector by 73 %. So compression is left to data like the latter.
"""

import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_TARGET = 512 * 1024
_SMALL = 1 << 20
_PIECE = 1 << 16
_PIECES = 4
_PAYS = 0.5
_LIGHT = 1  # the fastest level of gzip
Compression = str | int | None
Chunks = tuple[int, ...] | Literal[False] | None


def storage_options(
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
    compression: Compression = "auto",
    chunks: Chunks = None,
    values: NDArray[np.generic] | None = None,
) -> dict[str, object]:
    """Choose what h5py is to be asked for.

    Parameters
    ----------
    shape : tuple of (int, int)
        Positions and spectroscopic steps.
    dtype : numpy.dtype
        Type of the values.
    compression : str, int or None, optional
        As for h5py; "auto" where it pays.
    chunks : tuple of int, False or None, optional
        Shape of the chunks; False for one piece, None for whole positions where there
        is more than 1 MB.
    values : ndarray, optional
        The values, of which a sample is looked at. Nothing is compressed unasked
        without them.

    Returns
    -------
    dict
        Options of ``h5py.Group.create_dataset``.

    Examples
    --------
    >>> storage_options((16384, 256), np.dtype("f4"))
    {'chunks': (512, 256)}
    >>> storage_options((128, 256), np.dtype("f4"))
    {}
    """
    large = np.prod(shape, dtype=float) * dtype.itemsize >= _SMALL
    if chunks is None and (large or compression not in ("auto", None)):
        chunks = chunk_shape(shape, dtype.itemsize)
    if compression == "auto":
        pays = chunks and values is not None and large and _shrinks(values)
        compression = _LIGHT if pays else None
    options: dict[str, object] = {"chunks": chunks} if chunks else {}
    if compression is not None:
        options |= {"compression": compression, "shuffle": True}
    return options


def _shrinks(values: NDArray[np.generic]) -> bool:
    """Whether light compression halves a sample of the rows."""
    rows = max(1, _PIECE // max(1, values[0].nbytes))
    steps = _TARGET // values.itemsize  # of one position, which may be huge
    starts = np.linspace(0, max(0, len(values) - rows), _PIECES).astype(int)
    sizes = [_sizes(values[start : start + rows, :steps]) for start in starts]
    return sum(small for small, _ in sizes) <= _PAYS * sum(size for _, size in sizes)


def _sizes(piece: NDArray[np.generic]) -> tuple[int, int]:
    raw = np.frombuffer(piece.tobytes(), np.uint8)
    shuffled = raw.reshape(-1, piece.itemsize).T.tobytes()
    return len(zlib.compress(shuffled, _LIGHT)), len(shuffled)


def chunk_shape(shape: tuple[int, ...], itemsize: int) -> tuple[int, int] | None:
    """Choose a chunk shape for a Main dataset.

    Parameters
    ----------
    shape : tuple of (int, int)
        Positions and spectroscopic steps.
    itemsize : int
        Bytes of a value.

    Returns
    -------
    tuple of (int, int) or None
        As many whole positions as come near 512 kB; part of a position only where
        one alone is larger than 1 MB. None for an array without values.

    Examples
    --------
    >>> chunk_shape((16384, 256), 4)
    (512, 256)
    """
    positions, steps = shape
    if not positions or not steps:
        return None
    whole = steps * itemsize
    if whole > 2 * _TARGET:
        pieces = -(-whole // _TARGET)
        return (1, -(-steps // pieces))
    return (max(1, min(positions, _TARGET // whole)), steps)
