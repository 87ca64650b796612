"""What of a file is in the page cache: asked without touching it, and changed."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

COLD = 0.005
WARM = 0.995
_BLOCK = 8 << 20


def known() -> bool:
    """Whether this system can say what is in its page cache."""
    return sys.platform == "linux"


def resident(path: Path) -> float:
    """Fraction of a file's pages that are in memory, by mincore."""
    with path.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    view = np.frombuffer(mapped, np.uint8)
    states = np.zeros(-(-len(mapped) // mmap.PAGESIZE), np.uint8)
    address, length = ctypes.c_void_p(view.ctypes.data), ctypes.c_size_t(len(mapped))
    failed = ctypes.CDLL(None, use_errno=True).mincore(
        address, length, ctypes.c_void_p(states.ctypes.data)
    )
    if failed:
        raise OSError(ctypes.get_errno(), "mincore")
    del view
    mapped.close()
    return float(np.mean(states & 1))


def evict(path: Path) -> bool:
    """Drop a file from the page cache; whether that is now so."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # Dirty pages stay; those that somebody maps as well.
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return resident(path) < COLD


def load(path: Path) -> bool:
    """Bring a file into the page cache; whether it is there now."""
    if resident(path) < WARM:
        read(path)
    return resident(path) >= WARM


def read(path: Path, start: int = 0, size: int | None = None) -> int:
    """Read bytes in order, with large reads into one buffer: a floor for all others."""
    buffer = memoryview(bytearray(_BLOCK))
    left = path.stat().st_size - start if size is None else size
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while left > 0:
            count = os.preadv(descriptor, [buffer[: min(left, _BLOCK)]], start)
            start, left = start + count, left - count
    finally:
        os.close(descriptor)
    return start
