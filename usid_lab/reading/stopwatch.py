"""How long a piece of work takes, on a machine that others use too."""

import sys
import time

if sys.platform == "linux":
    from resource import RUSAGE_THREAD, getrusage

    def _turns() -> int:
        """How often this thread had to let others run."""
        return getrusage(RUSAGE_THREAD).ru_nivcsw

else:

    def _turns() -> int:
        """Nobody can tell here."""
        return 0


_PATIENCE = 3  # times its own work that a thread waits for others, as it is counted


class Stopwatch:
    """Runs from its making.

    Where the system let other programs run meanwhile, the piece would not have been
    done sooner if it was smaller; what the disk takes counts in full.
    """

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._work = time.thread_time()
        self._turns = _turns()

    @property
    def seconds(self) -> float:
        """How long it took; asked by the thread that made this."""
        wall = time.perf_counter() - self._wall
        if _turns() == self._turns:
            return wall
        return min(wall, _PATIENCE * (time.thread_time() - self._work))
