"""A process that ends itself where it takes far more memory than it may.

For systems that know no such limit. What a damaged file makes HDF5 allocate is taken
in one call, in which no line of Python runs; but memory counts only once it is written
to, and that takes time, while which this looks now and then.
"""

import ctypes
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

OVERFED = 71  # exit code: it took too much memory
_BETWEEN = 0.25  # seconds between two looks


class Appetite:
    """Looks at the private memory of this process, in a thread of its own.

    Parameters
    ----------
    most : int
        Bytes beyond what it has when it begins to look.
    measure : callable, optional
        Gives the bytes that it has now.
    """

    def __init__(self, most: int, measure: Callable[[], int] | None = None) -> None:
        self._measure = measure or private_bytes
        self._most = self._measure() + most
        self._thread = threading.Thread(
            target=self._look, name="usid_lab memory", daemon=True
        )

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def _look(self) -> None:
        while self._measure() <= self._most:
            time.sleep(_BETWEEN)
        os._exit(OVERFED)


def private_bytes() -> int:
    """Memory of this process alone that it has written to; mapped files do not count.

    Returns
    -------
    int
        On Windows, what was promised to the process, written to or not.
    """
    return _MEASURES.get(sys.platform, _elsewhere)()


def _on_linux() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    found = next(line for line in lines if line.startswith("RssAnon:"))
    return int(found.split()[1]) * 1024


def _on_windows() -> int:
    import psutil

    return int(psutil.Process().memory_info().private)


def _elsewhere() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _on_macos() -> int:
    """Ask macOS what its own limits of memory go by: ``ri_phys_footprint``.

    It is the eighth number of ``struct rusage_info_v0`` in ``<sys/resource.h>``, after
    16 bytes of an identifier.
    """
    told = ctypes.create_string_buffer(512)
    ctypes.CDLL(None).proc_pid_rusage(os.getpid(), 0, told)
    return int(struct.unpack_from("=Q", told, 16 + 7 * 8)[0])


_MEASURES: dict[str, Callable[[], int]] = {
    "linux": _on_linux,
    "darwin": _on_macos,
    "win32": _on_windows,
}
