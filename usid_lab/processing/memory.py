"""How much memory a run may take, and who gets how much of it."""

import math
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from usid_lab.errors import ArgumentError
from usid_lab.processing.plan import Plan
from usid_lab.storage.memory import available_bytes

WORKER_BYTES = 120 << 20
"""What a worker takes before it computes anything."""

_WINDOWS = (1 << 20, 8 << 20)  # bytes that are read at once, at least and at most
_OF_IMAGES = 64 << 20  # the same where a place lies all over the file
_ELSEWHERE = 128 << 20  # bytes of results of a block, on machines that are not known
_PARTS = 6  # of a worker's room: what is read, sorted, given, found, and handed over


@dataclass(frozen=True, slots=True)
class Shares:
    """How a limit is divided.

    Attributes
    ----------
    limit : int
        Bytes of this process and its workers together.
    workers : int
        How many workers there is room for; 0 where this process computes alone.
    window : int
        Bytes that are read at once.
    most : int
        Places of a block.
    """

    limit: int
    workers: int
    window: int
    most: int


def shares(plan: Plan, cores: int, max_mem_mb: float | None) -> Shares:
    """Divide memory.

    Parameters
    ----------
    plan : Plan
        What is to be computed.
    cores : int
        How many workers there shall be.
    max_mem_mb : float or None
        The limit, for this process and its workers, in MB (2**20 bytes); by default
        half of what is free, beside what this process has.

    Returns
    -------
    Shares

    Raises
    ------
    ArgumentError
        The limit is too low.
    """
    own = resident([os.getpid()])
    limit = own + available_bytes() // 2
    if max_mem_mb is not None:
        limit = int(max_mem_mb * 2**20)
    need = max(1, plan.batch) * plan.place_bytes
    least = _PARTS * need
    if limit < own + least:
        whole = math.ceil((own + least) / 2**20)
        text = f"max_mem_mb={limit / 2**20:.0f} is not enough: this process has"
        text = f"{text} {own / 2**20:.0f} MB, and with one batch {whole} MB."
        raise ArgumentError(text, f"{plan.batch} places of {plan.place_bytes} bytes")
    workers = max(0, min(cores, (limit - own) // (WORKER_BYTES + least)))
    if workers < 2:
        workers = 0
    room = (limit - own - workers * WORKER_BYTES) // (workers + 1)
    most = _WINDOWS[1] if plan.by_rows else _OF_IMAGES
    window = max(_WINDOWS[0], min(most, room // _PARTS))
    result = max(1, sum(output.place_bytes for output in plan.outputs))
    return Shares(limit, workers, window, max(plan.batch, room // _PARTS // result))


def most_elsewhere(plan: Plan) -> int:
    """Say how many places a block may have where memory is not known: on a cluster.

    Parameters
    ----------
    plan : Plan
        What is to be computed.

    Returns
    -------
    int
        At least a batch.
    """
    result = max(1, sum(output.place_bytes for output in plan.outputs))
    return max(plan.batch, _ELSEWHERE // result)


def resident(pids: Iterable[int]) -> int:
    """Return how many bytes processes have in memory; those that are gone, none."""
    import psutil

    total = 0
    for pid in pids:
        with suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return total
