"""Who computes, as a user asks for it."""

from collections.abc import Callable
from typing import cast

from usid_lab.errors import ArgumentTypeError
from usid_lab.processing.executors.executor import Executor
from usid_lab.processing.executors.local import How, LocalExecutor
from usid_lab.processing.memory import Shares
from usid_lab.storage.text import plain


def executor_of(asked: object, divided: Shares | None) -> Callable[[], Executor]:
    """Say who computes.

    Parameters
    ----------
    asked : None, "serial", "pool", distributed.Client, "dask" or Executor
        As a user gives it; "dask" is the client that was made last.
    divided : Shares or None
        Workers and memory, on this machine.

    Returns
    -------
    callable
        Makes the executor.
    """
    hows: dict[object, How] = {None: "auto", "serial": "serial", "pool": "pool"}
    if divided is not None and asked in hows:
        how = hows[asked]
        return lambda: LocalExecutor(divided.workers, how, divided.limit)
    if hasattr(asked, "each") and hasattr(asked, "seconds"):
        made = cast("Executor", asked)
        return lambda: made
    if asked == "dask" or (hasattr(asked, "nthreads") and hasattr(asked, "submit")):
        cluster = _cluster(asked)
        return lambda: cluster
    text = "executor is 'serial', 'pool', or a Client of dask.distributed."
    raise ArgumentTypeError(text, f"got {plain(repr(asked))}")


def _cluster(client: object) -> Executor:
    from usid_lab.processing.executors.cluster import cluster_of

    return cluster_of(client)
