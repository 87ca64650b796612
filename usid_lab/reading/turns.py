"""Blocks that HDF5 reads, one after the other though several threads want them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.reading.routes.sources import Source
from usid_lab.reading.watch import Watch

_LOOK = 0.02  # seconds between two questions whether to stop


class Turns:
    """Lets one thread at a time read a block through HDF5.

    HDF5 serves one thread at a time. Where several ask piece by piece, its lock goes
    to and fro between them with each chunk, and is idle while the next one wakes up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, source: Source, watch: Watch) -> Iterator[None]:
        """Wait for a turn, which lasts as long as a ``with`` statement.

        Parameters
        ----------
        source : Source
            What is read; nobody waits for one that reads past HDF5.
        watch : Watch
            Who waits.

        Raises
        ------
        Stopped
            If nobody waits any more.
        """
        if not isinstance(source, SlabSource):
            yield
            return
        while not self._lock.acquire(timeout=_LOOK):
            watch.go_on()
        try:
            yield
        finally:
            self._lock.release()
