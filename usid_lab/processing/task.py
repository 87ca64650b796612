"""What a worker does: read, call the function, check what it returns."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from usid_lab.processing.block import Block
from usid_lab.processing.failing import failed
from usid_lab.processing.plan import Plan
from usid_lab.processing.returned import by_name, checked
from usid_lab.processing.span import Span
from usid_lab.reading import Reader

__all__ = ["Block", "Function", "Task"]

Array = NDArray[np.generic]
Function = Callable[..., object]

_WINDOW = 8 << 20


@dataclass(eq=False)
class Task:
    """One run, as those who compute need it; it travels by pickle.

    Attributes
    ----------
    plan : Plan
        Places, items and outputs.
    function : callable
        Given an array (items, *seen dims) of each source; returns an array, a tuple
        of them, or a mapping by name of the output.
    name : str
        Of the process, for messages.
    parameters : mapping of str to object
        For messages.
    alone : bool
        The function is given one item at a time, without the first axis.
    window : int
        Bytes that are read at once, as far as a batch allows.
    """

    plan: Plan
    function: Function
    name: str = "Process"
    parameters: Mapping[str, object] = field(default_factory=dict)
    alone: bool = False
    window: int = _WINDOW
    _readers: list[Reader] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_readers": []}

    def compute(self, span: Span) -> Block:
        """Compute some places.

        Parameters
        ----------
        span : Span
            Whole batches: it begins at a multiple of the plan's batch.

        Returns
        -------
        Block

        Raises
        ------
        ProcessError
            The function raised, or returned what was not declared; the sentence says
            where.
        ChangedFileError
            A source is another one by now.
        """
        begin, cpu = time.perf_counter(), time.thread_time()
        self._check_sources()
        arrays = {output.name: output.empty(len(span)) for output in self.plan.outputs}
        for part in self._windows(span):
            given = self.read(part)
            for batch in self._calls(part):
                found = self.call(self._within(given, part, batch), batch)
                start = batch.start - span.start
                for name, values in found.items():
                    arrays[name][start : start + len(batch)] = values
        self._check_sources()
        cpu = time.thread_time() - cpu
        return Block(span, arrays, time.perf_counter() - begin, cpu)

    def read(self, span: Span) -> list[Array]:
        """Read what the function is given for some places.

        Parameters
        ----------
        span : Span
            Any places.

        Returns
        -------
        list of ndarray, shape (items, *seen dims)
            One for each source.
        """
        if not self._readers:
            self._readers = [one.source.reader() for one in self.plan.items]
        boxes = list(self.plan.boxes(span))
        return [
            _joined([one.read(reader, box) for box in boxes])
            for one, reader in zip(self.plan.items, self._readers, strict=True)
        ]

    def call(self, given: Sequence[Array], batch: Span) -> dict[str, Array]:
        """Call the function once, or for each item where it wants them alone.

        Parameters
        ----------
        given : sequence of ndarray
            As :meth:`read` gives them.
        batch : Span
            Which places they are.

        Returns
        -------
        dict of str to ndarray, shape (len(batch), *shape of the output)
        """
        if self.alone:
            return self._one_by_one(given, batch)
        try:
            return self.block(given)
        except (Exception, SystemExit) as error:
            raise failed(self, given, batch, error) from error

    def block(self, given: Sequence[Array]) -> dict[str, Array]:
        """Call the function, and check what it returns."""
        count, inside = len(given[0]), self.plan.inside
        found = by_name(self.function(*given), self.plan.outputs)
        return {
            output.name: checked(found[output.name], output, count, inside)
            for output in self.plan.outputs
        }

    def _one_by_one(self, given: Sequence[Array], batch: Span) -> dict[str, Array]:
        count, outputs = len(given[0]), self.plan.outputs
        arrays = {o.name: np.empty((count, *o.item_shape), o.dtype) for o in outputs}
        for number, one in enumerate(zip(*given, strict=True)):
            try:
                found = by_name(self.function(*one), outputs)
                for output in outputs:
                    value = checked(found[output.name], output, None)
                    arrays[output.name][number] = value
            except (Exception, SystemExit) as error:
                start = batch.start + number // self.plan.inside
                raise failed(self, None, Span(start, start + 1), error) from error
        return {o.name: arrays[o.name].reshape(len(batch), *o.shape) for o in outputs}

    def _check_sources(self) -> None:
        for one in self.plan.items:
            one.source.check()

    def _windows(self, span: Span) -> Iterator[Span]:
        """Cut a span into what is read at once: whole batches."""
        most = max(1, self.window // (self.plan.place_bytes * self.plan.batch))
        step = most * self.plan.batch
        for start in range(span.start, span.stop, step):
            yield Span(start, min(start + step, span.stop))

    def _calls(self, part: Span) -> Iterator[Span]:
        return iter([part]) if self.alone else self.plan.batches(part)

    def _within(self, given: list[Array], part: Span, batch: Span) -> list[Array]:
        inside = self.plan.inside
        start = (batch.start - part.start) * inside
        return [array[start : start + len(batch) * inside] for array in given]


def _joined(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
