"""What has come of a read in parts, and where its parts should end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from usid_lab.model.dimension import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from usid_lab.widgets.forms import Dim
    from usid_lab.widgets.subject import Subject

Values = npt.NDArray[np.generic]


def so_far(parts: Sequence[Values], length: int) -> Values:
    """Join parts along their first axis, and fill up with NaN.

    Parameters
    ----------
    parts : sequence of ndarray
        The first of them, of numbers.
    length : int
        Of the first axis of all.

    Returns
    -------
    ndarray
        Integers become float64, as where data have gaps.
    """
    known = np.concatenate(list(parts))
    if known.dtype.names is None and not np.issubdtype(known.dtype, np.inexact):
        known = known.astype(np.float64)
    whole = np.empty((length, *known.shape[1:]), known.dtype)
    whole[: len(known)] = known
    for face in _faces(whole[len(known) :]):
        face.fill(np.nan)
    return whole


def _faces(values: Values) -> Iterator[Values]:
    names = values.dtype.names
    if names is None:
        yield values
        return
    compound = cast("npt.NDArray[np.void]", values)
    yield from (compound[name] for name in names)


def grain_of(subject: Subject, dim: Dim) -> int:
    """Return after how many indices of a dim chunks end with them.

    Parameters
    ----------
    subject : Subject
    dim : Dim
        The slowest of those that are read, as data are written as a rule.

    Returns
    -------
    int
        1 where there are no chunks.
    """
    chunk, entries = _chunk(subject, dim)
    return chunk // math.gcd(chunk, entries)


def _chunk(subject: Subject, first: Dim) -> tuple[int, int]:
    """Entries of a chunk along the axis on which a dim lies, and of its index."""
    chunks = subject.source.chunks
    if chunks is None:
        return 1, 1
    if first.side == "array":
        return chunks[subject.dims.index(first)], 1
    faster = subject.dims[subject.dims.index(first) + 1 :]
    entries = math.prod(dim.size for dim in faster if dim.side == first.side)
    return chunks[0 if first.side == str(Side.POSITION) else -1], entries
