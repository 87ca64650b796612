"""Whether a process keeps what every process promises."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.processing.span import Span
from usid_lab.reading.planning.arranging import blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from usid_lab.processing.definition import Process
    from usid_lab.processing.task import Task

    Array = NDArray[np.generic]
    Found = Mapping[str, Array]


def check_process(
    process: Process, *, places: int = 8, rtol: float = 1e-6, nan: bool = True
) -> None:
    """Assert that a process may be cut, sent, interrupted and repeated.

    For some places of its sources: the outputs have the declared shapes and types;
    computing twice gives the same; what is given is not changed; an item gives the
    same alone, among others and in another order; the function can be sent to
    workers; its parameters can be written down; NaN end no run, and leave the items
    beside them as they are.

    Parameters
    ----------
    process : Process
        With sources that are typical.
    places : int, optional
        How many of the first places are tried.
    rtol : float, optional
        How much results may differ with those that are computed together, as a part
        of the largest: sums of floating-point numbers depend on their order.
    nan : bool, optional
        Whether it must live with NaN; False for data that never have any.

    Raises
    ------
    AssertionError
        It does not keep one of them; the message says which.
    UsidError
        A shape or type that was not declared, a function that raises.

    Examples
    --------
    >>> import tempfile
    >>> import usid_lab as ul
    >>> from usid_lab.testing import MainData
    >>> class Centred(ul.Process):
    ...     outputs = {"Centred": {"dims": ("Bias",)}}
    ...
    ...     def function(self, block):
    ...         return block - block.mean()  # of all items: a mistake
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = np.arange(12.0).reshape(4, 3)
    ...     d = MainData(data, (ul.Dimension("X", "m", 4),),
    ...                  (ul.Dimension("Bias", "V", 3),)).write(folder + "/a.h5")
    ...     check_process(Centred(d))
    Traceback (most recent call last):
    AssertionError: 'Centred' gives something else for an item alone than among others
    """
    process.record()
    task = process.task()
    span = Span(0, min(places, task.plan.count))
    given = task.read(span)
    before = [array.copy() for array in given]
    found = task.call(given, span)
    name = f"'{process.title}'"
    for array, old in zip(given, before, strict=True):
        _same({"": array}, {"": old}, 0, f"{name} changes what it is given")
    again = task.call(given, span)
    _same(found, again, 0, f"{name} gives something else the second time")
    _check_cuts(task, given, span, found, rtol, name)
    _check_journey(process, given, span, found, name)
    if nan:
        _check_nan(task, given, span, found, rtol, name)


def _check_cuts(
    task: Task,
    given: Sequence[Array],
    span: Span,
    found: Found,
    rtol: float,
    name: str,
) -> None:
    inside, count = task.plan.inside, len(span)
    for number in range(count):
        mine = [a[number * inside : (number + 1) * inside] for a in given]
        alone = task.call(mine, Span(number, number + 1))
        among = {key: values[number : number + 1] for key, values in found.items()}
        text = f"{name} gives something else for an item alone than among others"
        _same(alone, among, rtol, text)
    turned = [
        a.reshape(count, inside, *a.shape[1:])[::-1].reshape(a.shape) for a in given
    ]
    back = {k: v[::-1] for k, v in task.call(turned, span).items()}
    _same(back, found, rtol, f"{name} gives something else in another order")


def _check_journey(
    process: Process, given: Sequence[Array], span: Span, found: Found, name: str
) -> None:
    from usid_lab.processing.executors.parcel import pickled

    there: Task = pickle.loads(pickled(process.task()))
    text = f"{name} gives something else in a worker"
    _same(there.call(given, span), found, 0, text)


def _check_nan(
    task: Task,
    given: Sequence[Array],
    span: Span,
    found: Found,
    rtol: float,
    name: str,
) -> None:
    inside = task.plan.inside
    holed = [array.copy() for array in given]
    for array in holed:
        if array.dtype.kind not in "fc":
            return
        blank(array, (slice(0, inside),))
    rest = {key: values[1:] for key, values in task.call(holed, span).items()}
    others = {key: values[1:] for key, values in found.items()}
    _same(rest, others, rtol, f"{name} lets NaN of one item spoil another")


def _same(mine: Found, other: Found, rtol: float, text: str) -> None:
    for key in other:
        if not _close(mine[key], other[key], rtol):
            raise AssertionError(text)


def _close(mine: Array, other: Array, rtol: float) -> bool:
    if mine.dtype.names:
        pairs = [(_field(mine, n), _field(other, n)) for n in mine.dtype.names]
        return all(_close(one, two, rtol) for one, two in pairs)
    largest = np.abs(other[np.isfinite(other)]).max(initial=0)
    allowed = rtol * float(largest)
    return np.allclose(mine, other, rtol=0, atol=allowed, equal_nan=True)


def _field(array: Array, name: str) -> Array:
    field: Array = array[name]  # type: ignore[call-overload]
    return field
