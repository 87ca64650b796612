"""Memory that the kernel and its reader process share; values cross in it.

It has no name that could be left behind: both ends hold it open, and it is gone with
the later of them, however they end. The kernel makes it and lends its slots to
requests.

What lies in a slot belongs to the reader process until its reply names it, then to the
kernel until it orders more; so the kernel copies values out before it sends anything,
and hands no view of the arena to anybody.
"""

import mmap
import os
import secrets
import sys
import tempfile
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

PART = 4 << 20  # bytes: one map of 1024 x 1024 in single precision
SLOTS = 5  # requests nest four deep; one more for a read that is being stopped
_SIZE = 2 * PART * SLOTS

Bytes = NDArray[np.uint8]


class Arena:
    """Slots of shared memory, each of two parts that are filled in turn.

    Memory is taken from the system when a part is first used: 40 MB at most.

    Parameters
    ----------
    memory : mmap.mmap
        All of it.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._bytes = np.frombuffer(memory, np.uint8)

    def part(self, slot: int, number: int, nbytes: int) -> Bytes:
        """Where the part of this number, from 0, of a result lies.

        Parameters
        ----------
        slot : int
            What was lent to the request.
        number : int
            Counts the parts of the result.
        nbytes : int
            At most ``PART``.

        Returns
        -------
        ndarray of uint8, shape (nbytes,)
            A view; it must not outlive the request.
        """
        start = (2 * slot + number % 2) * PART
        return self._bytes[start : start + nbytes]

    def take(self) -> None:
        """Have the system give the first part of the first slot, before it is used.

        It is only looked at: what lies there may be another one's.
        """
        self._bytes[: PART : mmap.PAGESIZE].max()

    def close(self) -> None:
        """Let go of the memory."""
        del self._bytes
        # A part that is still being copied keeps it until that is done.
        with suppress(BufferError):
            self._memory.close()


if sys.platform == "win32":

    def make() -> tuple[Arena, str]:
        """Make an arena, and the handle by which a child finds it."""
        # Windows forgets such memory, and its name, with the last one who has it open.
        name = f"usid-lab-{secrets.token_hex(16)}"
        return attach(name), name

    def attach(handle: str) -> Arena:
        """Return the arena that another process made."""
        return Arena(mmap.mmap(-1, _SIZE, tagname=handle))

    def inherited(handle: str) -> tuple[int, ...]:
        """Descriptors that a child must be given."""
        del handle
        return ()

    def let_go(handle: str) -> None:
        """Close the handle: the child has it, or never will."""
        del handle

else:

    def make() -> tuple[Arena, str]:
        """Make an arena, and the handle by which a child finds it."""
        descriptor = _nameless_file()
        return Arena(mmap.mmap(descriptor, _SIZE)), str(descriptor)

    def attach(handle: str) -> Arena:
        """Return the arena that another process made."""
        arena = Arena(mmap.mmap(int(handle), _SIZE))
        os.close(int(handle))
        return arena

    def inherited(handle: str) -> tuple[int, ...]:
        """Descriptors that a child must be given."""
        return (int(handle),)

    def let_go(handle: str) -> None:
        """Close the handle: the child has it, or never will."""
        os.close(int(handle))

    def _nameless_file() -> int:
        """Descriptor of a file without a name, in memory where the system can."""
        if sys.platform == "linux":
            with suppress(OSError):
                return _sealed_memory()
        with tempfile.TemporaryFile(buffering=0) as file:
            file.truncate(_SIZE)
            return os.dup(file.fileno())

    if sys.platform == "linux":

        def _sealed_memory() -> int:
            """Memory whose size is fixed: cut short, it would end who looks at it."""
            import fcntl

            flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
            descriptor = os.memfd_create("usid-lab", flags)
            try:
                os.ftruncate(descriptor, _SIZE)
                seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
                fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
            except OSError:
                os.close(descriptor)
                raise
            return descriptor
