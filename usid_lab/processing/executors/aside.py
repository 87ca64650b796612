"""Work that goes on beside, in this process, and can be left alone."""

import ctypes
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from usid_lab.processing.block import Block

Work = Callable[[], Block]


class _Abandoned(BaseException):
    """Nobody waits any more; no error, so that nothing on the way takes it for one."""


class Aside:
    """A thread that works, one call after the other.

    A function that never returns cannot be ended, but nobody waits for it: not who
    asked, and not the end of the program.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Work, Future[Block]] | None]
        self._orders = queue.SimpleQueue()
        self._is_abandoned = False
        self._thread = threading.Thread(
            target=self._serve, name="usid-lab-serial", daemon=True
        )
        self._thread.start()

    def submit(self, work: Work) -> "Future[Block]":
        """Have something done.

        Parameters
        ----------
        work : callable
            Gives a block.

        Returns
        -------
        Future
        """
        future: Future[Block] = Future()
        self._orders.put((work, future))
        return future

    def close(self) -> None:
        """End the thread when it has nothing more to do."""
        self._orders.put(None)

    def abandon(self) -> None:
        """End it soon: Python code that it runs is interrupted, nothing more begun."""
        self._is_abandoned = True
        self.close()
        identity = self._thread.ident
        if identity is not None and self._thread.is_alive():
            told = ctypes.c_ulong(identity)
            raised = ctypes.py_object(_Abandoned)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(told, raised)

    def _serve(self) -> None:
        with suppress(_Abandoned):  # may come at any line once it was abandoned
            while (order := self._orders.get()) is not None:
                if self._is_abandoned:
                    return
                work, future = order
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)
                del order, work, future
