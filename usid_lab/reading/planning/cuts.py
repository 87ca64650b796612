"""Selections of one entry along some axes and all of the others: a spectrum, a map.

They are asked for while a hand moves, one like the other but for the indices. What
does not depend on these is found out once.
"""

import operator
from collections.abc import Mapping, Sequence

from usid_lab.model.axis import Axis
from usid_lab.model.layout import Layout
from usid_lab.model.raster import strides
from usid_lab.model.selection import Indexer
from usid_lab.reading.planning.pieces import Box, Storage, Weight
from usid_lab.reading.planning.runs import Run

_MOST = 64  # kinds that are remembered: there are few in use at a time


class Cut:
    """A kind of cut, by the dimensions of which an index is picked.

    Parameters
    ----------
    axes : sequence of Axis
        Of the stored array.
    names : collection of str
        All dimensions of some of the axes.
    """

    __slots__ = ("_alone", "_offsets", "_picked", "_runs", "_weight", "shape")

    def __init__(self, axes: Sequence[Axis], names: set[str]) -> None:
        whole = [axis for axis in axes if not names & _names(axis)]
        self.shape = tuple(size for axis in whole for size in axis.sizes)
        """Shape of what is read."""
        self._weight: Weight | None = None
        self._alone: bool | None = None
        self._runs = [Run(0, 1, 1, axis.length) for axis in axes]
        self._offsets = (0,) * len(axes)
        self._picked = [
            (number, axis.entries, tuple(_steps(axis)))
            for number, axis in enumerate(axes)
            if axis not in whole
        ]

    def weight(self, storage: Storage, box: Box) -> Weight:
        """Estimate what a read costs: the same wherever in the array the cut is."""
        if self._weight is None:
            self._weight = storage.weight(box)
        return self._weight

    def stands_alone(self, storage: Storage, box: Box) -> bool:
        """Whether nothing is decoded with it: the same wherever the cut is."""
        if self._alone is None:
            self._alone = storage.stands_alone(box)
        return self._alone

    def box(self, selection: Mapping[str, Indexer]) -> Box | None:
        """Give the hyperslab of some indices; None where one is none, or outside."""
        runs = self._runs.copy()
        for number, entries, dimensions in self._picked:
            place = 0
            for name, size, step in dimensions:
                try:
                    index = operator.index(selection[name])  # type: ignore[arg-type]
                except TypeError:
                    return None
                if not -size <= index < size:
                    return None
                place += (index if index >= 0 else index + size) * step
            runs[number] = Run(place if entries is None else int(entries[place]))
        return Box(tuple(runs), self._offsets)


def _names(axis: Axis) -> set[str]:
    return {dimension.name for dimension in axis.dimensions}


def _steps(axis: Axis) -> list[tuple[str, int, int]]:
    names = [dimension.name for dimension in axis.dimensions]
    return list(zip(names, axis.sizes, strides(axis.sizes), strict=True))


class Cuts:
    """The kinds of cuts of a dataset.

    Parameters
    ----------
    layout : Layout
        Its N-D form.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[tuple[str, ...], Cut | None] = {}

    def of(self, selection: Mapping[str, object]) -> Cut | None:
        """Find the kind of a selection; None for another one than a cut."""
        names = tuple(selection)
        try:
            return self._known[names]
        except KeyError:
            return self._learnt(names)

    def _learnt(self, names: tuple[str, ...]) -> Cut | None:
        if len(self._known) >= _MOST:
            self._known.clear()
        cut = Cut(self._layout.axes, set(names)) if self._is_cut(set(names)) else None
        self._known[names] = cut
        return cut

    def _is_cut(self, names: set[str]) -> bool:
        if self._layout.has_gaps or not names <= set(self._layout.dims):
            return False
        for axis in self._layout.axes:
            own = _names(axis)
            whole = not own & names
            if (whole and axis.entries is not None) or not (whole or own <= names):
                return False
        return True
