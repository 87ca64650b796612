"""In which order the axes of a dataset follow each other in its copy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from usid_lab.reading.planning.pieces import Storage, boxes_of
from usid_lab.reading.planning.runs import Run

T = TypeVar("T")

POSITIONS = (0,)
"""What a map of a Main dataset shows: the first axis."""


@dataclass(frozen=True)
class Turn:
    """The axes of a map come last, so that its values lie beside each other.

    All values of a map make a row of the copy; where the map is taken, along the other
    axes, is the number of the row.

    Attributes
    ----------
    shape : tuple of int
        Of the dataset.
    inner : tuple of int
        Axes of the dataset that a map shows, increasing.
    """

    shape: tuple[int, ...]
    inner: tuple[int, ...] = POSITIONS

    @cached_property
    def outer(self) -> tuple[int, ...]:
        """Axes of the dataset along which maps are chosen."""
        return tuple(n for n in range(len(self.shape)) if n not in self.inner)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Axes of the dataset, as they follow each other in the copy."""
        return (*self.outer, *self.inner)

    @cached_property
    def back(self) -> tuple[int, ...]:
        """Axes of the copy, as they follow each other in the dataset."""
        order = self.order
        return tuple(order.index(axis) for axis in range(len(order)))

    @cached_property
    def turned(self) -> tuple[int, ...]:
        """Shape of the copy."""
        return self.of(self.shape)

    @cached_property
    def entries(self) -> int:
        """Values of a map: of a row."""
        return math.prod(self.shape[axis] for axis in self.inner)

    @cached_property
    def rows(self) -> int:
        """Number of maps."""
        return math.prod(self.shape[axis] for axis in self.outer)

    @cached_property
    def map(self) -> list[tuple[Run, ...]]:
        """What is read of a dataset for one of the maps, along each of its axes."""
        sizes = enumerate(self.shape)
        return [(Run(0, 1, 1, n if axis in self.inner else 1),) for axis, n in sizes]

    def seconds(self, itemsize: int, runs: Sequence[Sequence[Run]]) -> float:
        """Estimate how long the copy takes to give hyperslabs.

        Parameters
        ----------
        itemsize : int
            Bytes of a value.
        runs : sequence of sequence of Run
            For each axis of the dataset.
        """
        storage = Storage(self.turned, itemsize, None)
        return sum(storage.estimate(box)[1] for box in boxes_of(self.of(runs)))

    def gains(self, storage: Storage, runs: Sequence[Sequence[Run]]) -> bool:
        """Whether the copy takes less than half of the time that the dataset takes.

        Parameters
        ----------
        storage : Storage
            How the dataset lies in its file.
        runs : sequence of sequence of Run
            For each axis of the dataset.
        """
        direct = sum(storage.estimate(box)[1] for box in boxes_of(runs))
        return 2 * self.seconds(storage.itemsize, runs) < direct

    def of(self, each: Sequence[T]) -> tuple[T, ...]:
        """Put what there is for each axis of the dataset in the order of the copy.

        Examples
        --------
        >>> Turn((4, 5, 6), (0, 2)).of("yxE")
        ('x', 'y', 'E')
        """
        return tuple([each[axis] for axis in self.order])
