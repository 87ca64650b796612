"""Neighbours of a picture, kept in the kernel while somebody steps through them.

To ask the reader process for one picture takes two wakings, which is longer than HDF5
takes where it has the chunk in memory. So who steps gets some neighbours at a time:
those that lie beside it in the file, and so in the same chunks or the next ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.layout import Layout
from usid_lab.model.selection import Pick, picked_shape
from usid_lab.reading.process.arena import PART
from usid_lab.storage.numbers import array_bytes, native

Array = NDArray[np.generic]

_MOST = 16  # as many numbers as there are in a line of the processor's cache
_FEWEST = 4  # of which it pays off
_CLOSE = 2  # as far as a step goes at most


@dataclass(frozen=True, slots=True)
class Group:
    """A selection with its neighbours along the last dimension.

    Attributes
    ----------
    others : tuple of int or range
        What is picked of all other dimensions.
    along : range
        Of the last one.
    """

    others: tuple[Pick, ...]
    along: range

    @property
    def chosen(self) -> tuple[Pick, ...]:
        """What is picked of each dimension."""
        return (*self.others, self.along)

    def has(self, chosen: Sequence[Pick]) -> bool:
        """Whether a selection is one of these."""
        index = chosen[-1]
        return (
            isinstance(index, int)
            and index in self.along
            and _is_plain(chosen)
            and tuple(chosen[:-1]) == self.others
        )

    def part(self, values: Array, index: int) -> Array:
        """Copy one of them out of the values of all."""
        every: NDArray[Any] = values
        return np.array(every[..., self.along.index(index)], order="C")


class Steps:
    """Remembers the last selection, and the neighbours that came with it.

    Parameters
    ----------
    layout : Layout
        Of the dataset.
    dtype : numpy.dtype
        Of its values.
    """

    def __init__(self, layout: Layout, dtype: np.dtype[np.generic]) -> None:
        self._dtype = native(dtype)
        self._size = layout.shape[-1] if layout.shape else 0
        self._is_on = bool(layout.shape) and layout.axes[-1].entries is None
        self._last: tuple[Pick, ...] = ()
        self._towards = 0
        self._kept: tuple[Group, Array] | None = None

    def found(self, chosen: Sequence[Pick]) -> Array | None:
        """Return a selection that came with another one; the caller's own.

        Parameters
        ----------
        chosen : sequence of int, range or ndarray of int64
            What is picked of each dimension.
        """
        kept, index = self._kept, chosen[-1] if chosen else None
        if kept is None or not isinstance(index, int) or not kept[0].has(chosen):
            return None
        self._went(chosen)
        return kept[0].part(kept[1], index)

    def group(self, chosen: Sequence[Pick]) -> Group | None:
        """Say what to ask for instead; None unless this is a step from the last one.

        Parameters
        ----------
        chosen : sequence of int, range or ndarray of int64
            As for :meth:`found`.
        """
        if not self._is_on or not self._went(chosen):
            return None
        nbytes = max(1, array_bytes(picked_shape(chosen), self._dtype))
        count, index = min(_MOST, PART // nbytes), chosen[-1]
        if count < _FEWEST or not isinstance(index, int):
            return None
        return self._grouped(chosen, index // count * count, count)

    def ahead(self, chosen: Sequence[Pick]) -> tuple[Pick, ...]:
        """Say what is asked for next by who goes on so; the same where nobody steps.

        Parameters
        ----------
        chosen : sequence of int, range or ndarray of int64
            What is read now, or next.
        """
        kept = self._kept
        if kept is None or not self._towards or not kept[0].has(chosen):
            return tuple(chosen)
        along = kept[0].along
        start = along.stop if self._towards > 0 else along.start - len(along)
        if not 0 <= start < self._size:
            return tuple(chosen)
        return self._grouped(chosen, start, len(along)).chosen

    def keep(self, group: Group, values: Array) -> None:
        """Keep neighbours, instead of those that were kept."""
        self._kept = (group, values)

    def forget(self) -> None:
        """Keep nothing: the file is another one by now."""
        self._kept = None

    def give_up(self) -> None:
        """Ask for nothing more than is wanted: some of it is damaged."""
        self._is_on, self._kept = False, None

    def _grouped(self, chosen: Sequence[Pick], start: int, count: int) -> Group:
        return Group(tuple(chosen[:-1]), range(start, min(start + count, self._size)))

    def _went(self, chosen: Sequence[Pick]) -> bool:
        """Remember a selection; whether it is a step from the last one."""
        last, self._last = self._last, tuple(chosen) if _is_plain(chosen) else ()
        if not last or not self._last or last[:-1] != self._last[:-1]:
            return False
        before, now = last[-1], self._last[-1]
        if not isinstance(before, int) or not isinstance(now, int):
            return False
        self._towards = int(np.sign(now - before))
        return 0 < abs(now - before) <= _CLOSE


def _is_plain(chosen: Sequence[Pick]) -> bool:
    """Whether there are no lists, which are not compared."""
    return not any(isinstance(pick, np.ndarray) for pick in chosen)
