"""What a hostile file may cost the reader process: memory, and time without a sign.

Screening refuses chunks of more than 256 MB before they are touched, on every system;
here is what holds where a file does not keep to what it declares.
"""

import faulthandler
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import numpy as np

from usid_lab.reading.process.appetite import Appetite

_MORE = 768 << 20  # bytes: two chunks of the largest size and what is kept
_TAKEN = 16 << 20
_BLOCK = 1 << 20  # small enough to be kept
_STACK = 1 << 20  # of a thread; the usual 8 MB would count as data
_LIFE = 60.0  # seconds without a sign of life until the process ends by itself
_BETWEEN = 5.0


def limit_memory() -> None:
    """Let no more private memory be taken.

    On Linux the system refuses it, and counts what programs allocate and not the files
    that are mapped, as the limit of the address space would; elsewhere this process
    watches itself. A crash leaves no image of the memory behind.
    """
    threading.stack_size(_STACK)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        most = _data_bytes() + _MORE
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    else:
        Appetite(_MORE).start()


def take_memory() -> None:
    """Have the system give what the first reads take, before they wait for it.

    It is given page by page. glibc keeps it then (:mod:`spawning` asks for that).
    """
    blocks = [np.ones(_BLOCK, np.uint8) for _ in range(_TAKEN // _BLOCK)]
    del blocks


def _data_bytes() -> int:
    """Private memory that counts already, written to or not."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    found = next(line for line in lines if line.startswith("VmData:"))
    return int(found.split()[1]) * 1024


class Lifeline:
    """Ends this process if it shows no sign of life for a minute.

    HDF5 can loop for ever on a damaged file, where no line of Python runs any more. The
    kernel ends such a process; this is for the one whose kernel is gone.
    """

    def __init__(self) -> None:
        # Whatever it has to say goes nowhere.
        self._nowhere: TextIO = Path(os.devnull).open("w")  # noqa: SIM115
        self._due = 0.0
        self.alive()

    def alive(self) -> None:
        """Say that all is well; cheap enough for every piece of a read."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _BETWEEN
            faulthandler.dump_traceback_later(_LIFE, exit=True, file=self._nowhere)
