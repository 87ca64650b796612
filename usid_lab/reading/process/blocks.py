"""Large results in blocks, so that the reader process need not hold them whole."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from usid_lab.model.selection import Pick, picked_shape
from usid_lab.storage.numbers import array_bytes

BLOCK = 16 << 20


def blocks_of(
    chosen: Sequence[Pick], dtype: np.dtype[np.generic], most: int = BLOCK
) -> Iterator[tuple[Pick, ...]]:
    """Cut a selection where its result stays in one piece.

    Parameters
    ----------
    chosen : sequence of int, range or ndarray of int64
        What is picked of each dimension.
    dtype : numpy.dtype
        Of the result.
    most : int, optional
        Bytes of a block, unless a single value takes more.

    Yields
    ------
    tuple of int, range or ndarray of int64
        One after the other they give the result, in C order.
    """
    parts = None
    if array_bytes(picked_shape(chosen), dtype) > most:
        parts = _halves(tuple(chosen))
    if parts is None:
        yield tuple(chosen)
        return
    for part in parts:
        yield from blocks_of(part, dtype, most)


def _halves(chosen: tuple[Pick, ...]) -> tuple[tuple[Pick, ...], ...] | None:
    for axis, pick in enumerate(chosen):
        if not isinstance(pick, int) and len(pick) > 1:
            middle = (len(pick) + 1) // 2
            before, after = chosen[:axis], chosen[axis + 1 :]
            return (
                (*before, pick[:middle], *after),
                (*before, pick[middle:], *after),
            )
    return None


def selection_of(
    dims: Sequence[str], chosen: Sequence[Pick]
) -> Mapping[str, int | slice | Pick]:
    """Return the selection that picks this: ranges as slices, which cost nothing."""
    return {
        dim: _slice(pick) if isinstance(pick, range) else pick
        for dim, pick in zip(dims, chosen, strict=True)
    }


def _slice(pick: range) -> slice:
    stop = pick.stop if pick.stop >= 0 else None  # down to the first
    return slice(pick.start, stop, pick.step) if len(pick) else slice(0, 0)
