"""A function mapped to rows, here or in worker processes, whichever is faster."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pickle import PicklingError
from time import perf_counter
from typing import Any

from numpy.typing import NDArray

from usid_lab.errors import WorkerError

_PIECE = 0.1  # s; rows that are computed here before it is looked at the clock
_WORTH = 1.0  # s of work, below which starting workers takes longer
_SLOW = 10.0  # s for the first row, above which no second one is waited for
_BLOCK = 0.2  # s of work that a worker gets at once,
_DISTANT = 1.0  # and one that sits elsewhere
_BYTES = 8 << 20  # that a worker gets at once
_SHARED = "32M"  # arguments above it are put into shared memory, once
_EACH = 4  # blocks for each worker at least, so that all end at the same time
Rows = NDArray[Any]
Results = list[Any]


@dataclass(frozen=True)
class Work:
    """A function of a row, with its further arguments.

    Attributes
    ----------
    function : callable
        Called with a row, then `args` and `kwargs`.
    args : tuple
        Positional arguments.
    kwargs : mapping of str to object
        Arguments by name.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def over(self, rows: Rows, first: int = 0) -> Results:
        """Compute rows one after the other.

        Parameters
        ----------
        rows : ndarray
            Mapped along its first axis.
        first : int, optional
            Number of the first of them, by which errors name them.

        Returns
        -------
        list
            What the function returned for each.
        """
        found: Results = []
        try:
            for row in rows:
                found.append(self.function(row, *self.args, **self.kwargs))
        except Exception as error:
            error.add_note(f"This happened at position {first + len(found)}.")
            raise
        return found


def is_elsewhere() -> bool:
    """Whether joblib was told of other workers than those of this machine."""
    if "joblib" not in sys.modules:
        return False
    from joblib.parallel import LokyBackend, get_active_backend

    return not isinstance(get_active_backend()[0], LokyBackend)


def mapped(work: Work, rows: Rows, cores: int, first: int = 0) -> Results:
    """Compute all rows, in order.

    The first of them are computed here; what they take tells whether it is faster to
    have worker processes do the others, and how many a worker gets at once. If joblib
    was told to use another backend (``joblib.parallel_config(backend="dask")``), the
    workers are those.

    Parameters
    ----------
    work : Work
        The function.
    rows : ndarray
        Mapped along its first axis.
    cores : int
        Worker processes at most; 1 to compute everything here.
    first : int, optional
        Number of the first row, by which errors name them.

    Returns
    -------
    list
        What the function returned for each.

    Raises
    ------
    WorkerError
        If a worker process ended without a word, as it does where memory is short.
    """
    results, pace = _begun(work, rows, cores, first)
    rest, place = rows[len(results) :], first + len(results)
    if not len(rest):
        return results
    try:
        return results + _shared_out(work, rest, cores, pace, place)
    except PicklingError as error:
        text = "The function cannot be sent to other processes; it is computed in one."
        warnings.warn(f"{text} ({error})", RuntimeWarning, stacklevel=3)
        return results + work.over(rest, place)


def _begun(work: Work, rows: Rows, cores: int, first: int) -> tuple[Results, float]:
    """Results of the first rows, or of all, and the time (s) that a row takes."""
    results: Results = []
    size, pace = 1, 0.0
    while len(results) < len(rows):
        done = len(results)
        began = perf_counter()
        results += work.over(rows[done : done + size], first + done)
        seconds = perf_counter() - began
        pace = seconds / (len(results) - done)
        # What is imported and compiled in the first row says nothing of the others.
        known = done or seconds > _SLOW
        if cores > 1 and known and pace * (len(rows) - len(results)) > _WORTH:
            break
        size = max(1, min(4 * size, int(_PIECE / max(pace, 1e-9))))
    return results, pace


def _shared_out(work: Work, rows: Rows, cores: int, pace: float, first: int) -> Results:
    # Where everything is computed in one process, joblib is not even imported.
    import joblib
    from joblib.parallel import get_active_backend

    backend, asked = get_active_backend()
    if isinstance(backend, joblib.parallel.LokyBackend):
        count = min(cores, joblib.cpu_count())
        if count == 1:
            return work.over(rows, first)
        parallel = joblib.Parallel(n_jobs=count, max_nbytes=_SHARED)
        length = _BLOCK
    else:
        count = backend.effective_n_jobs(asked)
        parallel, length = joblib.Parallel(), _DISTANT
    tasks = (
        joblib.delayed(work.over)(rows[start:stop], first + start)
        for start, stop in _blocks(rows, int(length / pace), count)
    )
    return _joined(parallel, tasks)


def _joined(parallel: Any, tasks: Iterator[Any]) -> Results:
    try:
        return [result for part in parallel(tasks) for result in part]
    except BrokenProcessPool as error:
        text = (
            "A worker process ended before its work was done: memory may be short. "
            "Compute on fewer cores."
        )
        raise WorkerError(text, str(error)) from error


def _blocks(rows: Rows, wanted: int, workers: int) -> Iterator[tuple[int, int]]:
    """Yield start and stop of rows that a worker gets at once."""
    fair = -(-len(rows) // (_EACH * workers))
    light = _BYTES // max(1, rows[0].nbytes)
    size = max(1, min(wanted, fair, light))
    for start in range(0, len(rows), size):
        yield start, min(start + size, len(rows))
