"""Computing on a cluster, through a client of dask.distributed that its user has.

Nothing but where the task lies, spans and receipts travels through the scheduler:
workers open the files themselves, and keep their results in the folder of the run.
"""

import math
import queue
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    MissingExtraError,
    WorkerError,
)
from usid_lab.processing.block import Block, Failure, Receipt
from usid_lab.processing.executors.errand import Errand, sent
from usid_lab.processing.executors.executor import Outcomes, Put
from usid_lab.processing.failing import told
from usid_lab.processing.plan import Plan
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.reading.stopping import Stop
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from distributed import Client

_TICK = 0.1  # seconds between two looks at who wants it to end
_COUNTED = 2.0  # seconds for which the number of workers is believed
_FETCH = 1.0  # seconds in which what is done comes, or is asked for again
_EACH = 2  # spans under way for each thread, so that none waits for the next one,
_MORE = 2  # and besides: so that a cluster that adapts has a reason to grow


class ClusterExecutor:
    """Computes on the workers of a cluster.

    Spans are sent as workers have time for them, never as one graph. What a worker
    that is lost had begun is begun again elsewhere.

    Parameters
    ----------
    client : distributed.Client
        Connected, and not asynchronous. It stays open.
    seconds : tuple of float, optional
        How long a block should take, at least and at most. Each is a file until the
        results are recorded: for a very long run, let them be longer and fewer.
    patience : float, optional
        Seconds after which a run ends whose workers have all gone, and none came.
        Before the first of them is there it waits for ever: for a queue, say.
    """

    def __init__(
        self,
        client: "Client",
        seconds: tuple[float, float] = (1.0, 10.0),
        patience: float = 1800.0,
    ) -> None:
        self.seconds = seconds
        self._client: Any = client
        self._patience = patience
        self._threads, self._known = 0, -math.inf
        self._staffed = math.inf  # when a worker was there last

    @property
    def workers(self) -> int:
        """Threads of all workers; at least 1, also where they are still to come."""
        now = time.monotonic()
        if now - self._known > _COUNTED and self._client.status == "running":
            self._threads = sum(self._client.nthreads().values())
            self._known = now
            if self._threads:
                self._staffed = now
        return max(1, self._threads)

    def each(
        self, task: Task, spans: Iterator[Span], stop: Stop, put: Put | None = None
    ) -> Outcomes:
        """Compute spans, as :class:`Executor` says."""
        with sent(task, put) as errand:
            flight = _Flight(self._client, errand, task.plan)
            try:
                while flight.fill(spans, _EACH * self.workers + _MORE):
                    yield from flight.landed(_TICK)
                    if stop():
                        return
                    if self._is_deserted():
                        yield Failure(Span(0, 0), _deserted(task, self._patience))
                        return
            finally:
                flight.give_up()

    def _is_deserted(self) -> bool:
        passed = time.monotonic() - self._staffed
        return not self._threads and passed > self._patience

    def close(self) -> None:
        """Do nothing: the cluster is its user's."""


def cluster_of(client: object) -> ClusterExecutor:
    """Make the executor of a cluster.

    Parameters
    ----------
    client : distributed.Client or "dask"
        A client; ``"dask"`` is the one that was made last.

    Returns
    -------
    ClusterExecutor

    Raises
    ------
    MissingExtraError
        dask.distributed is not installed.
    ArgumentTypeError
        It is no client.
    ArgumentError
        It is closed or asynchronous, or there is none.
    """
    try:
        import distributed
    except ImportError as error:
        text = "To compute on a cluster, install: pip install 'usid-lab[dask]'."
        raise MissingExtraError(text, str(error)) from error
    if isinstance(client, str) and client == "dask":
        client = _last_client()
    if not isinstance(client, distributed.Client):
        text = "A cluster is given by its distributed.Client."
        raise ArgumentTypeError(text, f"got {type(client).__name__}")
    if client.asynchronous:
        raise ArgumentError("Use a client that was not made with asynchronous=True.")
    if client.status != "running":
        text = "The client is not connected to its cluster. Make a new one."
        raise ArgumentError(text, f"its status is {client.status!r}")
    return ClusterExecutor(client)


def _last_client() -> object:
    from distributed import default_client

    try:
        return default_client()  # type: ignore[no-untyped-call]
    except ValueError as error:
        text = "There is no cluster: make a distributed.Client first."
        raise ArgumentError(text, str(error)) from error


def _deserted(task: Task, patience: float) -> WorkerError:
    text = f"The cluster lost its last worker {patience:.0f} s ago while it computed "
    text += (
        f"'{plain(task.name)}', and no other came. What was kept stays: start again."
    )
    return WorkerError(text)


class _Flight:
    """Spans that a cluster computes."""

    def __init__(self, client: Any, errand: Errand, plan: Plan) -> None:
        self._client, self._errand, self._plan = client, errand, plan
        self._token = secrets.token_hex(4)
        self._flying: dict[object, tuple[Any, Span]] = {}
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_lost = False

    def fill(self, spans: Iterator[Span], room: int) -> bool:
        """Send spans while there is room; False where all is done."""
        while len(self._flying) < room and not self._is_lost:
            span = next(spans, None)
            if span is None:
                break
            self._send(span)
        return bool(self._flying)

    def landed(self, seconds: float) -> Iterator[Block | Receipt | Failure]:
        """Give what comes, if something does."""
        try:
            future = self._done.get(timeout=seconds)
        except queue.Empty:
            return
        span = self._flying[future.key][1]
        try:
            outcome: Block | Receipt | Failure = future.result(timeout=_FETCH)
        except TimeoutError:  # its worker was lost meanwhile: it is computed again
            future.add_done_callback(self._done.put)
            return
        except Exception as error:
            outcome = Failure(span, self._error(error, span))
        del self._flying[future.key]
        future.release()
        yield outcome

    def give_up(self) -> None:
        """Let the cluster forget what is under way; nobody waits for it."""
        for future, _ in self._flying.values():
            future.release()
        self._flying.clear()

    def _send(self, span: Span) -> None:
        name = f"{plain(self._errand.name)}-{self._token}"
        key = f"{name}-{span.start}-{span.stop}"
        future = self._client.submit(self._errand.run, span, key=key, pure=False)
        self._flying[key] = future, span
        future.add_done_callback(self._done.put)

    def _error(self, error: Exception, span: Span) -> Exception:
        from distributed import KilledWorker

        name, kept = plain(self._errand.name), "What was kept stays"
        if isinstance(error, KilledWorker):
            where = told(self._plan, span.start)
            text = (
                f"Workers of the cluster were ended at {len(span)} places of '{name}'"
            )
            text += f" from {where}, again and again: the function crashes there, or "
            text += f"takes more memory than a worker has. {kept}."
            return WorkerError(text, str(error))
        if isinstance(error, CancelledError):
            self._is_lost = True
            text = f"The cluster let go of '{name}': it was closed, or the connection "
            text += f"to it was lost. {kept}: start again to go on."
            return WorkerError(text, str(error))
        return error
