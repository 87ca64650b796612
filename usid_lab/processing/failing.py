"""Saying where a function failed, and with what."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from usid_lab.errors import OutputError, ProcessError
from usid_lab.processing.span import Span
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from usid_lab.processing.plan import Plan
    from usid_lab.processing.task import Task


def failed(
    task: Task,
    given: Sequence[NDArray[np.generic]] | None,
    batch: Span,
    error: Exception | SystemExit,
) -> ProcessError:
    """Make the error of a call that failed.

    Parameters
    ----------
    task : Task
        Whose function it was.
    given : sequence of ndarray or None
        What it was given; None where it was one place.
    batch : Span
        Which places.
    error : Exception or SystemExit
        What it raised, or what is wrong with that which it returned.

    Returns
    -------
    ProcessError
        Its sentence names the place: of a block, the first one that fails alone.
    """
    place = batch if given is None else _culprit(task, given, batch)
    where = _told(task.plan, place)
    parameters = _parameters(task.parameters)
    if isinstance(error, OutputError):
        found = type(error)(f"{error.message} ('{plain(task.name)}', {where})")
        found.reason = "; ".join(filter(None, (error.reason, parameters)))
        return found
    what = f"{type(error).__name__}: {plain(str(error))}"
    line = _line(error)
    text = f"'{plain(task.name)}' failed at {where}: {what}"
    return ProcessError(text, "; ".join(filter(None, (parameters, line))))


def told(plan: Plan, place: int) -> str:
    """Say where a place is, in words.

    Parameters
    ----------
    plan : Plan
        To which it belongs.
    place : int
        Its number.

    Returns
    -------
    str
        Name, value, units and index of each dimension.
    """
    parts = [
        f"{plain(name)} = {value:g} {plain(units)}".rstrip() + f" (index {index})"
        for name, (index, value, units) in plan.where(place).items()
    ]
    return ", ".join(parts) or "the only place"


def _told(plan: Plan, span: Span) -> str:
    first = told(plan, span.start)
    if len(span) == 1:
        return first
    return f"one of {len(span)} places, from {first} to {told(plan, span.stop - 1)}"


def _culprit(task: Task, given: Sequence[NDArray[np.generic]], batch: Span) -> Span:
    """Halve a block as long as one half fails: at most as much work as the block."""
    inside = task.plan.inside
    while len(batch) > 1:
        middle = batch.start + len(batch) // 2
        cut = (middle - batch.start) * inside
        halves = (Span(batch.start, middle), [one[:cut] for one in given])
        others = (Span(middle, batch.stop), [one[cut:] for one in given])
        bad = next((h for h in (halves, others) if _fails(task, h[1])), None)
        if bad is None:
            break
        batch, given = bad
    return batch


def _fails(task: Task, given: Sequence[NDArray[np.generic]]) -> bool:
    try:
        task.block(given)
    except (Exception, SystemExit):
        return True
    return False


def _parameters(parameters: Mapping[str, object]) -> str:
    told = ", ".join(f"{name} = {plain(repr(v))}" for name, v in parameters.items())
    return f"parameters: {told}" if told else ""


def _line(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    last = frames[-1]
    return f"in {plain(last.name)}, {plain(last.filename)} line {last.lineno}"
