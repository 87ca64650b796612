"""What is computed place by place, and where in the results it stands."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.dataset import USIDataset
from usid_lab.errors import ArgumentError, LayoutError
from usid_lab.model.dimension import Dimension, Side
from usid_lab.processing.items import Box, Items, check_alike, seen_items
from usid_lab.processing.outputs import Output, Resolved, resolved
from usid_lab.processing.resultsides import position_side, spectroscopic_side
from usid_lab.processing.source import Source
from usid_lab.processing.span import Span
from usid_lab.storage.recipe import SideRecipe
from usid_lab.storage.text import plain

Array = NDArray[np.generic]
Placed = tuple[slice, slice, Array]

_BATCH_BYTES = 1 << 20  # what a function is given at a time: fits into caches
_MOST_PLACES = 256  # a slow function shall not take long for them
_BATCHES = 64  # at least, so that all workers have something to do


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The places of a run.

    A place is a stored row of the positions where the function sees no positions:
    so every layout is processed, as it is stored. Steps that the function does not
    see are then inside the row, several items. Where it sees positions (an image,
    say), a place is one index of all that it does not see.

    Attributes
    ----------
    items : tuple of Items
        How each source falls into items.
    outputs : tuple of Resolved
        What is found at each place.
    by_rows : bool
        A place is a stored row.
    count : int
        Number of places.
    batch : int
        Places of one call of the function: it follows from shapes and declarations
        only, so that results do not depend on who computed what when.
    """

    items: tuple[Items, ...]
    outputs: tuple[Resolved, ...]
    by_rows: bool
    count: int
    batch: int

    @property
    def inside(self) -> int:
        """Items of one place."""
        return self.items[0].columns.count if self.by_rows else 1

    @property
    def place_bytes(self) -> int:
        """Bytes of what is read and made for one place."""
        given = sum(one.item_bytes for one in self.items) * self.inside
        return given + sum(output.place_bytes for output in self.outputs)

    def output(self, name: str) -> Resolved:
        """Find an output by its name."""
        found = {output.name: output for output in self.outputs}
        if name not in found:
            text = f"There is no output '{plain(str(name))}'."
            raise ArgumentError(text, f"outputs are {', '.join(found)}")
        return found[name]

    def batches(self, span: Span) -> Iterator[Span]:
        """Cut a span into what the function is given at a time.

        Parameters
        ----------
        span : Span
            Begins at a multiple of `batch`, and ends at one or with the last place.

        Yields
        ------
        Span
        """
        for start in range(span.start, span.stop, self.batch):
            yield Span(start, min(start + self.batch, span.stop))

    def boxes(self, span: Span) -> Iterator[Box]:
        """Cut a span into what is read at once.

        Parameters
        ----------
        span : Span
            Any places.

        Yields
        ------
        Box
            One after the other they hold all places, in their order.
        """
        across = self.items[0].columns.count
        if self.by_rows or across == 1:
            yield Box(span, Span(0, across))
            return
        start = span.start
        while start < span.stop:
            row, column = divmod(start, across)
            rows = max(1, (span.stop - start) // across) if not column else 1
            stop = min(across, column + span.stop - start)
            yield Box(Span(row, row + rows), Span(column, stop))
            start += rows * (stop - column)

    def sides(
        self, output: str, file: Path
    ) -> tuple[SideRecipe | str, SideRecipe | list[Dimension] | str]:
        """Say on which tables an output stands.

        Parameters
        ----------
        output : str
            Its name.
        file : Path
            The file into which it is written.

        Returns
        -------
        position, spectroscopic
            As :meth:`FileWriter.main` takes them: path of the first source where
            its tables are shared, else tables or dimensions of their own.
        """
        found, source = self.output(output), self.items[0].source
        rows, columns = self._divided(found)
        here = source.path if file == source.file else None
        return (
            position_side(source, rows, here, by_rows=self.by_rows),
            spectroscopic_side(source, columns, here),
        )

    def placed(self, output: str, span: Span, values: Array) -> Iterator[Placed]:
        """Say where values stand in the stored array of an output.

        Parameters
        ----------
        output : str
            Its name.
        span : Span
            Some places.
        values : ndarray, shape (len(span), *shape of the output)
            What was found there.

        Yields
        ------
        rows, columns, array
            As :meth:`FileWriter.fill` takes them.
        """
        if self.by_rows:
            table: Array = values.reshape(len(span), -1)
            yield slice(span.start, span.stop), slice(0, table.shape[1]), table
            return
        found, start = self.output(output), 0
        turned, tall, wide = self._turned(found)
        for box in self.boxes(span):
            part = values[start : start + len(box)].transpose(turned)
            shape = (len(box.rows), len(box.columns), tall, wide)
            table = part.reshape(shape).transpose(0, 2, 1, 3)
            rows = slice(box.rows.start * tall, box.rows.stop * tall)
            columns = slice(box.columns.start * wide, box.columns.stop * wide)
            yield rows, columns, table.reshape(len(box.rows) * tall, -1)
            start += len(box)

    def dimensions(self, output: str) -> tuple[Dimension, ...]:
        """Dimensions of the N-D form of an output: positions first, slowest first."""
        rows, columns = self._divided(self.output(output))
        return (*rows, *columns)

    def unfolded(self, output: str, values: Array) -> Array:
        """Give what stands at all places its N-D form.

        Parameters
        ----------
        output : str
            Its name.
        values : ndarray, shape (count, *shape of the output)
            In the order of the places, NaN where nothing is known yet.

        Returns
        -------
        ndarray
            One axis for each of :meth:`dimensions`; NaN in gaps.
        """
        from usid_lab.processing.unfolding import scattered

        found = self.output(output)
        if self.by_rows:
            return scattered(values, self.items[0].source.layout.axes[0])
        turned, tall, wide = self._turned(found)
        counts = (self.items[0].rows.count, self.items[0].columns.count)
        shape = [dimension.size for dimension in self.dimensions(output)]
        table = values.transpose(turned).reshape((*counts, tall, wide))
        return table.transpose(0, 2, 1, 3).reshape(shape)

    def where(self, place: int) -> dict[str, tuple[int, float, str]]:
        """Say where a place is.

        Parameters
        ----------
        place : int
            Its number.

        Returns
        -------
        dict of str to (int, float, str)
            By the name of the dimension: index, value and units.
        """
        from usid_lab.processing.unfolding import coordinates

        return coordinates(self.items[0], place, by_rows=self.by_rows)

    def _divided(
        self, output: Resolved
    ) -> tuple[tuple[Dimension, ...], tuple[Dimension, ...]]:
        """Dimensions of an output by the side on which they stand."""
        first = self.items[0]
        if self.by_rows:
            return first.source.layout.axes[0].dimensions, output.dims
        rows = [d for d in output.dims if d.side is Side.POSITION]
        columns = [d for d in output.dims if d.side is not Side.POSITION]
        return (*first.rows.unseen, *rows), (*first.columns.unseen, *columns)

    def _turned(self, output: Resolved) -> tuple[tuple[int, ...], int, int]:
        """Axes with positions first, and how many values stand on each side."""
        tall = [n for n, d in enumerate(output.dims) if d.side is Side.POSITION]
        wide = [n for n, d in enumerate(output.dims) if d.side is not Side.POSITION]
        sizes = [math.prod(output.shape[n] for n in part) for part in (tall, wide)]
        return (0, *(n + 1 for n in (*tall, *wide))), sizes[0], sizes[1]


def make_plan(
    datasets: Sequence[USIDataset],
    sees: Sequence[str] | None,
    outputs: Mapping[str, Output],
    batch: int | None = None,
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    datasets : sequence of USIDataset
        Of the same positions; at least one.
    sees : sequence of str, optional
        Dimensions that the function sees, in its order; by default all spectroscopic
        ones.
    outputs : mapping of str to Output
        As :func:`usid_lab.processing.outputs.declared` returns them.
    batch : int, optional
        Places of one call, where the function asks for it.

    Returns
    -------
    Plan

    Raises
    ------
    DimensionError
        A dimension that a source does not have.
    LayoutError
        Sources, or what is seen of them, that do not fit together.
    """
    sources = [Source.of(dataset) for dataset in datasets]
    items = tuple(seen_items(source, sees) for source in sources)
    first = items[0]
    by_rows = not first.rows.seen
    for other in items[1:]:
        check_alike(first, other)
    seen = {d.name: d for one in items[::-1] for d in one.dims}
    inside = first.columns.unseen if by_rows else ()
    found = resolved(outputs, tuple(seen.values()), inside)
    count = first.rows.count * (1 if by_rows else first.columns.count)
    if not count or not first.item_bytes:
        text = f"'{plain(first.source.path)}' holds no values: nothing to compute."
        raise LayoutError(text, f"shape {first.source.layout.stored_shape}")
    plan = Plan(items, found, by_rows, count, 1)
    fitting = min(_MOST_PLACES, count // _BATCHES, _BATCH_BYTES // plan.place_bytes)
    size = batch or max(1, fitting)
    return Plan(items, found, by_rows, count, min(size, count))
