"""Medians of what is stored: place by place, or by passes through all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.layout import Layout
from usid_lab.reading.ahead import in_order
from usid_lab.reading.planning.runs import IntArray
from usid_lab.reading.reducing.accumulating import compound, place_of
from usid_lab.reading.reducing.grouping import Groups
from usid_lab.reading.reducing.medians import (
    MOST_COUNTED,
    Digit,
    Ranking,
    digits,
    medians,
    total,
)
from usid_lab.reading.reducing.tiles import portions
from usid_lab.reading.reducing.walking import Block, Walk
from usid_lab.reading.reducing.wanted import Reduction, Within, axes_of, rising
from usid_lab.reading.reducing.wanted import in_order as unfolded
from usid_lab.reading.stopping import Preview, Progress, Stop

Array = NDArray[np.generic]
Slab = tuple[slice, ...]
Counts = tuple[IntArray, ...]
Found = tuple[Array, tuple[Groups, ...]] | None
_SLAB = 2  # blocks that are read at once, one slab after the other
_COUNTED = 4  # part of a block: counting takes more memory for each value


@dataclass(frozen=True, slots=True, eq=False)
class MedianWork:
    """How a median is made.

    Attributes
    ----------
    walk : Walk
        Through all values.
    layout : Layout
        N-D form of the dataset.
    asked : Reduction
        What is wanted.
    within : tuple of int and ndarray of bool, optional
        What lies in its region.
    progress : callable, optional
        Told the fraction that is done.
    preview : Preview
        Shows what is known so far.
    """

    walk: Walk
    layout: Layout
    asked: Reduction
    within: Within | None
    progress: Progress | None
    preview: Preview

    @property
    def _places(self) -> tuple[int, ...]:
        return tuple(axis.group_count for axis in self.walk.axes)

    def of(self, dtype: np.dtype[np.generic], *fields: str) -> Array:
        """Make the medians of the values, or of a field of them.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the values, or of the field; native byte order.
        *fields : str
            Names of the field, from the outside in.

        Returns
        -------
        ndarray
            Dimensions that are left, indices increasing along each of them.
        """
        if dtype.fields:
            parts = dtype.fields.items()
            return compound({n: self.of(f[0], *fields, n) for n, f in parts})
        slabs = self._slabs()
        places = math.prod(self._places)
        # To count for very many places takes longer than to decode anything again.
        passes = len(digits(places, dtype)) if places <= MOST_COUNTED else math.inf
        if slabs is not None and self._repeats(slabs) <= passes:
            return self._placed(slabs, dtype, fields)
        return self._ranked(dtype, fields)

    def _slabs(self) -> list[Slab] | None:
        """Cut the result so that all values of a part of it fit into memory.

        None where even those of one place do not.
        """
        each = math.prod(axis.depth for axis in self.walk.axes)
        most = _SLAB * self.walk.most
        if each > most:
            return None
        return list(portions(self._sizes, most // max(1, each)))

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(rising(pick)) for _, pick in self.asked.left(self.layout))

    def _repeats(self, slabs: list[Slab]) -> float:
        """How often each chunk is read, if one slab is read after the other."""
        if not slabs:
            return 0
        all_chunks = math.prod(map(self.walk.chunks_of, range(len(self.walk.axes))))
        first = self._walk(slabs[0])
        each = math.prod(map(first.chunks_of, range(len(first.axes))))
        return len(slabs) * each / max(1, all_chunks)

    def _walk(self, slab: Slab) -> Walk:
        """Go through the values of a part of the result only."""
        left = zip(self.asked.left(self.layout), slab, strict=True)
        parts = {name: rising(pick)[part] for (name, pick), part in left}
        pairs = zip(self.layout.dims, self.asked.chosen, strict=True)
        chosen = tuple(parts.get(name, pick) for name, pick in pairs)
        asked = replace(self.asked, chosen=chosen)
        return self.walk.along(axes_of(self.layout, asked, self.within))

    def _placed(
        self, slabs: list[Slab], dtype: np.dtype[np.generic], fields: Sequence[str]
    ) -> Array:
        """Read all values of some places after the other."""
        result = np.full(self._sizes, np.nan, np.result_type(dtype, np.float64))

        def made(slab: Slab, stop: Stop) -> tuple[Slab, Found]:
            walk = self._walk(slab)
            if not all(axis.count for axis in walk.axes):
                return slab, None
            block = _field(walk.whole(stop), fields)
            return slab, (medians(block, stop), block.groups)

        for done, (slab, found) in enumerate(in_order(made, slabs, self.walk.stop, 1)):
            if found is not None:
                part = result[slab]
                shape = tuple(axis.group_count for axis in self._walk(slab).axes)
                table = part.reshape(shape)
                table[place_of(found[1])] = found[0]
                result[slab] = table.reshape(part.shape)
            self._tell((done + 1) / len(slabs))
            self.preview.offer(lambda: unfolded(result, self.layout, self.asked).copy())
        return result

    def _ranked(self, dtype: np.dtype[np.generic], fields: Sequence[str]) -> Array:
        """Go through all values several times and count them."""
        ranking = Ranking(self._places, dtype)
        walk = self.walk.along(self.walk.axes, _COUNTED)
        passes = len(ranking.digits)
        for number, digit in enumerate(ranking.digits):

            def counted(block: Block, digit: Digit = digit) -> Counts:
                return ranking.counted(_field(block, fields), digit)

            def told(part: float, number: int = number) -> None:
                self._tell((number + part) / passes)

            ranking.narrow(digit, total(walk.blocks(counted, told)))
            self.preview.offer(
                lambda: unfolded(ranking.result(), self.layout, self.asked).copy()
            )
        return ranking.result().reshape(self._sizes)

    def _tell(self, part: float) -> None:
        if self.progress is not None:
            self.progress(part)


def _field(block: Block, fields: Sequence[str]) -> Block:
    values = block.values
    for name in fields:
        values = values[name]  # type: ignore[call-overload]
    return replace(block, values=values)
