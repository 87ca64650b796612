"""What the bytes of a dataset cost at least: read in order, inflated on all cores."""

from __future__ import annotations

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from benchmarks import residency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import h5py

_TASK = 4 << 20
Places = list[tuple[int, int]]


def floor(path: Path, stored: h5py.Dataset) -> Callable[[], object] | None:
    """Give the least that a full reduction costs; None where no floor is promised."""
    if stored.compression == "gzip":
        return _inflating(path, stored)
    if stored.compression or stored.id.get_create_plist().get_nfilters():
        return None
    if stored.chunks is None:
        start = stored.id.get_offset()
        return lambda: residency.read(path, start, stored.nbytes)
    return lambda: residency.read(path)


def _inflating(path: Path, stored: h5py.Dataset) -> Callable[[], object]:
    places: Places = []
    stored.id.chunk_iter(lambda found: places.append((found.byte_offset, found.size)))
    tasks = list(_tasks(sorted(places)))
    pool = ThreadPoolExecutor(os.cpu_count())

    def inflate() -> int:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return sum(pool.map(lambda task: _inflated(descriptor, task), tasks))
        finally:
            os.close(descriptor)

    return inflate


def _tasks(places: Places) -> list[Places]:
    """Chunks that are inflated one after the other: many small ones are one task."""
    tasks: list[Places] = []
    room = 0
    for place in places:
        if room <= 0:
            tasks.append([])
            room = _TASK // 4
        tasks[-1].append(place)
        room -= place[1]
    return tasks


def _inflated(descriptor: int, places: Sequence[tuple[int, int]]) -> int:
    """Read what lies together at once; nothing is kept."""
    start = places[0][0]
    end = places[-1][0] + places[-1][1]
    raw = memoryview(os.pread(descriptor, end - start, start))
    pieces = (raw[offset - start : offset - start + size] for offset, size in places)
    return sum(len(zlib.decompress(piece)) for piece in pieces)
