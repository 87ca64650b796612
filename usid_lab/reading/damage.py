"""Chunks that cannot be decoded: found one by one, the rest is read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError, MissingFilterError, TruncatedFileError
from usid_lab.reading.planning.arranging import blank, gap_dtype
from usid_lab.reading.planning.parts import entries_of
from usid_lab.reading.planning.pieces import Box, Storage, halves

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class BadChunk:
    """A chunk whose values are lost.

    Attributes
    ----------
    slices : tuple of slice
        Where it is in the array as it is stored.
    reason : str
        What is wrong with it, technically.
    """

    slices: tuple[slice, ...]
    reason: str

    @property
    def where(self) -> str:
        """Its place, as in Python.

        Examples
        --------
        >>> BadChunk((slice(0, 256), slice(512, 768)), "").where
        '[0:256, 512:768]'
        """
        return f"[{', '.join(f'{s.start}:{s.stop}' for s in self.slices)}]"

    def within(self, box: Box) -> tuple[slice, ...]:
        """Where its values are in the buffer of a read; empty slices for none."""
        return tuple(
            _within(entries_of(run), offset, lost)
            for run, offset, lost in zip(
                box.runs, box.offsets, self.slices, strict=True
            )
        )

    def meets(self, box: Box) -> bool:
        """Whether any of its values are wanted."""
        return all(place.start < place.stop for place in self.within(box))


@dataclass
class Damage:
    """Takes note of chunks that are damaged, while the rest is read.

    Attributes
    ----------
    chunks : list of BadChunk
        Each once.
    """

    chunks: list[BadChunk] = field(default_factory=list)

    def add(self, found: Iterable[BadChunk]) -> None:
        """List chunks that are not listed yet."""
        known = {chunk.where for chunk in self.chunks}
        for chunk in found:
            if chunk.where not in known:
                known.add(chunk.where)
                self.chunks.append(chunk)


def read_around(
    read: Callable[[Box], None],
    box: Box,
    storage: Storage,
    go_on: Callable[[], None],
) -> list[BadChunk]:
    """Read what can be read of a hyperslab.

    Parameters
    ----------
    read : callable
        Reads a hyperslab into its place; called with smaller and smaller ones, until
        a bad chunk stands alone.
    box : Box
        What is wanted.
    storage : Storage
        How the array lies in its file.
    go_on : callable
        Called before each part; raises to end it.

    Returns
    -------
    list of BadChunk
        What could not be read; its places are left as they were.
    """
    try:
        read(box)
    except MissingFilterError:
        raise
    except (DamagedDataError, TruncatedFileError) as error:
        if storage.chunk is None:
            raise
        parts = halves(box, storage.chunk)
        if parts is None:
            return [_bad_chunk(box, storage, error)]
        found = []
        for part in parts:
            go_on()
            found += read_around(read, part, storage, go_on)
        return found
    return []


def blanked(buffer: Array, boxes: Sequence[Box], bad: Sequence[BadChunk]) -> Array:
    """Return what was read, with NaN for what is lost; integers become float64."""
    if not any(chunk.meets(box) for chunk in bad for box in boxes):
        return buffer
    found = buffer.astype(gap_dtype(buffer.dtype))
    for chunk in bad:
        for box in boxes:
            blank(found, chunk.within(box))
    return found


def _bad_chunk(box: Box, storage: Storage, error: Exception) -> BadChunk:
    assert storage.chunk is not None
    slices = []
    for run, length, size in zip(box.runs, storage.chunk, storage.shape, strict=True):
        first = run.start // length * length
        slices.append(slice(first, min(first + length, size)))
    reason = getattr(error, "reason", "") or str(error)
    return BadChunk(tuple(slices), reason)


def _within(entries: NDArray[np.int64], offset: int, lost: slice) -> slice:
    first, last = np.searchsorted(entries, [lost.start, lost.stop]).tolist()
    return slice(offset + first, offset + last)
