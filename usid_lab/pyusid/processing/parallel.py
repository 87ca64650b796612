"""A function computed for every row of an array, on several cores."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from usid_lab.errors import ArgumentTypeError
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.io_utils import recommend_cpu_cores
from usid_lab.pyusid.processing.mapping import Rows, Work, is_elsewhere, mapped
from usid_lab.pyusid.processing.screen import say

__all__ = ["parallel_compute"]


def parallel_compute(
    data: Rows,
    func: Callable[..., Any],
    cores: int | None = 1,
    lengthy_computation: bool = False,
    func_args: Sequence[Any] | None = None,
    func_kwargs: Mapping[str, Any] | None = None,
    verbose: bool = False,
) -> list[Any]:
    """Compute a function for each row of an array.

    Rows go to the workers in blocks, not one by one, and stay here where that is
    faster: where all of them take less than about a second. The function may be
    defined in a notebook. Inside ``with joblib.parallel_config(backend="dask"):``,
    and with more than one core or None, the workers of the dask cluster compute, all
    of them, however few cores this machine has.

    Parameters
    ----------
    data : ndarray
        Its first axis are the rows.
    func : callable
        Called with a row, then `func_args` and `func_kwargs`.
    cores : int, optional
        Cores of this machine to use; all but one or two of them if None.
    lengthy_computation : bool, optional
        Whether each row takes long. Few quick ones are computed on fewer cores.
    func_args : list or tuple, optional
        More arguments of the function.
    func_kwargs : dict, optional
        More arguments of the function, by name.
    verbose : bool, optional
        Also print how many rows there are.

    Returns
    -------
    list
        What the function returned for each row, in order.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    WorkerError
        If a worker process was ended from outside, as it is where memory is short.

    Examples
    --------
    >>> rows = np.arange(6.0).reshape(3, 2)
    >>> [float(total) for total in parallel_compute(rows, np.sum)]
    Starting computing on 1 cores (requested 1 cores)
    Computing serially ...
    [1.0, 5.0, 9.0]
    """
    rows = _rows(data)
    work = work_of(func, func_args, func_kwargs)
    used = recommend_cpu_cores(max(1, len(rows)), cores, lengthy_computation)
    if cores is None and is_elsewhere():
        used = max(used, 2)
    if verbose:
        say(f"Computing {len(rows)} rows")
    say(f"Starting computing on {used} cores (requested {cores} cores)")
    if used == 1:
        say("Computing serially ...")
        return work.over(rows)
    results = mapped(work, rows, used)
    say("Finished parallel computation")
    return results


def work_of(func: object, func_args: object, func_kwargs: object) -> Work:
    """Check a function and its arguments.

    Parameters
    ----------
    func : callable
        The function.
    func_args : list or tuple, optional
        Its further arguments.
    func_kwargs : dict, optional
        Those by name.

    Returns
    -------
    Work
        All of them. ArgumentTypeError where one is something else.
    """
    if not callable(func):
        text = "'func' must be a function that takes a row."
        raise ArgumentTypeError(text, f"got {type(func).__name__}")
    args = of_type([] if func_args is None else func_args, (list, tuple), "func_args")
    kwargs = of_type({} if func_kwargs is None else func_kwargs, dict, "func_kwargs")
    return Work(func, tuple(args), dict(kwargs))


def _rows(data: object) -> Rows:
    rows: Rows = of_type(data, np.ndarray, "data")
    if not rows.ndim:
        text = "'data' must have at least one axis, along which the rows are."
        raise ArgumentTypeError(text, "got a single value")
    return rows
